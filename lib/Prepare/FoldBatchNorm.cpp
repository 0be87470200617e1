// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folds batch normalisation and per-channel arithmetic into the weights before it.
#include "dialects/Qnn/Qnn.h"
#include "kvant/Prepare/Passes.h"
#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

namespace kvant::prepare {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "kvant/Prepare/Passes.h.inc"
} // namespace kvant::prepare

using namespace mlir;
using namespace kvant;
using namespace kvant::qnn;

static RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

namespace {
/// y = scale * x + offset for each channel of the last axis.
struct Affine {
  std::vector<double> scale, offset;
};
} // namespace

/// One value for each of `channels` along the last axis, if `value` is such a constant.
static std::optional<std::vector<double>> getPerChannel(Value value, int64_t channels) {
  std::optional<ConstantReader> reader = ConstantReader::create(value);
  if (!reader || !reader->getElementType().isF32())
    return std::nullopt;
  int64_t count = reader->getNumElements();
  if (count != 1 && (count != channels || reader->getShape().back() != channels))
    return std::nullopt;
  std::vector<double> values(channels);
  for (int64_t i = 0; i < channels; ++i)
    values[i] = reader->getFloat(count == 1 ? 0 : i);
  return values;
}

static std::optional<Affine> getAffine(BatchNormOp op, int64_t channels) {
  auto scale = getPerChannel(op.getScale(), channels);
  auto offset = getPerChannel(op.getOffset(), channels);
  auto mean = getPerChannel(op.getMean(), channels);
  auto variance = getPerChannel(op.getVariance(), channels);
  if (!scale || !offset || !mean || !variance)
    return std::nullopt;
  double epsilon = op.getEpsilon().convertToFloat();
  for (int64_t i = 0; i < channels; ++i) {
    (*scale)[i] /= std::sqrt((*variance)[i] + epsilon);
    (*offset)[i] -= (*scale)[i] * (*mean)[i];
  }
  return Affine{*scale, *offset};
}

/// What `op` does to `input`, one of its operands, if that is affine per channel.
static std::optional<Affine> getAffine(Operation *op, Value input, int64_t channels) {
  if (auto batchNorm = dyn_cast<BatchNormOp>(op))
    return batchNorm.getInput() == input ? getAffine(batchNorm, channels) : std::nullopt;
  if (!isa<AddOp, SubOp, MulOp, DivOp>(op))
    return std::nullopt;
  bool isLeft = op->getOperand(0) == input;
  auto constant = getPerChannel(op->getOperand(isLeft ? 1 : 0), channels);
  if (!constant)
    return std::nullopt;
  std::vector<double> ones(channels, 1.0), zeros(channels, 0.0);
  if (isa<AddOp>(op))
    return Affine{ones, *constant};
  if (isa<MulOp>(op))
    return Affine{*constant, zeros};
  if (isa<SubOp>(op)) {
    std::vector<double> &negated = isLeft ? *constant : ones;
    for (double &value : negated)
      value = -value;
    return Affine{ones, *constant};
  }
  if (!isLeft)
    return std::nullopt;
  for (double &value : *constant)
    value = 1.0 / value;
  return Affine{*constant, zeros};
}

/// The elements as f32, if all are finite numbers.
static std::optional<std::vector<float>> toFloats(ArrayRef<double> values) {
  std::vector<float> floats(values.begin(), values.end());
  for (float value : floats)
    if (!std::isfinite(value))
      return std::nullopt;
  return floats;
}

static Attribute getActivation(Operation *op) {
  return op->getInherentAttr("activation").value_or(Attribute());
}

namespace {

struct FoldIntoWeights : RewritePattern {
  FoldIntoWeights(MLIRContext *context, Pass::Statistic &numFolded)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/2, context), numFolded(numFolded) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    for (Value operand : op->getOperands()) {
      auto producer = dyn_cast_or_null<QuantizableOpInterface>(operand.getDefiningOp());
      if (producer && producer.getWeightChannelAxis() >= 0 && operand.hasOneUse() &&
          succeeded(fold(producer, op, rewriter)))
        return success();
    }
    return failure();
  }

private:
  LogicalResult fold(QuantizableOpInterface producer, Operation *op,
                     PatternRewriter &rewriter) const {
    Value result = producer->getResult(0);
    if (op->getNumResults() != 1 || op->getResult(0).getType() != result.getType() ||
        !tensorOf(result).getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "the shape or the type changes");
    auto activation = dyn_cast_or_null<ActivationAttr>(getActivation(producer));
    if (!activation || activation.getValue() != Activation::None)
      return rewriter.notifyMatchFailure(op, "an activation stands between");
    int64_t channels = tensorOf(result).getShape().back();
    std::optional<Affine> affine = getAffine(op, result, channels);
    if (!affine)
      return rewriter.notifyMatchFailure(op, "not affine per channel with constants");
    return rewrite(producer, op, *affine, rewriter);
  }

  LogicalResult rewrite(QuantizableOpInterface producer, Operation *op, const Affine &affine,
                        PatternRewriter &rewriter) const {
    Value filter, bias;
    for (OpOperand &operand : producer->getOpOperands()) {
      OperandRole role = producer.getOperandRole(operand.getOperandNumber());
      if (role == OperandRole::Weights)
        filter = operand.get();
      if (role == OperandRole::Bias)
        bias = operand.get();
    }
    std::optional<std::vector<float>> weights =
        scaleFilter(filter, producer.getWeightChannelAxis(), affine);
    int64_t channels = affine.scale.size();
    std::vector<double> offsets = affine.offset;
    if (bias) {
      auto values = getPerChannel(bias, channels);
      if (!values)
        return rewriter.notifyMatchFailure(op, "the bias is not a constant");
      for (int64_t i = 0; i < channels; ++i)
        offsets[i] += (*values)[i] * affine.scale[i];
    }
    std::optional<std::vector<float>> biases = toFloats(offsets);
    if (!weights || !biases)
      return rewriter.notifyMatchFailure(op, "the weights are no finite constants");

    Location loc = rewriter.getFusedLoc({producer->getLoc(), op->getLoc()});
    auto biasType = RankedTensorType::get({channels}, rewriter.getF32Type());
    Value newFilter = ConstantOp::create(rewriter, filter.getLoc(), filter.getType(),
                                         makeFloatConstant(tensorOf(filter), *weights));
    Value newBias =
        ConstantOp::create(rewriter, loc, biasType, makeFloatConstant(biasType, *biases));
    Operation *folded = rewriter.clone(*producer.getOperation());
    rewriter.modifyOpInPlace(folded, [&] {
      folded->setLoc(loc);
      for (OpOperand &operand : folded->getOpOperands()) {
        OperandRole role = producer.getOperandRole(operand.getOperandNumber());
        if (role == OperandRole::Weights)
          operand.set(newFilter);
        if (role == OperandRole::Bias)
          operand.set(newBias);
      }
      if (!bias)
        folded->insertOperands(folded->getNumOperands(), newBias);
      if (Attribute activation = getActivation(op))
        folded->setAttr("activation", activation);
      if (Attribute name = op->getDiscardableAttr(kNameAttr))
        folded->setDiscardableAttr(kNameAttr, name);
    });
    rewriter.replaceOp(op, folded);
    ++numFolded;
    return success();
  }

  static std::optional<std::vector<float>> scaleFilter(Value filter, int64_t axis,
                                                       const Affine &affine) {
    std::optional<ConstantReader> reader = ConstantReader::create(filter);
    if (!reader || !reader->getElementType().isF32())
      return std::nullopt;
    int64_t inner = 1;
    for (int64_t dim : reader->getShape().drop_front(axis + 1))
      inner *= dim;
    int64_t channels = reader->getShape()[axis];
    std::vector<double> weights(reader->getNumElements());
    for (int64_t i = 0, e = weights.size(); i < e; ++i)
      weights[i] = reader->getFloat(i) * affine.scale[i / inner % channels];
    return toFloats(weights);
  }

  Pass::Statistic &numFolded;
};

/// Only what no producer took is left when this pattern of lower benefit applies.
struct DecomposeBatchNorm : OpRewritePattern<BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(BatchNormOp op, PatternRewriter &rewriter) const override {
    int64_t channels = tensorOf(op.getInput()).getShape().back();
    if (!tensorOf(op.getInput()).getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "not on f32");
    std::optional<Affine> affine = getAffine(op, channels);
    if (!affine)
      return rewriter.notifyMatchFailure(op, "the parameters are not constants");
    auto scale = toFloats(affine->scale), offset = toFloats(affine->offset);
    if (!scale || !offset)
      return rewriter.notifyMatchFailure(op, "the parameters give no finite factors");
    auto type = RankedTensorType::get({channels}, rewriter.getF32Type());
    Value factor = ConstantOp::create(rewriter, op.getLoc(), type, makeFloatConstant(type, *scale));
    Value summand =
        ConstantOp::create(rewriter, op.getLoc(), type, makeFloatConstant(type, *offset));
    Value product = MulOp::create(rewriter, op.getLoc(), op.getType(), op.getInput(), factor);
    auto sum = AddOp::create(rewriter, op.getLoc(), op.getType(), product, summand);
    if (Attribute name = op->getDiscardableAttr(kNameAttr))
      sum->setDiscardableAttr(kNameAttr, name);
    rewriter.replaceOp(op, sum);
    return success();
  }
};

struct FoldBatchNorm : prepare::impl::FoldBatchNormBase<FoldBatchNorm> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldIntoWeights>(&getContext(), numFolded);
    patterns.add<DecomposeBatchNorm>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      getOperation().emitError("folding batch normalisation did not come to an end");
      signalPassFailure();
    }
  }
};

} // namespace
