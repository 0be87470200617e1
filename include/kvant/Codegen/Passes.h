// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes of the Codegen stage.
#ifndef KVANT_CODEGEN_PASSES_H
#define KVANT_CODEGEN_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace kvant::codegen {

#define GEN_PASS_DECL
#include "kvant/Codegen/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "kvant/Codegen/Passes.h.inc"

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_PASSES_H
