// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Epilogues of kernels of bytes as functions of what they read.
#ifndef KVANT_LIB_CODEGEN_BYTEEPILOGUE_H
#define KVANT_LIB_CODEGEN_BYTEEPILOGUE_H

#include "kvant/Codegen/FloatScale.h"
#include "kvant/Codegen/ScalarProgram.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

namespace kvant::codegen {

/// The epilogue of a kernel of bytes, from its accumulator on.
struct ByteEpilogue {
  mlir::Block *block;
  unsigned numElements;
  /// What is yielded, before its top bit is inverted if `isUnsigned`.
  mlir::Value stored;
  bool isUnsigned;
  std::vector<Interval> ranges;                      ///< of the accumulator, by channel
  std::vector<llvm::SmallVector<int64_t>> constants; ///< by channel: those of `channels`

  /// What is added to a signed byte to make it the stored one.
  int64_t getRaise() const { return isUnsigned ? 128 : 0; }
  /// The accumulator and the channels' constants: what does not depend on the place.
  llvm::SmallVector<mlir::Value> getInputs() const {
    return llvm::SmallVector<mlir::Value>(block->args_begin(),
                                          block->args_begin() + 1 + constants.front().size());
  }
};

/// Nothing for a kernel of other elements, or whose ranges or constants are not known.
std::optional<ByteEpilogue> readEpilogue(mlir::Operation *kernel);

/// Per channel, a value of the epilogue as a function of the accumulator.
struct ChannelSteps {
  std::vector<Staircase> stairs;
  std::vector<double> slopes;
  Interval bounds = {INT64_MAX, INT64_MIN}; ///< of all channels
};

/// The steps of `value` plus `raise`; nothing if it is not known to be monotone, or has more
/// values than a byte.
std::optional<ChannelSteps> findChannelSteps(const ByteEpilogue &epilogue, mlir::Value value,
                                             int64_t raise);

/// Parameters of all channels in one form, each proven.
struct FloatChannels {
  FloatForm form;
  std::vector<float> scales, rests, offsets;
  Interval reached = {INT64_MAX, INT64_MIN}; ///< before the bounds are applied
};

/// The cheapest form that all channels can be proven in.
std::optional<FloatChannels> findFloatChannels(const ChannelSteps &steps);

/// What the requantization of an accumulator gives.
struct ScaledRange {
  Interval all;
  /// By channel with accumulators below zero: what they give at least, and at most where those
  /// round as others do.
  std::vector<Interval> negative;
};

std::optional<ScaledRange> getScaledRange(const ByteEpilogue &epilogue,
                                          mlir::tosa::ApplyScaleOp scale);

/// A function that only adds a zero point and clamps.
struct ClampedSum {
  int64_t zeroPoint;
  Interval bounds;
};

/// `result` as such a function of `scaled`, over `range`.
std::optional<ClampedSum> getClampedSum(mlir::Value result, mlir::Value scaled, Interval range);

/// Marks a rounding of negative values that has no effect, as `result` shows: true if so.
bool markNonNegative(mlir::tosa::ApplyScaleOp scale, const ScaledRange &range, mlir::Value result);

/// Marks requantizations of the epilogue with kShiftsLeftAttr where that is so.
void markLeftShifts(const ByteEpilogue &epilogue);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_BYTEEPILOGUE_H
