// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Softmax, log softmax and L2 normalization over the last axis.
#include "FixedPoint.h"
#include "Lowering.h"

#include <cmath>

using namespace mlir;

namespace kvant::lower {

/// Integer bits of exponents (Q5.26): e^-32 is far below what 8 bits can show.
constexpr int kExponentIntegerBits = 5;
/// Integer bits of a sum of exponentials (Q12.19): 4096 addends of 1 at most.
constexpr int kSumIntegerBits = 12;

/// e^(-d * beta * scale) in Q0.31 for d = 255 ... 0: what TFLite's kernel has for the
/// difference -d from the largest stored value of a row, 0 where it skips the addend.
static SmallVector<int64_t> makeExpTable(double inputScale, double beta) {
  double scaled = std::min(beta * inputScale * double(1 << (31 - kExponentIntegerBits)),
                           double((int64_t(1) << 31) - 1));
  TFLiteMultiplier m = quantizeLikeTFLite(scaled);
  double radius = double((1 << kExponentIntegerBits) - 1) *
                  double(int64_t(1) << (31 - kExponentIntegerBits)) /
                  double(int64_t(1) << std::max(m.exponent, 0));
  int64_t lowest = -int64_t(std::floor(radius));
  SmallVector<int64_t> table;
  for (int64_t difference = -255; difference <= 0; ++difference)
    table.push_back(difference < lowest ? 0
                                        : fixed::expOfNegative(fixed::scaleTwice(
                                              int32_t(difference), m.value, m.exponent)));
  return table;
}

namespace {
/// 32-bit fixed-point arithmetic on tensors.
struct FixedEmitter {
  TosaEmitter &emit;

  Value constant(Value like, int64_t value) { return emit.splat(like, double(value)); }
  Value high(Value a, Value b) { return emit.mul(a, b, 31); }
  Value left(Value x, Value by) { return emit.binary<tosa::LogicalLeftShiftOp>(x, by); }
};
} // namespace

/// 1 / (1 + x) in Q0.31 for x in [0, 1): three Newton steps from the best line.
static Value emitReciprocal(FixedEmitter f, Value x) {
  TosaEmitter &emit = f.emit;
  Value half =
      emit.add(emit.shiftRight(x, f.constant(x, 1), /*round=*/false), f.constant(x, 1 << 30));
  // In Q2.29: 48/17 - 32/17 * half.
  Value y = emit.add(f.constant(x, 1515870810), f.high(half, f.constant(x, -1010580540)));
  for (int i = 0; i < 3; ++i) {
    Value rest = emit.sub(f.constant(x, 1 << 29), f.high(half, y));
    y = emit.add(y, f.left(f.high(y, rest), f.constant(x, 2)));
  }
  // Half of y is the result, from Q1.30 to Q0.31, saturated.
  constexpr int64_t largest = (1 << 30) - 1;
  return emit.select(emit.greater(y, f.constant(x, largest)), f.constant(x, INT32_MAX),
                     f.left(y, f.constant(x, 1)));
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

static LoweredValue lowerIntegerSoftmax(qnn::SoftmaxOp op, const Lowering &l) {
  FailureOr<Uniform> in = getUniform8(op, op.getInput(), "an operand");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, op.getOutput(), "a result");
  if (failed(out))
    return failure();
  TosaEmitter &emit = l.emit;
  FixedEmitter f{emit};
  Value rows = toRows(emit, l[0]);
  int64_t count = TosaEmitter::shapeOf(rows)[0], columns = TosaEmitter::shapeOf(rows)[1];
  if (columns > (1 << kSumIntegerBits))
    return op.emitOpError("expected at most ")
           << (1 << kSumIntegerBits) << " elements in a row, got " << columns;
  Value differences = emitDifferences(emit, rows);
  Value index = emit.add(differences, emit.splat(differences, 255));
  Value table =
      emit.ints(emit.i32(), {1, 256, 1}, makeExpTable(in->scale, op.getBeta().convertToFloat()));
  Value exps =
      emit.reshape(emit.gather(table, emit.reshape(index, {1, count * columns})), {count, columns});
  Value sum =
      emit.reduceSum(emit.shiftRight(exps, emit.splat(exps, kSumIntegerBits), /*round=*/true), 1);

  // The sum as (1 + rest) * 2^k; its leading one is the sign bit after the shift.
  Value zeros = emit.unary<tosa::ClzOp>(sum);
  Value rest = emit.binary<tosa::BitwiseAndOp>(f.left(sum, zeros), f.constant(sum, INT32_MAX));
  Value reciprocal = emitReciprocal(f, rest);
  // Down to 8 bits: 31 - 8 bits, and one more for each bit of the sum above 1.
  Value exponent = emit.sub(f.constant(sum, kSumIntegerBits + 31 - 8), zeros);
  Value quotient = emit.shiftRight(f.high(exps, reciprocal), exponent, /*round=*/true);
  // Without scaling, a rescale is a saturating cast that adds the zero point.
  Value stored = emit.rescale(quotient, emit.i8(), Multiplier{1 << 30, 30}, 0, -128, false);
  Uniform native;
  native.scale = 1.0 / 256;
  native.zeroPoint = -128;
  LoweredValue result = requantize(op, emit, stored, native, *out);
  if (failed(result))
    return failure();
  return emit.reshape(*result, TosaEmitter::shapeOf(l[0]));
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
  if (isQuantized(op.getInput()) || isQuantized(op.getOutput()))
    return op.emitOpError("has no integer form; keep it float");
  TosaEmitter &emit = l.emit;
  Value rows = toRows(emit, l[0]);
  Value differences = emit.sub(rows, emit.reduceMax(rows, 1));
  Value sum = emit.reduceSum(emit.unary<tosa::ExpOp>(differences), 1);
  return emit.reshape(emit.sub(differences, emit.unary<tosa::LogOp>(sum)),
                      TosaEmitter::shapeOf(l[0]));
}

static LoweredValue lowerL2Normalize(qnn::L2NormalizeOp op, const Lowering &l) {
  if (isQuantized(op.getInput()) || isQuantized(op.getOutput()))
    return op.emitOpError("has no integer form; keep it float");
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
