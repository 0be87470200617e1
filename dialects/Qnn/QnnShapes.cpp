// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checked shape arithmetic, and the verifier of the shape inference interface.
#include "dialects/Qnn/QnnShapes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace kvant::qnn::shapes {

std::string toString(ShapeRef shape) {
  std::string text = "[";
  llvm::raw_string_ostream stream(text);
  llvm::interleaveComma(shape, stream);
  stream << "]";
  return text;
}

int64_t countElements(ShapeRef shape) {
  int64_t count = 1;
  for (int64_t dim : shape) {
    if (dim < 1 || dim > kMaxElements)
      return -1;
    count *= dim;
    if (count > kMaxElements)
      return -1;
  }
  return count;
}

LogicalResult checkList(Operation *op, StringRef name, ShapeRef values, int64_t count, int64_t min,
                        int64_t max) {
  if (static_cast<int64_t>(values.size()) != count)
    return op->emitOpError() << "expected " << count << " values in '" << name << "', got "
                             << values.size();
  for (int64_t value : values)
    if (value < min || value > max)
      return op->emitOpError() << "expected values of '" << name << "' in [" << min << ", " << max
                               << "], got " << value;
  return success();
}

LogicalResult checkRank(Operation *op, Value value, StringRef name, int64_t rank) {
  int64_t actual = shapeOf(value).size();
  if (actual != rank)
    return op->emitOpError() << "expected '" << name << "' of rank " << rank << ", got rank "
                             << actual;
  return success();
}

LogicalResult checkAxis(Operation *op, int64_t axis, int64_t rank) {
  if (axis < 0 || axis >= rank)
    return op->emitOpError() << "expected 'axis' in [0, " << rank << "), got " << axis;
  return success();
}

LogicalResult checkAxes(Operation *op, StringRef name, ShapeRef axes, int64_t rank) {
  int64_t last = -1;
  for (int64_t axis : axes) {
    if (axis <= last || axis >= rank)
      return op->emitOpError() << "expected '" << name << "' to be distinct, ascending and in [0, "
                               << rank << "), got " << toString(axes);
    last = axis;
  }
  return success();
}

LogicalResult append(Operation *op, Shapes &shapes, Shape shape) {
  if (static_cast<int64_t>(shape.size()) > kMaxRank)
    return op->emitOpError() << "expected a result of rank " << kMaxRank << " at most, got rank "
                             << shape.size();
  if (countElements(shape) < 0)
    return op->emitOpError() << "expected a result of 1 to " << kMaxElements
                             << " elements, got shape " << toString(shape);
  shapes.push_back(std::move(shape));
  return success();
}

FailureOr<Shape> broadcast(Operation *op, ShapeRef lhs, ShapeRef rhs) {
  size_t rank = std::max(lhs.size(), rhs.size());
  Shape result(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    int64_t l = i < lhs.size() ? lhs[lhs.size() - 1 - i] : 1;
    int64_t r = i < rhs.size() ? rhs[rhs.size() - 1 - i] : 1;
    if (l != r && l != 1 && r != 1)
      return op->emitOpError() << "expected shapes that broadcast, got " << toString(lhs) << " and "
                               << toString(rhs);
    result[rank - 1 - i] = l == 1 ? r : l;
  }
  return result;
}

FailureOr<int64_t> windowSize(Operation *op, StringRef dim, int64_t input, int64_t kernel,
                              int64_t stride, int64_t dilation, int64_t before, int64_t after) {
  int64_t extent = (kernel - 1) * dilation + 1;
  int64_t padded = input + before + after;
  if (extent > padded)
    return op->emitOpError() << "expected a window that fits its padded input, got a window of "
                             << extent << " over " << padded << " elements of " << dim;
  return (padded - extent) / stride + 1;
}

} // namespace kvant::qnn::shapes

using namespace kvant::qnn::shapes;

static LogicalResult verifyStatic(Operation *op, Type type, const char *what, unsigned index) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return success();
  if (!tensor.hasStaticShape())
    return op->emitOpError() << "expected " << what << " #" << index << " of static shape, got "
                             << type;
  if (tensor.getRank() > kMaxRank)
    return op->emitOpError() << "expected " << what << " #" << index << " of rank " << kMaxRank
                             << " at most, got rank " << tensor.getRank();
  if (countElements(tensor.getShape()) < 0)
    return op->emitOpError() << "expected " << what << " #" << index << " of 1 to " << kMaxElements
                             << " elements, got " << type;
  return verifyQuantizedType(op, type);
}

LogicalResult kvant::qnn::detail::verifyInferredShapes(Operation *op) {
  for (auto [index, type] : llvm::enumerate(op->getOperandTypes()))
    if (failed(verifyStatic(op, type, "operand", index)))
      return failure();
  for (auto [index, type] : llvm::enumerate(op->getResultTypes()))
    if (failed(verifyStatic(op, type, "result", index)))
      return failure();
  SmallVector<SmallVector<int64_t>> inferred;
  if (failed(cast<ShapeInferenceOpInterface>(op).inferResultShapes(inferred)))
    return failure();
  if (inferred.size() != op->getNumResults())
    return op->emitOpError() << "expected " << inferred.size() << " results, got "
                             << op->getNumResults();
  for (auto [index, shape] : llvm::enumerate(inferred)) {
    ShapeRef declared = shapeOf(op->getResult(index));
    if (declared != ShapeRef(shape))
      return op->emitOpError() << "expected result #" << index << " of shape " << toString(shape)
                               << ", got " << toString(declared);
  }
  return success();
}
