// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks beyond shapes: those of element types, weights and constants.
#include "dialects/Qnn/QnnShapes.h"

using namespace mlir;
using namespace kvant::qnn;
using namespace kvant::qnn::shapes;

LogicalResult ConstantOp::verify() {
  Type element = getOutput().getType().getElementType();
  if (auto quantized = dyn_cast<quant::QuantizedType>(element))
    element = quantized.getStorageType();
  Type stored = getValue().getShapedType().getElementType();
  if (stored != element)
    return emitOpError() << "expected a value with elements of type " << element << ", got "
                         << stored;
  return success();
}

/// One bias value per output channel.
static LogicalResult verifyBias(Operation *op, Value bias, int64_t channels) {
  if (!bias)
    return success();
  if (shapeOf(bias) != ShapeRef(channels))
    return op->emitOpError() << "expected 'bias' of shape " << toString(channels) << ", got "
                             << toString(shapeOf(bias));
  return success();
}

LogicalResult Conv2DOp::verify() { return verifyBias(*this, getBias(), shapeOf(getFilter())[0]); }
LogicalResult DepthwiseConv2DOp::verify() {
  return verifyBias(*this, getBias(), shapeOf(getFilter())[3]);
}
LogicalResult TransposeConv2DOp::verify() {
  return verifyBias(*this, getBias(), shapeOf(getFilter())[0]);
}
LogicalResult FullyConnectedOp::verify() {
  return verifyBias(*this, getBias(), shapeOf(getFilter())[0]);
}

LogicalResult BatchNormOp::verify() {
  int64_t channels = shapeOf(getInput()).back();
  for (Value parameter : getOperands().drop_front())
    if (shapeOf(parameter) != ShapeRef(channels))
      return emitOpError() << "expected parameters of shape " << toString(channels) << ", got "
                           << toString(shapeOf(parameter));
  return success();
}

LogicalResult AvgPool2DOp::verify() { return success(); }
LogicalResult MaxPool2DOp::verify() { return success(); }

template <typename ResizeOp> static LogicalResult verifyResize(ResizeOp op) {
  if (op.getAlignCorners() && op.getHalfPixelCenters())
    return op.emitOpError("expected one of 'align_corners' and 'half_pixel_centers' at most");
  return success();
}
LogicalResult ResizeBilinearOp::verify() { return verifyResize(*this); }
LogicalResult ResizeNearestOp::verify() { return verifyResize(*this); }

LogicalResult MeanOp::verify() { return success(); }
LogicalResult ReduceSumOp::verify() { return success(); }
LogicalResult ReduceMaxOp::verify() { return success(); }
LogicalResult ConcatOp::verify() { return success(); }
LogicalResult PackOp::verify() { return success(); }
