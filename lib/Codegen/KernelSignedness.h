// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// In which signedness kernels hand bytes to each other.
#ifndef KVANT_LIB_CODEGEN_KERNELSIGNEDNESS_H
#define KVANT_LIB_CODEGEN_KERNELSIGNEDNESS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace kvant::codegen {

/// Where the dot instruction wants unsigned bytes and all users of a kernel can take them, the
/// kernel makes them, instead of each user again and again.
void chooseSignedness(mlir::func::FuncOp function);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_KERNELSIGNEDNESS_H
