// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fuses clamping activations into the operations before them.
#include "dialects/Qnn/Qnn.h"
#include "kvant/Prepare/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace kvant::prepare {
#define GEN_PASS_DEF_FUSEACTIVATIONS
#include "kvant/Prepare/Passes.h.inc"
} // namespace kvant::prepare

using namespace mlir;
using namespace kvant::qnn;

/// The one activation that does what `first` and then `second` do, if there is one.
static std::optional<Activation> combine(Activation first, Activation second) {
  if (first == Activation::None || first == second)
    return second;
  // [0, inf) and [0, 6] intersect in one of the two; both clamp monotonically.
  bool bothFromZero = first != Activation::ReluN1To1 && second != Activation::ReluN1To1;
  return bothFromZero ? std::optional(Activation::Relu6) : std::nullopt;
}

namespace {

template <typename ActivationOp, Activation activation>
struct FuseActivation : OpRewritePattern<ActivationOp> {
  using OpRewritePattern<ActivationOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ActivationOp op, PatternRewriter &rewriter) const override {
    Operation *producer = op.getInput().getDefiningOp();
    if (!producer || !op.getInput().hasOneUse() || op.getInput().getType() != op.getType())
      return rewriter.notifyMatchFailure(op, "no producer of its own");
    if (!isa<FloatType>(cast<RankedTensorType>(op.getType()).getElementType()))
      return rewriter.notifyMatchFailure(op, "quantized tensors are rounded in between");
    auto present =
        dyn_cast_or_null<ActivationAttr>(producer->getInherentAttr("activation").value_or(nullptr));
    if (!present)
      return rewriter.notifyMatchFailure(op, "the producer takes no activation");
    std::optional<Activation> combined = combine(present.getValue(), activation);
    if (!combined)
      return rewriter.notifyMatchFailure(op, "the producer's activation does not combine");
    rewriter.modifyOpInPlace(producer, [&] {
      producer->setAttr("activation", ActivationAttr::get(op.getContext(), *combined));
      producer->setLoc(rewriter.getFusedLoc({producer->getLoc(), op.getLoc()}));
      // The producer now makes the tensor that the activation made.
      if (Attribute name = op->getDiscardableAttr(kNameAttr))
        producer->setDiscardableAttr(kNameAttr, name);
    });
    rewriter.replaceOp(op, producer->getResults());
    return success();
  }
};

struct FuseActivations : kvant::prepare::impl::FuseActivationsBase<FuseActivations> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns
        .add<FuseActivation<ReluOp, Activation::Relu>, FuseActivation<Relu6Op, Activation::Relu6>,
             FuseActivation<ReluN1To1Op, Activation::ReluN1To1>>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      getOperation().emitError("fusing activations did not come to an end");
      signalPassFailure();
    }
  }
};

} // namespace
