// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise kernels of bytes.
#include "SimplifyElementwise.h"

#include "EpilogueRewriter.h"
#include "kvant/Codegen/ResidualSum.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

constexpr Interval kSignedByte = {INT8_MIN, INT8_MAX};

/// More digits than this do not fit in the 32 bits that sums are proven in.
constexpr int64_t kMaxDigits = 3;

/// A kernel as a table over all that it can read.
struct ByteSum {
  bool hasElement;
  SumTable table;
  double slopeA, slopeB;
};

std::optional<ByteSum> readSum(kernel::ElementwiseOp kernel) {
  Block &block = kernel.getEpilogue().front();
  if (block.getNumArguments() > 2)
    return std::nullopt;
  SmallVector<Value> inputs(block.getArguments());
  Value result = block.getTerminator()->getOperand(0);
  inputs.push_back(result);
  if (!llvm::all_of(inputs, [](Value value) { return value.getType().isInteger(8); }))
    return std::nullopt;
  inputs.pop_back();
  std::optional<ScalarProgram> program = ScalarProgram::create(result, inputs);
  if (!program)
    return std::nullopt;
  ByteSum sum;
  sum.hasElement = inputs.size() == 2;
  auto evaluate = [&](int64_t a, int64_t b) {
    return sum.hasElement ? program->evaluate({a, b}) : program->evaluate(a);
  };
  sum.table = makeSumTable(evaluate, kSignedByte, sum.hasElement ? kSignedByte : Interval{0, 0});
  sum.slopeA = program->getSlope(0, SmallVector<int64_t>(inputs.size(), 0));
  sum.slopeB = sum.hasElement ? program->getSlope(1, {0, 0}) : 0;
  return sum;
}

/// The value `kernel` yields from now on, by a block that `build` fills.
class SumRewriter {
public:
  SumRewriter(kernel::ElementwiseOp kernel, const ByteSum &sum)
      : rewriter(kernel, getOld(kernel)), builder(rewriter.getBuilder()), loc(rewriter.getLoc()),
        sum(sum), a(rewriter.getAccumulator()),
        b(sum.hasElement ? rewriter.addElement() : Value()) {}

  void useFloat(const FloatForm &form, const FloatSum &parameters);
  void useDigits(const IntegerSum &parameters, int64_t digits);

private:
  static ByteEpilogue getOld(kernel::ElementwiseOp kernel) {
    ByteEpilogue old{};
    old.block = &kernel.getEpilogue().front();
    return old;
  }
  Value constantWord(int64_t value) {
    return makeConstant(builder, loc, builder.getI16Type(), value);
  }
  /// `total` plus a byte times a digit, in words; either may be null.
  Value addProduct(Value total, Value byte, int64_t digit);

  EpilogueRewriter rewriter;
  OpBuilder &builder;
  Location loc;
  const ByteSum &sum;
  Value a, b;
};

void SumRewriter::useFloat(const FloatForm &form, const FloatSum &parameters) {
  auto toFloat = [&](Value byte) {
    Value wide = arith::ExtSIOp::create(builder, loc, builder.getI32Type(), byte);
    return arith::SIToFPOp::create(builder, loc, builder.getF32Type(), wide);
  };
  Value total = rewriter.makeFloat(parameters.offset);
  if (b)
    total =
        math::FmaOp::create(builder, loc, toFloat(b), rewriter.makeFloat(parameters.scaleB), total);
  total =
      math::FmaOp::create(builder, loc, toFloat(a), rewriter.makeFloat(parameters.scaleA), total);
  rewriter.finish(narrow(builder, rewriter.makeInteger(total, form), /*isUnsigned=*/false,
                         getReached(sum.table, form, parameters), sum.table.bounds));
}

Value SumRewriter::addProduct(Value total, Value byte, int64_t digit) {
  if (!byte || digit == 0)
    return total;
  Value word = arith::ExtSIOp::create(builder, loc, builder.getI16Type(), byte);
  Value product = arith::MulIOp::create(builder, loc, word, constantWord(digit));
  return total ? arith::AddIOp::create(builder, loc, total, product).getResult() : product;
}

/// Digit `index` of `value` in base 256, from the least one: a signed byte but for the last of
/// `digits`, which is what is left.
int64_t getDigit(int64_t value, int64_t index, int64_t digits) {
  for (int64_t i = 0; i < index; ++i)
    value = (value - int8_t(value)) >> 8;
  return index + 1 == digits ? value : int8_t(value);
}

/// Of an offset digits are unsigned: its sum with the products below is cut, not rounded.
int64_t getOffsetDigit(int64_t offset, int64_t index, int64_t digits) {
  offset >>= 8 * index;
  return index + 1 == digits ? offset : uint8_t(offset);
}

/// True if sums of the products with each digit, and what is carried into them, fit in words:
/// then floor((h * 256 + l) / 2^(8 + n)) = floor((h + floor(l / 256)) / 2^n) goes without loss.
/// The last one holds the sum that was proven, and may wrap on the way there.
bool fitsDigits(const ByteSum &sum, const IntegerSum &parameters, int64_t digits) {
  int64_t carryLow = 0, carryHigh = 0;
  for (int64_t index = 0; index < digits; ++index) {
    int64_t a = getDigit(parameters.scaleA, index, digits);
    int64_t b = getDigit(parameters.scaleB, index, digits);
    if (a != int8_t(a) || b != int8_t(b))
      return false;
    Interval total = {carryLow, carryHigh};
    auto add = [&](const Interval &byte, int64_t digit) {
      total.low += std::min(byte.low * digit, byte.high * digit);
      total.high += std::max(byte.low * digit, byte.high * digit);
    };
    add(sum.table.a, a);
    add(sum.table.b, b);
    int64_t offset = getOffsetDigit(parameters.offset, index, digits);
    total.low += offset;
    total.high += offset;
    if (total.low < INT16_MIN || total.high > INT16_MAX)
      return false;
    carryLow = total.low >> 8;
    carryHigh = total.high >> 8;
  }
  return parameters.shift >= 8 * (digits - 1);
}

void SumRewriter::useDigits(const IntegerSum &parameters, int64_t digits) {
  Value total;
  for (int64_t index = 0; index < digits; ++index) {
    Value carry = total;
    int64_t offset = getOffsetDigit(parameters.offset, index, digits);
    total = offset != 0 ? constantWord(offset) : Value();
    total = addProduct(total, a, getDigit(parameters.scaleA, index, digits));
    total = addProduct(total, b, getDigit(parameters.scaleB, index, digits));
    if (!carry)
      continue;
    carry = arith::ShRSIOp::create(builder, loc, carry, constantWord(8));
    total = total ? arith::AddIOp::create(builder, loc, total, carry).getResult() : carry;
  }
  if (int64_t rest = parameters.shift - 8 * (digits - 1))
    total = arith::ShRSIOp::create(builder, loc, total, constantWord(rest));
  rewriter.finish(narrow(builder, total, /*isUnsigned=*/false, getReached(sum.table, parameters),
                         sum.table.bounds));
}

bool simplifyToFloat(kernel::ElementwiseOp kernel, const ByteSum &sum) {
  for (bool truncates : {false, true}) {
    FloatForm form;
    form.truncates = truncates;
    // Truncation wants values from 0 up.
    form.zeroPoint = truncates ? sum.table.bounds.low : 0;
    if (std::optional<FloatSum> found = findFloatSum(sum.table, form, sum.slopeA, sum.slopeB)) {
      SumRewriter(kernel, sum).useFloat(form, *found);
      return true;
    }
  }
  return false;
}

bool simplifyIntegers(kernel::ElementwiseOp kernel, const ByteSum &sum) {
  for (int64_t digits = 1; digits <= kMaxDigits; ++digits)
    // Fewer places where a factor is too large for its first digit.
    for (int64_t fewer : {0, 1, 2}) {
      int64_t limit = (int64_t(1) << (15 + 8 * (digits - 1) - fewer)) - 1;
      std::optional<IntegerSum> found = findIntegerSum(sum.table, sum.slopeA, sum.slopeB, limit);
      if (!found || !fitsDigits(sum, *found, digits))
        continue;
      SumRewriter(kernel, sum).useDigits(*found, digits);
      return true;
    }
  return false;
}

} // namespace

bool simplifyElementwise(kernel::ElementwiseOp kernel, bool toFloat) {
  std::optional<ByteSum> sum = readSum(kernel);
  if (!sum)
    return false;
  return toFloat ? simplifyToFloat(kernel, *sum) : simplifyIntegers(kernel, *sum);
}

} // namespace kvant::codegen
