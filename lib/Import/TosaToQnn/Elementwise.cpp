// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic, activations and reductions.
#include "Patterns.h"

#include <cfloat>
#include <cmath>

using namespace mlir;

namespace kvant::import {

namespace {

/// An operation that has the same operands in both dialects.
template <typename TosaOp, typename QnnOp> struct SamePattern : OpRewritePattern<TosaOp> {
  using OpRewritePattern<TosaOp>::OpRewritePattern;
  LogicalResult matchAndRewrite(TosaOp op, PatternRewriter &rewriter) const override {
    return replace<QnnOp>(rewriter, op, op->getOperands());
  }
};

struct MulPattern : OpRewritePattern<tosa::MulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::MulOp op, PatternRewriter &rewriter) const override {
    if (!areZero(op.getShift()))
      return rewriter.notifyMatchFailure(op, "a shift");
    return replace<qnn::MulOp>(rewriter, op, {op.getInput1(), op.getInput2()});
  }
};

struct NegatePattern : OpRewritePattern<tosa::NegateOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::NegateOp op, PatternRewriter &rewriter) const override {
    if (!areZero({op.getInput1Zp(), op.getOutputZp()}))
      return rewriter.notifyMatchFailure(op, "a zero point");
    return replace<qnn::NegOp>(rewriter, op, op.getInput1());
  }
};

Value makeSplat(PatternRewriter &rewriter, Operation *op, float value) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType()).clone({1});
  return makeConstant(rewriter, op->getLoc(), type, value);
}

struct ReciprocalPattern : OpRewritePattern<tosa::ReciprocalOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::ReciprocalOp op, PatternRewriter &rewriter) const override {
    return replace<qnn::DivOp>(rewriter, op, {makeSplat(rewriter, op, 1.0f), op.getInput1()});
  }
};

struct ClampPattern : OpRewritePattern<tosa::ClampOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::ClampOp op, PatternRewriter &rewriter) const override {
    auto min = dyn_cast<FloatAttr>(op.getMinVal()), max = dyn_cast<FloatAttr>(op.getMaxVal());
    if (!min || !max)
      return rewriter.notifyMatchFailure(op, "integer bounds");
    double low = min.getValueAsDouble(), high = max.getValueAsDouble();
    bool openBelow = low <= -FLT_MAX, openAbove = high >= FLT_MAX;
    if (low == 0 && openAbove)
      return replace<qnn::ReluOp>(rewriter, op, op.getInput());
    if (low == 0 && high == 6)
      return replace<qnn::Relu6Op>(rewriter, op, op.getInput());
    if (low == -1 && high == 1)
      return replace<qnn::ReluN1To1Op>(rewriter, op, op.getInput());
    if (openBelow)
      return replace<qnn::MinimumOp>(rewriter, op,
                                     {op.getInput(), makeSplat(rewriter, op, float(high))});
    Value input = op.getInput();
    if (!openAbove)
      input = qnn::MinimumOp::create(
          rewriter, op.getLoc(), op.getType(), input, makeSplat(rewriter, op, float(high)),
          qnn::ActivationAttr::get(rewriter.getContext(), qnn::Activation::None));
    return replace<qnn::MaximumOp>(rewriter, op, {input, makeSplat(rewriter, op, float(low))});
  }
};

template <typename TosaOp, typename QnnOp> struct ReducePattern : OpRewritePattern<TosaOp> {
  using OpRewritePattern<TosaOp>::OpRewritePattern;
  LogicalResult matchAndRewrite(TosaOp op, PatternRewriter &rewriter) const override {
    int64_t axis = op.getAxis();
    return replace<QnnOp>(rewriter, op, op.getInput(),
                          {listAttr(rewriter, "axes", ArrayRef<int64_t>(axis)),
                           rewriter.getNamedAttr("keep_dims", rewriter.getUnitAttr())});
  }
};

struct ArgMaxPattern : OpRewritePattern<tosa::ArgMaxOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::ArgMaxOp op, PatternRewriter &rewriter) const override {
    return replace<qnn::ArgMaxOp>(
        rewriter, op, op.getInput(),
        {rewriter.getNamedAttr("axis", rewriter.getI64IntegerAttr(op.getAxis()))});
  }
};

/// exp(x - max(x)) * (1 / sum(exp(x - max(x)))) over the last axis.
struct SoftmaxPattern : OpRewritePattern<tosa::MulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::MulOp op, PatternRewriter &rewriter) const override {
    for (auto [first, second] :
         {std::pair(op.getInput1(), op.getInput2()), std::pair(op.getInput2(), op.getInput1())}) {
      auto exp = first.getDefiningOp<tosa::ExpOp>();
      auto reciprocal = second.getDefiningOp<tosa::ReciprocalOp>();
      if (!exp || !reciprocal)
        continue;
      auto sum = reciprocal.getInput1().getDefiningOp<tosa::ReduceSumOp>();
      auto shifted = exp.getInput1().getDefiningOp<tosa::SubOp>();
      if (!sum || !shifted || sum.getInput() != exp.getOutput())
        continue;
      auto max = shifted.getInput2().getDefiningOp<tosa::ReduceMaxOp>();
      int64_t last = shapeOf(op.getOutput()).size() - 1;
      if (!max || max.getInput() != shifted.getInput1() || max.getAxis() != uint64_t(last) ||
          sum.getAxis() != uint64_t(last))
        continue;
      return replace<qnn::SoftmaxOp>(rewriter, op, max.getInput());
    }
    return rewriter.notifyMatchFailure(op, "not the end of a softmax");
  }
};

} // namespace

void addElementwisePatterns(RewritePatternSet &patterns) {
  patterns.add<SamePattern<tosa::AddOp, qnn::AddOp>, SamePattern<tosa::SubOp, qnn::SubOp>,
               SamePattern<tosa::MinimumOp, qnn::MinimumOp>,
               SamePattern<tosa::MaximumOp, qnn::MaximumOp>, SamePattern<tosa::AbsOp, qnn::AbsOp>,
               SamePattern<tosa::ExpOp, qnn::ExpOp>, SamePattern<tosa::LogOp, qnn::LogOp>,
               SamePattern<tosa::RsqrtOp, qnn::RsqrtOp>, SamePattern<tosa::SinOp, qnn::SinOp>,
               SamePattern<tosa::CosOp, qnn::CosOp>, SamePattern<tosa::SigmoidOp, qnn::LogisticOp>,
               SamePattern<tosa::TanhOp, qnn::TanhOp>, SamePattern<tosa::CastOp, qnn::CastOp>,
               ReducePattern<tosa::ReduceSumOp, qnn::ReduceSumOp>,
               ReducePattern<tosa::ReduceMaxOp, qnn::ReduceMaxOp>, ArgMaxPattern, MulPattern,
               NegatePattern, ReciprocalPattern, ClampPattern>(patterns.getContext());
}

void addCompositePatterns(RewritePatternSet &patterns) {
  patterns.add<SoftmaxPattern>(patterns.getContext());
}

} // namespace kvant::import
