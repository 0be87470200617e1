// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled programs, whatever form they come in, run over samples.
#ifndef KVANT_DRIVER_PROGRAM_H
#define KVANT_DRIVER_PROGRAM_H

#include "kvant/Support/Samples.h"
#include <memory>

namespace kvant {

/// What comes of running a program over samples.
struct RunResult {
  std::vector<NpyArray> outputs; ///< per result, all samples along the first axis
  double minMicroseconds = 0, medianMicroseconds = 0; ///< of single calls
};

class Program {
public:
  virtual ~Program();
  virtual llvm::ArrayRef<TensorSpec> getInputs() const = 0;
  virtual llvm::ArrayRef<TensorSpec> getOutputs() const = 0;
  /// The quantization record, JSON; empty for a model that was compiled just now.
  virtual std::string getQuantization() const { return ""; }
  /// Runs every sample once, and goes on in a circle until `calls` are made.
  virtual llvm::Expected<RunResult> run(const SampleSet &samples, int64_t calls) = 0;
};

struct ProgramOptions {
  std::string emulator; ///< command before a runner, for example "qemu-aarch64 -cpu max"
  unsigned threads = 1; ///< that compute one sample together; the results are the same
};

/// Loads a library, a runner or a model (decided by the file's content).
llvm::Expected<std::unique_ptr<Program>> openProgram(llvm::StringRef path,
                                                     const ProgramOptions &options = {});

} // namespace kvant

#endif // KVANT_DRIVER_PROGRAM_H
