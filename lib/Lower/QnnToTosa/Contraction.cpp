// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions, fully connected and matrix products.
#include "Lowering.h"

#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include <functional>
#include <numeric>

using namespace mlir;

namespace kvant::lower {

namespace {

/// How the accumulators of a contraction become its result.
struct Epilogue {
  bool quantized = false;
  Uniform input, output;
  int64_t filterZeroPoint = 0;
  SmallVector<Multiplier> multipliers;
  std::pair<int64_t, int64_t> range;
  bool doubleRound = false;

  Type accumulator(TosaEmitter &emit) const { return quantized ? emit.i32() : emit.f32(); }

  Value apply(TosaEmitter &emit, Value accumulators, qnn::Activation activation) const {
    if (!quantized)
      return applyActivation(emit, accumulators, activation);
    Value stored =
        emit.rescale(accumulators, emit.i8(), multipliers, 0, output.zeroPoint, doubleRound);
    return emit.clampIfNarrow(stored, range);
  }
};

/// TFLite rounds a fully connected op from a product in doubles, all others in two steps.
enum class ReferenceRounding { TwoSteps, Exact };

} // namespace

static int64_t getFilterZeroPoint(Type type) {
  if (std::optional<Uniform> uniform = getUniform(type))
    return uniform->zeroPoint;
  return 0;
}

static FailureOr<Epilogue> getEpilogue(Operation *op, Value input, Value filter, Value bias,
                                       Value output, qnn::Activation activation,
                                       ReferenceRounding reference) {
  Epilogue epilogue;
  // Only the filter may be quantized (weights stored small): the operation computes in floats.
  if (isQuantized(filter) && !isQuantized(input) && !isQuantized(output) &&
      !(bias && isQuantized(bias)))
    return epilogue;
  bool someQuantized = isQuantized(input) || isQuantized(filter) || isQuantized(output);
  bool allQuantized = isQuantized(input) && isQuantized(filter) && isQuantized(output);
  if (someQuantized != allQuantized || (bias && isQuantized(bias) != allQuantized))
    return op->emitOpError("expected operands and result all quantized or all floats");
  if (!allQuantized)
    return epilogue;
  epilogue.quantized = true;
  FailureOr<Uniform> in = getUniform8(op, input, "an input");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, output, "a result");
  if (failed(out))
    return failure();
  if (qnn::getQuantizedType(filter).getStorageTypeIntegralWidth() != 8)
    return op->emitOpError("expected a filter of 8-bit storage, got ") << filter.getType();
  if (bias && qnn::getQuantizedType(bias).getStorageTypeIntegralWidth() != 32)
    return op->emitOpError("expected a bias of 32-bit storage, got ") << bias.getType();
  epilogue.input = *in;
  epilogue.output = *out;
  epilogue.filterZeroPoint = getFilterZeroPoint(filter.getType());
  epilogue.range = getActivationRange(activation, *out);
  bool tflite = qnn::roundsLikeTFLite(op);
  epilogue.doubleRound = tflite && reference == ReferenceRounding::TwoSteps;
  SmallVector<double> scales = getScales(filter.getType());
  if (scales.empty())
    return op->emitOpError("expected a uniformly quantized filter, got ") << filter.getType();
  // The reference kernels of one multiplier have the product of scales in floats, those of
  // one per channel in doubles.
  bool productInFloats = tflite && (in->wasUnsigned || isa<qnn::BatchMatMulOp>(op)) &&
                         reference == ReferenceRounding::TwoSteps;
  for (double scale : scales) {
    double product = productInFloats ? double(float(in->scale) * float(scale)) : in->scale * scale;
    double ratio = product / out->scale;
    if (tflite && reference == ReferenceRounding::Exact) {
      std::optional<Multiplier> exact =
          getExactMultiplier(ratio, out->low - out->zeroPoint, out->high - out->zeroPoint);
      if (!exact)
        return op->emitOpError("expected a ratio of scales for which one rounding equals "
                               "TFLite's, got ")
               << ratio;
      epilogue.multipliers.push_back(*exact);
      continue;
    }
    FailureOr<Multiplier> multiplier = getMultiplierFor(op, ratio);
    if (failed(multiplier))
      return failure();
    epilogue.multipliers.push_back(*multiplier);
  }
  return epilogue;
}

/// The filter as the operation computes with it: a quantized constant under a float input
/// becomes floats at compile time.
static LoweredValue getFilter(Operation *op, TosaEmitter &emit, const Epilogue &epilogue,
                              Value filter, Value lowered) {
  if (epilogue.quantized || !isQuantized(filter))
    return lowered;
  std::optional<ConstantReader> reader = ConstantReader::create(lowered);
  SmallVector<double> scales = getScales(filter.getType());
  if (!reader || scales.empty())
    return op->emitOpError("expected a constant filter with uniform scales under a float input");
  int64_t zeroPoint = getFilterZeroPoint(filter.getType());
  ArrayRef<int64_t> shape = TosaEmitter::shapeOf(lowered);
  int64_t inner = reader->getNumElements(), channels = 1;
  if (auto perAxis =
          dyn_cast<quant::UniformQuantizedPerAxisType>(getElementTypeOrSelf(filter.getType()))) {
    channels = scales.size();
    inner = 1;
    for (int64_t dim : shape.drop_front(perAxis.getQuantizedDimension() + 1))
      inner *= dim;
  }
  std::vector<float> values(reader->getNumElements());
  for (int64_t i = 0, e = values.size(); i < e; ++i)
    values[i] = float(reader->getInt(i) - zeroPoint) * float(scales[i / inner % channels]);
  return emit.floats(shape, values);
}

/// The bias, or zeros.
static Value getBias(TosaEmitter &emit, const Epilogue &epilogue, Value bias, int64_t channels) {
  if (bias)
    return emit.reshape(bias, {channels});
  if (epilogue.quantized)
    return emit.ints(emit.i32(), {channels}, SmallVector<int64_t>(channels, 0));
  return emit.floats({channels}, SmallVector<float>(channels, 0.0f));
}

/// TOSA wants windows that end exactly at the padded edge: takes what no window reads from the
/// padding after, then from the input itself.
static Value trimWindow(TosaEmitter &emit, Value input, ArrayRef<int64_t> kernel,
                        ArrayRef<int64_t> stride, ArrayRef<int64_t> dilation,
                        SmallVectorImpl<int64_t> &padding) {
  SmallVector<int64_t> size(TosaEmitter::shapeOf(input));
  for (int axis = 0; axis < 2; ++axis) {
    int64_t &after = padding[2 * axis + 1];
    int64_t span =
        size[axis + 1] + padding[2 * axis] + after - ((kernel[axis] - 1) * dilation[axis] + 1);
    int64_t unread = span % stride[axis];
    int64_t fromPadding = std::min(unread, after);
    after -= fromPadding;
    size[axis + 1] -= unread - fromPadding;
  }
  SmallVector<int64_t> begin(size.size(), 0);
  return emit.slice(input, begin, size);
}

static Value emitConv2D(TosaEmitter &emit, const Epilogue &epilogue, Value input, Value filter,
                        Value bias, ArrayRef<int64_t> stride, ArrayRef<int64_t> dilation,
                        ArrayRef<int64_t> pad, ArrayRef<int64_t> outputShape) {
  SmallVector<int64_t> padding(pad);
  ArrayRef<int64_t> filterShape = TosaEmitter::shapeOf(filter);
  input = trimWindow(emit, input, {filterShape[1], filterShape[2]}, stride, dilation, padding);
  Type element = TosaEmitter::elementOf(input);
  Type accumulator = epilogue.accumulator(emit);
  return tosa::Conv2DOp::create(
      emit.getBuilder(), emit.getLocation(), RankedTensorType::get(outputShape, accumulator), input,
      filter, bias, emit.zeroPoint(element, epilogue.input.zeroPoint * epilogue.quantized),
      emit.zeroPoint(element, epilogue.filterZeroPoint), padding, stride, dilation, accumulator);
}

static LoweredValue lowerConv2D(qnn::Conv2DOp op, const Lowering &l) {
  FailureOr<Epilogue> epilogue =
      getEpilogue(op, op.getInput(), op.getFilter(), op.getBias(), op.getOutput(),
                  op.getActivation(), ReferenceRounding::TwoSteps);
  if (failed(epilogue))
    return failure();
  TosaEmitter &emit = l.emit;
  LoweredValue filterValue = getFilter(op, emit, *epilogue, op.getFilter(), l[1]);
  if (failed(filterValue))
    return failure();
  ArrayRef<int64_t> filterShape = TosaEmitter::shapeOf(*filterValue);
  ArrayRef<int64_t> inputShape = TosaEmitter::shapeOf(l[0]);
  SmallVector<int64_t> outputShape(cast<ShapedType>(op.getOutput().getType()).getShape());
  int64_t channels = filterShape[0];
  Value bias = getBias(emit, *epilogue, op.getBias() ? l[2] : Value(), channels);
  int64_t groups = op.getGroups();
  Value accumulators;
  if (groups == 1) {
    accumulators = emitConv2D(emit, *epilogue, l[0], *filterValue, bias, op.getStride(),
                              op.getDilation(), op.getPadding(), outputShape);
  } else {
    // TOSA has no groups: one convolution each.
    SmallVector<Value> parts;
    int64_t inputs = filterShape[3], outputs = channels / groups;
    SmallVector<int64_t> partShape(outputShape);
    partShape[3] = outputs;
    for (int64_t g = 0; g < groups; ++g) {
      Value input = emit.slice(l[0], {0, 0, 0, g * inputs},
                               {inputShape[0], inputShape[1], inputShape[2], inputs});
      Value filter = emit.slice(*filterValue, {g * outputs, 0, 0, 0},
                                {outputs, filterShape[1], filterShape[2], inputs});
      Value partBias = emit.slice(bias, {g * outputs}, {outputs});
      parts.push_back(emitConv2D(emit, *epilogue, input, filter, partBias, op.getStride(),
                                 op.getDilation(), op.getPadding(), partShape));
    }
    accumulators = emit.concat(parts, 3);
  }
  return epilogue->apply(emit, accumulators, op.getActivation());
}

static LoweredValue lowerDepthwiseConv2D(qnn::DepthwiseConv2DOp op, const Lowering &l) {
  FailureOr<Epilogue> epilogue =
      getEpilogue(op, op.getInput(), op.getFilter(), op.getBias(), op.getOutput(),
                  op.getActivation(), ReferenceRounding::TwoSteps);
  if (failed(epilogue))
    return failure();
  TosaEmitter &emit = l.emit;
  LoweredValue filterValue = getFilter(op, emit, *epilogue, op.getFilter(), l[1]);
  if (failed(filterValue))
    return failure();
  ArrayRef<int64_t> filterShape = TosaEmitter::shapeOf(*filterValue);
  int64_t inputs = TosaEmitter::shapeOf(l[0])[3];
  int64_t channels = filterShape[3];
  Value filter =
      emit.reshape(*filterValue, {filterShape[1], filterShape[2], inputs, channels / inputs});
  Value bias = getBias(emit, *epilogue, op.getBias() ? l[2] : Value(), channels);
  SmallVector<int64_t> padding(op.getPadding());
  Value input = trimWindow(emit, l[0], {filterShape[1], filterShape[2]}, op.getStride(),
                           op.getDilation(), padding);
  Type element = TosaEmitter::elementOf(input);
  Type accumulator = epilogue->accumulator(emit);
  auto type =
      RankedTensorType::get(cast<ShapedType>(op.getOutput().getType()).getShape(), accumulator);
  Value accumulators = tosa::DepthwiseConv2DOp::create(
      emit.getBuilder(), emit.getLocation(), type, input, filter, bias,
      emit.zeroPoint(element, epilogue->input.zeroPoint * epilogue->quantized),
      emit.zeroPoint(element, epilogue->filterZeroPoint), padding, op.getStride(), op.getDilation(),
      accumulator);
  return epilogue->apply(emit, accumulators, op.getActivation());
}

static LoweredValue lowerTransposeConv2D(qnn::TransposeConv2DOp op, const Lowering &l) {
  FailureOr<Epilogue> epilogue =
      getEpilogue(op, op.getInput(), op.getFilter(), op.getBias(), op.getOutput(),
                  op.getActivation(), ReferenceRounding::TwoSteps);
  if (failed(epilogue))
    return failure();
  TosaEmitter &emit = l.emit;
  LoweredValue filterValue = getFilter(op, emit, *epilogue, op.getFilter(), l[1]);
  if (failed(filterValue))
    return failure();
  int64_t channels = TosaEmitter::shapeOf(*filterValue)[0];
  Value bias = getBias(emit, *epilogue, op.getBias() ? l[2] : Value(), channels);
  SmallVector<int64_t> outPad;
  for (int64_t pad : op.getPadding())
    outPad.push_back(-pad);
  Type element = TosaEmitter::elementOf(l[0]);
  Type accumulator = epilogue->accumulator(emit);
  auto type =
      RankedTensorType::get(cast<ShapedType>(op.getOutput().getType()).getShape(), accumulator);
  Value accumulators = tosa::TransposeConv2DOp::create(
      emit.getBuilder(), emit.getLocation(), type, l[0], *filterValue, bias,
      emit.zeroPoint(element, epilogue->input.zeroPoint * epilogue->quantized),
      emit.zeroPoint(element, epilogue->filterZeroPoint), outPad, op.getStride(), accumulator);
  return epilogue->apply(emit, accumulators, op.getActivation());
}

static LoweredValue lowerFullyConnected(qnn::FullyConnectedOp op, const Lowering &l) {
  FailureOr<Epilogue> epilogue =
      getEpilogue(op, op.getInput(), op.getFilter(), op.getBias(), op.getOutput(),
                  op.getActivation(), ReferenceRounding::Exact);
  if (failed(epilogue))
    return failure();
  TosaEmitter &emit = l.emit;
  LoweredValue filterValue = getFilter(op, emit, *epilogue, op.getFilter(), l[1]);
  if (failed(filterValue))
    return failure();
  ArrayRef<int64_t> filterShape = TosaEmitter::shapeOf(*filterValue);
  int64_t channels = filterShape[0], depth = filterShape[1];
  auto outputType = cast<RankedTensorType>(op.getOutput().getType());
  int64_t rows = outputType.getNumElements() / channels;
  Value input = emit.reshape(l[0], {rows, 1, 1, depth});
  Value filter = emit.reshape(*filterValue, {channels, 1, 1, depth});
  Value bias = getBias(emit, *epilogue, op.getBias() ? l[2] : Value(), channels);
  Value accumulators = emitConv2D(emit, *epilogue, input, filter, bias, {1, 1}, {1, 1},
                                  {0, 0, 0, 0}, {rows, 1, 1, channels});
  Value result = epilogue->apply(emit, accumulators, op.getActivation());
  return emit.reshape(result, outputType.getShape());
}

/// [..., A, B] to [N, A, B], with the leading dimensions broadcast to `leading`, and the two
/// last ones swapped if asked.
static Value toMatrices(TosaEmitter &emit, Value x, ArrayRef<int64_t> leading, bool swap) {
  ArrayRef<int64_t> dims = TosaEmitter::shapeOf(x);
  SmallVector<int64_t> padded(leading.size() + 2 - dims.size(), 1);
  llvm::append_range(padded, dims);
  SmallVector<int64_t> multiples(padded.size(), 1);
  int64_t batch = 1;
  for (auto [i, dim] : llvm::enumerate(leading)) {
    multiples[i] = dim / padded[i];
    batch *= dim;
  }
  x = emit.tile(emit.reshape(x, padded), multiples);
  x = emit.reshape(x, {batch, padded[padded.size() - 2], padded.back()});
  return swap ? emit.transpose(x, {0, 2, 1}) : x;
}

static LoweredValue lowerBatchMatMul(qnn::BatchMatMulOp op, const Lowering &l) {
  FailureOr<Epilogue> epilogue = getEpilogue(op, op.getLhs(), op.getRhs(), Value(), op.getOutput(),
                                             qnn::Activation::None, ReferenceRounding::TwoSteps);
  if (failed(epilogue))
    return failure();
  TosaEmitter &emit = l.emit;
  auto outputType = cast<RankedTensorType>(op.getOutput().getType());
  ArrayRef<int64_t> leading = outputType.getShape().drop_back(2);
  Value lhs = toMatrices(emit, l[0], leading, op.getAdjX());
  Value rhs = toMatrices(emit, l[1], leading, op.getAdjY());
  Type element = TosaEmitter::elementOf(lhs);
  auto type = RankedTensorType::get(
      {TosaEmitter::shapeOf(lhs)[0], TosaEmitter::shapeOf(lhs)[1], TosaEmitter::shapeOf(rhs)[2]},
      epilogue->accumulator(emit));
  Value accumulators = tosa::MatMulOp::create(
      emit.getBuilder(), emit.getLocation(), type, lhs, rhs,
      emit.zeroPoint(element, epilogue->input.zeroPoint * epilogue->quantized),
      emit.zeroPoint(element, epilogue->filterZeroPoint));
  Value result = epilogue->apply(emit, accumulators, qnn::Activation::None);
  return emit.reshape(result, outputType.getShape());
}

static LoweredValue lowerBatchNorm(qnn::BatchNormOp op, const Lowering &l) {
  if (isQuantized(op.getInput()) || isQuantized(op.getOutput()))
    return op.emitOpError("has no integer form; fold it into its convolution or keep it float");
  TosaEmitter &emit = l.emit;
  Value deviation =
      emit.unary<tosa::RsqrtOp>(emit.add(l[4], emit.splat(l[4], op.getEpsilon().convertToFloat())));
  Value scale = emit.mul(l[1], deviation);
  return emit.add(emit.mul(emit.sub(l[0], l[3]), scale), l[2]);
}

void registerContraction(LoweringRegistry &registry) {
  registry.add<qnn::Conv2DOp>(lowerConv2D);
  registry.add<qnn::DepthwiseConv2DOp>(lowerDepthwiseConv2D);
  registry.add<qnn::TransposeConv2DOp>(lowerTransposeConv2D);
  registry.add<qnn::FullyConnectedOp>(lowerFullyConnected);
  registry.add<qnn::BatchMatMulOp>(lowerBatchMatMul);
  registry.add<qnn::BatchNormOp>(lowerBatchNorm);
}

} // namespace kvant::lower
