// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of a buffer that a view of it covers.
#ifndef KVANT_LIB_CODEGEN_BUFFERBOX_H
#define KVANT_LIB_CODEGEN_BUFFERBOX_H

#include "mlir/IR/BuiltinTypes.h"

namespace kvant::codegen {

/// In each dimension of a contiguous buffer, the first and the last index that a view may touch.
class BufferBox {
public:
  /// Of a view of `type` in a buffer of type `base`, from the start of which its offset counts. All
  /// of the buffer if the type does not say more.
  BufferBox(mlir::MemRefType type, mlir::MemRefType base);

  /// True if no element lies in both. False says nothing.
  bool isDisjoint(const BufferBox &other) const;

private:
  llvm::SmallVector<int64_t> first, last;
};

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_BUFFERBOX_H
