// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pooling.
#include "Lowering.h"

using namespace mlir;

namespace kvant::lower {

/// As for convolutions: no padding after the last window, then no input after it.
static Value trimPool(TosaEmitter &emit, Value input, ArrayRef<int64_t> kernel,
                      ArrayRef<int64_t> stride, SmallVectorImpl<int64_t> &padding) {
  SmallVector<int64_t> size(TosaEmitter::shapeOf(input));
  for (int axis = 0; axis < 2; ++axis) {
    int64_t &after = padding[2 * axis + 1];
    int64_t unread = (size[axis + 1] + padding[2 * axis] + after - kernel[axis]) % stride[axis];
    int64_t fromPadding = std::min(unread, after);
    after -= fromPadding;
    size[axis + 1] -= unread - fromPadding;
  }
  return emit.slice(input, SmallVector<int64_t>(size.size(), 0), size);
}

template <typename OpTy> static LogicalResult checkPool(OpTy op) {
  if (isQuantized(op.getInput()) != isQuantized(op.getOutput()))
    return op.emitOpError("expected operand and result both quantized or both floats");
  for (int axis = 0; axis < 2; ++axis)
    if (op.getPadding()[2 * axis] >= op.getKernel()[axis] ||
        op.getPadding()[2 * axis + 1] >= op.getKernel()[axis])
      return op.emitOpError("expected padding smaller than the kernel, got a window that lies "
                            "in the padding");
  return success();
}

static LoweredValue lowerMaxPool(qnn::MaxPool2DOp op, const Lowering &l) {
  if (failed(checkPool(op)))
    return failure();
  TosaEmitter &emit = l.emit;
  SmallVector<int64_t> padding(op.getPadding());
  Value input = trimPool(emit, l[0], op.getKernel(), op.getStride(), padding);
  auto type = RankedTensorType::get(cast<ShapedType>(op.getOutput().getType()).getShape(),
                                    TosaEmitter::elementOf(input));
  Value result = tosa::MaxPool2dOp::create(emit.getBuilder(), emit.getLocation(), type, input,
                                           op.getKernel(), op.getStride(), padding);
  if (!isQuantized(op.getInput()))
    return applyActivation(emit, result, op.getActivation());
  FailureOr<Uniform> in = getUniform8(op, op.getInput(), "an input");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, op.getOutput(), "a result");
  if (failed(out))
    return failure();
  // The largest stored value is the largest real one, so rescaling may follow.
  LoweredValue stored = requantize(op, emit, result, *in, *out);
  if (failed(stored))
    return failure();
  return emit.clampIfNarrow(*stored, getActivationRange(op.getActivation(), *out));
}

/// How many elements of the input each window of one axis covers.
static SmallVector<int64_t> countCovered(int64_t size, int64_t outputSize, int64_t kernel,
                                         int64_t stride, int64_t before) {
  SmallVector<int64_t> counts;
  for (int64_t i = 0; i < outputSize; ++i) {
    int64_t first = std::max<int64_t>(0, i * stride - before);
    int64_t last = std::min(size, i * stride - before + kernel);
    counts.push_back(std::max<int64_t>(1, last - first));
  }
  return counts;
}

/// Window for which the average is one rescale.
constexpr int64_t kMaxCount = int64_t(1) << 21;

/// The multiplier for the average of `count` stored values, rounded as TFLite does it: ties away
/// from zero. It is above 1 / count by a share e of at most 2^-30, and a rescale rounds ties up.
/// With |sum| <= 255 * count and count <= kMaxCount, |sum| * e < 1/2: quotients move away from zero
/// by less than half of their distance 1 / count. So a tie of a negative sum is rounded down, and
/// no other quotient gets past a tie.
static Multiplier getMultiplierOfMean(int64_t count) {
  int64_t shift = 30 + llvm::Log2_64_Ceil(count);
  return {int32_t((int64_t(1) << shift) / count + 1), int8_t(shift)};
}

/// TFLite's average: the sum of stored values, divided with ties away from zero.
static LoweredValue lowerAvgPoolLikeTFLite(qnn::AvgPool2DOp op, const Lowering &l,
                                           const Uniform &in, const Uniform &out) {
  TosaEmitter &emit = l.emit;
  if (in.scale != out.scale || in.zeroPoint != out.zeroPoint)
    return op.emitOpError("expected the scale of the operand and of the result to be equal, as "
                          "TFLite has it");
  ArrayRef<int64_t> kernel = op.getKernel(), stride = op.getStride(), pad = op.getPadding();
  ArrayRef<int64_t> inputShape = TosaEmitter::shapeOf(l[0]);
  ArrayRef<int64_t> outputShape = cast<ShapedType>(op.getOutput().getType()).getShape();
  int64_t channels = inputShape[3];
  SmallVector<int64_t> rows =
      countCovered(inputShape[1], outputShape[1], kernel[0], stride[0], pad[0]);
  SmallVector<int64_t> columns =
      countCovered(inputShape[2], outputShape[2], kernel[1], stride[1], pad[2]);
  SmallVector<int64_t> counts, halves;
  for (int64_t row : rows)
    for (int64_t column : columns) {
      counts.push_back(row * column);
      halves.push_back(row * column / 2);
    }

  SmallVector<int64_t> padding(pad);
  Value input = trimPool(emit, l[0], kernel, stride, padding);
  // Sums are a depthwise convolution with ones; the zero point makes padding count as 0 and
  // gives unsigned tensors their own stored values back.
  int64_t zeroOfStored = in.wasUnsigned ? -128 : 0;
  SmallVector<int8_t> ones(kernel[0] * kernel[1] * channels, 1);
  Value filter = emit.ints(emit.i8(), {kernel[0], kernel[1], channels, 1},
                           SmallVector<int64_t>(ones.begin(), ones.end()));
  Value bias = emit.ints(emit.i32(), {channels}, SmallVector<int64_t>(channels, 0));
  Value sum = tosa::DepthwiseConv2DOp::create(
      emit.getBuilder(), emit.getLocation(), RankedTensorType::get(outputShape, emit.i32()), input,
      filter, bias, emit.zeroPoint(emit.i8(), zeroOfStored), emit.zeroPoint(emit.i8()), padding,
      stride, ArrayRef<int64_t>{1, 1}, emit.i32());
  std::pair<int64_t, int64_t> range = getActivationRange(op.getActivation(), out);
  if (llvm::all_equal(counts) && counts[0] <= kMaxCount)
    return emit.clampIfNarrow(emit.rescale(sum, emit.i8(), getMultiplierOfMean(counts[0]), 0,
                                           zeroOfStored, /*doubleRound=*/false),
                              range);
  SmallVector<int64_t> countShape = {1, outputShape[1], outputShape[2], 1};
  Value count = emit.ints(emit.i32(), countShape, counts);
  Value half = emit.ints(emit.i32(), countShape, halves);
  // Unsigned sums are not negative, so half is always added.
  Value nearest = emit.add(sum, half);
  if (!in.wasUnsigned)
    nearest = emit.select(emit.greater(sum, emit.splat(sum, 0)), nearest, emit.sub(sum, half));
  Value mean = emit.binary<tosa::IntDivOp>(nearest, count);
  if (zeroOfStored != 0)
    mean = emit.add(mean, emit.splat(mean, double(zeroOfStored)));
  return emit.clampIfNarrow(emit.cast(mean, emit.i8()), range);
}

static LoweredValue lowerAvgPool(qnn::AvgPool2DOp op, const Lowering &l) {
  if (failed(checkPool(op)))
    return failure();
  TosaEmitter &emit = l.emit;
  bool quantized = isQuantized(op.getInput());
  Uniform in, out;
  if (quantized) {
    FailureOr<Uniform> input = getUniform8(op, op.getInput(), "an input");
    if (failed(input))
      return failure();
    FailureOr<Uniform> output = getUniform8(op, op.getOutput(), "a result");
    if (failed(output))
      return failure();
    in = *input;
    out = *output;
    if (qnn::roundsLikeTFLite(op))
      return lowerAvgPoolLikeTFLite(op, l, in, out);
  }
  SmallVector<int64_t> padding(op.getPadding());
  Value input = trimPool(emit, l[0], op.getKernel(), op.getStride(), padding);
  Type element = TosaEmitter::elementOf(input);
  auto type = RankedTensorType::get(cast<ShapedType>(op.getOutput().getType()).getShape(), element);
  Value result = tosa::AvgPool2dOp::create(
      emit.getBuilder(), emit.getLocation(), type, input, emit.zeroPoint(element, in.zeroPoint),
      emit.zeroPoint(element, in.zeroPoint), op.getKernel(), op.getStride(), padding,
      quantized ? emit.i32() : emit.f32());
  if (!quantized)
    return applyActivation(emit, result, op.getActivation());
  LoweredValue stored = requantize(op, emit, result, in, out);
  if (failed(stored))
    return failure();
  return emit.clampIfNarrow(*stored, getActivationRange(op.getActivation(), out));
}

void registerPool(LoweringRegistry &registry) {
  registry.add<qnn::AvgPool2DOp>(lowerAvgPool);
  registry.add<qnn::MaxPool2DOp>(lowerMaxPool);
}

} // namespace kvant::lower
