// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fuses padding of height and width into the window operation after it.
#include "dialects/Qnn/Qnn.h"
#include "kvant/Prepare/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <limits>

namespace kvant::prepare {
#define GEN_PASS_DEF_FUSEPADS
#include "kvant/Prepare/Passes.h.inc"
} // namespace kvant::prepare

using namespace mlir;
using namespace kvant::qnn;

/// The padding [top, bottom, left, right] of `pad` and the window operation after it
/// together, if `pad` leaves batch and channels alone.
static std::optional<SmallVector<int64_t>> addPadding(PadOp pad, ArrayRef<int64_t> window) {
  ArrayRef<int64_t> outer = pad.getPadding();
  if (outer.size() != 8 || outer[0] || outer[1] || outer[6] || outer[7])
    return std::nullopt;
  SmallVector<int64_t> sum;
  for (int64_t i = 0; i < 4; ++i) {
    sum.push_back(outer[i + 2] + window[i]);
    if (sum.back() > std::numeric_limits<int32_t>::max())
      return std::nullopt;
  }
  return sum;
}

/// Whether no element of `value` is negative.
static bool isNeverNegative(Value value) {
  if (auto type = dyn_cast_or_null<quant::UniformQuantizedType>(getQuantizedType(value)))
    if (type.getZeroPoint() == type.getStorageTypeMin())
      return true;
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (isa<ReluOp, Relu6Op>(op))
    return true;
  auto activation =
      dyn_cast_or_null<ActivationAttr>(op->getInherentAttr("activation").value_or(nullptr));
  return activation &&
         (activation.getValue() == Activation::Relu || activation.getValue() == Activation::Relu6);
}

/// Max pools ignore their padding: that is the same only if padded elements never win.
static bool neverWins(PadOp pad, ArrayRef<int64_t> kernel, ArrayRef<int64_t> padding) {
  for (int64_t i = 0; i < 4; ++i)
    if (padding[i] >= kernel[i / 2])
      return false;
  const APFloat value = pad.getValue();
  if (value.isZero())
    return isNeverNegative(pad.getInput());
  bool isLowest = value.isNegative() && (value.isInfinity() || value.isLargest());
  return isLowest && !getQuantizedType(pad.getInput());
}

namespace {

template <typename WindowOp> struct FusePad : OpRewritePattern<WindowOp> {
  using OpRewritePattern<WindowOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(WindowOp op, PatternRewriter &rewriter) const override {
    auto pad = op.getInput().template getDefiningOp<PadOp>();
    if (!pad)
      return rewriter.notifyMatchFailure(op, "no pad before it");
    std::optional<SmallVector<int64_t>> padding = addPadding(pad, op.getPadding());
    if (!padding)
      return rewriter.notifyMatchFailure(op, "pads other dimensions");
    if constexpr (std::is_same_v<WindowOp, MaxPool2DOp>) {
      if (!neverWins(pad, op.getKernel(), *padding))
        return rewriter.notifyMatchFailure(op, "a padded element may be the maximum");
    } else if (!pad.getValue().isZero()) {
      return rewriter.notifyMatchFailure(op, "pads with another value than zero");
    }
    rewriter.modifyOpInPlace(op, [&] {
      op.getInputMutable().assign(pad.getInput());
      op.setPadding(*padding);
      op->setLoc(rewriter.getFusedLoc({pad.getLoc(), op.getLoc()}));
    });
    return success();
  }
};

struct FusePads : kvant::prepare::impl::FusePadsBase<FusePads> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FusePad<Conv2DOp>, FusePad<DepthwiseConv2DOp>, FusePad<MaxPool2DOp>>(
        &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      getOperation().emitError("fusing pads did not come to an end");
      signalPassFailure();
    }
  }
};

} // namespace
