// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of one operand: tables on 8 bits, compositions of TOSA operations on floats.
#include "FixedPoint.h"
#include "Lowering.h"
#include "Table.h"

#include <cmath>

using namespace mlir;

namespace kvant::lower {

namespace {

/// A function in the forms that the lowering needs.
struct Function {
  std::function<double(double)> real;
  /// As TFLite's tables compute it; absent if TFLite has no quantized kernel.
  std::function<float(float)> tflite;
  std::function<Value(TosaEmitter &, Value)> emit;
};

constexpr double kRootOfHalf = 0.70710678118654752440;
constexpr double kRootOfTwoOverPi = 0.79788456080286535588;

} // namespace

static double geluApproximate(double x) {
  return 0.5 * x * (1 + std::tanh(kRootOfTwoOverPi * (x + 0.044715 * x * x * x)));
}

/// The parameters of operand and result, or an error if only one is quantized.
static FailureOr<std::optional<std::pair<Uniform, Uniform>>> getBoth(Operation *op) {
  Value input = op->getOperand(0), output = op->getResult(0);
  if (isQuantized(input) != isQuantized(output))
    return op->emitOpError("expected operand and result both quantized or both floats");
  if (!isQuantized(input)) {
    if (!isa<FloatType>(getElementTypeOrSelf(input.getType())))
      return op->emitOpError("expected floats or quantized values, got ") << input.getType();
    return std::optional<std::pair<Uniform, Uniform>>();
  }
  FailureOr<Uniform> in = getUniform8(op, input, "an operand");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, output, "a result");
  if (failed(out))
    return failure();
  return std::optional(std::make_pair(*in, *out));
}

static LoweredValue lowerFunction(Operation *op, const Lowering &l, const Function &function) {
  auto both = getBoth(op);
  if (failed(both))
    return failure();
  if (!*both)
    return function.emit(l.emit, l[0]);
  auto [in, out] = **both;
  if (qnn::roundsLikeTFLite(op) && function.tflite)
    return l.emit.table(l[0], makeTFLiteTable(in, out, function.tflite));
  return l.emit.table(l[0], makeTable(in, out, function.real));
}

//===----------------------------------------------------------------------===//
// Clamps
//===----------------------------------------------------------------------===//

static LoweredValue lowerClamp(Operation *op, const Lowering &l, qnn::Activation activation) {
  auto both = getBoth(op);
  if (failed(both))
    return failure();
  TosaEmitter &emit = l.emit;
  if (!*both)
    return applyActivation(emit, l[0], activation);
  auto [in, out] = **both;
  Value stored = l[0];
  if (in.scale != out.scale || in.zeroPoint != out.zeroPoint) {
    bool tflite = qnn::roundsLikeTFLite(op);
    double ratio = tflite ? double(float(in.scale) / float(out.scale)) : in.scale / out.scale;
    FailureOr<Multiplier> multiplier = getMultiplierFor(op, ratio);
    if (failed(multiplier))
      return failure();
    stored = emit.rescale(stored, emit.i8(), *multiplier, in.zeroPoint, out.zeroPoint, tflite);
  }
  return emit.clampIfNarrow(stored, getActivationRange(activation, out));
}

//===----------------------------------------------------------------------===//
// What TFLite computes in integers of its own
//===----------------------------------------------------------------------===//

static int16_t saturate16(int64_t x) {
  return int16_t(std::clamp<int64_t>(x, INT16_MIN, INT16_MAX));
}

/// The 16-bit multiplier nearest to a 32-bit one.
static int16_t narrowMultiplier(int32_t multiplier) {
  if (multiplier >= INT32_MAX - (1 << 15))
    return INT16_MAX;
  return int16_t((multiplier + (1 << 15)) >> 16);
}

static Table makeTFLiteHardSwish(const Uniform &in, const Uniform &out) {
  float fineScale = (1.0f / 128.0f) * float(in.scale);
  TFLiteMultiplier output = quantizeLikeTFLite(fineScale / float(out.scale));
  TFLiteMultiplier gate = quantizeLikeTFLite(fineScale / (3.0f / 32768.0f));
  int16_t outputMultiplier = narrowMultiplier(output.value);
  int16_t gateMultiplier = narrowMultiplier(gate.value);
  return makeIntegerTable(in, out, [&](int32_t x) -> int64_t {
    int16_t fine = int16_t(x * 128);
    int16_t onOutput = fixed::mulHigh16(fine, outputMultiplier);
    // The gate min(max(x + 3, 0), 6) / 6, first as a number in [-1, 1].
    int16_t g = fine;
    if (gate.exponent > 0)
      g = saturate16(int64_t(g) << (gate.exponent - 1));
    g = fixed::mulHigh16(g, gateMultiplier);
    if (gate.exponent > 0)
      g = saturate16(int64_t(g) * 2);
    if (gate.exponent < 0)
      g = int16_t(fixed::shiftRight(g, -gate.exponent));
    g = int16_t((g + (1 << 15)) >> 1);
    int16_t product = int16_t((int32_t(g) * onOutput) / (1 << 15));
    return fixed::shiftRight(product, -output.exponent);
  });
}

static Table makeTFLiteLeakyRelu(const Uniform &in, const Uniform &out, float alpha) {
  float inScale = float(in.scale), outScale = float(out.scale);
  TFLiteMultiplier identity = quantizeLikeTFLite(inScale / outScale);
  float slope = inScale * alpha / outScale;
  TFLiteMultiplier scaled = quantizeLikeTFLite(std::fabs(slope));
  return makeIntegerTable(in, out, [&](int32_t x) -> int64_t {
    if (x >= 0)
      return fixed::scaleTwice(x, identity.value, identity.exponent);
    int64_t product = fixed::scaleTwice(x, scaled.value, scaled.exponent);
    return slope < 0 ? -product : product;
  });
}

static Table makeTFLiteAbs(const Uniform &in, const Uniform &out) {
  bool rescales = in.scale != out.scale;
  TFLiteMultiplier m = quantizeLikeTFLite(float(in.scale) / float(out.scale));
  return makeIntegerTable(in, out, [&](int32_t x) -> int64_t {
    int32_t magnitude = std::abs(x);
    return rescales ? fixed::scaleTwice(magnitude, m.value, m.exponent) : magnitude;
  });
}

static Table makeTFLiteRsqrt(const Uniform &in, const Uniform &out) {
  constexpr int guardBits = 20;
  TFLiteMultiplier m = quantizeLikeTFLite(1. / (std::sqrt(float(in.scale)) * float(out.scale)));
  return makeIntegerTable(in, out, [&](int32_t x) -> int64_t {
    // TFLite refuses negative operands when it runs; here they are as 0.
    if (x <= 0)
      return out.high - out.zeroPoint;
    fixed::InverseRoot root = fixed::inverseRoot(x);
    int32_t raised = fixed::scaleTwice(1, root.value, root.exponent + guardBits);
    return fixed::scaleTwice(raised, m.value, m.exponent - guardBits);
  });
}

/// TFLite truncates here.
static Table makeTFLiteSqrt(const Uniform &in, const Uniform &out) {
  float inScale = float(in.scale), outScale = float(out.scale);
  return makeIntegerTable(in, out, [&](int32_t x) -> int64_t {
    return int64_t(std::sqrt(inScale * float(std::max(x, 0))) / outScale);
  });
}

/// Table by `make` for an operation that rounds as TFLite, else `function`.
template <typename MakeTable>
static LoweredValue lowerWithOwnTable(Operation *op, const Lowering &l, const Function &function,
                                      MakeTable make) {
  auto both = getBoth(op);
  if (failed(both))
    return failure();
  if (*both && qnn::roundsLikeTFLite(op))
    return l.emit.table(l[0], make((*both)->first, (*both)->second));
  return lowerFunction(op, l, function);
}

//===----------------------------------------------------------------------===//
// Float compositions
//===----------------------------------------------------------------------===//

static Value emitTimes(TosaEmitter &emit, Value x, double factor) {
  return emit.mul(x, emit.splat(x, factor));
}

static Value emitElu(TosaEmitter &emit, Value x) {
  Value zero = emit.splat(x, 0);
  Value negative = emit.sub(emit.unary<tosa::ExpOp>(emit.minimum(x, zero)), emit.splat(x, 1));
  return emit.select(emit.greater(x, zero), x, negative);
}

static Value emitGelu(TosaEmitter &emit, Value x) {
  Value erf = emit.unary<tosa::ErfOp>(emitTimes(emit, x, kRootOfHalf));
  return emit.mul(emitTimes(emit, x, 0.5), emit.add(erf, emit.splat(x, 1)));
}

static Value emitGeluApproximate(TosaEmitter &emit, Value x) {
  Value cube = emit.mul(emit.mul(x, x), emitTimes(emit, x, 0.044715));
  Value tanh = emit.unary<tosa::TanhOp>(emitTimes(emit, emit.add(x, cube), kRootOfTwoOverPi));
  return emit.mul(emitTimes(emit, x, 0.5), emit.add(tanh, emit.splat(x, 1)));
}

static Value emitHardSwish(TosaEmitter &emit, Value x) {
  Value gate = emit.clampFloat(emit.add(x, emit.splat(x, 3)), 0.0f, 6.0f);
  return emitTimes(emit, emit.mul(x, gate), 1.0 / 6);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

static LoweredValue lowerLeakyRelu(qnn::LeakyReluOp op, const Lowering &l) {
  float alpha = op.getAlpha().convertToFloat();
  Function function{[=](double x) { return x >= 0 ? x : alpha * x; }, nullptr,
                    [=](TosaEmitter &emit, Value x) {
                      return emit.select(emit.greaterEqual(x, emit.splat(x, 0)), x,
                                         emitTimes(emit, x, alpha));
                    }};
  return lowerWithOwnTable(op, l, function, [=](const Uniform &in, const Uniform &out) {
    return makeTFLiteLeakyRelu(in, out, alpha);
  });
}

static LoweredValue lowerGelu(qnn::GeluOp op, const Lowering &l) {
  if (op.getApproximate())
    return lowerFunction(op, l,
                         {geluApproximate,
                          [](float x) {
                            constexpr float root = float(kRootOfTwoOverPi);
                            return 0.5f * x * (1.f + std::tanh(root * (x + 0.044715f * x * x * x)));
                          },
                          emitGeluApproximate});
  return lowerFunction(op, l,
                       {[](double x) { return 0.5 * x * std::erfc(-x * kRootOfHalf); },
                        [](float x) { return 0.5f * x * std::erfc(x * float(-kRootOfHalf)); },
                        emitGelu});
}

static LoweredValue lowerPRelu(qnn::PReluOp op, const Lowering &l) {
  TosaEmitter &emit = l.emit;
  if (isQuantized(op.getInput()) != isQuantized(op.getOutput()) ||
      isQuantized(op.getInput()) != isQuantized(op.getAlpha()))
    return op.emitOpError("expected operands and result all quantized or all floats");
  if (!isQuantized(op.getInput()))
    return emit.select(emit.greaterEqual(l[0], emit.splat(l[0], 0)), l[0], emit.mul(l[0], l[1]));
  FailureOr<Uniform> in = getUniform8(op, op.getInput(), "an operand");
  if (failed(in))
    return failure();
  FailureOr<Uniform> alpha = getUniform8(op, op.getAlpha(), "an alpha");
  if (failed(alpha))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, op.getOutput(), "a result");
  if (failed(out))
    return failure();
  bool tflite = qnn::roundsLikeTFLite(op);
  double identity = in->scale / out->scale, slope = in->scale * alpha->scale / out->scale;
  if (tflite) {
    identity = float(in->scale) / float(out->scale);
    slope = float(in->scale) * float(alpha->scale) / float(out->scale);
  }
  FailureOr<Multiplier> identityMultiplier = getMultiplierFor(op, identity);
  FailureOr<Multiplier> slopeMultiplier = getMultiplierFor(op, slope);
  if (failed(identityMultiplier) || failed(slopeMultiplier))
    return failure();
  Value wide = emit.widen(l[0], in->zeroPoint);
  Value product = emit.mul(wide, emit.widen(l[1], alpha->zeroPoint));
  Value positive =
      emit.rescale(l[0], emit.i8(), *identityMultiplier, in->zeroPoint, out->zeroPoint, tflite);
  Value negative = emit.rescale(product, emit.i8(), *slopeMultiplier, 0, out->zeroPoint, tflite);
  Value result = emit.select(emit.greaterEqual(wide, emit.splat(wide, 0)), positive, negative);
  return emit.clampIfNarrow(result, {out->low, out->high});
}

template <typename OpTy> static void addFunction(LoweringRegistry &registry, Function function) {
  registry.add<OpTy>(
      [function](OpTy op, const Lowering &l) { return lowerFunction(op, l, function); });
}

template <typename OpTy, typename MakeTable>
static void addWithOwnTable(LoweringRegistry &registry, Function function, MakeTable make) {
  registry.add<OpTy>(
      [=](OpTy op, const Lowering &l) { return lowerWithOwnTable(op, l, function, make); });
}

template <typename OpTy>
static void addClamp(LoweringRegistry &registry, qnn::Activation activation) {
  registry.add<OpTy>(
      [activation](OpTy op, const Lowering &l) { return lowerClamp(op, l, activation); });
}

template <typename TosaOp> static Value emitOne(TosaEmitter &emit, Value x) {
  return emit.unary<TosaOp>(x);
}

static LoweredValue lowerLog(qnn::LogOp op, const Lowering &l) {
  Function function{[](double x) { return std::log(x); }, nullptr, emitOne<tosa::LogOp>};
  if (std::optional<Uniform> out = getUniform(op.getOutput().getType())) {
    // What has no logarithm becomes the lowest value.
    float lowest = float(out->low - out->zeroPoint) * float(out->scale);
    function.tflite = [=](float x) { return x <= 0.0f ? lowest : std::log(x); };
  }
  return lowerFunction(op, l, function);
}

void registerUnary(LoweringRegistry &registry) {
  addClamp<qnn::ReluOp>(registry, qnn::Activation::Relu);
  addClamp<qnn::Relu6Op>(registry, qnn::Activation::Relu6);
  addClamp<qnn::ReluN1To1Op>(registry, qnn::Activation::ReluN1To1);
  addFunction<qnn::LogisticOp>(registry, {[](double x) { return 1 / (1 + std::exp(-x)); },
                                          [](float x) { return 1.0f / (1.0f + std::exp(-x)); },
                                          emitOne<tosa::SigmoidOp>});
  addFunction<qnn::TanhOp>(registry, {[](double x) { return std::tanh(x); },
                                      [](float x) { return std::tanh(x); }, emitOne<tosa::TanhOp>});
  addFunction<qnn::EluOp>(registry,
                          {[](double x) { return x > 0 ? x : std::expm1(x); },
                           [](float x) { return x < 0.0f ? std::expm1(x) : x; }, emitElu});
  addFunction<qnn::ExpOp>(registry, {[](double x) { return std::exp(x); },
                                     [](float x) { return std::exp(x); }, emitOne<tosa::ExpOp>});
  addFunction<qnn::SinOp>(registry,
                          {[](double x) { return std::sin(x); }, nullptr, emitOne<tosa::SinOp>});
  addFunction<qnn::CosOp>(registry,
                          {[](double x) { return std::cos(x); }, nullptr, emitOne<tosa::CosOp>});
  addFunction<qnn::NegOp>(registry, {[](double x) { return -x; }, nullptr,
                                     [](TosaEmitter &emit, Value x) { return emit.negate(x); }});
  // 1 / (1 / sqrt(0)) is 0 as well.
  addWithOwnTable<qnn::SqrtOp>(registry,
                               {[](double x) { return std::sqrt(x); }, nullptr,
                                [](TosaEmitter &emit, Value x) {
                                  return emit.unary<tosa::ReciprocalOp>(
                                      emit.unary<tosa::RsqrtOp>(x));
                                }},
                               makeTFLiteSqrt);
  addWithOwnTable<qnn::RsqrtOp>(
      registry, {[](double x) { return 1 / std::sqrt(x); }, nullptr, emitOne<tosa::RsqrtOp>},
      makeTFLiteRsqrt);
  addWithOwnTable<qnn::AbsOp>(
      registry, {[](double x) { return std::fabs(x); }, nullptr, emitOne<tosa::AbsOp>},
      makeTFLiteAbs);
  addWithOwnTable<qnn::HardSwishOp>(
      registry,
      {[](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; }, nullptr, emitHardSwish},
      makeTFLiteHardSwish);
  registry.add<qnn::LogOp>(lowerLog);
  registry.add<qnn::GeluOp>(lowerGelu);
  registry.add<qnn::LeakyReluOp>(lowerLeakyRelu);
  registry.add<qnn::PReluOp>(lowerPRelu);
}

} // namespace kvant::lower
