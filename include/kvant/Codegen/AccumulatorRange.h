// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which accumulators a convolution with constant weights can reach.
#ifndef KVANT_CODEGEN_ACCUMULATORRANGE_H
#define KVANT_CODEGEN_ACCUMULATORRANGE_H

#include "mlir/IR/Builders.h"
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace kvant::codegen {

struct Interval {
  int64_t low, high;
};

/// Weights of an int8 convolution in the order of TOSA: the channel is the first axis, or with
/// `channelLast` the last one. `bias` has one element per channel.
struct IntegerWeights {
  llvm::ArrayRef<int64_t> weights, bias;
  int64_t inputZp, weightZp;
  bool channelLast;
};

/// Per channel, the least and the greatest of bias + sum (x - inputZp) * (w - weightZp) over
/// all inputs x of 8 bits: each product is extreme at one end of the range of x.
std::vector<Interval> getAccumulatorRanges(const IntegerWeights &weights);

/// The ranges as an attribute (all lows, then all highs), or null if one of them leaves the
/// 32 bits of the accumulator, which then wraps.
mlir::Attribute makeRangeAttr(mlir::Builder &builder, llvm::ArrayRef<Interval> ranges);
/// The reverse; nothing if `attr` does not hold the ranges of `channels` channels.
std::vector<Interval> readRangeAttr(mlir::Attribute attr, int64_t channels);

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_ACCUMULATORRANGE_H
