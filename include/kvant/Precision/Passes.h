// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of the stage Precision.
#ifndef KVANT_PRECISION_PASSES_H
#define KVANT_PRECISION_PASSES_H

#include "dialects/Qnn/Qnn.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace kvant::precision {
#define GEN_PASS_DECL
#include "kvant/Precision/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "kvant/Precision/Passes.h.inc"
} // namespace kvant::precision

#endif // KVANT_PRECISION_PASSES_H
