// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensors of a .tflite file as MLIR types and constants.
#include "OpImporter.h"

#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include <cmath>
#include <cstring>

using namespace mlir;

namespace kvant::tflite {

static bool hasScales(const Tensor &tensor) {
  const auto *quantization = tensor.quantization();
  return quantization && quantization->scale() && quantization->scale()->size() > 0;
}

/// Scales and zero points of a tensor, one or one per element of dimension
/// `axis`.
struct Parameters {
  SmallVector<double> scales;
  SmallVector<int64_t> zeroPoints;
  int32_t axis = 0;
};

static FailureOr<Parameters> readParameters(const Reader &reader, int32_t index, int64_t min,
                                            int64_t max, StringRef describe, bool isBias = false) {
  auto emitError = [&]() -> InFlightDiagnostic {
    return reader.emitError() << describe << ": quantization of " << reader.describeTensor(index)
                              << ": ";
  };
  const QuantizationParameters &q = *reader.getTensor(index).quantization();
  if (q.details_type() != 0)
    return emitError() << "expected scales and zero points, got details of kind "
                       << unsigned(q.details_type());
  Parameters result;
  uint32_t count = q.scale()->size();
  SmallVector<int64_t> shape = reader.getShape(index);
  if (count > 1) {
    // Old writers gave the bias of a depthwise convolution the filter's dimension.
    result.axis = isBias && shape.size() == 1 ? 0 : q.quantized_dimension();
    if (result.axis < 0 || result.axis >= int64_t(shape.size()))
      return emitError() << "expected a quantized dimension in [0, " << shape.size() << "), got "
                         << result.axis;
    if (shape[result.axis] != int64_t(count))
      return emitError() << "expected 1 or " << shape[result.axis] << " scales, got " << count;
  }
  for (uint32_t i = 0; i < count; ++i) {
    float scale = q.scale()->Get(i);
    if (!std::isnormal(scale) || scale < 0)
      return emitError() << "scale " << i << " is " << double(scale)
                         << "; expected a finite, normal, positive number";
    result.scales.push_back(scale);
  }
  uint32_t points = q.zero_point() ? q.zero_point()->size() : 0;
  if (points != count && points != 1)
    return emitError() << "expected " << count << " zero points, got " << points;
  for (uint32_t i = 0; i < count; ++i) {
    int64_t zeroPoint = q.zero_point()->Get(points == 1 ? 0 : i);
    if (zeroPoint < min || zeroPoint > max)
      return emitError() << "zero point " << i << " is " << zeroPoint << "; expected one in ["
                         << min << ", " << max << "]";
    result.zeroPoints.push_back(zeroPoint);
  }
  return result;
}

static Type makeQuantizedType(MLIRContext *context, unsigned width, bool isSigned,
                              const Parameters &parameters) {
  Type storage = IntegerType::get(context, width);
  Type expressed = Float32Type::get(context);
  unsigned flags = isSigned ? unsigned(quant::QuantizationFlags::Signed) : 0;
  int64_t min = quant::QuantizedType::getDefaultMinimumForInteger(isSigned, width);
  int64_t max = quant::QuantizedType::getDefaultMaximumForInteger(isSigned, width);
  if (parameters.scales.size() == 1)
    return quant::UniformQuantizedType::get(flags, storage, expressed, parameters.scales[0],
                                            parameters.zeroPoints[0], min, max);
  return quant::UniformQuantizedPerAxisType::get(flags, storage, expressed, parameters.scales,
                                                 parameters.zeroPoints, parameters.axis, min, max);
}

static FailureOr<Type> convertSmallInteger(const Reader &reader, int32_t index, unsigned width,
                                           bool isSigned, StringRef describe) {
  MLIRContext *context = reader.getContext();
  if (!hasScales(reader.getTensor(index))) {
    // TOSA has no unsigned arithmetic; with a scale the zero point hides the sign.
    if (!isSigned)
      return reader.emitError() << describe << ": " << reader.describeTensor(index)
                                << " has type UINT8 without a scale; expected one";
    return Type(IntegerType::get(context, width));
  }
  auto parameters = readParameters(
      reader, index, quant::QuantizedType::getDefaultMinimumForInteger(isSigned, width),
      quant::QuantizedType::getDefaultMaximumForInteger(isSigned, width), describe);
  if (failed(parameters))
    return failure();
  return makeQuantizedType(context, width, isSigned, *parameters);
}

FailureOr<Type> convertElementType(const Reader &reader, int32_t index, StringRef describe) {
  MLIRContext *context = reader.getContext();
  TensorType type = reader.getTensor(index).type();
  switch (type) {
  case TensorType::FLOAT32:
    return Type(Float32Type::get(context));
  case TensorType::FLOAT16:
    return Type(Float16Type::get(context));
  case TensorType::BFLOAT16:
    return Type(BFloat16Type::get(context));
  case TensorType::BOOL:
    return Type(IntegerType::get(context, 1));
  // 32 and 64 bits are sizes, axes and indices; as a bias they get a type of
  // their own.
  case TensorType::INT32:
    return Type(IntegerType::get(context, 32));
  case TensorType::INT64:
    return Type(IntegerType::get(context, 64));
  case TensorType::INT8:
    return convertSmallInteger(reader, index, 8, /*isSigned=*/true, describe);
  case TensorType::UINT8:
    return convertSmallInteger(reader, index, 8, /*isSigned=*/false, describe);
  case TensorType::INT16:
    return convertSmallInteger(reader, index, 16, /*isSigned=*/true, describe);
  default:
    return reader.emitError() << describe << ": " << reader.describeTensor(index) << " has type "
                              << getTypeName(type)
                              << "; supported: FLOAT32, FLOAT16, BFLOAT16, INT8, UINT8, INT16, "
                                 "INT32, INT64, BOOL";
  }
}

FailureOr<Type> convertBiasType(const Reader &reader, int32_t index, ArrayRef<double> scales,
                                StringRef describe) {
  const Tensor &tensor = reader.getTensor(index);
  if (tensor.type() != TensorType::INT32 && tensor.type() != TensorType::INT64)
    return reader.emitError() << describe << ": the bias, " << reader.describeTensor(index)
                              << ", has type " << getTypeName(tensor.type())
                              << "; expected INT32 (or INT64 for 16-bit activations)";
  Parameters parameters;
  parameters.scales.assign(scales.begin(), scales.end());
  parameters.zeroPoints.assign(scales.size(), 0);
  if (hasScales(tensor)) {
    auto read = readParameters(reader, index, 0, 0, describe, /*isBias=*/true);
    if (failed(read))
      return failure();
    parameters = std::move(*read);
  }
  return makeQuantizedType(reader.getContext(), 32, /*isSigned=*/true, parameters);
}

/// Fails at the first element that is not finite: no range could be derived
/// from it.
static LogicalResult verifyFinite(const Reader &reader, int32_t index,
                                  const ConstantReader &constant, StringRef describe) {
  if (!constant.isFloat())
    return success();
  for (int64_t i = 0, e = constant.getNumElements(); i < e; ++i) {
    if (std::isfinite(constant.getFloat(i)))
      continue;
    return reader.emitError() << describe << ": " << reader.describeTensor(index) << ": element "
                              << i << " is " << constant.getFloat(i)
                              << "; expected finite constants";
  }
  return success();
}

/// The stored value to the real one: float arithmetic, as TFLite's
/// dequantization.
static std::vector<float> dequantize(const ConstantReader &constant, quant::QuantizedType type,
                                     ArrayRef<int64_t> shape) {
  std::vector<float> values(constant.getNumElements());
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  int64_t inner = 1, channels = 1;
  if (perAxis) {
    channels = perAxis.getScales().size();
    for (int64_t size : shape.drop_front(perAxis.getQuantizedDimension() + 1))
      inner *= size;
  }
  for (int64_t i = 0, e = values.size(); i < e; ++i) {
    int64_t channel = i / inner % channels;
    double scale =
        perAxis ? perAxis.getScales()[channel] : cast<quant::UniformQuantizedType>(type).getScale();
    int64_t zeroPoint = perAxis ? perAxis.getZeroPoints()[channel]
                                : cast<quant::UniformQuantizedType>(type).getZeroPoint();
    values[i] = float(scale) * float(constant.getInt(i, !type.isSigned()) - zeroPoint);
  }
  return values;
}

/// The integers of a bias, which TFLite may store in 64 bits; quantized types
/// hold 32.
static FailureOr<ElementsAttr> convertBias(const Reader &reader, int32_t index,
                                           RankedTensorType type, StringRef describe) {
  ArrayRef<char> data = reader.getData(index);
  if (reader.getTensor(index).type() == TensorType::INT32)
    return makeConstant(type, data);
  std::vector<int64_t> values(data.size() / sizeof(int64_t));
  std::memcpy(values.data(), data.data(), data.size());
  for (auto [i, value] : llvm::enumerate(values))
    if (!llvm::isInt<32>(value))
      return reader.emitError() << describe << ": " << reader.describeTensor(index) << ": element "
                                << i << " is " << value << "; expected a bias that fits 32 bits";
  return makeIntConstant(type, values);
}

FailureOr<ElementsAttr> convertConstant(const Reader &reader, int32_t index, Type elementType,
                                        StringRef describe) {
  SmallVector<int64_t> shape = reader.getShape(index);
  if (llvm::is_contained(shape, 0))
    return reader.emitError() << describe << ": " << reader.describeTensor(index)
                              << " has no elements";
  auto type = RankedTensorType::get(shape, elementType);
  auto quantized = dyn_cast<quant::QuantizedType>(elementType);
  if (quantized && quantized.getStorageTypeIntegralWidth() == 32)
    return convertBias(reader, index, type, describe);

  FailureOr<Type> stored = convertElementType(reader, index, describe);
  if (failed(stored))
    return failure();
  ElementsAttr value = makeConstant(RankedTensorType::get(shape, *stored), reader.getData(index));
  auto constant = ConstantReader::create(Attribute(value));
  if (!constant)
    return reader.emitError() << describe << ": " << reader.describeTensor(index)
                              << ": unreadable constant";
  if (failed(verifyFinite(reader, index, *constant, describe)))
    return failure();
  if (*stored == elementType)
    return value;
  auto storedQuantized = dyn_cast<quant::QuantizedType>(*stored);
  if (storedQuantized && isa<FloatType>(elementType))
    return makeFloatConstant(type, dequantize(*constant, storedQuantized, shape));
  if (constant->isFloat() && isa<FloatType>(elementType))
    return makeFloatConstant(type, constant->getFloats());
  return reader.emitError() << describe << ": " << reader.describeTensor(index)
                            << " has elements of " << *stored << "; expected " << elementType;
}

} // namespace kvant::tflite
