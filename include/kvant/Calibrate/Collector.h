// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Running an observed program over samples.
#ifndef KVANT_CALIBRATE_COLLECTOR_H
#define KVANT_CALIBRATE_COLLECTOR_H

#include "kvant/Calibrate/Executor.h"
#include "kvant/Calibrate/Statistics.h"
#include <functional>

namespace kvant::calibrate {

struct CollectOptions {
  int64_t bins = 0;        ///< of each histogram; 0 for none
  bool perChannel = false; ///< also statistics of each channel of the last axis
};

/// The scaling that two options of a pass give, each "" for absent. The error begins with the
/// name of the option.
llvm::Expected<InputScaling> parseInputScaling(llvm::StringRef scale, llvm::StringRef shift);

/// Called for each run with the bytes of every output.
using OutputVisitor =
    std::function<llvm::Error(int64_t sample, llvm::ArrayRef<llvm::ArrayRef<char>> outputs)>;

/// Runs `program` on samples 0 to `count` - 1, one after the other.
llvm::Error forEachSample(ExecutableProgram &program, const SampleSet &samples, int64_t count,
                          const OutputVisitor &visit);

/// Collects the statistics of every output of `program`, under the names of the outputs. All
/// must be float tensors. A value that is NaN or infinite is an error.
llvm::Expected<Statistics> collectStatistics(ExecutableProgram &program, const SampleSet &samples,
                                             int64_t count, const CollectOptions &options);

} // namespace kvant::calibrate

#endif // KVANT_CALIBRATE_COLLECTOR_H
