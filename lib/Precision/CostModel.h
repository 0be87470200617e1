// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an operation costs in each precision: deterministic, without running anything.
#ifndef KVANT_LIB_PRECISION_COSTMODEL_H
#define KVANT_LIB_PRECISION_COSTMODEL_H

#include "kvant/Precision/Assignment.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace kvant::precision {

enum class CostKind { Latency, Size };

/// The problem whose items are `candidates`, with costs but no noise. The costs of what is not
/// a candidate are left out. `floatTotal` gets the cost of the whole program in float, and
/// `fixedCost` that of what is not a candidate as it is decided.
AssignmentProblem buildProblem(mlir::func::FuncOp function,
                               llvm::ArrayRef<mlir::Operation *> candidates, CostKind kind,
                               double &floatTotal, double &fixedCost);

} // namespace kvant::precision

#endif // KVANT_LIB_PRECISION_COSTMODEL_H
