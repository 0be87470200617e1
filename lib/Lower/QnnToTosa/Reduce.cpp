// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions over axes, and indices of extrema.
#include "Lowering.h"

#include "llvm/ADT/bit.h"

using namespace mlir;

namespace kvant::lower {

static int64_t countReduced(Value input, ArrayRef<int64_t> axes) {
  int64_t count = 1;
  for (int64_t axis : axes)
    count *= cast<ShapedType>(input.getType()).getDimSize(axis);
  return count;
}

static Value sumOver(TosaEmitter &emit, Value x, ArrayRef<int64_t> axes) {
  for (int64_t axis : axes)
    x = emit.reduceSum(x, axis);
  return x;
}

/// TFLite folds 1 / count into the multiplier of the scales, in integers.
static Multiplier divideMultiplier(TFLiteMultiplier m, int64_t count) {
  int shift = 63 - llvm::countl_zero(uint64_t(count));
  shift = std::min({shift, 32, 31 + m.exponent});
  int64_t value = (int64_t(m.value) << shift) / count;
  return Multiplier{int32_t(value), int8_t(31 - (m.exponent - shift))};
}

/// Sum or mean of quantized values: raw sums, the zero points taken out at once, one rescale.
template <typename OpTy>
static LoweredValue lowerQuantizedSum(OpTy op, const Lowering &l, bool mean) {
  FailureOr<Uniform> in = getUniform8(op, op.getInput(), "an operand");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, op.getOutput(), "a result");
  if (failed(out))
    return failure();
  TosaEmitter &emit = l.emit;
  int64_t count = countReduced(op.getInput(), op.getAxes());
  // 8-bit differences: the sum must fit 31 bits.
  if (count >= int64_t(1) << 23)
    return op.emitOpError("expected fewer than 2^23 elements per result, got ") << count;
  bool tflite = qnn::roundsLikeTFLite(op);
  double ratio = in->scale / out->scale;
  FailureOr<Multiplier> multiplier = failure();
  if (tflite && mean) {
    TFLiteMultiplier m = quantizeLikeTFLite(ratio);
    if (m.exponent > 29)
      return op.emitOpError("expected a ratio of scales below 2^29, got ") << ratio;
    multiplier = divideMultiplier(m, count);
  } else {
    multiplier = getMultiplierFor(op, mean ? ratio / double(count) : ratio);
  }
  if (failed(multiplier))
    return failure();
  Value sum = sumOver(emit, emit.cast(l[0], emit.i32()), op.getAxes());
  if (in->zeroPoint != 0)
    sum = emit.sub(sum, emit.splat(sum, double(in->zeroPoint * count)));
  Value stored = emit.rescale(sum, emit.i8(), *multiplier, 0, out->zeroPoint, tflite);
  stored = emit.clampIfNarrow(stored, {out->low, out->high});
  return emit.reshape(stored, cast<ShapedType>(op.getOutput().getType()).getShape());
}

template <typename OpTy> static LogicalResult checkReduce(OpTy op) {
  if (isQuantized(op.getInput()) != isQuantized(op.getOutput()))
    return op.emitOpError("expected operand and result both quantized or neither");
  return success();
}

static LoweredValue lowerMean(qnn::MeanOp op, const Lowering &l) {
  if (failed(checkReduce(op)))
    return failure();
  if (isQuantized(op.getInput()))
    return lowerQuantizedSum(op, l, /*mean=*/true);
  TosaEmitter &emit = l.emit;
  if (!isa<FloatType>(TosaEmitter::elementOf(l[0])))
    return op.emitOpError("expected floats or quantized values, got ") << op.getInput().getType();
  Value sum = sumOver(emit, l[0], op.getAxes());
  Value mean =
      emit.mul(sum, emit.splat(sum, 1.0 / double(countReduced(op.getInput(), op.getAxes()))));
  return emit.reshape(mean, cast<ShapedType>(op.getOutput().getType()).getShape());
}

static LoweredValue lowerReduceSum(qnn::ReduceSumOp op, const Lowering &l) {
  if (failed(checkReduce(op)))
    return failure();
  if (isQuantized(op.getInput()))
    return lowerQuantizedSum(op, l, /*mean=*/false);
  Value sum = sumOver(l.emit, l[0], op.getAxes());
  return l.emit.reshape(sum, cast<ShapedType>(op.getOutput().getType()).getShape());
}

static LoweredValue lowerReduceMax(qnn::ReduceMaxOp op, const Lowering &l) {
  if (failed(checkReduce(op)))
    return failure();
  TosaEmitter &emit = l.emit;
  Value result = l[0];
  for (int64_t axis : op.getAxes())
    result = emit.reduceMax(result, axis);
  if (isQuantized(op.getInput()) && !qnn::roundsLikeTFLite(op)) {
    FailureOr<Uniform> in = getUniform8(op, op.getInput(), "an operand");
    if (failed(in))
      return failure();
    FailureOr<Uniform> out = getUniform8(op, op.getOutput(), "a result");
    if (failed(out))
      return failure();
    LoweredValue stored = requantize(op, emit, result, *in, *out);
    if (failed(stored))
      return failure();
    result = *stored;
  }
  return emit.reshape(result, cast<ShapedType>(op.getOutput().getType()).getShape());
}

static Value emitArgMax(TosaEmitter &emit, Value x, int64_t axis) {
  SmallVector<int64_t> dims(TosaEmitter::shapeOf(x));
  dims.erase(dims.begin() + axis);
  return tosa::ArgMaxOp::create(emit.getBuilder(), emit.getLocation(),
                                RankedTensorType::get(dims, emit.i32()), x, uint32_t(axis));
}

static LoweredValue lowerArgMax(qnn::ArgMaxOp op, const Lowering &l) {
  return emitArgMax(l.emit, l[0], op.getAxis());
}

static LoweredValue lowerArgMin(qnn::ArgMinOp op, const Lowering &l) {
  TosaEmitter &emit = l.emit;
  // The complement turns the order of integers around without overflow.
  Value opposite = isa<FloatType>(TosaEmitter::elementOf(l[0]))
                       ? emit.negate(l[0])
                       : emit.unary<tosa::BitwiseNotOp>(l[0]);
  return emitArgMax(emit, opposite, op.getAxis());
}

void registerReduce(LoweringRegistry &registry) {
  registry.add<qnn::MeanOp>(lowerMean);
  registry.add<qnn::ReduceSumOp>(lowerReduceSum);
  registry.add<qnn::ReduceMaxOp>(lowerReduceMax);
  registry.add<qnn::ArgMaxOp>(lowerArgMax);
  registry.add<qnn::ArgMinOp>(lowerArgMin);
}

} // namespace kvant::lower
