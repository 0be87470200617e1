// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Changes of type: float to quantized and back, between quantized types, casts.
#include "Lowering.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

using namespace mlir;

namespace kvant::lower {

/// Scales as a tensor that broadcasts along the quantized dimension, or one number.
static Value emitScales(TosaEmitter &emit, Value like, Type type, bool inverse) {
  SmallVector<float> values;
  for (double scale : getScales(type))
    values.push_back(float(inverse ? 1.0 / scale : scale));
  SmallVector<int64_t> shape(TosaEmitter::rankOf(like), 1);
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(getElementTypeOrSelf(type)))
    shape[perAxis.getQuantizedDimension()] = values.size();
  return emit.floats(shape, values);
}

/// Rounds to an integer with ties away from zero: exact, as |x| - floor(|x|) is.
static Value emitRoundAway(TosaEmitter &emit, Value x) {
  Value magnitude = emit.unary<tosa::AbsOp>(x);
  Value floor = emit.unary<tosa::FloorOp>(magnitude);
  Value up = emit.greaterEqual(emit.sub(magnitude, floor), emit.splat(x, 0.5));
  Value rounded = emit.select(up, emit.add(floor, emit.splat(x, 1)), floor);
  return emit.select(emit.greater(emit.splat(x, 0), x), emit.negate(rounded), rounded);
}

static LoweredValue lowerQuantize(qnn::QuantizeOp op, const Lowering &l) {
  TosaEmitter &emit = l.emit;
  FailureOr<Uniform> out = getUniform8(op, op.getOutput(), "a result");
  if (failed(out))
    return failure();
  Value x = emit.cast(l[0], emit.f32());
  Value scaled = emit.mul(x, emitScales(emit, x, op.getOutput().getType(), /*inverse=*/true));
  // Clamping before rounding keeps the integers small; both bounds are integers.
  scaled =
      emit.clampFloat(scaled, float(out->low - out->zeroPoint), float(out->high - out->zeroPoint));
  if (qnn::roundsLikeTFLite(op))
    scaled = emitRoundAway(emit, scaled);
  Value stored = emit.cast(scaled, emit.i32());
  if (out->zeroPoint != 0)
    stored = emit.add(stored, emit.splat(stored, double(out->zeroPoint)));
  return emit.cast(stored, emit.i8());
}

static LoweredValue lowerDequantize(qnn::DequantizeOp op, const Lowering &l) {
  TosaEmitter &emit = l.emit;
  Type element = getElementTypeOrSelf(op.getOutput().getType());
  if (!isQuantized(op.getInput()))
    return emit.cast(l[0], element);
  Type type = op.getInput().getType();
  if (getScales(type).empty())
    return op.emitOpError("expected a uniformly quantized operand, got ") << type;
  Value x = emit.cast(l[0], emit.f32());
  std::optional<Uniform> in = getUniform(type);
  if (in && in->zeroPoint != 0)
    x = emit.sub(x, emit.splat(x, double(in->zeroPoint)));
  Value real = emit.mul(x, emitScales(emit, x, type, /*inverse=*/false));
  return emit.cast(real, element);
}

static LoweredValue lowerRequantize(qnn::RequantizeOp op, const Lowering &l) {
  FailureOr<Uniform> in = getUniform8(op, op.getInput(), "an operand");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, op.getOutput(), "a result");
  if (failed(out))
    return failure();
  return requantize(op, l.emit, l[0], *in, *out);
}

static LoweredValue lowerCast(qnn::CastOp op, const Lowering &l) {
  if (isQuantized(op.getInput()) || isQuantized(op.getOutput()))
    return op.emitOpError("expected operand and result that are not quantized");
  TosaEmitter &emit = l.emit;
  Type to = lowerType(op.getOutput().getType()).getElementType();
  Value x = l[0];
  if (isa<FloatType>(TosaEmitter::elementOf(x)) && to.isInteger() && !to.isInteger(1)) {
    // TOSA rounds to nearest; this operation truncates.
    Value floor = emit.unary<tosa::FloorOp>(x);
    Value ceil = emit.unary<tosa::CeilOp>(x);
    x = emit.select(emit.greater(emit.splat(x, 0), x), ceil, floor);
  }
  return emit.cast(x, to);
}

void registerQuantize(LoweringRegistry &registry) {
  registry.add<qnn::QuantizeOp>(lowerQuantize);
  registry.add<qnn::DequantizeOp>(lowerDequantize);
  registry.add<qnn::RequantizeOp>(lowerRequantize);
  registry.add<qnn::CastOp>(lowerCast);
}

} // namespace kvant::lower
