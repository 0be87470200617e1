// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far input and destination of a kernel may overlap when it goes through them in order.
#ifndef KVANT_LIB_CODEGEN_KERNELORDER_H
#define KVANT_LIB_CODEGEN_KERNELORDER_H

#include "mlir/IR/Operation.h"
#include <optional>

namespace kvant::codegen {

/// A kernel that goes through its image in order is done with a part of its input when it
/// writes the part of the destination that needed it. A part is at most `kOrderedLines` lines
/// of the destination, or `kOrderedPixels` pixels where lines do not matter: the lowering
/// computes no more than that between two writes, and all channels of it before the next part.
constexpr int64_t kOrderedLines = 2;
constexpr int64_t kOrderedPixels = 16;

/// Safe distances between the starts of the two buffers, in bytes.
struct OrderDistances {
  /// With `forward`, the input begins at least this much behind the destination.
  int64_t forward;
  /// With `backward`, the destination begins at least this much behind the input.
  int64_t backward;
};

/// The distances of `op`; none if it is no convolution on buffers, if going in order would
/// cost too much (the weights are read again for each part), or if it reads its input as an
/// element operand as well.
std::optional<OrderDistances> getOrderDistances(mlir::Operation *op);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_KERNELORDER_H
