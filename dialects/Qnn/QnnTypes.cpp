// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks of quantized element types: those that upstream leaves to the dialects
// that use them.
#include "dialects/Qnn/QnnShapes.h"
#include "mlir/IR/TypeUtilities.h"
#include <cmath>

using namespace mlir;
using namespace kvant::qnn;

static LogicalResult verifyScale(Operation *op, Type type, double scale) {
  // Subnormal scales lose bits when they are read as 32-bit floats.
  constexpr double smallest = std::numeric_limits<float>::min();
  constexpr double largest = std::numeric_limits<float>::max();
  if (!(scale >= smallest && scale <= largest))
    return op->emitOpError() << "expected scales that are positive normal 32-bit floats, got "
                             << type;
  return success();
}

static LogicalResult verifyZeroPoint(Operation *op, quant::QuantizedType type, int64_t zeroPoint) {
  if (zeroPoint < type.getStorageTypeMin() || zeroPoint > type.getStorageTypeMax())
    return op->emitOpError() << "expected zero points in the range of the storage type, ["
                             << type.getStorageTypeMin() << ", " << type.getStorageTypeMax()
                             << "], got " << type;
  return success();
}

static LogicalResult verifyPerAxis(Operation *op, quant::UniformQuantizedPerAxisType type,
                                   RankedTensorType tensor) {
  int64_t axis = type.getQuantizedDimension();
  if (axis < 0 || axis >= tensor.getRank())
    return op->emitOpError() << "expected a quantized dimension in [0, " << tensor.getRank()
                             << "), got " << axis << " in " << tensor;
  if (static_cast<int64_t>(type.getScales().size()) != tensor.getDimSize(axis))
    return op->emitOpError() << "expected " << tensor.getDimSize(axis) << " scales along dimension "
                             << axis << ", got " << type.getScales().size();
  for (auto [scale, zeroPoint] : llvm::zip_equal(type.getScales(), type.getZeroPoints()))
    if (failed(verifyScale(op, type, scale)) || failed(verifyZeroPoint(op, type, zeroPoint)))
      return failure();
  return success();
}

static LogicalResult verifyPerBlock(Operation *op, quant::UniformQuantizedSubChannelType type,
                                    RankedTensorType tensor) {
  ArrayRef<int32_t> axes = type.getQuantizedDimensions();
  ArrayRef<int64_t> scales = type.getScales().getType().getShape();
  if (static_cast<int64_t>(scales.size()) != tensor.getRank())
    return op->emitOpError() << "expected block scales of rank " << tensor.getRank() << ", got "
                             << type;
  SmallVector<int64_t> expected(tensor.getRank(), 1);
  for (auto [axis, block] : llvm::zip_equal(axes, type.getBlockSizes())) {
    if (axis < 0 || axis >= tensor.getRank() || block < 1 || tensor.getDimSize(axis) % block != 0)
      return op->emitOpError() << "expected blocks that divide the dimensions of " << tensor;
    expected[axis] = tensor.getDimSize(axis) / block;
  }
  if (scales != ArrayRef<int64_t>(expected))
    return op->emitOpError() << "expected block scales of shape " << shapes::toString(expected)
                             << ", got " << shapes::toString(scales);
  for (const APFloat &scale : type.getScales().getValues<APFloat>())
    if (failed(verifyScale(op, type, scale.convertToDouble())))
      return failure();
  for (const APInt &zeroPoint : type.getZeroPoints().getValues<APInt>())
    if (failed(verifyZeroPoint(op, type, zeroPoint.getSExtValue())))
      return failure();
  return success();
}

LogicalResult kvant::qnn::shapes::verifyQuantizedType(Operation *op, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto quantized = tensor ? dyn_cast<quant::QuantizedType>(tensor.getElementType()) : nullptr;
  if (!quantized)
    return success();
  if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(quantized)) {
    if (failed(verifyScale(op, quantized, perTensor.getScale())))
      return failure();
    return verifyZeroPoint(op, quantized, perTensor.getZeroPoint());
  }
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(quantized))
    return verifyPerAxis(op, perAxis, tensor);
  if (auto perBlock = dyn_cast<quant::UniformQuantizedSubChannelType>(quantized))
    return verifyPerBlock(op, perBlock, tensor);
  return op->emitOpError() << "expected uniformly quantized elements, got " << quantized;
}

LogicalResult kvant::qnn::detail::verifyQuantizedOperands(Operation *op) {
  // Changes of the type itself are how a constant leaves per-axis scales.
  if (isa<QuantizeOp, DequantizeOp>(op))
    return success();
  auto quantizable = cast<QuantizableOpInterface>(op);
  auto verifyPerTensor = [&](Type type, const char *what, unsigned index) -> LogicalResult {
    Type element = getElementTypeOrSelf(type);
    if (isa<quant::QuantizedType>(element) && !isa<quant::UniformQuantizedType>(element))
      return op->emitOpError() << "expected one scale for the whole of " << what << " #" << index
                               << ", got " << element;
    return success();
  };
  for (OpOperand &operand : op->getOpOperands()) {
    unsigned index = operand.getOperandNumber();
    OperandRole role = quantizable.getOperandRole(index);
    bool takesChannels = role == OperandRole::Bias ||
                         (role == OperandRole::Weights && quantizable.getWeightChannelAxis() >= 0);
    if (takesChannels)
      continue;
    if (failed(verifyPerTensor(operand.get().getType(), "operand", index)))
      return failure();
  }
  for (auto [index, type] : llvm::enumerate(op->getResultTypes()))
    if (failed(verifyPerTensor(type, "result", index)))
      return failure();
  return success();
}
