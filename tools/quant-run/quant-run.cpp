// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a compiled program or a model over samples, scores it and times it.
#include "kvant/Driver/CommandLine.h"
#include "kvant/Driver/Compiler.h"
#include "kvant/Driver/Run.h"
#include "kvant/Driver/Summary.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace kvant;

static constexpr StringLiteral kUsage = R"(usage: quant-run PROGRAM --inputs FILE [options]

Runs PROGRAM over the samples of FILE. PROGRAM is a shared library or a runner that quant-compile
made, or a model (.tflite, .mlir), which is compiled for this machine as it is, for example in
float:

  quant-run model.so --inputs test.npz --labels labels.npy --repeat 100
  quant-run model.so --inputs test.npz --compare model.tflite
  quant-run model-arm --inputs test.npz --outputs y.npz --emulator 'qemu-aarch64 -cpu max'

FILE is a numpy archive with an array per input, named as the input, samples along the first axis;
if the program has one input, the only array besides `labels` may have any name.
)";

static std::vector<CommandOption> getOptions(RunOptions &o, bool &json, bool &version, bool &help) {
  return {
      {"Data", "", ""},
      {"--inputs", "FILE", "samples, .npz or .npy", &o.inputs},
      {"--outputs", "FILE", "where to write the outputs as they are, .npz", &o.outputs},
      {"--input-scale", "S", "integers in the samples stand for S*raw + B", &o.inputScale},
      {"--input-shift", "B", "see --input-scale; default 0", &o.inputShift},
      {"Figures", "", ""},
      {"--labels", "FILE",
       "one integer per sample, for top-1 and top-5; default:\n"
       "the array `labels` of the inputs, if there is one",
       &o.labels},
      {"--compare", "OTHER",
       "another program or model, or an .npz of outputs, to\n"
       "compare the outputs with",
       &o.compare},
      {"--repeat", "N", "time at least N calls, one at a time", nullptr, &o.repeat},
      {"--json", "", "print one JSON object", nullptr, nullptr, &json},
      {"Machine", "", ""},
      {"--threads", "N", "that compute one sample together; default 1", nullptr, &o.threads},
      {"--emulator", "CMD", "command that runs a runner for another machine", &o.emulator},
      {"Information", "", ""},
      {"--version", "", "print the version", nullptr, nullptr, &version},
      {"--help", "", "print this text", nullptr, nullptr, &help},
  };
}

static void printFigures(const json::Object &figures) {
  auto print = [&](StringRef key, StringRef unit, double factor) {
    if (std::optional<double> value = figures.getNumber(key))
      outs() << left_justify(key, 21) << format("%.6g", *value * factor) << unit << '\n';
  };
  print("samples", "", 1);
  for (StringRef key : {"top1", "top5", "agreement"})
    print(key, " %", 100);
  print("sqnr_db", " dB", 1);
  for (StringRef key : {"mse", "max_abs_diff", "mismatched_elements"})
    print(key, "", 1);
  if (const json::Object *latency = figures.getObject("latency_us"))
    outs() << left_justify("latency", 21)
           << format("%.2f us, at least %.2f us\n", latency->getNumber("median").value_or(0),
                     latency->getNumber("min").value_or(0));
}

int main(int argc, char **argv) {
  initializeTool(argc, argv);
  RunOptions run;
  bool json = false, version = false, help = false;
  std::vector<CommandOption> options = getOptions(run, json, version, help);
  if (Error error = parseCommandLine(argc, argv, options, run.program))
    return reportError(std::move(error));
  if (help) {
    outs() << kUsage;
    printOptions(outs(), options);
    return finishOutput();
  }
  if (version) {
    outs() << "quant-run " KVANT_VERSION ", LLVM " LLVM_VERSION_STRING "\n";
    return finishOutput();
  }
  Expected<json::Object> figures = runProgram(run);
  if (!figures)
    return reportError(figures.takeError());
  if (json)
    outs() << formatv("{0:2}", json::Value(std::move(*figures))) << '\n';
  else
    printFigures(*figures);
  return finishOutput();
}
