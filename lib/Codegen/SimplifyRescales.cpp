// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cheapest arithmetic for an epilogue that is proven to give the same bits.
#include "kvant/Codegen/Passes.h"

#include "SimplifyElementwise.h"
#include "SimplifyResidual.h"
#include "dialects/Kernel/Kernel.h"
#include "kvant/Codegen/Target.h"
#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;

namespace kvant::codegen {
#define GEN_PASS_DEF_SIMPLIFYRESCALES
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// Makes channels' shifts what SRSHL takes: 31 less the shift, as a word.
template <typename OpT> void storeLeftShifts(OpT kernel) {
  Block &block = kernel.getEpilogue().front();
  for (OpOperand &operand : MutableArrayRef<OpOperand>(kernel.getChannelsMutable())) {
    unsigned index = operand.getOperandNumber() - kernel.getChannels().getBeginOperandIndex();
    BlockArgument shift = block.getArgument(1 + index);
    std::optional<ConstantReader> reader = ConstantReader::create(operand.get());
    if (!reader || !shift.getType().isInteger(8) ||
        !llvm::all_of(shift.getUses(), [](OpOperand &use) {
          auto scale = dyn_cast<tosa::ApplyScaleOp>(use.getOwner());
          return scale && &use == &scale.getShiftMutable();
        }))
      continue;
    std::vector<int64_t> left = reader->getInts();
    for (int64_t &by : left)
      by = 31 - by;
    OpBuilder outside(kernel), builder = OpBuilder::atBlockBegin(&block);
    Location loc = kernel.getLoc();
    auto type = RankedTensorType::get({int64_t(left.size())}, builder.getI32Type());
    operand.set(
        arith::ConstantOp::create(outside, loc, cast<TypedAttr>(makeIntConstant(type, left))));
    shift.setType(builder.getI32Type());
    Value back = arith::SubIOp::create(builder, loc,
                                       makeConstant(builder, loc, builder.getI32Type(), 31), shift);
    Value byte = arith::TruncIOp::create(builder, loc, builder.getI8Type(), back);
    shift.replaceAllUsesExcept(byte, back.getDefiningOp());
  }
}

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
    bool toFloat = mode == "float", forNeon = false;
    if (mode == "auto") {
      llvm::Expected<Target> target = getTarget(getOperation()->getParentOfType<ModuleOp>());
      if (!target) {
        getOperation().emitError(llvm::toString(target.takeError()));
        return signalPassFailure();
      }
      // NEON has a doubling high multiplication; x86 has none for 32 bits.
      forNeon = target->isAArch64();
      toFloat = !forNeon;
    }
    getOperation().walk([&](Operation *op) {
      if (mode != "none")
        simplify(op, toFloat);
      op->removeAttr(kernel::kAccumulatorRangeAttr);
      if (auto dot = dyn_cast<kernel::DotConvOp>(op); dot && forNeon)
        storeLeftShifts(dot);
      if (auto depthwise = dyn_cast<kernel::DepthwiseConvOp>(op); depthwise && forNeon)
        storeLeftShifts(depthwise);
    });
  }

  void simplify(Operation *kernel, bool toFloat) {
    if (auto elementwise = dyn_cast<kernel::ElementwiseOp>(kernel)) {
      numElementwise += simplifyElementwise(elementwise, toFloat);
      return;
    }
    std::optional<ByteEpilogue> epilogue = readEpilogue(kernel);
    if (!epilogue)
      return;
    int64_t channels = epilogue->ranges.size();
    bool done = false;
    if (!toFloat)
      markLeftShifts(*epilogue);
    if (epilogue->numElements == 0) {
      done = toFloat ? simplifyToFloat(kernel, *epilogue) : simplifyIntegers(*epilogue);
    } else if (epilogue->numElements == 1) {
      done = toFloat ? simplifyResidualToFloat(kernel, *epilogue)
                     : simplifyResidualIntegers(*epilogue);
      numResiduals += done;
    }
    if (!done)
      numKept += channels;
    else if (toFloat)
      numFloat += channels;
  }

  bool simplifyToFloat(Operation *kernel, const ByteEpilogue &epilogue) {
    std::optional<ChannelSteps> steps =
        findChannelSteps(epilogue, epilogue.stored, epilogue.getRaise());
    std::optional<FloatChannels> channels;
    if (steps)
      channels = findFloatChannels(*steps);
    if (!channels)
      return false;
    EpilogueRewriter rewriter(kernel, epilogue);
    Value value = rewriter.scaleAccumulator(*channels);
    rewriter.finish(narrow(rewriter.getBuilder(), rewriter.makeInteger(value, channels->form),
                           epilogue.isUnsigned, channels->reached, steps->bounds));
    return true;
  }

  /// Integer arithmetic without what no reachable accumulator needs.
  bool simplifyIntegers(const ByteEpilogue &epilogue) {
    auto scales = epilogue.block->getOps<tosa::ApplyScaleOp>();
    if (epilogue.isUnsigned || !llvm::hasSingleElement(scales) ||
        (*scales.begin()).getValue() != epilogue.block->getArgument(0))
      return false;
    tosa::ApplyScaleOp scale = *scales.begin();
    std::optional<ScaledRange> scaled = getScaledRange(epilogue, scale);
    if (!scaled)
      return false;
    bool isMarked = markNonNegative(scale, *scaled, epilogue.stored);
    if (isMarked)
      numNonNegative += epilogue.ranges.size();
    std::optional<ClampedSum> sum = getClampedSum(epilogue.stored, scale, scaled->all);
    if (!sum)
      return isMarked;
    Interval sums = {scaled->all.low + std::min<int64_t>(sum->zeroPoint, 0),
                     scaled->all.high + std::max<int64_t>(sum->zeroPoint, 0)};
    if (sums.low < INT16_MIN || sums.high > INT16_MAX)
      return isMarked;
    // Words hold it: half the instructions.
    Operation *yield = epilogue.block->getTerminator();
    OpBuilder builder(yield);
    Location loc = scale.getLoc();
    Type i16 = builder.getI16Type();
    Value words = arith::TruncIOp::create(builder, loc, i16, scale);
    if (sum->zeroPoint != 0)
      words = arith::AddIOp::create(builder, loc, words,
                                    makeConstant(builder, loc, i16, sum->zeroPoint));
    Interval reached = {scaled->all.low + sum->zeroPoint, scaled->all.high + sum->zeroPoint};
    yield->setOperand(0, narrow(builder, words, false, reached, sum->bounds));
    numWords += epilogue.ranges.size();
    return true;
  }
};

} // namespace
} // namespace kvant::codegen
