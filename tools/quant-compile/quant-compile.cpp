// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a model to a native library, in one command.
#include "kvant/Driver/CommandLine.h"
#include "kvant/Driver/Compiler.h"
#include "kvant/Driver/ListOps.h"
#include "kvant/Driver/Summary.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace kvant;

static constexpr StringLiteral kUsage = R"(usage: quant-compile MODEL [options] -o OUT

Compiles a trained model to a native library that computes in integers. MODEL is a .tflite file,
or an .mlir file with a TOSA program. A float model is quantized on the way, for which it needs
some samples of real input:

  quant-compile model.tflite --calibration samples.npz -o model.so

makes model.so and model.h. samples.npz is a numpy archive with one array per input, named as the
input, samples along the first axis; about 100 samples do. quant-run scores and times the result.
)";

namespace {
struct Arguments {
  CompileOptions options;
  bool json = false, printPipeline = false, listOps = false, version = false, help = false;

  std::vector<CommandOption> getOptions();
};
} // namespace

std::vector<CommandOption> Arguments::getOptions() {
  CompileOptions &o = options;
  return {
      {"What to make", "", ""},
      {"-o", "OUT", "the file to write; - is the standard output", &o.output},
      {"--emit", "KIND",
       "library (default): shared library and C header\n"
       "static: static library and C header\n"
       "object: object file and C header\n"
       "runner: executable that runs the model on .npy files\n"
       "asm: assembly\n"
       "qnn, tosa, llvm: the program after quantizing, after\n"
       "lowering, and as the LLVM dialect, as .mlir",
       &o.emit},
      {"--name", "NAME", "prefix of the library's functions, default: OUT's stem", &o.name},
      {"--io", "TYPE",
       "type of the inputs and outputs: float32, int8 or uint8;\n"
       "default: as in the model",
       &o.io},
      {"--batch", "N", "samples that one run computes; default: the model's, or 1", nullptr,
       &o.batch},
      {"Quantization of a float model", "", ""},
      {"--calibration", "FILE", "samples of real input, .npz or .npy", &o.calibration},
      {"--scheme", "SCHEME",
       "static_wi8_ai8 (default): 8-bit weights and activations\n"
       "float32: no quantization\n"
       "mixed: int8 or float32 per operation, see --budget",
       &o.scheme},
      {"--budget", "WHAT=LIMIT",
       "for --scheme mixed, one of\n"
       "latency=F, size=F: at most this fraction of the float\n"
       "model's\n"
       "drop=F: share of samples whose top-1 may change, or\n"
       "with labels the top-1 that may be lost\n"
       "sqnr=DB: signal to quantization noise of the outputs",
       &o.budget},
      {"--recipe", "FILE", "JSON with a scheme per operation; see docs", &o.recipe},
      {"--calibrator", "METHOD",
       "how samples become ranges: minmax (default),\n"
       "moving-average, percentile, mse, entropy",
       &o.calibrator},
      {"--input-scale", "S", "integers in the samples stand for S*raw + B", &o.inputScale},
      {"--input-shift", "B", "see --input-scale; default 0", &o.inputShift},
      {"Machine", "", ""},
      {"--target", "TARGET", "host (default), aarch64-linux-gnu, aarch64-linux-android", &o.target},
      {"--cpu", "CPU",
       "generic, cortex-a55, ...; default: this machine's for\n"
       "host, generic for AArch64, which serves every ARMv8\n"
       "with the best instructions that it has",
       &o.cpu},
      {"--tune", "FILE",
       "JSON of measured register tiles, made or completed for\n"
       "the model's shapes on this machine; see docs/tuning.md",
       &o.tune},
      {"Information", "", ""},
      {"--json", "", "print what was done as one JSON object", nullptr, nullptr, &json},
      {"--print-pipeline", "", "print the passes, for quant-opt, and compile nothing", nullptr,
       nullptr, &printPipeline},
      {"--list-ops", "", "print which operations can be compiled", nullptr, nullptr, &listOps},
      {"--version", "", "print the version", nullptr, nullptr, &version},
      {"--help", "", "print this text", nullptr, nullptr, &help},
  };
}

/// Checks what concerns the command line alone.
static Error check(Arguments &arguments) {
  CompileOptions &options = arguments.options;
  auto fail = [](const Twine &message) {
    return createStringError(std::make_error_code(std::errc::invalid_argument), message);
  };
  if (options.model.empty())
    return fail("no MODEL; see quant-compile --help");
  if (options.output.empty() && !arguments.printPipeline)
    return fail("no -o OUT");
  if (arguments.json && options.output == "-")
    return fail("--json and -o - would both print to the standard output");
  if (!options.inputShift.empty() && options.inputScale.empty())
    return fail("--input-shift without --input-scale");
  if (options.inputScale.empty())
    return Error::success();
  Expected<double> scale = parseNumber("--input-scale", options.inputScale);
  if (!scale)
    return scale.takeError();
  if (*scale == 0)
    return fail("--input-scale: expected a number other than 0");
  Expected<double> shift =
      options.inputShift.empty() ? 0.0 : parseNumber("--input-shift", options.inputShift);
  if (!shift)
    return shift.takeError();
  options.inputScaling = {true, *scale, *shift};
  return Error::success();
}

static int compileModel(const Arguments &arguments) {
  Expected<CompileResult> result = compile(arguments.options);
  if (sys::Process::StandardErrIsDisplayed())
    errs() << "\r\033[K";
  if (!result)
    return reportError(result.takeError());
  for (const std::string &warning : result->warnings)
    errs() << "warning: " << warning << '\n';
  if (Error error = writeResult(*result, arguments.options.output))
    return reportError(std::move(error));
  if (arguments.json)
    outs() << formatv("{0:2}", json::Value(std::move(result->report))) << '\n';
  else if (arguments.options.output != "-")
    printSummary(outs(), result->report, arguments.options.output);
  return finishOutput();
}

int main(int argc, char **argv) {
  initializeTool(argc, argv);
  Arguments arguments;
  std::vector<CommandOption> options = arguments.getOptions();
  if (Error error = parseCommandLine(argc, argv, options, arguments.options.model))
    return reportError(std::move(error));
  if (arguments.help) {
    outs() << kUsage;
    printOptions(outs(), options);
    return finishOutput();
  }
  if (arguments.version) {
    outs() << "quant-compile " KVANT_VERSION ", LLVM " LLVM_VERSION_STRING "\n";
    return finishOutput();
  }
  if (arguments.listOps) {
    printOps(outs());
    return finishOutput();
  }
  if (Error error = check(arguments))
    return reportError(std::move(error));
  if (arguments.printPipeline) {
    Expected<std::string> pipeline = getPipeline(arguments.options);
    if (!pipeline)
      return reportError(pipeline.takeError());
    outs() << *pipeline << '\n';
    return finishOutput();
  }
  if (sys::Process::StandardErrIsDisplayed())
    arguments.options.progress = [](StringRef stage) { errs() << "\r\033[K" << stage << " ..."; };
  return compileModel(arguments);
}
