// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles a model to a library and runs the library, all in one process.
#include "kvant/Driver/Compiler.h"
#include "kvant/Driver/Program.h"
#include "llvm/Support/raw_ostream.h"

static llvm::Error compileAndRun(llvm::StringRef model, llvm::StringRef calibration,
                                 llvm::StringRef library, llvm::StringRef inputs) {
  kvant::CompileOptions options;
  options.model = model.str();
  options.calibration = calibration.str();
  options.output = library.str();
  llvm::Expected<kvant::CompileResult> result = kvant::compile(options);
  if (!result)
    return result.takeError();
  if (llvm::Error error = kvant::writeResult(*result, library))
    return error;
  llvm::outs() << library << ": " << result->bytes.size() << " bytes\n";

  auto program = kvant::openProgram(library);
  if (!program)
    return program.takeError();
  auto samples = kvant::SampleSet::load(inputs, (*program)->getInputs());
  if (!samples)
    return samples.takeError();
  auto run = (*program)->run(*samples, samples->getNumSamples());
  if (!run)
    return run.takeError();
  for (const kvant::NpyArray &output : run->outputs)
    llvm::outs() << output.name << ": " << output.getNumElements() << " elements\n";
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  if (argc != 5) {
    llvm::errs() << "usage: compile-and-run MODEL CALIBRATION.npz LIBRARY.so INPUTS.npz\n";
    return 2;
  }
  if (llvm::Error error = compileAndRun(argv[1], argv[2], argv[3], argv[4]))
    return kvant::reportError(std::move(error));
  return 0;
}
