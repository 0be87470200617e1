// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Figures over the outputs of a program.
#ifndef KVANT_DRIVER_SCORE_H
#define KVANT_DRIVER_SCORE_H

#include "kvant/Support/Samples.h"
#include "llvm/Support/JSON.h"

namespace kvant {

/// Outputs of a program over some samples, with what says how to read them.
struct ScoredOutputs {
  llvm::ArrayRef<NpyArray> arrays;
  llvm::ArrayRef<TensorSpec> specs;
  int64_t samples = 0; ///< that the arrays hold one after another
};

/// Adds `top1` and `top5`, as fractions of 1, of the first output against one label per
/// sample. Of equal scores the first is the better.
llvm::Error scoreLabels(const ScoredOutputs &outputs, const NpyArray &labels,
                        llvm::StringRef labelFile, llvm::json::Object &figures);

/// Adds `agreement`, `sqnr_db`, `mse`, `max_abs_diff` and `mismatched_elements` of `outputs`
/// against `reference`. Elements of the same type are compared as they are stored for the
/// last, all else by their real values.
llvm::Error scoreDifference(const ScoredOutputs &outputs, const ScoredOutputs &reference,
                            llvm::json::Object &figures);

} // namespace kvant

#endif // KVANT_DRIVER_SCORE_H
