// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An interpreter for the integer arithmetic of epilogues.
#include "kvant/Codegen/ScalarProgram.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

bool isHeld(Type type) { return type.isInteger(8) || type.isInteger(16) || type.isInteger(32); }

bool fits(const Interval &range, unsigned width) {
  return llvm::isIntN(width, range.low) && llvm::isIntN(width, range.high);
}

} // namespace

int64_t applyScale(int64_t value, int64_t multiplier, int64_t shift, bool twice) {
  int64_t round = int64_t(1) << (shift - 1);
  if (twice && shift > 31)
    round += value >= 0 ? int64_t(1) << 30 : -(int64_t(1) << 30);
  // Unsigned, for a shift of 63 or a shift and sum that TOSA calls unpredictable.
  return int64_t(uint64_t(value) * uint64_t(multiplier) + uint64_t(round)) >> shift;
}

std::optional<ScalarProgram> ScalarProgram::create(Value result, ArrayRef<Value> inputs) {
  // Operations of the slice, each behind its operands: a region of one block is in order.
  llvm::SetVector<Operation *> slice;
  SmallVector<Value> constants, open = {result};
  while (!open.empty()) {
    Value value = open.pop_back_val();
    if (llvm::is_contained(inputs, value))
      continue;
    Operation *op = value.getDefiningOp();
    if (!op || op->getNumResults() != 1 || !isHeld(value.getType()))
      return std::nullopt;
    if (matchPattern(op, m_Constant())) {
      if (!llvm::is_contained(constants, value))
        constants.push_back(value);
      continue;
    }
    if (op->getBlock() != result.getParentBlock())
      return std::nullopt;
    if (slice.insert(op))
      open.append(op->operand_begin(), op->operand_end());
  }
  SmallVector<Operation *> ordered(slice.begin(), slice.end());
  llvm::sort(ordered, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });

  ScalarProgram program;
  llvm::DenseMap<Value, unsigned> slots;
  auto add = [&](Value value, int64_t known) {
    slots[value] = program.values.size();
    program.values.push_back(known);
  };
  for (Value input : inputs)
    add(input, 0);
  program.numInputs = inputs.size();
  for (Value constant : constants) {
    IntegerAttr attr;
    if (!matchPattern(constant, m_Constant(&attr)))
      return std::nullopt;
    add(constant, attr.getValue().getSExtValue());
  }
  program.firstResult = program.values.size();
  for (Operation *op : ordered) {
    auto kind = llvm::TypeSwitch<Operation *, std::optional<Kind>>(op)
                    .Case([](arith::AddIOp) { return Kind::Add; })
                    .Case([](arith::SubIOp) { return Kind::Sub; })
                    .Case([](arith::ShLIOp) { return Kind::Shl; })
                    .Case([](arith::MaxSIOp) { return Kind::Max; })
                    .Case([](arith::MinSIOp) { return Kind::Min; })
                    .Case([](arith::XOrIOp) { return Kind::Xor; })
                    .Case([](arith::ExtSIOp) { return Kind::ExtendSigned; })
                    .Case([](arith::ExtUIOp) { return Kind::ExtendUnsigned; })
                    .Case([](arith::TruncIOp) { return Kind::Truncate; })
                    .Case([](tosa::ApplyScaleOp) { return Kind::Scale; })
                    .Default([](Operation *) { return std::nullopt; });
    if (!kind)
      return std::nullopt;
    auto slot = [&](unsigned operand) {
      return operand < op->getNumOperands() ? slots.lookup(op->getOperand(operand)) : 0;
    };
    auto scale = dyn_cast<tosa::ApplyScaleOp>(op);
    program.steps.push_back({*kind, op->getResult(0).getType().getIntOrFloatBitWidth(),
                             op->getOperand(0).getType().getIntOrFloatBitWidth(),
                             scale && scale.getRoundingMode() == tosa::RoundingMode::DOUBLE_ROUND,
                             slot(0), slot(1), slot(2)});
    add(op->getResult(0), 0);
  }
  program.result = slots.lookup(result);
  return program;
}

int64_t ScalarProgram::evaluate(ArrayRef<int64_t> inputs) {
  std::copy(inputs.begin(), inputs.end(), values.begin());
  int64_t *out = values.data() + firstResult;
  for (const Step &step : steps) {
    int64_t a = values[step.a], b = values[step.b], value = 0;
    switch (step.kind) {
    case Kind::Add:
      value = a + b;
      break;
    case Kind::Sub:
      value = a - b;
      break;
    case Kind::Shl:
      value = b >= 0 && b < step.width ? int64_t(uint64_t(a) << b) : 0;
      break;
    case Kind::Max:
      value = std::max(a, b);
      break;
    case Kind::Min:
      value = std::min(a, b);
      break;
    case Kind::Xor:
      value = a ^ b;
      break;
    case Kind::ExtendUnsigned:
      value = a & llvm::maskTrailingOnes<uint64_t>(step.sourceWidth);
      break;
    case Kind::ExtendSigned:
    case Kind::Truncate:
      value = a;
      break;
    case Kind::Scale:
      value = applyScale(a, b, values[step.c], step.twice);
      break;
    }
    *out++ = llvm::SignExtend64(uint64_t(value), step.width);
  }
  return values[result];
}

std::optional<Interval> ScalarProgram::getRange(const Step &step, ArrayRef<Interval> slots) const {
  Interval a = slots[step.a], b = slots[step.b], c = slots[step.c];
  bool known = b.low == b.high;
  switch (step.kind) {
  case Kind::Add:
    return Interval{a.low + b.low, a.high + b.high};
  case Kind::Sub:
    if (!known)
      return std::nullopt;
    return Interval{a.low - b.low, a.high - b.low};
  case Kind::Shl:
    if (!known || b.low < 0 || b.low >= step.width)
      return std::nullopt;
    return Interval{a.low * (int64_t(1) << b.low), a.high * (int64_t(1) << b.low)};
  case Kind::Max:
    return Interval{std::max(a.low, b.low), std::max(a.high, b.high)};
  case Kind::Min:
    return Interval{std::min(a.low, b.low), std::min(a.high, b.high)};
  case Kind::ExtendSigned:
  case Kind::Truncate:
    return a;
  case Kind::ExtendUnsigned:
    if (a.low < 0)
      return std::nullopt;
    return a;
  case Kind::Xor:
    return std::nullopt;
  case Kind::Scale:
    // With a multiplier of at least 0 both roundings are monotone: what is added to the
    // product does not fall when the value's sign turns positive.
    if (!known || c.low != c.high || b.low < 0 || c.low < 2 || c.low > 62)
      return std::nullopt;
    return Interval{applyScale(a.low, b.low, c.low, step.twice),
                    applyScale(a.high, b.low, c.low, step.twice)};
  }
  return std::nullopt;
}

std::optional<Interval> ScalarProgram::getMonotoneRange(ArrayRef<Interval> inputs) {
  SmallVector<Interval> slots(inputs);
  for (unsigned slot = numInputs; slot != firstResult; ++slot)
    slots.push_back({values[slot], values[slot]});
  for (const Step &step : steps) {
    std::optional<Interval> range = getRange(step, slots);
    if (!range || !fits(*range, step.width))
      return std::nullopt;
    slots.push_back(*range);
  }
  return slots[result];
}

double ScalarProgram::getSlope(unsigned index, ArrayRef<int64_t> inputs) {
  evaluate(inputs);
  SmallVector<double> slopes(firstResult, 0.0);
  slopes[index] = 1;
  for (const Step &step : steps) {
    double a = slopes[step.a], b = slopes[step.b];
    switch (step.kind) {
    case Kind::Sub:
      slopes.push_back(a - b);
      break;
    case Kind::Shl:
      slopes.push_back(std::ldexp(a, int(values[step.b])));
      break;
    case Kind::Scale:
      slopes.push_back(std::ldexp(a * double(values[step.b]), -int(values[step.c])));
      break;
    case Kind::ExtendSigned:
    case Kind::ExtendUnsigned:
    case Kind::Truncate:
      slopes.push_back(a);
      break;
    default:
      // A bound that is no constant would make a kink; one that is has slope 0.
      slopes.push_back(a + b);
      break;
    }
  }
  return slopes[result];
}

} // namespace kvant::codegen
