// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The patterns from TOSA to qnn, by family, and what they share.
#ifndef KVANT_LIB_IMPORT_TOSATOQNN_PATTERNS_H
#define KVANT_LIB_IMPORT_TOSATOQNN_PATTERNS_H

#include "dialects/Qnn/Qnn.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/PatternMatch.h"
#include <optional>

namespace kvant::import {

void addContractionPatterns(mlir::RewritePatternSet &patterns);
void addElementwisePatterns(mlir::RewritePatternSet &patterns);
void addMovementPatterns(mlir::RewritePatternSet &patterns);
/// Patterns over several operations: they run first, on a program that is still TOSA.
void addCompositePatterns(mlir::RewritePatternSet &patterns);

/// The numbers of a constant shape (`tosa.const_shape`), or nothing.
std::optional<llvm::SmallVector<int64_t>> getShapeValues(mlir::Value shape);
/// The one number of a constant of one element, or nothing.
std::optional<double> getScalar(mlir::Value value);
/// True if every zero point is the constant 0, as in a float program.
bool areZero(llvm::ArrayRef<mlir::Value> zeroPoints);
/// A constant of type `type`, whose elements `values` are.
mlir::Value makeConstant(mlir::PatternRewriter &rewriter, mlir::Location loc,
                         mlir::RankedTensorType type, llvm::ArrayRef<float> values);

inline mlir::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).getShape();
}

/// Replaces `op` by an operation of qnn of the same result type and name.
template <typename OpTy>
llvm::LogicalResult replace(mlir::PatternRewriter &rewriter, mlir::Operation *op,
                            mlir::ValueRange operands,
                            llvm::ArrayRef<mlir::NamedAttribute> attributes = {}) {
  llvm::SmallVector<mlir::NamedAttribute> all(attributes);
  if (mlir::Attribute name = op->getDiscardableAttr(qnn::kNameAttr))
    all.push_back(rewriter.getNamedAttr(qnn::kNameAttr, name));
  rewriter.replaceOpWithNewOp<OpTy>(op, op->getResultTypes(), operands, all);
  return mlir::success();
}

/// Numbers of any integer list as the attribute that qnn has.
template <typename Numbers>
mlir::NamedAttribute listAttr(mlir::Builder &builder, llvm::StringRef name, Numbers numbers) {
  return builder.getNamedAttr(name, builder.getDenseI64ArrayAttr(llvm::SmallVector<int64_t>(
                                        numbers.begin(), numbers.end())));
}

} // namespace kvant::import

#endif // KVANT_LIB_IMPORT_TOSATOQNN_PATTERNS_H
