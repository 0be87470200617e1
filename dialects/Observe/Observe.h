// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The observe dialect: include this to build or match its operations.
#ifndef KVANT_DIALECTS_OBSERVE_OBSERVE_H
#define KVANT_DIALECTS_OBSERVE_OBSERVE_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"

#include "dialects/Observe/ObserveDialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/Observe/ObserveOps.h.inc"

#endif // KVANT_DIALECTS_OBSERVE_OBSERVE_H
