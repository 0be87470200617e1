// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Residual additions in an epilogue.
#include "SimplifyResidual.h"

#include "kvant/Codegen/ResidualSum.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

constexpr Interval kSignedByte = {INT8_MIN, INT8_MAX};

/// An epilogue in two steps.
struct Residual {
  Value first;     ///< made of the accumulator, a byte by its values
  Value element;   ///< the argument
  bool isUnsigned; ///< the element is read with its top bit inverted
  ScalarProgram sum;
};

/// The first clamped value from which, with the element, all the rest is computed.
std::optional<Residual> findResidual(const ByteEpilogue &epilogue) {
  Value element = epilogue.block->getArguments().back();
  if (!element.getType().isInteger(8))
    return std::nullopt;
  for (auto min : epilogue.block->getOps<arith::MinSIOp>()) {
    Value first = min.getResult();
    std::optional<ScalarProgram> sum = ScalarProgram::create(epilogue.stored, {first, element});
    if (!sum || !ScalarProgram::create(first, epilogue.getInputs()))
      continue;
    APInt top;
    bool isUnsigned = llvm::all_of(element.getUsers(), [&](Operation *user) {
      return isa<arith::XOrIOp>(user) && matchPattern(user->getOperand(1), m_ConstantInt(&top)) &&
             top.isMinSignedValue();
    });
    return Residual{first, element, isUnsigned, std::move(*sum)};
  }
  return std::nullopt;
}

/// The second step.
struct Sum {
  SumTable table;
  double slopeA, slopeB;
};

/// Its first operand lies `shift` below the value in the epilogue; the element counts from 0
/// if it is unsigned.
Sum makeSum(Residual &residual, const ByteEpilogue &epilogue, Interval first, int64_t shift) {
  Interval element = residual.isUnsigned ? Interval{0, UINT8_MAX} : kSignedByte;
  Interval moved = {first.low - shift, first.high - shift};
  auto evaluate = [&](int64_t a, int64_t b) {
    return residual.sum.evaluate({a + shift, int64_t(int8_t(b))}) + epilogue.getRaise();
  };
  int64_t middle = (first.low + first.high) / 2;
  return {makeSumTable(evaluate, moved, element), residual.sum.getSlope(0, {middle, 0}),
          residual.sum.getSlope(1, {middle, 0})};
}

Value extendElement(OpBuilder &builder, const Residual &residual, Value element) {
  Type i32 = builder.getI32Type();
  Location loc = element.getLoc();
  if (residual.isUnsigned)
    return arith::ExtUIOp::create(builder, loc, i32, element);
  return arith::ExtSIOp::create(builder, loc, i32, element);
}

} // namespace

bool simplifyResidualToFloat(Operation *kernel, const ByteEpilogue &epilogue) {
  std::optional<Residual> residual = findResidual(epilogue);
  if (!residual)
    return false;
  std::optional<ChannelSteps> steps = findChannelSteps(epilogue, residual->first, 0);
  std::optional<FloatChannels> channels;
  if (steps)
    channels = findFloatChannels(*steps);
  if (!channels)
    return false;
  // The zero point of the first step goes into the offset of the second.
  Sum sum = makeSum(*residual, epilogue, steps->bounds, channels->form.zeroPoint);
  FloatForm form;
  std::optional<FloatSum> parameters;
  for (bool truncates : {false, true}) {
    form.truncates = truncates;
    // Truncation wants values from 0 up.
    form.zeroPoint = truncates ? sum.table.bounds.low : 0;
    parameters = findFloatSum(sum.table, form, sum.slopeA, sum.slopeB);
    if (parameters)
      break;
  }
  if (!parameters)
    return false;

  EpilogueRewriter rewriter(kernel, epilogue);
  OpBuilder &builder = rewriter.getBuilder();
  Location loc = rewriter.getLoc();
  Value a = rewriter.scaleAccumulator(*channels);
  if (channels->form.truncates)
    a = math::TruncOp::create(builder, loc, a);
  else
    a = math::RoundEvenOp::create(builder, loc, a);
  // The form of MAXPS and MINPS: there are no NaNs, and a zero of either sign does.
  auto select = [&](arith::CmpFPredicate predicate, int64_t bound) {
    Value limit = rewriter.makeFloat(float(bound));
    Value isInside = arith::CmpFOp::create(builder, loc, predicate, a, limit);
    a = arith::SelectOp::create(builder, loc, isInside, a, limit);
  };
  if (channels->reached.low < steps->bounds.low)
    select(arith::CmpFPredicate::OGT, sum.table.a.low);
  if (channels->reached.high > steps->bounds.high)
    select(arith::CmpFPredicate::OLT, sum.table.a.high);
  Value b = extendElement(builder, *residual, rewriter.addElement());
  b = arith::SIToFPOp::create(builder, loc, builder.getF32Type(), b);
  Value inner = math::FmaOp::create(builder, loc, b, rewriter.makeFloat(parameters->scaleB),
                                    rewriter.makeFloat(parameters->offset));
  Value outer = math::FmaOp::create(builder, loc, a, rewriter.makeFloat(parameters->scaleA), inner);
  rewriter.finish(narrow(builder, rewriter.makeInteger(outer, form), epilogue.isUnsigned,
                         getReached(sum.table, form, *parameters), sum.table.bounds));
  return true;
}

bool simplifyResidualIntegers(const ByteEpilogue &epilogue) {
  std::optional<Residual> residual = findResidual(epilogue);
  if (!residual || epilogue.isUnsigned || residual->isUnsigned)
    return false;
  std::optional<ChannelSteps> steps = findChannelSteps(epilogue, residual->first, 0);
  if (!steps)
    return false;
  Operation *yield = epilogue.block->getTerminator();
  OpBuilder builder(yield);
  Location loc = yield->getLoc();
  Type i16 = builder.getI16Type(), i32 = builder.getI32Type();

  // The zero point of the first step goes into the offset of the second, if it is one rescale.
  Value a = residual->first;
  int64_t zeroPoint = 0;
  for (auto scale : epilogue.block->getOps<tosa::ApplyScaleOp>()) {
    if (scale.getValue() != epilogue.block->getArgument(0))
      continue;
    std::optional<ScaledRange> scaled = getScaledRange(epilogue, scale);
    if (!scaled)
      return false;
    markNonNegative(scale, *scaled, residual->first);
    std::optional<ClampedSum> clamped = getClampedSum(residual->first, scale, scaled->all);
    if (!clamped || clamped->bounds.low != steps->bounds.low ||
        clamped->bounds.high != steps->bounds.high)
      break;
    zeroPoint = clamped->zeroPoint;
    Value low = makeConstant(builder, loc, i32, steps->bounds.low - zeroPoint);
    Value high = makeConstant(builder, loc, i32, steps->bounds.high - zeroPoint);
    a = arith::MaxSIOp::create(builder, loc, scale, low);
    a = arith::MinSIOp::create(builder, loc, a, high);
    break;
  }
  Sum sum = makeSum(*residual, epilogue, steps->bounds, zeroPoint);
  std::optional<IntegerSum> parameters = findIntegerSum(sum.table, sum.slopeA, sum.slopeB);
  if (!parameters || parameters->shift < 16)
    return false;

  auto multiply = [&](Value value, int64_t by) -> Value {
    return arith::MulIOp::create(builder, loc, value, makeConstant(builder, loc, i32, by));
  };
  Value b = extendElement(builder, *residual, residual->element);
  Value total = arith::AddIOp::create(builder, loc, multiply(b, parameters->scaleB),
                                      makeConstant(builder, loc, i32, parameters->offset));
  total = arith::AddIOp::create(builder, loc, multiply(a, parameters->scaleA), total);
  // High words first: the rest is done in half as many instructions.
  total = arith::ShRSIOp::create(builder, loc, total, makeConstant(builder, loc, i32, 16));
  Value words = arith::TruncIOp::create(builder, loc, i16, total);
  if (parameters->shift > 16)
    words = arith::ShRSIOp::create(builder, loc, words,
                                   makeConstant(builder, loc, i16, parameters->shift - 16));
  yield->setOperand(0, narrow(builder, words, false, {INT16_MIN, INT16_MAX}, sum.table.bounds));
  return true;
}

} // namespace kvant::codegen
