// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removes operations that do nothing, beyond what their folders say of themselves.
#include "dialects/Qnn/Qnn.h"
#include "kvant/Prepare/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace kvant::prepare {
#define GEN_PASS_DEF_REMOVEIDENTITIES
#include "kvant/Prepare/Passes.h.inc"
} // namespace kvant::prepare

using namespace mlir;
using namespace kvant::qnn;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static bool areAll(ArrayRef<int64_t> values, int64_t expected) {
  return llvm::all_of(values, [=](int64_t value) { return value == expected; });
}

//===----------------------------------------------------------------------===//
// Whether an operation whose result has the type of its input returns it as it is
//===----------------------------------------------------------------------===//

static bool keepsElements(ConcatOp op) { return op.getInputs().size() == 1; }
static bool keepsElements(PadOp op) { return areAll(op.getPadding(), 0); }
static bool keepsElements(MirrorPadOp op) { return areAll(op.getPadding(), 0); }
static bool keepsElements(SplitOp op) { return op.getNumResults() == 1; }
static bool keepsElements(SliceOp) { return true; }
static bool keepsElements(TileOp) { return true; }
static bool keepsElements(ResizeBilinearOp) { return true; }
static bool keepsElements(ResizeNearestOp) { return true; }
static bool keepsElements(SpaceToDepthOp op) { return op.getBlockSize() == 1; }
static bool keepsElements(DepthToSpaceOp op) { return op.getBlockSize() == 1; }
static bool keepsElements(StridedSliceOp op) {
  // All elements in a dimension of more than one, but perhaps backwards.
  for (auto [dim, stride] : llvm::zip_equal(shapeOf(op.getInput()), op.getStride()))
    if (dim > 1 && stride != 1)
      return false;
  return true;
}
template <typename PoolOp> static bool poolKeepsElements(PoolOp op) {
  return areAll(op.getKernel(), 1) && areAll(op.getStride(), 1) && areAll(op.getPadding(), 0) &&
         op.getActivation() == Activation::None;
}
static bool keepsElements(AvgPool2DOp op) { return poolKeepsElements(op); }
static bool keepsElements(MaxPool2DOp op) { return poolKeepsElements(op); }

namespace {

template <typename Op> struct RemoveIdentity : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    Value input = op->getOperand(0);
    if (op->getNumResults() != 1 || op->getResult(0).getType() != input.getType() ||
        !keepsElements(op))
      return rewriter.notifyMatchFailure(op, "changes elements");
    rewriter.replaceOp(op, input);
    return success();
  }
};

/// Replaces `op` by a reshape of `input`, which keeps its name.
void replaceByReshape(Operation *op, Value input, PatternRewriter &rewriter) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto reshape = ReshapeOp::create(rewriter, op->getLoc(), type, input, type.getShape());
  if (Attribute name = op->getDiscardableAttr(kNameAttr))
    reshape->setDiscardableAttr(kNameAttr, name);
  rewriter.replaceOp(op, reshape);
}

/// A reduction over dimensions of one.
template <typename Op> struct ReduceNothing : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    ArrayRef<int64_t> shape = shapeOf(op.getInput());
    bool isMove =
        getElementTypeOrSelf(op.getInput().getType()) == getElementTypeOrSelf(op.getType());
    for (int64_t axis : op.getAxes())
      isMove &= shape[axis] == 1;
    if (!isMove)
      return rewriter.notifyMatchFailure(op, "reduces elements or changes their type");
    replaceByReshape(op, op.getInput(), rewriter);
    return success();
  }
};

/// A transposition that keeps the order of all dimensions of more than one.
struct TransposeOnes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    int64_t last = -1;
    for (int64_t perm : op.getPerms()) {
      if (shapeOf(op.getInput())[perm] == 1)
        continue;
      if (perm < last)
        return rewriter.notifyMatchFailure(op, "moves elements");
      last = perm;
    }
    replaceByReshape(op, op.getInput(), rewriter);
    return success();
  }
};

struct PackOne : OpRewritePattern<PackOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PackOp op, PatternRewriter &rewriter) const override {
    if (op.getInputs().size() != 1)
      return rewriter.notifyMatchFailure(op, "joins tensors");
    replaceByReshape(op, op.getInputs().front(), rewriter);
    return success();
  }
};

struct ReshapeTwice : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto first = op.getInput().getDefiningOp<ReshapeOp>();
    if (!first)
      return rewriter.notifyMatchFailure(op, "no reshape before it");
    rewriter.modifyOpInPlace(op, [&] { op.getInputMutable().assign(first.getInput()); });
    return success();
  }
};

struct TransposeTwice : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto first = op.getInput().getDefiningOp<TransposeOp>();
    if (!first)
      return rewriter.notifyMatchFailure(op, "no transpose before it");
    SmallVector<int64_t> perms;
    for (int64_t perm : op.getPerms())
      perms.push_back(first.getPerms()[perm]);
    rewriter.modifyOpInPlace(op, [&] {
      op.getInputMutable().assign(first.getInput());
      op.setPerms(perms);
    });
    return success();
  }
};

struct RemoveIdentities : kvant::prepare::impl::RemoveIdentitiesBase<RemoveIdentities> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RemoveIdentity<ConcatOp>, RemoveIdentity<PadOp>, RemoveIdentity<MirrorPadOp>,
                 RemoveIdentity<SplitOp>, RemoveIdentity<SliceOp>, RemoveIdentity<StridedSliceOp>,
                 RemoveIdentity<TileOp>, RemoveIdentity<ResizeBilinearOp>,
                 RemoveIdentity<ResizeNearestOp>, RemoveIdentity<SpaceToDepthOp>,
                 RemoveIdentity<DepthToSpaceOp>, RemoveIdentity<AvgPool2DOp>,
                 RemoveIdentity<MaxPool2DOp>, ReduceNothing<MeanOp>, ReduceNothing<ReduceSumOp>,
                 ReduceNothing<ReduceMaxOp>, TransposeOnes, PackOne, ReshapeTwice, TransposeTwice>(
        &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      getOperation().emitError("removing identities did not come to an end");
      signalPassFailure();
    }
  }
};

} // namespace
