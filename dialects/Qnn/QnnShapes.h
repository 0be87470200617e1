// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checked shape arithmetic and checks of types, private to the dialect.
#ifndef KVANT_DIALECTS_QNN_QNNSHAPES_H
#define KVANT_DIALECTS_QNN_QNNSHAPES_H

#include "dialects/Qnn/Qnn.h"
#include "llvm/ADT/SmallVector.h"
#include <limits>

namespace kvant::qnn::shapes {

using Shape = llvm::SmallVector<int64_t>;
using ShapeRef = llvm::ArrayRef<int64_t>;
using Shapes = llvm::SmallVectorImpl<Shape>;

/// No tensor has more elements, and no size, stride or padding is larger.
/// Products of two such numbers do not overflow 64 bits, so sizes need no
/// further checks after this one.
constexpr int64_t kMaxElements = std::numeric_limits<int32_t>::max();
constexpr int64_t kMaxRank = 8;

inline ShapeRef shapeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
}

std::string toString(ShapeRef shape);

/// Number of elements, or -1 if it exceeds kMaxElements or a dimension is not
/// positive.
int64_t countElements(ShapeRef shape);

/// Checks the length of an integer list attribute and the range of its values.
llvm::LogicalResult checkList(mlir::Operation *op, llvm::StringRef name, ShapeRef values,
                              int64_t count, int64_t min, int64_t max = kMaxElements);
llvm::LogicalResult checkRank(mlir::Operation *op, mlir::Value value, llvm::StringRef name,
                              int64_t rank);
llvm::LogicalResult checkAxis(mlir::Operation *op, int64_t axis, int64_t rank);
/// Checks that `axes` are distinct, ascending and below `rank`.
llvm::LogicalResult checkAxes(mlir::Operation *op, llvm::StringRef name, ShapeRef axes,
                              int64_t rank);

/// Appends `shape` unless it has too many elements, too high a rank or an empty
/// dimension.
llvm::LogicalResult append(mlir::Operation *op, Shapes &shapes, Shape shape);

/// The shape to which both broadcast by numpy's rule.
llvm::FailureOr<Shape> broadcast(mlir::Operation *op, ShapeRef lhs, ShapeRef rhs);

/// Size of a window operation's output along one spatial dimension.
llvm::FailureOr<int64_t> windowSize(mlir::Operation *op, llvm::StringRef dim, int64_t input,
                                    int64_t kernel, int64_t stride, int64_t dilation,
                                    int64_t before, int64_t after);

/// Checks scales, zero points and quantized dimensions of a tensor of quantized
/// elements.
llvm::LogicalResult verifyQuantizedType(mlir::Operation *op, mlir::Type type);

} // namespace kvant::qnn::shapes

#endif // KVANT_DIALECTS_QNN_QNNSHAPES_H
