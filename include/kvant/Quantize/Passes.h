// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of the stage Quantize.
#ifndef KVANT_QUANTIZE_PASSES_H
#define KVANT_QUANTIZE_PASSES_H

#include "dialects/Qnn/Qnn.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace kvant::quantize {
#define GEN_PASS_DECL
#include "kvant/Quantize/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "kvant/Quantize/Passes.h.inc"
} // namespace kvant::quantize

#endif // KVANT_QUANTIZE_PASSES_H
