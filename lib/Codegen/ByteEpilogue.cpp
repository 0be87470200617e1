// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What epilogues of bytes compute, channel by channel.
#include "ByteEpilogue.h"

#include "dialects/Kernel/Kernel.h"
#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

template <typename OpT> std::optional<ByteEpilogue> readEpilogueOf(OpT op) {
  int64_t channels = op.getInitType().getShape()[3];
  ByteEpilogue epilogue;
  epilogue.ranges = readRangeAttr(op->getAttr(kernel::kAccumulatorRangeAttr), channels);
  if (!op.isInteger() || epilogue.ranges.empty() || !op.getInitType().getElementType().isInteger(8))
    return std::nullopt;
  epilogue.constants.resize(channels);
  for (Value operand : op.getChannels()) {
    std::optional<ConstantReader> reader = ConstantReader::create(operand);
    if (!reader || reader->isFloat())
      return std::nullopt;
    for (int64_t channel = 0; channel < channels; ++channel)
      epilogue.constants[channel].push_back(reader->getInt(channel));
  }
  epilogue.block = &op.getEpilogue().front();
  epilogue.numElements = op.getElements().size();
  epilogue.stored = epilogue.block->getTerminator()->getOperand(0);
  auto flip = epilogue.stored.getDefiningOp<arith::XOrIOp>();
  APInt top;
  epilogue.isUnsigned =
      flip && matchPattern(flip.getRhs(), m_ConstantInt(&top)) && top.isMinSignedValue();
  if (epilogue.isUnsigned)
    epilogue.stored = flip.getLhs();
  return epilogue;
}

/// What the epilogue takes for one channel: the accumulator first, 0 among the values, then the
/// channel's constants.
struct ChannelInputs {
  SmallVector<Interval> intervals;
  SmallVector<int64_t> values;
};

ChannelInputs getChannelInputs(Interval accumulators, ArrayRef<int64_t> constants) {
  ChannelInputs inputs{{accumulators}, {0}};
  for (int64_t constant : constants) {
    inputs.intervals.push_back({constant, constant});
    inputs.values.push_back(constant);
  }
  return inputs;
}

/// The forms to try, the cheapest first.
std::vector<FloatForm> getForms(const ChannelSteps &steps) {
  // What an accumulator of 0 gives is the zero point, unless a clamp hides it.
  const Staircase &stairs = steps.stairs.front();
  int64_t zeroPoint = stairs.first;
  for (int64_t step : stairs.steps)
    zeroPoint += step <= 0;
  std::vector<FloatForm> forms;
  for (bool split : {false, true})
    for (bool signedOffset : {false, true})
      for (bool truncates : {true, false})
        for (int64_t zero : {int64_t(0), zeroPoint}) {
          if ((signedOffset || split) && zero != zeroPoint)
            continue;
          FloatForm form;
          form.signedOffset = signedOffset;
          form.split = split;
          form.truncates = truncates;
          form.zeroPoint = zero;
          form.bounds = steps.bounds;
          forms.push_back(form);
        }
  auto cost = [](const FloatForm &form) {
    return form.split + form.signedOffset + (form.zeroPoint != 0);
  };
  llvm::stable_sort(forms, [&](auto &a, auto &b) { return cost(a) < cost(b); });
  return forms;
}

std::optional<std::vector<FloatScale>> findFloatScales(const ChannelSteps &steps,
                                                       const FloatForm &form) {
  // One rescale of the whole tensor may have one pair of parameters, which needs no loads.
  if (llvm::all_equal(steps.slopes)) {
    const Staircase &most = *std::max_element(
        steps.stairs.begin(), steps.stairs.end(), [](const Staircase &a, const Staircase &b) {
          return std::make_pair(a.steps.size(), a.domain.high - a.domain.low) <
                 std::make_pair(b.steps.size(), b.domain.high - b.domain.low);
        });
    std::optional<FloatScale> scale = findFloatScale(most, form, steps.slopes.front());
    if (!scale)
      return std::nullopt;
    if (llvm::all_of(steps.stairs, [&](const Staircase &stairs) {
          return proveFloatScale(stairs, form, *scale);
        }))
      return std::vector<FloatScale>(steps.stairs.size(), *scale);
  }
  std::vector<FloatScale> scales;
  for (auto [stairs, slope] : llvm::zip_equal(steps.stairs, steps.slopes)) {
    std::optional<FloatScale> scale = findFloatScale(stairs, form, slope);
    if (!scale)
      return std::nullopt;
    scales.push_back(*scale);
  }
  return scales;
}

} // namespace

std::optional<ByteEpilogue> readEpilogue(Operation *kernel) {
  if (auto dot = dyn_cast<kernel::DotConvOp>(kernel))
    return readEpilogueOf(dot);
  if (auto depthwise = dyn_cast<kernel::DepthwiseConvOp>(kernel))
    return readEpilogueOf(depthwise);
  return std::nullopt;
}

std::optional<ChannelSteps> findChannelSteps(const ByteEpilogue &epilogue, Value value,
                                             int64_t raise) {
  std::optional<ScalarProgram> program = ScalarProgram::create(value, epilogue.getInputs());
  if (!program)
    return std::nullopt;
  ChannelSteps result;
  for (auto [range, constants] : llvm::zip_equal(epilogue.ranges, epilogue.constants)) {
    ChannelInputs inputs = getChannelInputs(range, constants);
    std::optional<Interval> values = program->getMonotoneRange(inputs.intervals);
    if (!values || values->high - values->low > UINT8_MAX)
      return std::nullopt;
    auto evaluate = [&](int64_t accumulator) {
      inputs.values[0] = accumulator;
      return program->evaluate(inputs.values) + raise;
    };
    result.slopes.push_back(program->getSlope(0, inputs.values));
    result.stairs.push_back(findSteps(evaluate, range));
    result.bounds.low = std::min(result.bounds.low, result.stairs.back().first);
    result.bounds.high = std::max(result.bounds.high, result.stairs.back().last);
  }
  return result;
}

std::optional<FloatChannels> findFloatChannels(const ChannelSteps &steps) {
  for (const FloatForm &form : getForms(steps)) {
    std::optional<std::vector<FloatScale>> scales = findFloatScales(steps, form);
    if (!scales)
      continue;
    FloatChannels found;
    found.form = form;
    for (auto [stairs, scale] : llvm::zip_equal(steps.stairs, *scales)) {
      found.reached.low =
          std::min(found.reached.low, evaluateFloatScale(form, scale, stairs.domain.low));
      found.reached.high =
          std::max(found.reached.high, evaluateFloatScale(form, scale, stairs.domain.high));
      found.scales.push_back(scale.scale);
      found.rests.push_back(scale.rest);
      found.offsets.push_back(scale.offset);
    }
    return found;
  }
  return std::nullopt;
}

std::optional<ScaledRange> getScaledRange(const ByteEpilogue &epilogue, tosa::ApplyScaleOp scale) {
  std::optional<ScalarProgram> program = ScalarProgram::create(scale, epilogue.getInputs());
  std::optional<ScalarProgram> multiplier =
      ScalarProgram::create(scale.getMultiplier(), epilogue.getInputs());
  std::optional<ScalarProgram> shift =
      ScalarProgram::create(scale.getShift(), epilogue.getInputs());
  if (!program || !multiplier || !shift)
    return std::nullopt;
  ScaledRange result = {{INT64_MAX, INT64_MIN}, {}};
  for (auto [range, constants] : llvm::zip_equal(epilogue.ranges, epilogue.constants)) {
    ChannelInputs inputs = getChannelInputs(range, constants);
    std::optional<Interval> scaled = program->getMonotoneRange(inputs.intervals);
    if (!scaled)
      return std::nullopt;
    result.all.low = std::min(result.all.low, scaled->low);
    result.all.high = std::max(result.all.high, scaled->high);
    if (range.low >= 0)
      continue;
    int64_t by = multiplier->evaluate(inputs.values), places = shift->evaluate(inputs.values);
    int64_t round = (int64_t(1) << (places - 1)) + (places > 31 ? int64_t(1) << 30 : 0);
    int64_t most = (std::min<int64_t>(range.high, -1) * by + round) >> places;
    result.negative.push_back({scaled->low, most});
    result.all.high = std::max(result.all.high, most);
  }
  return result;
}

std::optional<ClampedSum> getClampedSum(Value result, Value scaled, Interval range) {
  std::optional<ScalarProgram> program = ScalarProgram::create(result, scaled);
  std::optional<Interval> values;
  if (program)
    values = program->getMonotoneRange(range);
  if (!values || values->high - values->low > UINT8_MAX)
    return std::nullopt;
  // So it is if the steps are at successive integers.
  Staircase stairs = findSteps([&](int64_t x) { return program->evaluate(x); }, range);
  if (stairs.steps.empty() ||
      stairs.steps.back() - stairs.steps.front() != int64_t(stairs.steps.size()) - 1)
    return std::nullopt;
  return ClampedSum{stairs.first + 1 - stairs.steps.front(), {stairs.first, stairs.last}};
}

bool markNonNegative(tosa::ApplyScaleOp scale, const ScaledRange &range, Value result) {
  std::optional<ScalarProgram> program = ScalarProgram::create(result, scale.getResult());
  // The clamp gives the same for all that is below zero.
  if (!program || !program->getMonotoneRange(range.all) ||
      scale.getRoundingMode() != tosa::RoundingMode::DOUBLE_ROUND ||
      !llvm::all_of(range.negative, [&](const Interval &negative) {
        return program->evaluate(negative.low) == program->evaluate(negative.high);
      }))
    return false;
  scale->setAttr(kernel::kNonNegativeAttr, UnitAttr::get(scale.getContext()));
  return true;
}

void markLeftShifts(const ByteEpilogue &epilogue) {
  for (auto scale : epilogue.block->getOps<tosa::ApplyScaleOp>()) {
    auto least = scale->getAttrOfType<IntegerAttr>(kernel::kMinShiftAttr);
    if (!least || least.getInt() >= 32)
      continue;
    auto program = ScalarProgram::create(scale.getValue(), epilogue.getInputs());
    auto shift = ScalarProgram::create(scale.getShift(), epilogue.getInputs());
    if (!program || !shift)
      continue;
    bool fits = true;
    for (auto [range, constants] : llvm::zip_equal(epilogue.ranges, epilogue.constants)) {
      ChannelInputs inputs = getChannelInputs(range, constants);
      std::optional<Interval> values = program->getMonotoneRange(inputs.intervals);
      int64_t unit = int64_t(1) << std::max<int64_t>(32 - shift->evaluate(inputs.values), 0);
      fits &= values && llvm::isInt<32>(values->low * unit) && llvm::isInt<32>(values->high * unit);
    }
    if (fits)
      scale->setAttr(kernel::kShiftsLeftAttr, UnitAttr::get(scale.getContext()));
  }
}

} // namespace kvant::codegen
