// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where a buffer lies, to tell buffers that never overlap.
#ifndef KVANT_LIB_CODEGEN_BUFFERPLACE_H
#define KVANT_LIB_CODEGEN_BUFFERPLACE_H

#include "mlir/IR/Value.h"

namespace kvant::codegen {

/// The bytes of a buffer within what it is a view of: a global, an argument of the function
/// (the caller's buffers do not overlap), or something else.
struct BufferPlace {
  mlir::Attribute global; ///< name of the global, if it is one
  mlir::Value root;       ///< what is viewed, if it is not a global
  int64_t begin = 0, end = 0;
  bool known = false; ///< the range is known, and the root is an argument or a global

  /// True if the two surely have no byte in common.
  bool isApart(const BufferPlace &other) const;
};

BufferPlace getBufferPlace(mlir::Value buffer);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_BUFFERPLACE_H
