// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of the stage Calibrate.
#ifndef KVANT_CALIBRATE_PASSES_H
#define KVANT_CALIBRATE_PASSES_H

#include "dialects/Observe/Observe.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace kvant::calibrate {
#define GEN_PASS_DECL
#include "kvant/Calibrate/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "kvant/Calibrate/Passes.h.inc"
} // namespace kvant::calibrate

#endif // KVANT_CALIBRATE_PASSES_H
