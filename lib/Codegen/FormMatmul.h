// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of computed matrices as kernels: part of kvant-form-kernels.
#ifndef KVANT_LIB_CODEGEN_FORMMATMUL_H
#define KVANT_LIB_CODEGEN_FORMMATMUL_H

#include "kvant/Codegen/Target.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

namespace kvant::codegen {

/// Turns a product of matrices of bytes, with what follows it, into a kernel.dot_conv whose
/// weights and bias are made of the right operand when the program runs. False if it is none of
/// bytes.
bool formMatmul(mlir::tosa::MatMulOp matmul, const Target &target);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_FORMMATMUL_H
