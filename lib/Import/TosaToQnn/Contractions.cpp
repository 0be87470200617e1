// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions, matrix products, pools and resizes.
#include "Patterns.h"

#include "kvant/Support/Constants.h"

using namespace mlir;

namespace kvant::import {

namespace {

/// TOSA lets one element stand for the bias of all channels.
std::optional<Value> getBias(PatternRewriter &rewriter, Value bias, int64_t channels) {
  if (shapeOf(bias)[0] == channels)
    return bias;
  std::optional<double> value = getScalar(bias);
  if (!value)
    return std::nullopt;
  auto type = cast<RankedTensorType>(bias.getType()).clone({channels});
  return makeConstant(rewriter, bias.getLoc(), type, std::vector<float>(channels, *value));
}

struct Conv2DPattern : OpRewritePattern<tosa::Conv2DOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::Conv2DOp op, PatternRewriter &rewriter) const override {
    if (!areZero({op.getInputZp(), op.getWeightZp()}))
      return rewriter.notifyMatchFailure(op, "a zero point");
    auto bias = getBias(rewriter, op.getBias(), shapeOf(op.getWeight())[0]);
    if (!bias)
      return rewriter.notifyMatchFailure(op, "a computed bias of one element");
    return replace<qnn::Conv2DOp>(rewriter, op, {op.getInput(), op.getWeight(), *bias},
                                  {listAttr(rewriter, "stride", op.getStride()),
                                   listAttr(rewriter, "dilation", op.getDilation()),
                                   listAttr(rewriter, "padding", op.getPad())});
  }
};

struct DepthwiseConv2DPattern : OpRewritePattern<tosa::DepthwiseConv2DOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::DepthwiseConv2DOp op,
                                PatternRewriter &rewriter) const override {
    if (!areZero({op.getInputZp(), op.getWeightZp()}))
      return rewriter.notifyMatchFailure(op, "a zero point");
    // [KH, KW, C, M] and [1, KH, KW, C * M] have the same elements in the same order.
    ArrayRef<int64_t> from = shapeOf(op.getWeight());
    SmallVector<int64_t> shape{1, from[0], from[1], from[2] * from[3]};
    auto bias = getBias(rewriter, op.getBias(), shape[3]);
    if (!bias)
      return rewriter.notifyMatchFailure(op, "a computed bias of one element");
    auto type = cast<RankedTensorType>(op.getWeight().getType()).clone(shape);
    Value filter;
    if (auto constant = ConstantReader::create(op.getWeight()))
      filter = makeConstant(rewriter, op.getLoc(), type, constant->getFloats());
    else
      filter = qnn::ReshapeOp::create(rewriter, op.getLoc(), type, op.getWeight(), shape);
    return replace<qnn::DepthwiseConv2DOp>(rewriter, op, {op.getInput(), filter, *bias},
                                           {listAttr(rewriter, "stride", op.getStride()),
                                            listAttr(rewriter, "dilation", op.getDilation()),
                                            listAttr(rewriter, "padding", op.getPad())});
  }
};

struct TransposeConv2DPattern : OpRewritePattern<tosa::TransposeConv2DOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::TransposeConv2DOp op,
                                PatternRewriter &rewriter) const override {
    ArrayRef<int64_t> pad = op.getOutPad();
    // What TOSA adds around the output, qnn takes away from it.
    if (!areZero({op.getInputZp(), op.getWeightZp()}) || pad[0] > 0 || pad[2] > 0)
      return rewriter.notifyMatchFailure(op, "a zero point, or padding in front");
    auto bias = getBias(rewriter, op.getBias(), shapeOf(op.getWeight())[0]);
    if (!bias)
      return rewriter.notifyMatchFailure(op, "a computed bias of one element");
    SmallVector<int64_t> padding;
    for (int64_t size : pad)
      padding.push_back(-size);
    return replace<qnn::TransposeConv2DOp>(
        rewriter, op, {op.getInput(), op.getWeight(), *bias},
        {listAttr(rewriter, "stride", op.getStride()), listAttr(rewriter, "padding", padding)});
  }
};

struct MatMulPattern : OpRewritePattern<tosa::MatMulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::MatMulOp op, PatternRewriter &rewriter) const override {
    if (!areZero({op.getAZp(), op.getBZp()}))
      return rewriter.notifyMatchFailure(op, "a zero point");
    auto constant = ConstantReader::create(op.getB());
    ArrayRef<int64_t> shape = shapeOf(op.getB());
    if (!constant || shape[0] != 1 || !constant->isFloat())
      return replace<qnn::BatchMatMulOp>(rewriter, op, {op.getA(), op.getB()});
    // A constant right side is a filter, which can have a scale per output channel.
    int64_t depth = shape[1], channels = shape[2];
    std::vector<float> transposed(depth * channels);
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t o = 0; o < channels; ++o)
        transposed[o * depth + k] = float(constant->getFloat(k * channels + o));
    auto type = cast<RankedTensorType>(op.getB().getType()).clone({channels, depth});
    Value filter = makeConstant(rewriter, op.getLoc(), type, transposed);
    return replace<qnn::FullyConnectedOp>(rewriter, op, {op.getA(), filter});
  }
};

template <typename PoolOp> SmallVector<NamedAttribute> poolAttributes(Builder &builder, PoolOp op) {
  return {listAttr(builder, "kernel", op.getKernel()), listAttr(builder, "stride", op.getStride()),
          listAttr(builder, "padding", op.getPad())};
}

struct AvgPool2DPattern : OpRewritePattern<tosa::AvgPool2dOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::AvgPool2dOp op, PatternRewriter &rewriter) const override {
    if (!areZero({op.getInputZp(), op.getOutputZp()}))
      return rewriter.notifyMatchFailure(op, "a zero point");
    return replace<qnn::AvgPool2DOp>(rewriter, op, op.getInput(), poolAttributes(rewriter, op));
  }
};

struct MaxPool2DPattern : OpRewritePattern<tosa::MaxPool2dOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::MaxPool2dOp op, PatternRewriter &rewriter) const override {
    return replace<qnn::MaxPool2DOp>(rewriter, op, op.getInput(), poolAttributes(rewriter, op));
  }
};

/// Which of the ways of lining up pixels a scale and an offset stand for.
enum class Alignment { Origin, Corners, HalfPixel };

std::optional<Alignment> getAlignment(int64_t input, int64_t output, int64_t numerator,
                                      int64_t denominator, int64_t offset) {
  if (numerator * input == denominator * output) {
    if (offset == 0)
      return Alignment::Origin;
    if (2 * offset == denominator - numerator)
      return Alignment::HalfPixel;
  }
  if (offset == 0 && numerator * (input - 1) == denominator * (output - 1))
    return Alignment::Corners;
  return std::nullopt;
}

struct ResizePattern : OpRewritePattern<tosa::ResizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::ResizeOp op, PatternRewriter &rewriter) const override {
    auto scale = getShapeValues(op.getScale()), offset = getShapeValues(op.getOffset());
    if (!scale || !offset)
      return rewriter.notifyMatchFailure(op, "a computed scale or offset");
    ArrayRef<int64_t> input = shapeOf(op.getInput()), output = shapeOf(op.getOutput());
    auto y = getAlignment(input[1], output[1], (*scale)[0], (*scale)[1], (*offset)[0]);
    auto x = getAlignment(input[2], output[2], (*scale)[2], (*scale)[3], (*offset)[1]);
    bool bilinear = op.getMode() == tosa::ResizeMode::BILINEAR;
    // At the origin TOSA takes the nearest element, qnn the one before.
    if (!x || x != y || (!bilinear && *x == Alignment::Origin))
      return rewriter.notifyMatchFailure(op, "an alignment that qnn does not have");
    SmallVector<NamedAttribute> attributes{listAttr(rewriter, "size", output.slice(1, 2))};
    if (*x == Alignment::Corners)
      attributes.push_back(rewriter.getNamedAttr("align_corners", rewriter.getUnitAttr()));
    if (*x == Alignment::HalfPixel)
      attributes.push_back(rewriter.getNamedAttr("half_pixel_centers", rewriter.getUnitAttr()));
    if (bilinear)
      return replace<qnn::ResizeBilinearOp>(rewriter, op, op.getInput(), attributes);
    return replace<qnn::ResizeNearestOp>(rewriter, op, op.getInput(), attributes);
  }
};

} // namespace

void addContractionPatterns(RewritePatternSet &patterns) {
  patterns.add<Conv2DPattern, DepthwiseConv2DPattern, TransposeConv2DPattern, MatMulPattern,
               AvgPool2DPattern, MaxPool2DPattern, ResizePattern>(patterns.getContext());
}

} // namespace kvant::import
