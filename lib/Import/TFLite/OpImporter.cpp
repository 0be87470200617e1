// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operands, parameters and results of one operator of a .tflite file.
#include "OpImporter.h"

#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/Verifier.h"
#include <cstring>

using namespace mlir;

namespace kvant::tflite {

static std::string toString(ArrayRef<int64_t> shape) {
  std::string text = "[";
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(shape, os);
  return text + "]";
}

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static Type elementTypeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}

InFlightDiagnostic OpImporter::emitError() const {
  return reader.emitError() << reader.describeOperator(index) << ": ";
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

LogicalResult OpImporter::expectArity(unsigned min, unsigned max, unsigned results) {
  if (getNumInputs() < min || getNumInputs() > max) {
    if (min == max)
      return emitError() << "expected " << min << " inputs, got " << getNumInputs();
    return emitError() << "expected " << min << " to " << max << " inputs, got " << getNumInputs();
  }
  for (unsigned i = 0; i < min; ++i)
    if (!hasInput(i))
      return emitError() << "input " << i << " is absent; expected a tensor";
  if (getNumOutputs() != results)
    return emitError() << "expected " << results << " outputs, got " << getNumOutputs();
  return success();
}

FailureOr<Type> OpImporter::getElementType(int32_t tensor) {
  return convertElementType(reader, tensor, reader.describeOperator(index));
}

FailureOr<Value> OpImporter::getConstant(int32_t tensor, Type elementType) {
  Value &known = state.constants[{tensor, elementType}];
  if (known)
    return known;
  auto value = convertConstant(reader, tensor, elementType, reader.describeOperator(index));
  if (failed(value))
    return failure();
  auto type = RankedTensorType::get(reader.getShape(tensor), elementType);
  auto name = builder.getStringAttr(reader.getTensorName(tensor));
  auto constant = qnn::ConstantOp::create(builder, NameLoc::get(name), type, *value);
  constant->setDiscardableAttr(qnn::kNameAttr, name);
  return known = constant.getOutput();
}

FailureOr<Value> OpImporter::getInput(unsigned i) {
  int32_t tensor = getInputTensor(i);
  if (Value value = state.values.lookup(tensor))
    return value;
  auto type = getElementType(tensor);
  if (failed(type))
    return failure();
  return getConstant(tensor, *type);
}

FailureOr<Value> OpImporter::getWeights(unsigned i, Value activations) {
  int32_t tensor = getInputTensor(i);
  if (Value value = state.values.lookup(tensor))
    return value;
  auto type = getElementType(tensor);
  if (failed(type))
    return failure();
  // A hybrid operator computes in float: its weights are narrow only to be
  // small.
  Type wanted = elementTypeOf(activations);
  bool hybrid = isa<FloatType>(wanted) && isa<quant::QuantizedType, FloatType>(*type);
  return getConstant(tensor, hybrid ? wanted : *type);
}

static SmallVector<double> getScales(Type type) {
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return SmallVector<double>(perAxis.getScales());
  return {cast<quant::UniformQuantizedType>(type).getScale()};
}

FailureOr<Value> OpImporter::getBias(unsigned i, Value activations, Value filter) {
  if (!hasInput(i))
    return Value();
  int32_t tensor = getInputTensor(i);
  if (!reader.isConstant(tensor) && !isa<FloatType>(elementTypeOf(activations)))
    return emitError() << "the bias, " << reader.describeTensor(tensor)
                       << ", is computed; expected a constant";
  if (isa<FloatType>(elementTypeOf(activations)))
    return getWeights(i, activations);
  auto input = dyn_cast<quant::UniformQuantizedType>(elementTypeOf(activations));
  if (!input || !isa<quant::QuantizedType>(elementTypeOf(filter)))
    return emitError() << "expected a quantized input with one scale and a "
                          "quantized filter, got "
                       << activations.getType() << " and " << filter.getType();
  SmallVector<double> scales;
  for (double scale : getScales(elementTypeOf(filter)))
    scales.push_back(input.getScale() * scale);
  auto type = convertBiasType(reader, tensor, scales, reader.describeOperator(index));
  if (failed(type))
    return failure();
  if (isa<quant::UniformQuantizedPerAxisType>(*type) && reader.getShape(tensor).size() != 1)
    return emitError() << "expected a bias of 1 dimension, got "
                       << toString(reader.getShape(tensor));
  return getConstant(tensor, *type);
}

FailureOr<SmallVector<int64_t>> OpImporter::getConstantInts(unsigned i, StringRef what) {
  return readConstantInts(i, 1, what);
}

FailureOr<SmallVector<int64_t>> OpImporter::getConstantMatrix(unsigned i, StringRef what) {
  return readConstantInts(i, 2, what);
}

FailureOr<SmallVector<int64_t>> OpImporter::readConstantInts(unsigned i, unsigned maxRank,
                                                             StringRef what) {
  int32_t tensor = getInputTensor(i);
  TensorType type = reader.getTensor(tensor).type();
  if (type != TensorType::INT32 && type != TensorType::INT64)
    return emitError() << what << ", " << reader.describeTensor(tensor) << ", has type "
                       << getTypeName(type) << "; expected INT32 or INT64";
  SmallVector<int64_t> shape = reader.getShape(tensor);
  if (shape.size() > maxRank)
    return emitError() << "expected " << what << " of at most " << maxRank
                       << " dimensions, got shape " << toString(shape);
  ArrayRef<char> data = reader.getData(tensor);
  if (data.empty() && !llvm::is_contained(shape, 0))
    return emitError() << what << ", " << reader.describeTensor(tensor)
                       << ", is computed; expected a constant";
  SmallVector<int64_t> values;
  size_t width = type == TensorType::INT32 ? 4 : 8;
  for (size_t at = 0; at < data.size(); at += width) {
    int64_t value = 0;
    if (width == 4) {
      int32_t narrow;
      std::memcpy(&narrow, data.data() + at, 4);
      value = narrow;
    } else {
      std::memcpy(&value, data.data() + at, 8);
    }
    // Sums and products of such numbers must not overflow later.
    if (value > INT32_MAX || value < INT32_MIN)
      return emitError() << what << ", " << reader.describeTensor(tensor) << ": element "
                         << at / width << " is " << value << "; expected a 32-bit number";
    values.push_back(value);
  }
  return values;
}

FailureOr<int64_t> OpImporter::getConstantInt(unsigned i, StringRef what) {
  auto values = getConstantInts(i, what);
  if (failed(values))
    return failure();
  if (values->size() != 1)
    return emitError() << "expected one element in " << what << ", got " << values->size();
  return values->front();
}

FailureOr<SmallVector<double>> OpImporter::getConstantReals(unsigned i, StringRef what) {
  int32_t tensor = getInputTensor(i);
  if (!reader.isConstant(tensor))
    return emitError() << what << ", " << reader.describeTensor(tensor)
                       << ", is computed; expected a constant";
  auto type = getElementType(tensor);
  if (failed(type))
    return failure();
  Type readAs = isa<quant::QuantizedType>(*type) ? Type(builder.getF32Type()) : *type;
  auto value = convertConstant(reader, tensor, readAs, reader.describeOperator(index));
  if (failed(value))
    return failure();
  auto constant = ConstantReader::create(Attribute(*value));
  SmallVector<double> values;
  for (int64_t j = 0, e = constant->getNumElements(); j < e; ++j)
    values.push_back(constant->getFloat(j));
  return values;
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

FailureOr<int64_t> OpImporter::normalizeAxis(int64_t axis, int64_t rank, StringRef what) {
  if (axis < -rank || axis >= rank)
    return emitError() << "expected " << what << " in [" << -rank << ", " << rank << "), got "
                       << axis;
  return axis < 0 ? axis + rank : axis;
}

FailureOr<qnn::Activation> OpImporter::getActivation(ActivationFunctionType activation) {
  switch (activation) {
  case ActivationFunctionType::NONE:
    return qnn::Activation::None;
  case ActivationFunctionType::RELU:
    return qnn::Activation::Relu;
  case ActivationFunctionType::RELU6:
    return qnn::Activation::Relu6;
  case ActivationFunctionType::RELU_N1_TO_1:
    return qnn::Activation::ReluN1To1;
  default:
    const char *name = EnumNameActivationFunctionType(activation);
    return emitError() << "fused activation "
                       << (*name ? std::string(name) : std::to_string(int(activation)))
                       << " is not supported; supported: NONE, RELU, RELU6, RELU_N1_TO_1";
  }
}

LogicalResult OpImporter::expectPositive(ArrayRef<int64_t> values, StringRef what) {
  for (int64_t value : values)
    if (value < 1)
      return emitError() << "expected a positive " << what << ", got " << toString(values);
  return success();
}

LogicalResult OpImporter::expectRank(Value value, int64_t rank, StringRef what) {
  if (int64_t(shapeOf(value).size()) != rank)
    return emitError() << "expected " << what << " of rank " << rank << ", got shape "
                       << toString(shapeOf(value));
  return success();
}

FailureOr<SmallVector<int64_t>> OpImporter::getPadding(Padding padding, ArrayRef<int64_t> inputSize,
                                                       ArrayRef<int64_t> kernel,
                                                       ArrayRef<int64_t> stride,
                                                       ArrayRef<int64_t> dilation) {
  if (failed(expectPositive(stride, "stride")) || failed(expectPositive(dilation, "dilation")) ||
      failed(expectPositive(kernel, "kernel size")))
    return failure();
  SmallVector<int64_t> result, padded(inputSize);
  for (unsigned i = 0; i < 2; ++i) {
    if (padding == Padding::VALID) {
      result.append({0, 0});
      continue;
    }
    if (padding != Padding::SAME)
      return emitError() << "padding " << int(padding)
                         << " is not supported; supported: SAME (0), VALID (1)";
    int64_t outputSize = (inputSize[i] + stride[i] - 1) / stride[i];
    int64_t window = (kernel[i] - 1) * dilation[i] + 1;
    int64_t total = std::max<int64_t>((outputSize - 1) * stride[i] + window - inputSize[i], 0);
    result.append({total / 2, total - total / 2});
    padded[i] += total;
  }
  // A window far larger than its input would be computed on padding only.
  if (padded[0] > kMaxElements / padded[1])
    return emitError() << "the padded input has " << padded[0] << " by " << padded[1]
                       << " elements per channel; expected at most " << kMaxElements;
  return result;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

FailureOr<Type> OpImporter::getOutputElementType(unsigned i) {
  return getElementType(getOutputTensor(i));
}

SmallVector<int64_t> OpImporter::getOutputShape(unsigned i) {
  return reader.getShape(getOutputTensor(i));
}

/// Operators compute in one kind of number; these move between kinds.
static bool mayMixElementTypes(StringRef name) {
  return llvm::is_contained({"qnn.quantize", "qnn.dequantize", "qnn.requantize", "qnn.cast",
                             "qnn.gather", "qnn.arg_max", "qnn.arg_min"},
                            name);
}

static bool has16BitStorage(Type type) {
  auto quantized = dyn_cast<quant::QuantizedType>(type);
  return quantized && quantized.getStorageTypeIntegralWidth() == 16;
}

static bool haveOneKind(ArrayRef<Type> types) {
  bool anyQuantized = llvm::any_of(types, llvm::IsaPred<quant::QuantizedType>);
  return llvm::all_of(types, [&](Type type) {
    return anyQuantized ? isa<quant::QuantizedType>(type) : type == types.front();
  });
}

FailureOr<Operation *> OpImporter::createOp(StringRef name, ValueRange operands,
                                            ArrayRef<NamedAttribute> attributes,
                                            ArrayRef<Type> elementTypes) {
  SmallVector<Type> kinds(elementTypes);
  for (Value operand : operands)
    kinds.push_back(elementTypeOf(operand));
  if (!mayMixElementTypes(name) && !haveOneKind(kinds)) {
    auto diagnostic = emitError() << "expected inputs and outputs of one kind, got ";
    llvm::interleaveComma(operands, diagnostic, [&](Value v) { diagnostic << elementTypeOf(v); });
    return diagnostic << " -> " << elementTypes.front()
                      << "; supported: all of one float or integer type, or all quantized";
  }

  OperationState description(
      NameLoc::get(builder.getStringAttr(reader.getTensorName(getOutputTensor(0)))), name);
  description.addOperands(operands);
  description.addAttributes(attributes);
  for (auto [i, type] : llvm::enumerate(elementTypes))
    description.addTypes(
        RankedTensorType::get(getOutputShape(std::min<unsigned>(i, getNumOutputs() - 1)), type));
  if (llvm::any_of(kinds, llvm::IsaPred<quant::QuantizedType>))
    description.addAttribute(qnn::kRoundingAttr, builder.getStringAttr("tflite"));
  Operation *operation = builder.create(description);

  // What the dialect says against the operation becomes our one error.
  std::string message;
  {
    ScopedDiagnosticHandler handler(builder.getContext(), [&](Diagnostic &diagnostic) {
      if (message.empty())
        message = diagnostic.str();
      return success();
    });
    SmallVector<SmallVector<int64_t>> shapes;
    auto inference = dyn_cast<qnn::ShapeInferenceOpInterface>(operation);
    bool ok = inference && succeeded(inference.inferResultShapes(shapes));
    if (ok && shapes.size() == elementTypes.size()) {
      for (auto [result, shape, type] :
           llvm::zip_equal(operation->getResults(), shapes, elementTypes))
        result.setType(RankedTensorType::get(shape, type));
      auto quantizable = dyn_cast<qnn::QuantizableOpInterface>(operation);
      if (llvm::any_of(kinds, has16BitStorage) && !mayMixElementTypes(name) &&
          !(quantizable && quantizable.sharesScale())) {
        message = "16-bit activations are not supported; supported: INT8, UINT8 and floats "
                  "(16 bits only where elements are moved or converted)";
      } else if (succeeded(verify(operation))) {
        if (llvm::any_of(operands, [&](Value v) { return isBatched(v); }))
          state.batched.insert(operation->result_begin(), operation->result_end());
        return operation;
      }
    }
  }
  operation->erase();
  StringRef text(message);
  if (text.starts_with("'qnn."))
    text = text.split(" op ").second;
  return emitError() << (text.empty() ? StringRef("has no valid result") : text);
}

LogicalResult OpImporter::setOutput(unsigned i, Value value) {
  int32_t tensor = getOutputTensor(i);
  auto elementType = getElementType(tensor);
  if (failed(elementType))
    return failure();
  if (elementTypeOf(value) != *elementType)
    return emitError() << reader.describeTensor(tensor) << " is declared with elements of "
                       << *elementType << ", but the operator gives " << elementTypeOf(value);
  SmallVector<int64_t> declared = reader.getShape(tensor), expected = declared;
  if (changesBatch() && isBatched(value)) {
    if (expected.empty() || expected[0] % state.fileBatch != 0)
      return emitError() << "cannot follow the batch of " << state.batch
                         << ": its result has shape " << toString(declared) << " at batch "
                         << state.fileBatch;
    expected[0] = scaleBatch(expected[0]);
    if (shapeOf(value) != ArrayRef<int64_t>(expected))
      return emitError() << "cannot follow the batch of " << state.batch << ": expected shape "
                         << toString(expected) << ", got " << toString(shapeOf(value));
  }
  // Old files leave out the shapes of tensors whose size depends on a constant.
  bool undeclared = declared.empty() && !reader.getTensor(tensor).has_rank() &&
                    !shapeOf(value).empty() && !reader.getTensor(tensor).shape();
  if (!undeclared && shapeOf(value) != ArrayRef<int64_t>(expected))
    return emitError() << reader.describeTensor(tensor) << " is declared with shape "
                       << toString(declared) << ", but the operator gives "
                       << toString(shapeOf(value));
  if (Operation *operation = value.getDefiningOp()) {
    auto name = builder.getStringAttr(reader.getTensorName(tensor));
    if (operation->getNumResults() == 1) {
      operation->setDiscardableAttr(qnn::kNameAttr, name);
    } else {
      SmallVector<Attribute> names(operation->getNumResults(), builder.getStringAttr(""));
      if (auto known = dyn_cast_or_null<ArrayAttr>(operation->getDiscardableAttr(qnn::kNameAttr)))
        llvm::copy(known, names.begin());
      names[cast<OpResult>(value).getResultNumber()] = name;
      operation->setDiscardableAttr(qnn::kNameAttr, builder.getArrayAttr(names));
    }
  }
  state.values[tensor] = value;
  return success();
}

LogicalResult OpImporter::setOutputs(ValueRange values) {
  for (auto [i, value] : llvm::enumerate(values))
    if (failed(setOutput(i, value)))
      return failure();
  return success();
}

FailureOr<Value> OpImporter::reshape(Value value, ArrayRef<int64_t> shape) {
  return create<qnn::ReshapeOp>(value, {attr("shape", shape)}, elementTypeOf(value));
}

LogicalResult OpImporter::finishWithActivation(Value value, ActivationFunctionType activation) {
  auto known = getActivation(activation);
  if (failed(known))
    return failure();
  FailureOr<Value> result = value;
  Type type = elementTypeOf(value);
  if (*known == qnn::Activation::Relu)
    result = create<qnn::ReluOp>(value, {}, type);
  else if (*known == qnn::Activation::Relu6)
    result = create<qnn::Relu6Op>(value, {}, type);
  else if (*known == qnn::Activation::ReluN1To1)
    result = create<qnn::ReluN1To1Op>(value, {}, type);
  return failed(result) ? failure() : setOutput(0, *result);
}

LogicalResult OpImporter::refuseOnBatch(Value value, bool touchesBatch) {
  if (!touchesBatch || !changesBatch() || !isBatched(value))
    return success();
  return emitError() << "cannot follow the batch of " << state.batch
                     << ": it combines samples along the first dimension; the "
                        "file's batch is "
                     << state.fileBatch;
}

} // namespace kvant::tflite
