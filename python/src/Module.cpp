// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The native half of the kvant package: Driver's functions, with errors as one exception.
#include "Arrays.h"
#include "kvant/Driver/Compiler.h"
#include "kvant/Driver/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;

namespace {

/// Seen in Python as kvant.KvantError; its text has all that a tool would print.
struct KvantError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <typename T> T unwrap(llvm::Expected<T> value) {
  if (!value)
    throw KvantError(llvm::toString(value.takeError()));
  return std::move(*value);
}

void unwrap(llvm::Error error) {
  if (error)
    throw KvantError(llvm::toString(std::move(error)));
}

using Settings = std::map<std::string, std::string>;

kvant::CompileOptions makeOptions(const std::string &model, const std::string &output,
                                  const Settings &settings) {
  kvant::CompileOptions options;
  options.model = model;
  options.output = output;
  const std::map<std::string, std::string *> fields = {{"calibration", &options.calibration},
                                                       {"calibrator", &options.calibrator},
                                                       {"recipe", &options.recipe},
                                                       {"scheme", &options.scheme},
                                                       {"budget", &options.budget},
                                                       {"target", &options.target},
                                                       {"cpu", &options.cpu},
                                                       {"emit", &options.emit},
                                                       {"io", &options.io},
                                                       {"name", &options.name},
                                                       {"tune", &options.tune},
                                                       {"input_scale", &options.inputScale},
                                                       {"input_shift", &options.inputShift}};
  for (const auto &[name, value] : settings) {
    auto field = fields.find(name);
    if (field != fields.end()) {
      *field->second = value;
      continue;
    }
    if (name != "batch")
      throw KvantError("no such option: " + name);
    if (llvm::StringRef(value).getAsInteger(10, options.batch))
      throw KvantError("batch: expected an integer, got " + value);
  }
  auto number = [&](const std::string &text, double &value) {
    if (!text.empty() && llvm::StringRef(text).getAsDouble(value))
      throw KvantError("expected a number, got " + text);
  };
  options.inputScaling.given = !options.inputScale.empty() || !options.inputShift.empty();
  number(options.inputScale, options.inputScaling.scale);
  number(options.inputShift, options.inputScaling.shift);
  return options;
}

std::string toText(llvm::json::Object object) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(object));
  return text;
}

/// Compiles, writes the file and its header, and returns the report as JSON.
std::string compile(const std::string &model, const std::string &output, const Settings &settings) {
  nb::gil_scoped_release unlocked;
  kvant::CompileResult result = unwrap(kvant::compile(makeOptions(model, output, settings)));
  unwrap(kvant::writeResult(result, output));
  return toText(std::move(result.report));
}

std::string getPipeline(const std::string &model, const std::string &output,
                        const Settings &settings) {
  return unwrap(kvant::getPipeline(makeOptions(model, output, settings)));
}

/// Holds a program: the class itself has no run-time type information, which nanobind needs.
struct Model {
  std::unique_ptr<kvant::Program> program;
};

Model open(const std::string &path, const std::string &emulator, unsigned threads) {
  kvant::ProgramOptions options;
  options.emulator = emulator;
  options.threads = threads;
  return {unwrap(kvant::openProgram(path, options))};
}

/// Runs once per sample; returns the outputs by name and the latency in microseconds.
nb::tuple run(Model &model, const std::map<std::string, kvant::python::InputArray> &arrays,
              int64_t calls) {
  kvant::Program &program = *model.program;
  std::vector<kvant::NpyArray> inputs;
  for (const auto &[name, array] : arrays)
    inputs.push_back(unwrap(kvant::python::fromNumpy(name, array)));
  kvant::RunResult result;
  {
    nb::gil_scoped_release unlocked;
    kvant::SampleSet samples =
        unwrap(kvant::SampleSet::bind("inputs", std::move(inputs), program.getInputs()));
    result = unwrap(program.run(samples, calls > 0 ? calls : samples.getNumSamples()));
  }
  nb::dict outputs;
  for (kvant::NpyArray &array : result.outputs) {
    std::string name = array.name;
    outputs[name.c_str()] = nb::cast(kvant::python::toNumpy(std::move(array)));
  }
  return nb::make_tuple(outputs, result.minMicroseconds, result.medianMicroseconds);
}

nb::list describe(llvm::ArrayRef<kvant::TensorSpec> specs) {
  nb::list out;
  for (const kvant::TensorSpec &spec : specs) {
    nb::list shape;
    for (int64_t dim : spec.shape)
      shape.append(dim);
    nb::object scale = spec.quantized ? nb::cast(spec.scale) : nb::none();
    nb::object zeroPoint = spec.quantized ? nb::cast(spec.zeroPoint) : nb::none();
    out.append(nb::make_tuple(spec.name, kvant::getElementKindName(spec.kind).str(),
                              nb::tuple(shape), scale, zeroPoint));
  }
  return out;
}

} // namespace

NB_MODULE(_kvant, module) {
  nb::exception<KvantError>(module, "KvantError", PyExc_RuntimeError);
  module.def("compile", &compile, "model"_a, "output"_a, "settings"_a);
  module.def("get_pipeline", &getPipeline, "model"_a, "output"_a, "settings"_a);
  nb::class_<Model>(module, "Program")
      .def("run", &run, "inputs"_a, "calls"_a)
      .def_prop_ro("inputs", [](Model &m) { return describe(m.program->getInputs()); })
      .def_prop_ro("outputs", [](Model &m) { return describe(m.program->getOutputs()); })
      .def_prop_ro("quantization", [](Model &m) { return m.program->getQuantization(); });
  module.def("open", &open, "path"_a, "emulator"_a, "threads"_a);
}
