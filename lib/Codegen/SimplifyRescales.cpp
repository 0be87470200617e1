// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cheapest arithmetic for an epilogue that is proven to give the same bits.
#include "kvant/Codegen/Passes.h"

#include "kvant/Codegen/FloatScale.h"
#include "kvant/Codegen/ScalarProgram.h"
#include "dialects/Kernel/Kernel.h"
#include "kvant/Codegen/Target.h"
#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kvant::codegen {
#define GEN_PASS_DEF_SIMPLIFYRESCALES
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// The epilogue of a kernel of bytes, from its accumulator on.
struct ByteEpilogue {
  Block *block;
  /// What is yielded, before its top bit is inverted if `isUnsigned`.
  Value stored;
  bool isUnsigned;
  std::vector<Interval> ranges;                ///< of the accumulator, by channel
  std::vector<SmallVector<int64_t>> constants; ///< by channel: those of `channels`

  /// What is added to a signed byte to make it the stored one.
  int64_t getRaise() const { return isUnsigned ? 128 : 0; }
  /// The accumulator and the channels' constants: what does not depend on the place.
  SmallVector<Value> getInputs() const {
    return SmallVector<Value>(block->args_begin(),
                              block->args_begin() + 1 + constants.front().size());
  }
};

template <typename OpT> std::optional<ByteEpilogue> readEpilogue(OpT op) {
  int64_t channels = op.getInitType().getShape()[3];
  ByteEpilogue epilogue;
  epilogue.ranges = readRangeAttr(op->getAttr(kernel::kAccumulatorRangeAttr), channels);
  if (!op.isInteger() || epilogue.ranges.empty() ||
      !op.getInitType().getElementType().isInteger(8))
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
  epilogue.stored = epilogue.block->getTerminator()->getOperand(0);
  auto flip = epilogue.stored.getDefiningOp<arith::XOrIOp>();
  APInt top;
  epilogue.isUnsigned =
      flip && matchPattern(flip.getRhs(), m_ConstantInt(&top)) && top.isMinSignedValue();
  if (epilogue.isUnsigned)
    epilogue.stored = flip.getLhs();
  return epilogue;
}

/// Per channel, what the kernel stores as a function of the accumulator.
struct ChannelSteps {
  std::vector<Staircase> stairs;
  std::vector<double> slopes;
  Interval bounds = {INT64_MAX, INT64_MIN}; ///< of all channels
};

std::optional<ChannelSteps> findChannelSteps(const ByteEpilogue &epilogue) {
  std::optional<ScalarProgram> program =
      ScalarProgram::create(epilogue.stored, epilogue.getInputs());
  if (!program)
    return std::nullopt;
  ChannelSteps result;
  for (auto [range, constants] : llvm::zip_equal(epilogue.ranges, epilogue.constants)) {
    SmallVector<Interval> intervals = {range};
    SmallVector<int64_t> inputs = {0};
    for (int64_t constant : constants) {
      intervals.push_back({constant, constant});
      inputs.push_back(constant);
    }
    if (!program->getMonotoneRange(intervals))
      return std::nullopt;
    auto evaluate = [&](int64_t accumulator) {
      inputs[0] = accumulator;
      return program->evaluate(inputs) + epilogue.getRaise();
    };
    result.slopes.push_back(program->getSlope(0, inputs));
    result.stairs.push_back(findSteps(evaluate, range));
    result.bounds.low = std::min(result.bounds.low, result.stairs.back().first);
    result.bounds.high = std::max(result.bounds.high, result.stairs.back().last);
  }
  return result;
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

/// What the requantization of an accumulator gives.
struct ScaledRange {
  Interval all;
  /// By channel with accumulators below zero: what they give at least, and at most where those
  /// round as others do.
  std::vector<Interval> negative;
};

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
    SmallVector<Interval> intervals = {range};
    SmallVector<int64_t> inputs = {0};
    for (int64_t constant : constants) {
      intervals.push_back({constant, constant});
      inputs.push_back(constant);
    }
    std::optional<Interval> scaled = program->getMonotoneRange(intervals);
    if (!scaled)
      return std::nullopt;
    result.all.low = std::min(result.all.low, scaled->low);
    result.all.high = std::max(result.all.high, scaled->high);
    if (range.low >= 0)
      continue;
    int64_t by = multiplier->evaluate(inputs), places = shift->evaluate(inputs);
    int64_t round = (int64_t(1) << (places - 1)) + (places > 31 ? int64_t(1) << 30 : 0);
    int64_t most = (std::min<int64_t>(range.high, -1) * by + round) >> places;
    result.negative.push_back({scaled->low, most});
    result.all.high = std::max(result.all.high, most);
  }
  return result;
}

Value makeConstant(OpBuilder &builder, Location loc, Type type, int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, type, value);
}

/// The byte of an integer that lies in `reached` and must not leave `bounds`.
Value narrow(OpBuilder &builder, Value wide, bool isUnsigned, const Interval &reached,
             const Interval &bounds) {
  Location loc = wide.getLoc();
  Interval storage = isUnsigned ? Interval{0, UINT8_MAX} : Interval{INT8_MIN, INT8_MAX};
  Type type = wide.getType(), i8 = builder.getI8Type();
  // What instructions that narrow do anyway comes first; bytes are cheaper to clamp.
  wide = arith::MaxSIOp::create(builder, loc, wide, makeConstant(builder, loc, type, storage.low));
  wide = arith::MinSIOp::create(builder, loc, wide, makeConstant(builder, loc, type, storage.high));
  Value byte = arith::TruncIOp::create(builder, loc, i8, wide);
  auto clamp = [&](bool isMax, int64_t bound) -> Value {
    Value limit = makeConstant(builder, loc, i8, int8_t(bound));
    if (isUnsigned)
      return isMax ? arith::MaxUIOp::create(builder, loc, byte, limit).getResult()
                   : arith::MinUIOp::create(builder, loc, byte, limit).getResult();
    return isMax ? arith::MaxSIOp::create(builder, loc, byte, limit).getResult()
                 : arith::MinSIOp::create(builder, loc, byte, limit).getResult();
  };
  if (reached.low < bounds.low && bounds.low > storage.low)
    byte = clamp(true, bounds.low);
  if (reached.high > bounds.high && bounds.high < storage.high)
    byte = clamp(false, bounds.high);
  return byte;
}

/// Builds the new epilogue of a kernel beside the old one.
class EpilogueRewriter {
public:
  EpilogueRewriter(Operation *op, const ByteEpilogue &old) : op(op), builder(op->getContext()) {
    builder.setInsertionPointToStart(&block);
    accumulator = block.addArgument(old.block->getArgument(0).getType(), op->getLoc());
  }

  Value getAccumulator() const { return accumulator; }
  OpBuilder &getBuilder() { return builder; }

  /// An argument with one float per channel, or a constant if they are equal; the lanes behind
  /// the last get 0.
  Value addChannel(std::vector<float> values, int64_t padded) {
    if (llvm::all_equal(values))
      return arith::ConstantOp::create(builder, op->getLoc(),
                                       builder.getF32FloatAttr(values.front()));
    OpBuilder outside(op);
    values.resize(padded, 0);
    auto type = RankedTensorType::get({padded}, builder.getF32Type());
    channels.push_back(arith::ConstantOp::create(
        outside, outside.getUnknownLoc(), cast<TypedAttr>(makeFloatConstant(type, values))));
    return block.addArgument(builder.getF32Type(), op->getLoc());
  }

  template <typename OpT> void finish(OpT kernel, Value byte) {
    kernel::YieldOp::create(builder, op->getLoc(), byte);
    kernel.getChannelsMutable().assign(channels);
    Region &region = kernel.getEpilogue();
    region.front().erase();
    region.push_back(new Block());
    region.front().getOperations().splice(region.front().end(), block.getOperations());
    for (BlockArgument argument : block.getArguments())
      argument.replaceAllUsesWith(region.front().addArgument(argument.getType(), op->getLoc()));
  }

private:
  Operation *op;
  OpBuilder builder;
  Block block;
  Value accumulator;
  SmallVector<Value> channels;
};

class SimplifyRescales : public impl::SimplifyRescalesBase<SimplifyRescales> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    if (!llvm::is_contained({"auto", "none", "integer", "float"}, mode.getValue())) {
      getOperation().emitError("expected mode auto, none, integer or float, got '")
          << mode.getValue() << "'";
      return signalPassFailure();
    }
    bool toFloat = mode == "float";
    if (mode == "auto") {
      llvm::Expected<Target> target = getTarget(getOperation()->getParentOfType<ModuleOp>());
      if (!target) {
        getOperation().emitError(llvm::toString(target.takeError()));
        return signalPassFailure();
      }
      // NEON has a doubling high multiplication; x86 has none for 32 bits.
      toFloat = !target->isAArch64();
    }
    getOperation().walk([&](Operation *op) {
      if (auto dot = dyn_cast<kernel::DotConvOp>(op))
        simplify(dot, toFloat);
      else if (auto depthwise = dyn_cast<kernel::DepthwiseConvOp>(op))
        simplify(depthwise, toFloat);
      op->removeAttr(kernel::kAccumulatorRangeAttr);
    });
  }

  template <typename OpT> void simplify(OpT op, bool toFloat) {
    std::optional<ByteEpilogue> epilogue = readEpilogue(op);
    if (!epilogue || mode == "none")
      return;
    bool done = op.getElements().empty() && (toFloat ? simplifyToFloat(op, *epilogue)
                                                     : simplifyIntegers(*epilogue));
    if (!done)
      numKept += epilogue->ranges.size();
  }

  template <typename OpT> bool simplifyToFloat(OpT op, const ByteEpilogue &epilogue) {
    std::optional<ChannelSteps> steps = findChannelSteps(epilogue);
    if (!steps)
      return false;
    std::optional<std::vector<FloatScale>> scales;
    FloatForm form;
    for (const FloatForm &candidate : getForms(*steps)) {
      form = candidate;
      scales = findFloatScales(*steps, form);
      if (scales)
        break;
    }
    if (!scales)
      return false;
    numFloat += scales->size();
    Interval reached = {INT64_MAX, INT64_MIN};
    std::vector<float> factors, rests, offsets;
    auto getEnd = [&](const FloatScale &scale, int64_t x) {
      return evaluateFloatScale(form, scale, x);
    };
    for (auto [stairs, scale] : llvm::zip_equal(steps->stairs, *scales)) {
      reached.low = std::min(reached.low, getEnd(scale, stairs.domain.low));
      reached.high = std::max(reached.high, getEnd(scale, stairs.domain.high));
      factors.push_back(scale.scale);
      rests.push_back(scale.rest);
      offsets.push_back(scale.offset);
    }
    Location loc = op.getLoc();
    EpilogueRewriter rewriter(op, epilogue);
    OpBuilder &builder = rewriter.getBuilder();
    int64_t padded = op.getPaddedChannels();
    Value factor = rewriter.addChannel(factors, padded);
    Value offset = rewriter.addChannel(offsets, padded);
    Value x = arith::SIToFPOp::create(builder, loc, builder.getF32Type(),
                                      rewriter.getAccumulator());
    if (form.signedOffset)
      offset = math::CopySignOp::create(builder, loc, offset, x);
    if (form.split)
      offset = math::FmaOp::create(builder, loc, x, rewriter.addChannel(rests, padded), offset);
    Value y = math::FmaOp::create(builder, loc, x, factor, offset);
    if (!form.truncates)
      y = math::RoundEvenOp::create(builder, loc, y);
    y = arith::FPToSIOp::create(builder, loc, builder.getI32Type(), y);
    if (form.zeroPoint != 0)
      y = arith::AddIOp::create(builder, loc, y,
                                makeConstant(builder, loc, builder.getI32Type(), form.zeroPoint));
    rewriter.finish(op, narrow(builder, y, epilogue.isUnsigned, reached, steps->bounds));
    return true;
  }

  /// Integer arithmetic without what no reachable accumulator needs.
  bool simplifyIntegers(const ByteEpilogue &epilogue) {
    Value accumulator = epilogue.block->getArgument(0);
    auto scales = epilogue.block->getOps<tosa::ApplyScaleOp>();
    if (epilogue.isUnsigned || !llvm::hasSingleElement(scales) ||
        (*scales.begin()).getValue() != accumulator)
      return false;
    tosa::ApplyScaleOp scale = *scales.begin();
    std::optional<ScaledRange> scaled = getScaledRange(epilogue, scale);
    std::optional<ScalarProgram> rest = ScalarProgram::create(epilogue.stored, scale.getResult());
    if (!scaled || !rest || !rest->getMonotoneRange(scaled->all))
      return false;
    auto finish = [&](int64_t value) { return rest->evaluate(value); };
    bool changed = false;
    // The clamp gives the same for what is below zero: its rounding has no effect.
    if (scale.getRoundingMode() == tosa::RoundingMode::DOUBLE_ROUND &&
        llvm::all_of(scaled->negative, [&](const Interval &negative) {
          return finish(negative.low) == finish(negative.high);
        })) {
      scale->setAttr(kernel::kNonNegativeAttr, UnitAttr::get(scale.getContext()));
      numNonNegative += epilogue.ranges.size();
      changed = true;
    }
    // All that follows is a zero point and a clamp, if the steps are at successive integers.
    Staircase stairs = findSteps(finish, scaled->all);
    if (stairs.steps.empty() ||
        stairs.steps.back() - stairs.steps.front() != int64_t(stairs.steps.size()) - 1)
      return changed;
    int64_t zeroPoint = stairs.first + 1 - stairs.steps.front();
    Interval sums = {scaled->all.low + std::min<int64_t>(zeroPoint, 0),
                     scaled->all.high + std::max<int64_t>(zeroPoint, 0)};
    if (sums.low < INT16_MIN || sums.high > INT16_MAX)
      return changed;
    // Words hold it: half the instructions.
    Operation *yield = epilogue.block->getTerminator();
    OpBuilder builder(yield);
    Location loc = scale.getLoc();
    Type i16 = builder.getI16Type();
    Value words = arith::TruncIOp::create(builder, loc, i16, scale);
    if (zeroPoint != 0)
      words = arith::AddIOp::create(builder, loc, words, makeConstant(builder, loc, i16, zeroPoint));
    Interval reached = {scaled->all.low + zeroPoint, scaled->all.high + zeroPoint};
    yield->setOperand(0, narrow(builder, words, false, reached, {stairs.first, stairs.last}));
    numWords += epilogue.ranges.size();
    return true;
  }
};

} // namespace
} // namespace kvant::codegen
