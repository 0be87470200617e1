// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The observe dialect and its operations.
#include "dialects/Observe/Observe.h"

#include "dialects/Observe/ObserveDialect.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Observe/ObserveOps.cpp.inc"

namespace kvant::observe {

void ObserveDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Observe/ObserveOps.cpp.inc"
      >();
}

llvm::LogicalResult ProbeOp::verify() {
  if (static_cast<int64_t>(getId()) < 0)
    return emitOpError("expected a non-negative id, got ") << static_cast<int64_t>(getId());
  return llvm::success();
}

} // namespace kvant::observe
