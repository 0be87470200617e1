// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kernel.depthwise_conv to loops over tiles of neighbouring outputs.
#include "DepthwiseSteps.h"
#include "KernelLowering.h"
#include "KernelPacking.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

constexpr int64_t kMaxTileColumns = 8;
/// What a tile costs besides its outputs, in outputs.
constexpr double kTileCost = 1.5;

class DepthwiseLowering {
public:
  DepthwiseLowering(KernelBuilder &kb, kernel::DepthwiseConvOp op)
      : kb(kb), op(op), in(op.getInputType().getShape()), out(op.getOutShape()),
        stride(op.getStride()), dilation(op.getDilation()), window(op.getWindow()),
        lanes(op.getLanes()), group(op.isInteger() ? kernel::kDotGroup : 1) {}

  LogicalResult lower();

private:
  using Values = DepthwiseSteps::Values;

  int64_t chooseTileColumns();
  Value startBlock(Value block);
  void lowerLine(Value image, Value line, Value channel);
  void lowerTile(Value x, const EpiloguePlace &place, Value channel);

  KernelBuilder &kb;
  kernel::DepthwiseConvOp op;
  ArrayRef<int64_t> in;
  SmallVector<int64_t> out;
  ArrayRef<int64_t> stride, dilation, window;
  int64_t lanes, group, tileColumns = 1;
  /// Channels of a block that exist.
  int64_t valid;
  Value input;
  ImageLayout inputLayout;
  EpilogueBuffers buffers;
  std::unique_ptr<DepthwiseSteps> steps;
  SmallVector<Values> weights; ///< by column of the window
  Values ones;                 ///< if the weights have a zero point
};

LogicalResult DepthwiseLowering::lower() {
  if (failed(verifyLevel(kb, op)))
    return failure();
  if (kb.level.dot == DotKind::Vnni && op.isInteger() && lanes == kInterleavedLanes &&
      canInterleave(out[3], stride[1])) {
    lowerInterleavedDepthwise(kb, op);
    return success();
  }
  if (op.isInteger() && lanes != (kb.level.vectorBits == 512 ? 16 : 8))
    return op.emitOpError("expected weights packed for level ")
           << kb.level.name << ", got " << lanes << " lanes";
  steps = makeDepthwiseSteps(kb, lanes, window[0], op.isInteger(), op.getInputOffset() == 128,
                             op.getFullRange());
  tileColumns = chooseTileColumns();
  input = kb.flatten(op.getInput());
  inputLayout = ImageLayout(out, in, op.getInputStart());
  buffers = flattenBuffers(kb, op);
  int64_t channels = out[3], blocks = llvm::divideCeil(channels, lanes);
  valid = std::min(channels, lanes);
  // In order: all channels of a line before the next (KernelOrder.h). Else the weights of a
  // block stay in registers while it goes through the images.
  bool backward = op.getBackward(), ordered = backward || op.getForward();
  auto overBlocks = [&](llvm::function_ref<void(Value)> body) {
    kb.loop(blocks, [&](Value block) { body(startBlock(block)); });
  };
  auto overLines = [&](llvm::function_ref<void(Value, Value)> body) {
    kb.loop(out[0], [&](Value image) {
      image = kb.turn(image, out[0], backward);
      kb.loop(out[1], [&](Value line) { body(image, kb.turn(line, out[1], backward)); });
    });
  };
  if (ordered)
    overLines([&](Value image, Value line) {
      overBlocks([&](Value channel) { lowerLine(image, line, channel); });
    });
  else
    overBlocks([&](Value channel) {
      overLines([&](Value image, Value line) { lowerLine(image, line, channel); });
    });
  fillHalo(kb, op, buffers);
  return success();
}

/// Loads the weights of a block; returns its first channel.
Value DepthwiseLowering::startBlock(Value block) {
  Value channel = kb.mul(block, lanes);
  // The last block moves back to end with the last channel.
  if (out[3] > lanes && out[3] % lanes != 0)
    channel = kb.min(channel, out[3] - lanes);
  int64_t groups = llvm::divideCeil(window[0], group);
  weights.clear();
  Value packed = kb.mul(block, op.getUniform() ? 0 : window[1] * groups * lanes * group);
  for (int64_t column = 0; column < window[1]; ++column) {
    Values vectors;
    for (int64_t g = 0; g < groups; ++g)
      vectors.push_back(kb.load(
          op.getWeights(), kb.add(packed, (column * groups + g) * lanes * group), lanes * group));
    weights.push_back(steps->prepareWeights(vectors));
  }
  if (op.getWeightZp() != 0)
    ones = steps->prepareWeights(Values(groups, Value()));
  return channel;
}

void DepthwiseLowering::lowerLine(Value image, Value line, Value channel) {
  kb.loop(llvm::divideCeil(out[2], tileColumns), [&](Value index) {
    Value column = kb.mul(index, tileColumns);
    if (out[2] % tileColumns != 0)
      column = kb.min(column, out[2] - tileColumns);
    Value x = inputLayout.getPlace(kb, image, kb.mul(line, stride[0]), kb.mul(column, stride[1]));
    lowerTile(kb.add(x, channel), EpiloguePlace::get(kb, buffers, channel, image, line, column),
              channel);
  });
}

/// The weights stay in registers over the whole block; the outputs of a tile take the rest.
int64_t DepthwiseLowering::chooseTileColumns() {
  int64_t perOutput = steps->getSumRegisters() * (op.getWeightZp() != 0 ? 2 : 1);
  int64_t left = kb.level.vectorRegisters - window[1] * steps->getWeightRegisters() - 5;
  int64_t most = std::clamp<int64_t>(left / perOutput, 1, kMaxTileColumns);
  int64_t best = 1;
  double bestCost = 0;
  for (int64_t columns = 1; columns <= std::min(most, out[2]); ++columns) {
    double cost = llvm::divideCeil(out[2], columns) * (columns + kTileCost);
    if (columns == 1 || cost < bestCost) {
      best = columns;
      bestCost = cost;
    }
  }
  return best;
}

void DepthwiseLowering::lowerTile(Value x, const EpiloguePlace &place, Value channel) {
  SmallVector<Values> sums, inputs;
  for (int64_t t = 0; t < tileColumns; ++t) {
    sums.push_back(steps->start());
    inputs.push_back(steps->start());
  }
  int64_t reach = (tileColumns - 1) * stride[1] + (window[1] - 1) * dilation[1];
  for (int64_t at = 0; at <= reach; ++at) {
    // Outputs and columns of the window that meet at this column of the input.
    SmallVector<std::pair<int64_t, int64_t>> uses;
    for (int64_t t = 0; t < tileColumns; ++t) {
      int64_t offset = at - t * stride[1];
      if (offset >= 0 && offset % dilation[1] == 0 && offset / dilation[1] < window[1])
        uses.push_back({t, offset / dilation[1]});
    }
    if (uses.empty())
      continue;
    Values rows;
    for (int64_t row = 0; row < window[0]; ++row)
      rows.push_back(
          kb.loadPart(input, kb.add(x, (row * dilation[0] * in[2] + at) * in[3]), lanes, valid));
    Values column = steps->prepareColumn(rows);
    for (auto [t, kx] : uses) {
      steps->accumulate(sums[t], column, weights[kx]);
      if (op.getWeightZp() != 0)
        steps->accumulate(inputs[t], column, ones);
    }
  }

  Value bias = kb.load(op.getBias(), channel, lanes);
  SmallVector<EpilogueRow> rows;
  for (int64_t t = 0; t < tileColumns; ++t) {
    Value sum = steps->finish(sums[t]);
    if (op.getWeightZp() != 0) {
      Value correction =
          arith::MulIOp::create(kb.builder, kb.loc, steps->finish(inputs[t]),
                                kb.splat(int32_t(op.getWeightZp()), lanes, kb.i32()));
      sum = arith::SubIOp::create(kb.builder, kb.loc, sum, correction);
    }
    if (op.isInteger())
      sum = arith::AddIOp::create(kb.builder, kb.loc, sum, bias);
    else
      sum = arith::AddFOp::create(kb.builder, kb.loc, sum, bias);
    rows.push_back({sum, {place.add(kb, t * out[3])}});
  }
  emitEpilogue(kb, op.getEpilogue(), buffers,
               {.channel = channel, .channels = lanes, .valid = valid, .adjacent = lanes == out[3]},
               rows);
}

} // namespace

LogicalResult lowerDepthwiseConv(KernelBuilder &kb, kernel::DepthwiseConvOp op) {
  return DepthwiseLowering(kb, op).lower();
}

} // namespace kvant::codegen
