// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Slices and reshapes of buffers, made again for a buffer of another layout.
#ifndef KVANT_LIB_CODEGEN_BUFFERVIEWS_H
#define KVANT_LIB_CODEGEN_BUFFERVIEWS_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace kvant::codegen {

bool isReshape(mlir::Operation *op);
/// True for a reshape or a slice.
bool isView(mlir::Operation *op);

/// The type of `op`, a view, if its source has the type `source`; null if there is no such view.
mlir::MemRefType getViewType(mlir::Operation *op, mlir::MemRefType source);

/// The same view of another buffer. A slice of a slice is one of the whole.
mlir::Value rebuildView(mlir::OpBuilder &builder, mlir::Operation *op, mlir::Value source);

/// A slice without steps that keeps the rank, of known place and size; null for all else.
mlir::memref::SubViewOp getBlock(mlir::Value value);
mlir::Value createBlock(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value source,
                        llvm::ArrayRef<int64_t> offsets, llvm::ArrayRef<int64_t> sizes);

/// The type of what undoes `op`, a reshape, on a buffer of `type`; null if a gap is in the way.
mlir::MemRefType getUndoneType(mlir::Operation *op, mlir::MemRefType type);
mlir::Value undo(mlir::OpBuilder &builder, mlir::Operation *op, mlir::Value value);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_BUFFERVIEWS_H
