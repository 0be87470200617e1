// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Result shapes of the operations that compute: contractions, pooling,
// arithmetic, reductions. Data movement is in QnnInferShapesMovement.cpp.
#include "dialects/Qnn/QnnShapes.h"

using namespace mlir;
using namespace kvant::qnn;
using namespace kvant::qnn::shapes;

using InferredShapes = SmallVectorImpl<SmallVector<int64_t>>;

static LogicalResult sameShape(Operation *op, InferredShapes &shapes) {
  return append(op, shapes, Shape(shapeOf(op->getOperand(0))));
}

/// An operation over the last axis: a scalar has none.
static LogicalResult lastAxisShape(Operation *op, InferredShapes &shapes) {
  if (shapeOf(op->getOperand(0)).empty())
    return op->emitOpError("expected 'input' of rank 1 at least, got rank 0");
  return sameShape(op, shapes);
}

#define KVANT_SAME_SHAPE(OP)                                                                       \
  LogicalResult OP::inferResultShapes(InferredShapes &shapes) { return sameShape(*this, shapes); }
KVANT_SAME_SHAPE(QuantizeOp)
KVANT_SAME_SHAPE(DequantizeOp)
KVANT_SAME_SHAPE(RequantizeOp)
KVANT_SAME_SHAPE(CastOp)
KVANT_SAME_SHAPE(ReluOp)
KVANT_SAME_SHAPE(Relu6Op)
KVANT_SAME_SHAPE(ReluN1To1Op)
KVANT_SAME_SHAPE(LogisticOp)
KVANT_SAME_SHAPE(TanhOp)
KVANT_SAME_SHAPE(HardSwishOp)
KVANT_SAME_SHAPE(EluOp)
KVANT_SAME_SHAPE(AbsOp)
KVANT_SAME_SHAPE(NegOp)
KVANT_SAME_SHAPE(ExpOp)
KVANT_SAME_SHAPE(LogOp)
KVANT_SAME_SHAPE(SqrtOp)
KVANT_SAME_SHAPE(RsqrtOp)
KVANT_SAME_SHAPE(SinOp)
KVANT_SAME_SHAPE(CosOp)
KVANT_SAME_SHAPE(GeluOp)
KVANT_SAME_SHAPE(LeakyReluOp)
#undef KVANT_SAME_SHAPE

#define KVANT_LAST_AXIS_SHAPE(OP)                                                                  \
  LogicalResult OP::inferResultShapes(InferredShapes &shapes) {                                    \
    return lastAxisShape(*this, shapes);                                                           \
  }
KVANT_LAST_AXIS_SHAPE(BatchNormOp)
KVANT_LAST_AXIS_SHAPE(SoftmaxOp)
KVANT_LAST_AXIS_SHAPE(LogSoftmaxOp)
KVANT_LAST_AXIS_SHAPE(L2NormalizeOp)
#undef KVANT_LAST_AXIS_SHAPE

#define KVANT_BROADCAST_SHAPE(OP)                                                                  \
  LogicalResult OP::inferResultShapes(InferredShapes &shapes) {                                    \
    FailureOr<Shape> shape = broadcast(*this, shapeOf(getLhs()), shapeOf(getRhs()));               \
    return failed(shape) ? failure() : append(*this, shapes, *shape);                              \
  }
KVANT_BROADCAST_SHAPE(AddOp)
KVANT_BROADCAST_SHAPE(SubOp)
KVANT_BROADCAST_SHAPE(MulOp)
KVANT_BROADCAST_SHAPE(DivOp)
KVANT_BROADCAST_SHAPE(MinimumOp)
KVANT_BROADCAST_SHAPE(MaximumOp)
KVANT_BROADCAST_SHAPE(SquaredDifferenceOp)
#undef KVANT_BROADCAST_SHAPE

LogicalResult ConstantOp::inferResultShapes(InferredShapes &shapes) {
  return append(*this, shapes, Shape(getValue().getShapedType().getShape()));
}

LogicalResult PReluOp::inferResultShapes(InferredShapes &shapes) {
  FailureOr<Shape> shape = broadcast(*this, shapeOf(getInput()), shapeOf(getAlpha()));
  if (failed(shape))
    return failure();
  if (ShapeRef(*shape) != shapeOf(getInput()))
    return emitOpError() << "expected 'alpha' that broadcasts to the input's shape "
                         << toString(shapeOf(getInput())) << ", got "
                         << toString(shapeOf(getAlpha()));
  return append(*this, shapes, *shape);
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

/// The output height and width of a window over an NHWC input.
static FailureOr<std::pair<int64_t, int64_t>> windowShape(Operation *op, ShapeRef input,
                                                          ShapeRef kernel, ShapeRef stride,
                                                          ShapeRef dilation, ShapeRef padding) {
  if (failed(checkList(op, "stride", stride, 2, 1)) ||
      failed(checkList(op, "dilation", dilation, 2, 1)) ||
      failed(checkList(op, "padding", padding, 4, 0)))
    return failure();
  FailureOr<int64_t> height =
      windowSize(op, "height", input[1], kernel[0], stride[0], dilation[0], padding[0], padding[1]);
  if (failed(height))
    return failure();
  FailureOr<int64_t> width =
      windowSize(op, "width", input[2], kernel[1], stride[1], dilation[1], padding[2], padding[3]);
  if (failed(width))
    return failure();
  return std::make_pair(*height, *width);
}

LogicalResult Conv2DOp::inferResultShapes(InferredShapes &shapes) {
  if (failed(checkRank(*this, getInput(), "input", 4)) ||
      failed(checkRank(*this, getFilter(), "filter", 4)))
    return failure();
  ShapeRef input = shapeOf(getInput()), filter = shapeOf(getFilter());
  if (input[3] % filter[3] != 0)
    return emitOpError() << "expected the input's channels to be a multiple of "
                            "the filter's, got "
                         << input[3] << " and " << filter[3];
  if (filter[0] % (input[3] / filter[3]) != 0)
    return emitOpError() << "expected output channels that divide into " << input[3] / filter[3]
                         << " groups, got " << filter[0];
  auto size =
      windowShape(*this, input, filter.slice(1, 2), getStride(), getDilation(), getPadding());
  if (failed(size))
    return failure();
  return append(*this, shapes, {input[0], size->first, size->second, filter[0]});
}

LogicalResult DepthwiseConv2DOp::inferResultShapes(InferredShapes &shapes) {
  if (failed(checkRank(*this, getInput(), "input", 4)) ||
      failed(checkRank(*this, getFilter(), "filter", 4)))
    return failure();
  ShapeRef input = shapeOf(getInput()), filter = shapeOf(getFilter());
  if (filter[0] != 1)
    return emitOpError() << "expected a filter of shape [1, KH, KW, C * M], got "
                         << toString(filter);
  if (filter[3] % input[3] != 0)
    return emitOpError() << "expected the filter's channels to be a multiple "
                            "of the input's, got "
                         << filter[3] << " and " << input[3];
  auto size =
      windowShape(*this, input, filter.slice(1, 2), getStride(), getDilation(), getPadding());
  if (failed(size))
    return failure();
  return append(*this, shapes, {input[0], size->first, size->second, filter[3]});
}

LogicalResult TransposeConv2DOp::inferResultShapes(InferredShapes &shapes) {
  if (failed(checkRank(*this, getInput(), "input", 4)) ||
      failed(checkRank(*this, getFilter(), "filter", 4)) ||
      failed(checkList(*this, "stride", getStride(), 2, 1)) ||
      failed(checkList(*this, "padding", getPadding(), 4, -kMaxElements)))
    return failure();
  ShapeRef input = shapeOf(getInput()), filter = shapeOf(getFilter());
  ShapeRef stride = getStride(), padding = getPadding();
  if (padding[0] < 0 || padding[2] < 0)
    return emitOpError() << "expected no negative padding at the top or left, got "
                         << toString(padding);
  if (input[3] != filter[3])
    return emitOpError() << "expected a filter of " << input[3] << " input channels, got "
                         << filter[3];
  int64_t height = (input[1] - 1) * stride[0] + filter[1] - padding[0] - padding[1];
  int64_t width = (input[2] - 1) * stride[1] + filter[2] - padding[2] - padding[3];
  return append(*this, shapes, {input[0], height, width, filter[0]});
}

LogicalResult FullyConnectedOp::inferResultShapes(InferredShapes &shapes) {
  if (failed(checkRank(*this, getFilter(), "filter", 2)))
    return failure();
  ShapeRef input = shapeOf(getInput()), filter = shapeOf(getFilter());
  int64_t elements = countElements(input);
  bool lastIsDepth = !input.empty() && input.back() == filter[1];
  // Both forms exist in models: the declared rank tells them apart.
  if (lastIsDepth && shapeOf(getOutput()).size() == input.size()) {
    Shape shape(input.drop_back());
    shape.push_back(filter[0]);
    return append(*this, shapes, shape);
  }
  if (elements % filter[1] != 0)
    return emitOpError() << "expected an input that divides into rows of " << filter[1]
                         << " elements, got " << elements << " elements";
  return append(*this, shapes, {elements / filter[1], filter[0]});
}

LogicalResult BatchMatMulOp::inferResultShapes(InferredShapes &shapes) {
  ShapeRef lhs = shapeOf(getLhs()), rhs = shapeOf(getRhs());
  if (lhs.size() < 2 || rhs.size() < 2)
    return emitOpError() << "expected operands of rank 2 at least, got ranks " << lhs.size()
                         << " and " << rhs.size();
  ShapeRef left = lhs.take_back(2), right = rhs.take_back(2);
  int64_t rows = left[getAdjX() ? 1 : 0], leftDepth = left[getAdjX() ? 0 : 1];
  int64_t rightDepth = right[getAdjY() ? 1 : 0], columns = right[getAdjY() ? 0 : 1];
  if (leftDepth != rightDepth)
    return emitOpError() << "expected operands with the same inner dimension, got " << leftDepth
                         << " and " << rightDepth;
  FailureOr<Shape> shape = broadcast(*this, lhs.drop_back(2), rhs.drop_back(2));
  if (failed(shape))
    return failure();
  shape->append({rows, columns});
  return append(*this, shapes, *shape);
}

//===----------------------------------------------------------------------===//
// Pooling, resizing, reductions
//===----------------------------------------------------------------------===//

template <typename PoolOp> static LogicalResult poolShape(PoolOp op, InferredShapes &shapes) {
  if (failed(checkRank(op, op.getInput(), "input", 4)) ||
      failed(checkList(op, "kernel", op.getKernel(), 2, 1)))
    return failure();
  ShapeRef input = shapeOf(op.getInput());
  auto size = windowShape(op, input, op.getKernel(), op.getStride(), {1, 1}, op.getPadding());
  if (failed(size))
    return failure();
  return append(op, shapes, {input[0], size->first, size->second, input[3]});
}
LogicalResult AvgPool2DOp::inferResultShapes(InferredShapes &shapes) {
  return poolShape(*this, shapes);
}
LogicalResult MaxPool2DOp::inferResultShapes(InferredShapes &shapes) {
  return poolShape(*this, shapes);
}

template <typename ResizeOp> static LogicalResult resizeShape(ResizeOp op, InferredShapes &shapes) {
  if (failed(checkRank(op, op.getInput(), "input", 4)) ||
      failed(checkList(op, "size", op.getSize(), 2, 1)))
    return failure();
  ShapeRef input = shapeOf(op.getInput());
  return append(op, shapes, {input[0], op.getSize()[0], op.getSize()[1], input[3]});
}
LogicalResult ResizeBilinearOp::inferResultShapes(InferredShapes &shapes) {
  return resizeShape(*this, shapes);
}
LogicalResult ResizeNearestOp::inferResultShapes(InferredShapes &shapes) {
  return resizeShape(*this, shapes);
}

template <typename ReduceOp> static LogicalResult reduceShape(ReduceOp op, InferredShapes &shapes) {
  ShapeRef input = shapeOf(op.getInput()), axes = op.getAxes();
  if (failed(checkAxes(op, "axes", axes, input.size())))
    return failure();
  Shape shape;
  for (auto [index, dim] : llvm::enumerate(input)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(index)))
      shape.push_back(dim);
    else if (op.getKeepDims())
      shape.push_back(1);
  }
  return append(op, shapes, shape);
}
LogicalResult MeanOp::inferResultShapes(InferredShapes &shapes) {
  return reduceShape(*this, shapes);
}
LogicalResult ReduceSumOp::inferResultShapes(InferredShapes &shapes) {
  return reduceShape(*this, shapes);
}
LogicalResult ReduceMaxOp::inferResultShapes(InferredShapes &shapes) {
  return reduceShape(*this, shapes);
}

template <typename ArgOp> static LogicalResult argShape(ArgOp op, InferredShapes &shapes) {
  ShapeRef input = shapeOf(op.getInput());
  int64_t axis = op.getAxis();
  if (failed(checkAxis(op, axis, input.size())))
    return failure();
  Shape shape(input);
  shape.erase(shape.begin() + axis);
  return append(op, shapes, shape);
}
LogicalResult ArgMaxOp::inferResultShapes(InferredShapes &shapes) {
  return argShape(*this, shapes);
}
LogicalResult ArgMinOp::inferResultShapes(InferredShapes &shapes) {
  return argShape(*this, shapes);
}
