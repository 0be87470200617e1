// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of the stage Lower.
#ifndef KVANT_LOWER_PASSES_H
#define KVANT_LOWER_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace kvant {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "kvant/Lower/Passes.h.inc"

} // namespace kvant

#endif // KVANT_LOWER_PASSES_H
