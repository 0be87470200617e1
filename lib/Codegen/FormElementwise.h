// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operations on bytes as kernels: part of kvant-form-kernels.
#ifndef KVANT_LIB_CODEGEN_FORMELEMENTWISE_H
#define KVANT_LIB_CODEGEN_FORMELEMENTWISE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace kvant::codegen {

/// Turns chains of element-wise operations with a rescale, from bytes to bytes, that no
/// convolution has taken into kernel.elementwise. Returns how many.
unsigned formElementwise(mlir::func::FuncOp function);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_FORMELEMENTWISE_H
