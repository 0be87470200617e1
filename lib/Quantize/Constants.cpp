// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantized constants in place of float ones.
#include "Constants.h"
#include "kvant/Quantize/Parameters.h"
#include "kvant/Support/Constants.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace kvant::quantize {

static Value createConstant(OpBuilder &builder, Location location, RankedTensorType type,
                            ArrayRef<int64_t> stored) {
  auto quantized = cast<quant::QuantizedType>(type.getElementType());
  auto storage = RankedTensorType::get(type.getShape(), quantized.getStorageType());
  return qnn::ConstantOp::create(builder, location, type, makeIntConstant(storage, stored));
}

Value quantizeConstant(OpBuilder &builder, Value value, quant::UniformQuantizedType type) {
  std::vector<float> elements = ConstantReader::create(value)->getFloats();
  std::vector<int64_t> stored;
  for (float element : elements) {
    double steps = std::round(double(element) / type.getScale()) + type.getZeroPoint();
    stored.push_back(static_cast<int64_t>(
        std::clamp(steps, double(type.getStorageTypeMin()), double(type.getStorageTypeMax()))));
  }
  auto shape = cast<RankedTensorType>(value.getType()).getShape();
  return createConstant(builder, value.getLoc(), RankedTensorType::get(shape, type), stored);
}

/// The elements of the constant operand `index`, or nothing after an error.
static std::optional<std::vector<float>> readOperand(Operation *op, unsigned index) {
  std::optional<ConstantReader> reader = ConstantReader::create(op->getOperand(index));
  if (!reader || !reader->isFloat()) {
    op->emitOpError("expected operand #") << index << " to be a float constant to quantize it";
    return std::nullopt;
  }
  std::vector<float> elements = reader->getFloats();
  if (!llvm::all_of(elements, [](float element) { return std::isfinite(element); })) {
    op->emitOpError("expected finite numbers in operand #")
        << index << " to quantize it, it has NaN or infinity";
    return std::nullopt;
  }
  return elements;
}

static quant::QuantizedType getWeightType(MLIRContext *context, ArrayRef<double> scales,
                                          int64_t axis) {
  Type storage = IntegerType::get(context, 8), expressed = Float32Type::get(context);
  unsigned flags = quant::QuantizationFlags::Signed;
  if (axis < 0)
    return quant::UniformQuantizedType::get(flags, storage, expressed, scales[0], 0, -127, 127);
  SmallVector<int64_t> zeroPoints(scales.size(), 0);
  return quant::UniformQuantizedPerAxisType::get(flags, storage, expressed, scales, zeroPoints,
                                                 axis, -127, 127);
}

static Value createBias(OpBuilder &builder, Location location, RankedTensorType floatType,
                        ArrayRef<float> bias, ArrayRef<double> scales) {
  MLIRContext *context = builder.getContext();
  Type storage = IntegerType::get(context, 32), expressed = Float32Type::get(context);
  unsigned flags = quant::QuantizationFlags::Signed;
  constexpr double kMin = std::numeric_limits<int32_t>::min();
  constexpr double kMax = std::numeric_limits<int32_t>::max();
  std::vector<int64_t> stored;
  for (auto [channel, value] : llvm::enumerate(bias)) {
    double steps = std::round(double(value) / scales[scales.size() == 1 ? 0 : channel]);
    stored.push_back(static_cast<int64_t>(std::clamp(steps, kMin, kMax)));
  }
  quant::QuantizedType type;
  if (scales.size() == 1) {
    type = quant::UniformQuantizedType::get(flags, storage, expressed, scales[0], 0, kMin, kMax);
  } else {
    SmallVector<int64_t> zeroPoints(scales.size(), 0);
    type = quant::UniformQuantizedPerAxisType::get(flags, storage, expressed, scales, zeroPoints, 0,
                                                   kMin, kMax);
  }
  return createConstant(builder, location, RankedTensorType::get(floatType.getShape(), type),
                        stored);
}

LogicalResult quantizeWeightsAndBias(OpBuilder &builder, qnn::QuantizableOpInterface op,
                                     quant::UniformQuantizedType inputType,
                                     quant::UniformQuantizedType resultType,
                                     ArrayRef<double> inputMean) {
  std::optional<unsigned> biasIndex;
  for (unsigned index = 0; index < op->getNumOperands(); ++index)
    if (op.getOperandRole(index) == qnn::OperandRole::Bias)
      biasIndex = index;
  std::vector<float> bias;
  if (biasIndex) {
    auto elements = readOperand(op, *biasIndex);
    if (!elements)
      return failure();
    bias = std::move(*elements);
  }

  int64_t axis = op.getWeightChannelAxis();
  for (unsigned index = 0; index < op->getNumOperands(); ++index) {
    if (op.getOperandRole(index) != qnn::OperandRole::Weights)
      continue;
    auto weights = readOperand(op, index);
    if (!weights)
      return failure();
    Value old = op->getOperand(index);
    ArrayRef<int64_t> shape = cast<RankedTensorType>(old.getType()).getShape();
    ChannelLayout layout = ChannelLayout::create(shape, axis);
    // Only where there are channels is the bias tied to the scale of the weights.
    std::vector<double> floors;
    if (axis >= 0)
      floors =
          getWeightScaleFloors(bias, layout.channels, inputType.getScale(), resultType.getScale());
    std::vector<double> scales = chooseWeightScales(*weights, layout, floors);
    std::vector<int64_t> stored = quantizeWeights(*weights, layout, scales);
    quant::QuantizedType type = getWeightType(builder.getContext(), scales, axis);
    op->setOperand(
        index, createConstant(builder, old.getLoc(), RankedTensorType::get(shape, type), stored));
    if (!biasIndex)
      continue;
    std::vector<double> error = getMeanError(shape, axis, *weights, stored, scales, inputMean);
    for (auto [value, lost] : llvm::zip(bias, error))
      value += static_cast<float>(lost);
    for (double &scale : scales)
      scale *= inputType.getScale();
    Value oldBias = op->getOperand(*biasIndex);
    op->setOperand(*biasIndex, createBias(builder, oldBias.getLoc(),
                                          cast<RankedTensorType>(oldBias.getType()), bias, scales));
  }
  return success();
}

} // namespace kvant::quantize
