// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Softmax, log softmax and L2 normalization over the last axis.
#include "FixedEmitter.h"
#include "FixedPoint.h"
#include "Lowering.h"

#include <cmath>

using namespace mlir;

namespace kvant::lower {

/// Integer bits of exponents (Q5.26): e^-32 is far below what 8 bits can show.
constexpr int kExponentIntegerBits = 5;
/// Integer bits of a sum of exponentials (Q12.19): 4096 addends of 1 at most.
constexpr int kSumIntegerBits = 12;

namespace {
/// How differences of stored values become exponents in Q5.26.
struct ExponentScale {
  TFLiteMultiplier multiplier;
  /// The smallest difference that does not overflow; e^x is 0 below it.
  int64_t lowest;
};
} // namespace

static ExponentScale getExponentScale(double inputScale, double beta) {
  double scaled = std::min(beta * inputScale * double(1 << (31 - kExponentIntegerBits)),
                           double((int64_t(1) << 31) - 1));
  TFLiteMultiplier m = quantizeLikeTFLite(scaled);
  double radius = double((1 << kExponentIntegerBits) - 1) *
                  double(int64_t(1) << (31 - kExponentIntegerBits)) /
                  double(int64_t(1) << std::max(m.exponent, 0));
  return {m, -int64_t(std::floor(radius))};
}

/// f(d) for the differences d = -255 ... 0 from the largest stored value of a row, looked up
/// for a tensor of such differences.
static Value emitLookup(TosaEmitter &emit, Value differences,
                        llvm::function_ref<int64_t(int64_t)> f) {
  SmallVector<int64_t> table;
  for (int64_t difference = -255; difference <= 0; ++difference)
    table.push_back(f(difference));
  ArrayRef<int64_t> shape = TosaEmitter::shapeOf(differences);
  Value index =
      emit.reshape(emit.add(differences, emit.splat(differences, 255)), {1, shape[0] * shape[1]});
  return emit.reshape(emit.gather(emit.ints(emit.i32(), {1, 256, 1}, table), index), shape);
}

/// e^d in Q0.31, 0 where TFLite's kernel skips the addend.
static Value emitExps(TosaEmitter &emit, Value differences, const ExponentScale &scale) {
  return emitLookup(emit, differences, [&](int64_t difference) -> int64_t {
    if (difference < scale.lowest)
      return 0;
    return fixed::expOfNegative(
        fixed::scaleTwice(int32_t(difference), scale.multiplier.value, scale.multiplier.exponent));
  });
}

/// The sum of each row in Q12.19.
static Value emitSum(TosaEmitter &emit, Value exps) {
  return emit.reduceSum(emit.shiftRight(exps, emit.splat(exps, kSumIntegerBits), /*round=*/true),
                        1);
}

/// Rows as [R, C].
static Value toRows(TosaEmitter &emit, Value x) {
  ArrayRef<int64_t> dims = TosaEmitter::shapeOf(x);
  int64_t columns = dims.empty() ? 1 : dims.back();
  int64_t elements = cast<RankedTensorType>(x.getType()).getNumElements();
  return emit.reshape(x, {elements / columns, columns});
}

/// x minus the largest of its row, as i32 (0 or less).
static Value emitDifferences(TosaEmitter &emit, Value rows) {
  return emit.sub(emit.cast(rows, emit.i32()), emit.cast(emit.reduceMax(rows, 1), emit.i32()));
}

/// An 8-bit operand as rows, or an error if they are too long for a sum.
static LoweredValue getRows(Operation *op, TosaEmitter &emit, Value x) {
  Value rows = toRows(emit, x);
  int64_t columns = TosaEmitter::shapeOf(rows)[1];
  if (columns > (1 << kSumIntegerBits))
    return op->emitOpError("expected at most ")
           << (1 << kSumIntegerBits) << " elements in a row, got " << columns;
  return rows;
}

/// `stored` in the parameters that the kernel has, as those of the result, in its shape.
static LoweredValue fromNative(Operation *op, TosaEmitter &emit, Value stored, double scale,
                               int64_t zeroPoint, const Uniform &out) {
  Uniform native;
  native.scale = scale;
  native.zeroPoint = zeroPoint;
  LoweredValue result = requantize(op, emit, stored, native, out);
  if (failed(result))
    return failure();
  return emit.reshape(*result, cast<ShapedType>(op->getResult(0).getType()).getShape());
}

static LoweredValue lowerIntegerSoftmax(qnn::SoftmaxOp op, const Lowering &l) {
  FailureOr<Uniform> in = getUniform8(op, op.getInput(), "an operand");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, op.getOutput(), "a result");
  if (failed(out))
    return failure();
  TosaEmitter &emit = l.emit;
  FixedEmitter f{emit};
  LoweredValue rows = getRows(op, emit, l[0]);
  if (failed(rows))
    return failure();
  Value exps = emitExps(emit, emitDifferences(emit, *rows),
                        getExponentScale(in->scale, op.getBeta().convertToFloat()));
  Value sum = emitSum(emit, exps);

  // The sum as (1 + rest) * 2^k; its leading one is the sign bit after the shift.
  Value zeros = f.leadingZeros(sum);
  Value rest = emit.binary<tosa::BitwiseAndOp>(f.shiftLeft(sum, zeros), f.constant(sum, INT32_MAX));
  // Down to 8 bits: 31 - 8 bits, and one more for each bit of the sum above 1.
  Value exponent = emit.sub(f.constant(sum, kSumIntegerBits + 31 - 8), zeros);
  Value quotient = emit.shiftRight(f.mulHigh(exps, f.reciprocal(rest)), exponent, /*round=*/true);
  // Without scaling, a rescale is a saturating cast that adds the zero point.
  Value stored = emit.rescale(quotient, emit.i8(), Multiplier{1 << 30, 30}, 0, -128, false);
  return fromNative(op, emit, stored, 1.0 / 256, -128, *out);
}

/// x - log(sum(e^x)), from the difference of both in Q5.26 to 4 integer bits.
static LoweredValue lowerIntegerLogSoftmax(qnn::LogSoftmaxOp op, const Lowering &l) {
  FailureOr<Uniform> in = getUniform8(op, op.getInput(), "an operand");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, op.getOutput(), "a result");
  if (failed(out))
    return failure();
  TosaEmitter &emit = l.emit;
  FixedEmitter f{emit};
  LoweredValue rows = getRows(op, emit, l[0]);
  if (failed(rows))
    return failure();
  ExponentScale scale = getExponentScale(in->scale, 1.0);
  TFLiteMultiplier m = scale.multiplier;
  Value differences = emitDifferences(emit, *rows);
  Value logSum = f.log(emitSum(emit, emitExps(emit, differences, scale)));
  // Far below the result's range, and the difference from logSum still fits.
  constexpr int64_t lowestExponent = -(int64_t(1) << 30);
  Value exponents = emitLookup(emit, differences, [&](int64_t difference) -> int64_t {
    if (difference < scale.lowest)
      return lowestExponent;
    return std::max<int64_t>(lowestExponent,
                             fixed::scaleTwice(int32_t(difference), m.value, m.exponent));
  });
  // To 4 integer bits with ties away from zero; the difference is never positive.
  constexpr int shift = 31 - kExponentIntegerBits - 4;
  Value difference = emit.sub(exponents, logSum);
  Value rounded = f.shiftRight(f.add(difference, (1 << (shift - 1)) - 1), shift);
  Value stored = emit.rescale(rounded, emit.i8(), Multiplier{1 << 30, 30}, 0, 127, false);
  return fromNative(op, emit, stored, 16.0 / 256, 127, *out);
}

/// x / |x|: TFLite's fixed-point inverse root of the sum of squares.
static LoweredValue lowerIntegerL2Normalize(qnn::L2NormalizeOp op, const Lowering &l) {
  FailureOr<Uniform> in = getUniform8(op, op.getInput(), "an operand");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, op.getOutput(), "a result");
  if (failed(out))
    return failure();
  TosaEmitter &emit = l.emit;
  FixedEmitter f{emit};
  Value x = emit.widen(toRows(emit, l[0]), in->zeroPoint);
  if (TosaEmitter::shapeOf(x)[1] > (1 << 15))
    return op.emitOpError("expected at most ")
           << (1 << 15) << " elements in a row, got " << TosaEmitter::shapeOf(x)[1];
  Value sum = emit.reduceSum(emit.mul(x, x), 1);
  FixedEmitter::InverseRoot root = f.inverseRoot(sum);
  // The result has 7 fraction bits: x * root * 2^(7 - shift), to the left or to the right; the
  // kernel for unsigned values always does both.
  Value left = f.constant(sum, 7), right = root.shift;
  if (!(in->wasUnsigned && qnn::roundsLikeTFLite(op))) {
    Value exponent = emit.sub(left, root.shift);
    left = emit.maximum(exponent, f.constant(sum, 0));
    right = emit.sub(left, exponent);
  }
  Value product = f.mulHigh(f.shiftLeft(x, left), root.value);
  Value stored = emit.rescale(f.shiftRightAway(product, right), emit.i8(), Multiplier{1 << 30, 30},
                              0, 0, false);
  return fromNative(op, emit, stored, 1.0 / 128, 0, *out);
}

static LoweredValue lowerSoftmax(qnn::SoftmaxOp op, const Lowering &l) {
  if (isQuantized(op.getInput()) != isQuantized(op.getOutput()))
    return op.emitOpError("expected operand and result both quantized or both floats");
  if (isQuantized(op.getInput()))
    return lowerIntegerSoftmax(op, l);
  TosaEmitter &emit = l.emit;
  Value rows = toRows(emit, l[0]);
  Value differences = emit.sub(rows, emit.reduceMax(rows, 1));
  float beta = op.getBeta().convertToFloat();
  if (beta != 1.0f)
    differences = emit.mul(differences, emit.splat(differences, beta));
  Value exps = emit.unary<tosa::ExpOp>(differences);
  Value inverse = emit.unary<tosa::ReciprocalOp>(emit.reduceSum(exps, 1));
  return emit.reshape(emit.mul(exps, inverse), TosaEmitter::shapeOf(l[0]));
}

static LoweredValue lowerLogSoftmax(qnn::LogSoftmaxOp op, const Lowering &l) {
  if (isQuantized(op.getInput()) != isQuantized(op.getOutput()))
    return op.emitOpError("expected operand and result both quantized or both floats");
  if (isQuantized(op.getInput()))
    return lowerIntegerLogSoftmax(op, l);
  TosaEmitter &emit = l.emit;
  Value rows = toRows(emit, l[0]);
  Value differences = emit.sub(rows, emit.reduceMax(rows, 1));
  Value sum = emit.reduceSum(emit.unary<tosa::ExpOp>(differences), 1);
  return emit.reshape(emit.sub(differences, emit.unary<tosa::LogOp>(sum)),
                      TosaEmitter::shapeOf(l[0]));
}

static LoweredValue lowerL2Normalize(qnn::L2NormalizeOp op, const Lowering &l) {
  if (isQuantized(op.getInput()) != isQuantized(op.getOutput()))
    return op.emitOpError("expected operand and result both quantized or both floats");
  if (isQuantized(op.getInput()))
    return lowerIntegerL2Normalize(op, l);
  TosaEmitter &emit = l.emit;
  Value rows = toRows(emit, l[0]);
  Value sum = emit.reduceSum(emit.mul(rows, rows), 1);
  Value norm = emit.maximum(sum, emit.splat(sum, op.getEpsilon().convertToFloat()));
  return emit.reshape(emit.mul(rows, emit.unary<tosa::RsqrtOp>(norm)), TosaEmitter::shapeOf(l[0]));
}

void registerSoftmax(LoweringRegistry &registry) {
  registry.add<qnn::SoftmaxOp>(lowerSoftmax);
  registry.add<qnn::LogSoftmaxOp>(lowerLogSoftmax);
  registry.add<qnn::L2NormalizeOp>(lowerL2Normalize);
}

} // namespace kvant::lower
