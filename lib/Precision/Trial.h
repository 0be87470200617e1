// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Trying a program with given decisions against the float one.
#ifndef KVANT_LIB_PRECISION_TRIAL_H
#define KVANT_LIB_PRECISION_TRIAL_H

#include "kvant/Calibrate/Executor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace kvant::precision {

/// How the outputs of a program compare with those of the float one.
struct Quality {
  double noise = 0.0; ///< power of the difference / power of the float outputs
  double flips = 0.0; ///< share of samples whose top-1 changes
  double drop = 0.0;  ///< with labels the loss of top-1, otherwise flips

  double getSqnrDb() const;
};

/// The samples, and the float program's outputs on them.
class Trial {
public:
  struct Options {
    std::string data;
    int64_t samples = 0; ///< 0 for all
    InputScaling scaling;
  };
  /// Runs `module` as it is, in float.
  static llvm::Expected<Trial> create(mlir::ModuleOp module, const Options &options);

  /// Quantizes a copy of `module` by its decisions, runs it and compares.
  llvm::Expected<Quality> measure(mlir::ModuleOp module) const;

  int64_t getNumSamples() const { return count; }

private:
  llvm::Expected<std::unique_ptr<ExecutableProgram>> compile(mlir::ModuleOp module) const;
  std::optional<int64_t> getLabel(int64_t sample) const;

  std::shared_ptr<SampleSet> samples;
  int64_t count = 0;
  /// Per sample, all float outputs one after the other; and the top-1 of the first.
  std::vector<std::vector<float>> expected;
  std::vector<int64_t> expectedTop;
};

} // namespace kvant::precision

#endif // KVANT_LIB_PRECISION_TRIAL_H
