// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes that bring an imported program into the form that quantization wants.
#ifndef KVANT_PREPARE_PASSES_H
#define KVANT_PREPARE_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace kvant::prepare {

#define GEN_PASS_DECL
#include "kvant/Prepare/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "kvant/Prepare/Passes.h.inc"

} // namespace kvant::prepare

#endif // KVANT_PREPARE_PASSES_H
