// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading and writing of decisions.
#ifndef KVANT_LIB_PRECISION_DECISIONS_H
#define KVANT_LIB_PRECISION_DECISIONS_H

#include "dialects/Qnn/Qnn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace kvant::precision {

constexpr llvm::StringLiteral kInteger = "static_wi8_ai8";
constexpr llvm::StringLiteral kFloat = "float32";

/// Writes scheme and reason; other entries of the decision stay.
void setDecision(mlir::Operation *op, llvm::StringRef scheme, const llvm::Twine &reason);
/// The decided scheme, or "" if there is none.
llvm::StringRef getScheme(mlir::Operation *op);
llvm::StringRef getReason(mlir::Operation *op);

/// A candidate is an operation for which a budget chooses; what a recipe fixes is none.
void markCandidate(mlir::Operation *op);
/// Takes the mark off; sensitivities stay.
void clearCandidate(mlir::Operation *op);
llvm::SmallVector<mlir::Operation *> getCandidates(mlir::func::FuncOp function);

/// What quantizing `op` alone does to the outputs.
void setSensitivity(mlir::Operation *op, double sqnrDb, double flips);
/// False if it was not measured.
bool getSensitivity(mlir::Operation *op, double &sqnrDb, double &flips);

/// The name of `op`, or its kind and number in the function if it has none.
std::string getDisplayName(mlir::Operation *op, unsigned number);

/// True if `op` has float activations: then there is something to decide.
bool isDecidable(mlir::Operation &op);

/// Operations that share scales stay in float where all float tensors around them come from
/// and go to float operations. Repeated until nothing changes.
void keepMovesInFloat(mlir::func::FuncOp function);

} // namespace kvant::precision

#endif // KVANT_LIB_PRECISION_DECISIONS_H
