// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants and operations that only move elements.
#include "Patterns.h"

#include "kvant/Support/Constants.h"

using namespace mlir;

namespace kvant::import {

namespace {

struct ConstPattern : OpRewritePattern<tosa::ConstOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::ConstOp op, PatternRewriter &rewriter) const override {
    ElementsAttr value = op.getValues();
    // Large inline constants become resources, as everywhere in qnn.
    if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(value);
        dense && !dense.isSplat() && dense.getNumElements() > kMaxInlineElements)
      value = kvant::makeConstant(dense.getType(), dense.getRawData());
    return replace<qnn::ConstantOp>(rewriter, op, {}, {rewriter.getNamedAttr("value", value)});
  }
};

struct ReshapePattern : OpRewritePattern<tosa::ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::ReshapeOp op, PatternRewriter &rewriter) const override {
    return replace<qnn::ReshapeOp>(rewriter, op, op.getInput1(),
                                   {listAttr(rewriter, "shape", shapeOf(op.getOutput()))});
  }
};

struct TransposePattern : OpRewritePattern<tosa::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::TransposeOp op, PatternRewriter &rewriter) const override {
    return replace<qnn::TransposeOp>(rewriter, op, op.getInput1(),
                                     {listAttr(rewriter, "perms", op.getPerms())});
  }
};

struct ConcatPattern : OpRewritePattern<tosa::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::ConcatOp op, PatternRewriter &rewriter) const override {
    return replace<qnn::ConcatOp>(
        rewriter, op, op.getInput1(),
        {rewriter.getNamedAttr("axis", rewriter.getI64IntegerAttr(op.getAxis()))});
  }
};

struct PadPattern : OpRewritePattern<tosa::PadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::PadOp op, PatternRewriter &rewriter) const override {
    auto padding = getShapeValues(op.getPadding());
    std::optional<double> value = getScalar(op.getPadConst());
    if (!padding || !value)
      return rewriter.notifyMatchFailure(op, "a computed padding or value");
    return replace<qnn::PadOp>(
        rewriter, op, op.getInput1(),
        {listAttr(rewriter, "padding", *padding),
         rewriter.getNamedAttr("value", rewriter.getF32FloatAttr(float(*value)))});
  }
};

struct SlicePattern : OpRewritePattern<tosa::SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::SliceOp op, PatternRewriter &rewriter) const override {
    auto start = getShapeValues(op.getStart());
    if (!start)
      return rewriter.notifyMatchFailure(op, "a computed start");
    return replace<qnn::SliceOp>(
        rewriter, op, op.getInput1(),
        {listAttr(rewriter, "begin", *start), listAttr(rewriter, "size", shapeOf(op.getOutput()))});
  }
};

struct TilePattern : OpRewritePattern<tosa::TileOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::TileOp op, PatternRewriter &rewriter) const override {
    auto multiples = getShapeValues(op.getMultiples());
    if (!multiples)
      return rewriter.notifyMatchFailure(op, "computed multiples");
    return replace<qnn::TileOp>(rewriter, op, op.getInput1(),
                                {listAttr(rewriter, "multiples", *multiples)});
  }
};

struct GatherPattern : OpRewritePattern<tosa::GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::GatherOp op, PatternRewriter &rewriter) const override {
    return replace<qnn::GatherOp>(
        rewriter, op, {op.getValues(), op.getIndices()},
        {rewriter.getNamedAttr("axis", rewriter.getI64IntegerAttr(1)),
         rewriter.getNamedAttr("batch_dims", rewriter.getI64IntegerAttr(1))});
  }
};

} // namespace

void addMovementPatterns(RewritePatternSet &patterns) {
  patterns.add<ConstPattern, ReshapePattern, TransposePattern, ConcatPattern, PadPattern,
               SlicePattern, TilePattern, GatherPattern>(patterns.getContext());
}

} // namespace kvant::import
