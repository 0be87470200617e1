// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which layouts of buffers the operands of kernels can have.
#ifndef KVANT_LIB_CODEGEN_KERNELOPERANDS_H
#define KVANT_LIB_CODEGEN_KERNELOPERANDS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

namespace kvant::codegen {

/// True if the kernel that owns `use` can read or write a buffer of `type` there. Any operand can
/// be contiguous. Images may have gaps between pixels, lines and images, as a slice of a larger
/// image has: but not
///   - the input of kernel.dot_conv between the pixels of a window that is more than one wide, if
///     the channels are no whole groups: a group of packed weights then spans two pixels;
///   - a destination that is made with its padding, and that of kernel.pad;
///   - weights and what belongs to channels.
bool canTakeLayout(mlir::OpOperand &use, mlir::MemRefType type);

/// True if the kernel that owns `use` takes all lines of its input as one, which gaps between them
/// would break, and would lose by that: short lines make bad register tiles.
bool wantsEvenLines(mlir::OpOperand &use);

/// True if the kernel that owns `use` may read bytes behind the last that it needs.
bool readsBehind(mlir::OpOperand &use);

/// The contiguous buffer in which `buffer` is a view, from the start of which the offset of its
/// type counts; null if there is none.
mlir::Value getContiguousBase(mlir::Value buffer);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_KERNELOPERANDS_H
