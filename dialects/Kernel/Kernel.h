// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel dialect: include this to build, match or verify its operations.
#ifndef KVANT_DIALECTS_KERNEL_KERNEL_H
#define KVANT_DIALECTS_KERNEL_KERNEL_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace kvant::kernel {

/// On a tosa.apply_scale in an epilogue: the least shift that its operand holds.
constexpr llvm::StringLiteral kMinShiftAttr = "kernel.min_shift";

/// On a tosa.apply_scale in an epilogue that rounds twice: what it gives for negative values may
/// be one more, no result depends on it.
constexpr llvm::StringLiteral kNonNegativeAttr = "kernel.non_negative";

/// On a tosa.apply_scale in an epilogue: no value that it gets, shifted to the left as far as its
/// shift falls short of 32, passes 32 bits.
constexpr llvm::StringLiteral kShiftsLeftAttr = "kernel.shifts_left";

/// On a convolution: the accumulators that each channel can reach (all lows, then all highs).
constexpr llvm::StringLiteral kAccumulatorRangeAttr = "kernel.accumulator_range";

/// On a kernel.dot_conv: a dictionary from levels to rows and vectors of their register tile.
constexpr llvm::StringLiteral kTilesAttr = "kernel.tiles";

/// On a kernel.dot_conv of bytes: groups of a run whose products with any input fit in 16 bits
/// when they are summed up, if more than two.
constexpr llvm::StringLiteral kChainAttr = "kernel.chain";

/// Elements of a run that share one weight group: what a dot instruction sums up.
constexpr int64_t kDotGroup = 4;

/// Weights of a dot_conv for vectors of four lanes come in groups of eight, which is what
/// SMMLA sums up, and twice what SDOT does.
constexpr int64_t getDotGroup(int64_t lanes) { return lanes == 4 ? 8 : kDotGroup; }

/// How a dot_conv goes through a window: `count` runs of `length` elements that follow each other
/// in the input.
struct WindowRuns {
  int64_t count, length;
  /// Runs of up to four elements would leave half of a group of eight empty, so those of two lines
  /// share it: there is one run, of four elements for each line. `lineLength` of them are real;
  /// else it is 0.
  int64_t lineLength = 0;
  /// With few channels the last group of a line may be nearly empty. Then the last `rest` elements
  /// of as many lines as fit share a group, and there is one run: the whole groups of all lines,
  /// and what is left of each. Else it is 0.
  int64_t rest = 0;
};

/// The most channels whose lines share groups for what is left of them.
constexpr int64_t kMaxRestChannels = 4;

/// The runs of a window [height, width], whose columns are `columnDilation` pixels of `channels`
/// elements apart, for weights in groups of `group`.
constexpr WindowRuns getWindowRuns(int64_t height, int64_t width, int64_t columnDilation,
                                   int64_t channels, int64_t group) {
  if (columnDilation != 1)
    return {height * width, channels};
  int64_t length = width * channels;
  if (group == 2 * kDotGroup && height > 1 && length <= kDotGroup)
    return {1, height * kDotGroup, length};
  // Two elements must not lie in two words of four bytes.
  int64_t rest = length % kDotGroup;
  if (group == kDotGroup && height > 1 && channels <= kMaxRestChannels &&
      (rest == 1 || (rest == 2 && channels % 2 == 0)))
    return {1, height * length, 0, rest};
  return {height, length};
}

} // namespace kvant::kernel

#include "dialects/Kernel/KernelDialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/Kernel/KernelOps.h.inc"

#endif // KVANT_DIALECTS_KERNEL_KERNEL_H
