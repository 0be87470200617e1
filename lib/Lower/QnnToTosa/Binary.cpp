// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Binary arithmetic with broadcasting.
#include "Lowering.h"

using namespace mlir;

namespace kvant::lower {

namespace {
enum class Kind { Quantized, Float, Integer };

struct QuantizedBinary {
  Uniform lhs, rhs, output;
  std::pair<int64_t, int64_t> range;
  bool tflite;
};
} // namespace

/// What `op` computes on, or an error if its operands do not go together.
static FailureOr<Kind> getKind(Operation *op) {
  unsigned quantized = 0;
  for (Value value : op->getOperands())
    quantized += isQuantized(value);
  quantized += isQuantized(op->getResult(0));
  if (quantized == op->getNumOperands() + 1)
    return Kind::Quantized;
  if (quantized != 0)
    return op->emitOpError("expected operands and result all quantized or none");
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  if (isa<FloatType>(element))
    return Kind::Float;
  if (element.isInteger(32) || element.isInteger(64))
    return Kind::Integer;
  return op->emitOpError("expected floats, quantized values or 32-bit integers, got ") << element;
}

template <typename OpTy> static FailureOr<QuantizedBinary> getQuantizedBinary(OpTy op) {
  FailureOr<Uniform> lhs = getUniform8(op, op.getLhs(), "a left operand");
  if (failed(lhs))
    return failure();
  FailureOr<Uniform> rhs = getUniform8(op, op.getRhs(), "a right operand");
  if (failed(rhs))
    return failure();
  FailureOr<Uniform> output = getUniform8(op, op.getOutput(), "a result");
  if (failed(output))
    return failure();
  return QuantizedBinary{*lhs, *rhs, *output, getActivationRange(op.getActivation(), *output),
                         qnn::roundsLikeTFLite(op)};
}

/// The accumulators as stored values: out of `scale` and into the result's.
static LoweredValue finish(Operation *op, TosaEmitter &emit, const QuantizedBinary &q,
                           Value accumulators, double scale) {
  FailureOr<Multiplier> multiplier = getMultiplierFor(op, scale);
  if (failed(multiplier))
    return failure();
  Value stored =
      emit.rescale(accumulators, emit.i8(), *multiplier, 0, q.output.zeroPoint, q.tflite);
  return emit.clampIfNarrow(stored, q.range);
}

/// (stored - zero point) * ratio * 2^headroom as i32.
static LoweredValue scaleOperand(Operation *op, TosaEmitter &emit, Value x, const Uniform &from,
                                 double ratio, int headroom, bool tflite) {
  if (!tflite) {
    FailureOr<Multiplier> multiplier = getMultiplierFor(op, std::ldexp(ratio, headroom));
    if (failed(multiplier))
      return failure();
    return emit.rescale(x, emit.i32(), *multiplier, from.zeroPoint, 0, false);
  }
  TFLiteMultiplier m = quantizeLikeTFLite(ratio);
  // The shift by `headroom` is exact; with no further shift, the two steps round once.
  if (m.exponent == 0)
    return emit.rescale(x, emit.i32(), Multiplier{m.value, int8_t(31 - headroom)}, from.zeroPoint,
                        0, false);
  Value shifted = emit.rescale(x, emit.i32(), Multiplier{1 << 30, int8_t(30 - headroom)},
                               from.zeroPoint, 0, false);
  return emit.rescale(shifted, emit.i32(), Multiplier{m.value, int8_t(31 - m.exponent)}, 0, 0,
                      true);
}

/// lhs and rhs in one scale, with `headroom` more bits; and that scale without the headroom.
struct CommonScale {
  Value lhs, rhs;
  double scale;
  int headroom;
};

static FailureOr<CommonScale> toCommonScale(Operation *op, const Lowering &l,
                                            const QuantizedBinary &q, int headroom) {
  TosaEmitter &emit = l.emit;
  if (!q.tflite && q.lhs.scale == q.rhs.scale)
    return CommonScale{emit.widen(l[0], q.lhs.zeroPoint), emit.widen(l[1], q.rhs.zeroPoint),
                       q.lhs.scale, 0};
  double scale = 2 * std::max(q.lhs.scale, q.rhs.scale);
  LoweredValue lhs = scaleOperand(op, emit, l[0], q.lhs, q.lhs.scale / scale, headroom, q.tflite);
  LoweredValue rhs = scaleOperand(op, emit, l[1], q.rhs, q.rhs.scale / scale, headroom, q.tflite);
  if (failed(lhs) || failed(rhs))
    return failure();
  return CommonScale{*lhs, *rhs, scale, headroom};
}

/// Bits by which operands are raised before sums: 8-bit differences leave room for 2^20.
constexpr int kSumHeadroom = 20;
/// The same before a square, as TFLite has it.
constexpr int kSquareHeadroom = 7;

template <typename TosaOp, typename OpTy> static LoweredValue lowerSum(OpTy op, const Lowering &l) {
  FailureOr<Kind> kind = getKind(op);
  if (failed(kind))
    return failure();
  TosaEmitter &emit = l.emit;
  if (*kind != Kind::Quantized) {
    Value result = emit.binary<TosaOp>(l[0], l[1]);
    return *kind == Kind::Float ? applyActivation(emit, result, op.getActivation()) : result;
  }
  FailureOr<QuantizedBinary> q = getQuantizedBinary(op);
  if (failed(q))
    return failure();
  FailureOr<CommonScale> common = toCommonScale(op, l, *q, kSumHeadroom);
  if (failed(common))
    return failure();
  Value sum = emit.binary<TosaOp>(common->lhs, common->rhs);
  return finish(op, emit, *q, sum, common->scale / std::ldexp(q->output.scale, common->headroom));
}

static LoweredValue lowerSquaredDifference(qnn::SquaredDifferenceOp op, const Lowering &l) {
  FailureOr<Kind> kind = getKind(op);
  if (failed(kind))
    return failure();
  TosaEmitter &emit = l.emit;
  if (*kind != Kind::Quantized) {
    Value difference = emit.sub(l[0], l[1]);
    Value result = emit.mul(difference, difference);
    return *kind == Kind::Float ? applyActivation(emit, result, op.getActivation()) : result;
  }
  FailureOr<QuantizedBinary> q = getQuantizedBinary(op);
  if (failed(q))
    return failure();
  FailureOr<CommonScale> common = toCommonScale(op, l, *q, kSquareHeadroom);
  if (failed(common))
    return failure();
  Value difference = emit.sub(common->lhs, common->rhs);
  Value square = emit.mul(difference, difference);
  return finish(op, emit, *q, square,
                common->scale * common->scale / std::ldexp(q->output.scale, 2 * common->headroom));
}

static LoweredValue lowerMul(qnn::MulOp op, const Lowering &l) {
  FailureOr<Kind> kind = getKind(op);
  if (failed(kind))
    return failure();
  TosaEmitter &emit = l.emit;
  if (*kind != Kind::Quantized) {
    Value result = emit.mul(l[0], l[1]);
    return *kind == Kind::Float ? applyActivation(emit, result, op.getActivation()) : result;
  }
  FailureOr<QuantizedBinary> q = getQuantizedBinary(op);
  if (failed(q))
    return failure();
  // TFLite has this ratio in floats.
  double scale = q->tflite
                     ? double(float(q->lhs.scale) * float(q->rhs.scale) / float(q->output.scale))
                     : q->lhs.scale * q->rhs.scale / q->output.scale;
  Value product = emit.mul(emit.widen(l[0], q->lhs.zeroPoint), emit.widen(l[1], q->rhs.zeroPoint));
  return finish(op, emit, *q, product, scale);
}

static LoweredValue lowerDiv(qnn::DivOp op, const Lowering &l) {
  FailureOr<Kind> kind = getKind(op);
  if (failed(kind))
    return failure();
  TosaEmitter &emit = l.emit;
  switch (*kind) {
  case Kind::Quantized:
    return op.emitOpError("has no integer form; keep it float");
  case Kind::Integer:
    return emit.binary<tosa::IntDivOp>(l[0], l[1]);
  case Kind::Float:
    break;
  }
  Value result = emit.mul(l[0], emit.unary<tosa::ReciprocalOp>(l[1]));
  return applyActivation(emit, result, op.getActivation());
}

template <typename TosaOp, typename OpTy>
static LoweredValue lowerExtremum(OpTy op, const Lowering &l) {
  FailureOr<Kind> kind = getKind(op);
  if (failed(kind))
    return failure();
  TosaEmitter &emit = l.emit;
  if (*kind != Kind::Quantized) {
    Value result = emit.binary<TosaOp>(l[0], l[1]);
    return *kind == Kind::Float ? applyActivation(emit, result, op.getActivation()) : result;
  }
  FailureOr<QuantizedBinary> q = getQuantizedBinary(op);
  if (failed(q))
    return failure();
  LoweredValue lhs = requantize(op, emit, l[0], q->lhs, q->output);
  LoweredValue rhs = requantize(op, emit, l[1], q->rhs, q->output);
  if (failed(lhs) || failed(rhs))
    return failure();
  // TOSA compares 32-bit integers only.
  Value result = emit.binary<TosaOp>(emit.cast(*lhs, emit.i32()), emit.cast(*rhs, emit.i32()));
  return emit.clampIfNarrow(emit.cast(result, emit.i8()), q->range);
}

void registerBinary(LoweringRegistry &registry) {
  registry.add<qnn::AddOp>(lowerSum<tosa::AddOp, qnn::AddOp>);
  registry.add<qnn::SubOp>(lowerSum<tosa::SubOp, qnn::SubOp>);
  registry.add<qnn::MulOp>(lowerMul);
  registry.add<qnn::DivOp>(lowerDiv);
  registry.add<qnn::MinimumOp>(lowerExtremum<tosa::MinimumOp, qnn::MinimumOp>);
  registry.add<qnn::MaximumOp>(lowerExtremum<tosa::MaximumOp, qnn::MaximumOp>);
  registry.add<qnn::SquaredDifferenceOp>(lowerSquaredDifference);
}

} // namespace kvant::lower
