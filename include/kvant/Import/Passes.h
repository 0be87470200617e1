// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes that bring programs of other compilers to qnn.
#ifndef KVANT_IMPORT_PASSES_H
#define KVANT_IMPORT_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace kvant::import {

#define GEN_PASS_DECL
#include "kvant/Import/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "kvant/Import/Passes.h.inc"

} // namespace kvant::import

#endif // KVANT_IMPORT_PASSES_H
