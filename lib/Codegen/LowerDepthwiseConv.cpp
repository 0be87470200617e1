// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kernel.depthwise_conv to loops over neighbouring outputs, a block of channels at a time.
#include "DepthwiseSteps.h"
#include "KernelLowering.h"
#include "KernelOrder.h"
#include "KernelPacking.h"
#include "KernelTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

constexpr int64_t kMaxTileColumns = 8;
/// What a tile costs besides its outputs, in outputs.
constexpr double kTileCost = 1.5;
/// The largest window whose columns are added without a loop.
constexpr int64_t kMaxStraightTaps = 25;
/// Registers for rows of a column that is being made, and for other passing values.
constexpr int64_t kScratch = 4;
/// Instructions of an output besides its sum, and of what is done once for a line.
constexpr int64_t kOutputCost = 10, kLineCost = 24;

class DepthwiseLowering {
public:
  DepthwiseLowering(KernelBuilder &kb, kernel::DepthwiseConvOp op)
      : kb(kb), op(op), out(op.getOutShape()), stride(op.getStride()), dilation(op.getDilation()),
        window(op.getWindow()), lanes(op.getLanes()),
        group(op.isInteger() ? kernel::kDotGroup : 1) {}

  LogicalResult lower();

private:
  using Values = DepthwiseSteps::Values;

  void chooseSteps();
  std::unique_ptr<DepthwiseSteps> makeSteps(int64_t together);
  int64_t chooseTileColumns();
  int64_t getRound() const;
  Value startBlock(Value block);
  void slide(Value image, Value line, Value channel);
  void lowerLine(Value image, Value line, Value channel);
  void lowerTile(Value x, const EpiloguePlace &place, Value channel);
  void sumColumns(Value x, Values &sums, Values &inputs);
  Values loadWeights(Value column);
  void hoistConstants();
  /// True for a large window that is used once, as that of a global pool: its columns are added in
  /// a loop.
  bool isWholeImage() const {
    return out[1] * out[2] == 1 && window[0] * window[1] > kMaxStraightTaps;
  }
  Values loadColumn(Value x, int64_t column);
  Values startSum();
  Value finish(const Values &sums, const Values &inputs);

  KernelBuilder &kb;
  kernel::DepthwiseConvOp op;
  SmallVector<int64_t> out;
  ArrayRef<int64_t> stride, dilation, window;
  int64_t lanes, group;
  /// Whether the columns of the window stay in registers while it moves along `lines` lines; else
  /// tiles of one line have their own.
  bool slides = false;
  int64_t lines = 1, tileColumns = 1;
  /// Channels of a block that exist.
  int64_t valid;
  Value input;
  ImageLayout inputLayout;
  EpilogueBuffers buffers;
  std::unique_ptr<DepthwiseSteps> steps;
  SmallVector<SmallVector<Values>> weights; ///< by line and column of the window
  SmallVector<SmallVector<Values>> ones;    ///< the same, if the weights have a zero point
  Value packed;                             ///< where the weights of the block begin
  Value bias;
  Operation *blockStart = nullptr; ///< follows what is made of the number of the block
};

LogicalResult DepthwiseLowering::lower() {
  if (failed(verifyLevel(kb, op)))
    return failure();
  if (kb.level.dot == DotKind::Vnni && op.isInteger() && lanes == getInterleavedLanes(kb.level) &&
      canInterleave(lanes, out[3], stride[1])) {
    lowerInterleavedDepthwise(kb, op);
    return success();
  }
  if (op.isInteger() && lanes != (kb.level.vectorBits == 512 ? 16 : 8))
    return op.emitOpError("expected weights packed for level ")
           << kb.level.name << ", got " << lanes << " lanes";
  chooseSteps();
  input = kb.flatten(op.getInput());
  inputLayout = getInputLayout(op);
  buffers = flattenBuffers(kb, op);
  int64_t channels = out[3], blocks = llvm::divideCeil(channels, lanes);
  valid = std::min(channels, lanes);
  // In order: all channels of a line before the next (KernelOrder.h). Else the weights of a
  // block stay in registers while it goes through the images.
  bool backward = op.getBackward(), ordered = backward || op.getForward();
  auto lowerLines = [&](Value image, Value line, Value channel) {
    if (slides)
      slide(image, line, channel);
    else
      lowerLine(image, line, channel);
  };
  auto overBlocks = [&](llvm::function_ref<void(Value)> body) {
    kb.loop(blocks, [&](Value block) {
      body(startBlock(block));
      if (slides)
        hoistConstants();
    });
  };
  auto overLines = [&](llvm::function_ref<void(Value, Value)> body) {
    kb.loop(out[0], [&](Value image) {
      image = kb.turn(image, out[0], backward);
      int64_t count = llvm::divideCeil(out[1], lines);
      kb.loop(count, [&](Value index) {
        Value line = kb.mul(kb.turn(index, count, backward), lines);
        // The last lines move back to end with the image.
        body(image, out[1] % lines != 0 ? kb.min(line, out[1] - lines) : line);
      });
    });
  };
  if (ordered)
    overLines([&](Value image, Value line) {
      overBlocks([&](Value channel) { lowerLines(image, line, channel); });
    });
  else
    overBlocks([&](Value channel) {
      overLines([&](Value image, Value line) { lowerLines(image, line, channel); });
    });
  fillHalo(kb, op, buffers);
  return success();
}

/// Loads the weights and the bias of a block; returns its first channel.
Value DepthwiseLowering::startBlock(Value block) {
  Value channel = kb.mul(block, lanes);
  // The last block moves back to end with the last channel.
  if (out[3] > lanes && out[3] % lanes != 0)
    channel = kb.min(channel, out[3] - lanes);
  int64_t groups = llvm::divideCeil(window[0], group);
  packed = kb.mul(block, op.getUniform() ? 0 : window[1] * groups * lanes * group);
  weights.assign(lines, {});
  ones.assign(op.getWeightZp() != 0 ? lines : 0, {});
  for (int64_t column = 0; column < window[1] && !isWholeImage(); ++column) {
    Values vectors = loadWeights(kb.index(column));
    for (int64_t line = 0; line < lines; ++line) {
      weights[line].push_back(steps->prepareWeights(vectors, line));
      if (op.getWeightZp() != 0)
        ones[line].push_back(steps->prepareWeights(Values(groups, Value()), line));
    }
  }
  bias = kb.load(op.getBias(), channel, lanes);
  blockStart = bias.getDefiningOp();
  return channel;
}

/// Loads what the epilogue needs of the channels once for the block: LLVM leaves loads, and what
/// is made of them, in loops that are short of registers.
void DepthwiseLowering::hoistConstants() {
  blockStart->getParentOp()->walk([&](vector::LoadOp load) {
    if (llvm::is_contained(op.getChannels(), load.getBase()))
      load->moveBefore(blockStart);
  });
}

/// The packed groups of a column of the window.
DepthwiseSteps::Values DepthwiseLowering::loadWeights(Value column) {
  int64_t groups = llvm::divideCeil(window[0], group), size = lanes * group;
  Value start = kb.add(packed, kb.mul(column, groups * size));
  Values vectors;
  for (int64_t g = 0; g < groups; ++g)
    vectors.push_back(kb.load(op.getWeights(), kb.add(start, g * size), size));
  return vectors;
}

/// Computes `lines` lines from `line` on, a pixel of each at a time.
void DepthwiseLowering::slide(Value image, Value line, Value channel) {
  Value x = kb.add(inputLayout.getPlace(kb, image, kb.mul(line, stride[0]), kb.index(0)), channel);
  int64_t kept = std::max<int64_t>(window[1] - stride[1], 0);
  // One load of the bias is cheaper than copies of its registers, which LLVM would make of it.
  bool loadsBias = steps->addsInPlace() && op.getWeightZp() == 0;
  // From `pixel` on, with the first columns of its window and the address of the bias; returns the
  // columns behind the last, and the address.
  auto lowerPixels = [&](Value pixel, int64_t count, ArrayRef<Value> first) {
    Value biasAddress = loadsBias ? first.back() : Value();
    if (loadsBias)
      first = first.drop_back();
    Value at = kb.add(x, kb.mul(pixel, stride[1] * inputLayout.getPixel()));
    EpiloguePlace place = EpiloguePlace::get(kb, buffers, channel, image, line, pixel);
    SmallVector<Values> columns;
    for (int64_t column = 0, size = kept ? first.size() / kept : 0; column < kept; ++column)
      columns.push_back(Values(first.slice(column * size, size)));
    for (int64_t t = 0; t < count; ++t) {
      while (int64_t(columns.size()) < t * stride[1] + window[1])
        columns.push_back(loadColumn(at, columns.size()));
      ArrayRef<Values> used = ArrayRef(columns).slice(t * stride[1], window[1]);
      SmallVector<EpilogueRow> rows;
      for (int64_t l = 0; l < lines; ++l) {
        if (loadsBias) {
          biasAddress = kb.conceal(biasAddress);
          bias = kb.bitcast(kb.loadBytes(biasAddress, 0, 4 * lanes), lanes, kb.i32());
        }
        Values sums = startSum(), inputs;
        steps->accumulate(sums, used, weights[l], l);
        if (op.getWeightZp() != 0) {
          inputs = steps->start(Value());
          steps->accumulate(inputs, used, ones[l], l);
        }
        EpiloguePlace pixelPlace = place.addPixels(kb, buffers, t);
        rows.push_back({finish(sums, inputs), {pixelPlace.addLines(kb, buffers, l)}});
      }
      emitEpilogue(kb, op.getEpilogue(), buffers,
                   {.channel = channel,
                    .channels = lanes,
                    .valid = valid,
                    .adjacent = lines == 1 && lanes == out[3] && buffers.hasAdjacentPixels(lanes)},
                   rows);
    }
    Values next;
    for (int64_t column = 0; column < kept; ++column)
      llvm::append_range(next, columns[count * stride[1] + column]);
    if (loadsBias)
      next.push_back(biasAddress);
    return next;
  };
  Values carried;
  for (int64_t column = 0; column < kept; ++column)
    llvm::append_range(carried, loadColumn(x, column));
  if (loadsBias)
    carried.push_back(kb.getAddress(op.getBias(), kb.mul(channel, 4)));
  int64_t round = std::min(getRound(), out[2]), full = out[2] / round;
  carried = kb.loop(full, carried, [&](Value index, ArrayRef<Value> inner) {
    return lowerPixels(kb.mul(index, round), round, inner);
  });
  if (int64_t left = out[2] % round)
    lowerPixels(kb.index(out[2] - left), left, carried);
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

std::unique_ptr<DepthwiseSteps> DepthwiseLowering::makeSteps(int64_t together) {
  return makeDepthwiseSteps(kb, lanes, {window[0], together, stride[0]}, op.isInteger(),
                            op.getInputOffset() == 128, op.getFullRange());
}

/// Lets the window slide if the registers hold it, over the number of lines that takes the fewest
/// instructions.
void DepthwiseLowering::chooseSteps() {
  bool canSlide = kb.isArm() && op.isInteger() && dilation[1] == 1 && !isWholeImage();
  int64_t most = dilation[0] == 1 ? std::min(kOrderedLines, out[1]) : 1, least = 0;
  for (int64_t count = 1; count <= most && canSlide; ++count) {
    std::unique_ptr<DepthwiseSteps> candidate = makeSteps(count);
    int64_t sums = count * candidate->getSumRegisters() * (op.getWeightZp() != 0 ? 2 : 1);
    int64_t columns = candidate->getWeightRegisters() + candidate->getColumnRegisters();
    if (window[1] * columns + sums + kScratch > kb.level.vectorRegisters)
      continue;
    int64_t output = window[1] * candidate->getSumCost() + kOutputCost;
    int64_t pixel = stride[1] * candidate->getColumnCost() + count * output;
    int64_t cost = llvm::divideCeil(out[1], count) * (out[2] * pixel + kLineCost);
    if (slides && cost >= least)
      continue;
    slides = true;
    least = cost;
    lines = count;
    steps = std::move(candidate);
  }
  if (slides)
    return;
  steps = makeSteps(1);
  tileColumns = chooseTileColumns();
}

/// Pixels after which the columns that stay in registers may stay in the same ones.
int64_t DepthwiseLowering::getRound() const {
  int64_t kept = window[1] - stride[1], round = 1;
  auto isFree = [&](int64_t column) {
    int64_t lastUse = column / stride[1];
    return column + round * stride[1] - (window[1] - 1) > lastUse * stride[1];
  };
  while (!llvm::all_of(llvm::seq<int64_t>(0, std::max<int64_t>(kept, 0)), isFree))
    ++round;
  return round;
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

/// The rows of a column of the input, `column` columns behind the one at `x`.
DepthwiseSteps::Values DepthwiseLowering::loadColumn(Value x, int64_t column) {
  Values rows;
  for (int64_t row = 0, count = window[0] + (lines - 1) * stride[0]; row < count; ++row)
    rows.push_back(kb.loadPart(
        input,
        kb.add(x, row * dilation[0] * inputLayout.getLine() + column * inputLayout.getPixel()),
        lanes, valid));
  return steps->prepareColumn(rows);
}

/// Integers may be added in any order.
DepthwiseSteps::Values DepthwiseLowering::startSum() {
  return steps->start(op.isInteger() ? bias : Value());
}

Value DepthwiseLowering::finish(const Values &sums, const Values &inputs) {
  Value sum = steps->finish(sums);
  if (!op.isInteger())
    return arith::AddFOp::create(kb.builder, kb.loc, sum, bias);
  if (op.getWeightZp() == 0)
    return sum;
  Value correction = arith::MulIOp::create(kb.builder, kb.loc, steps->finish(inputs),
                                           kb.splat(int32_t(op.getWeightZp()), lanes, kb.i32()));
  return arith::SubIOp::create(kb.builder, kb.loc, sum, correction);
}

/// Adds the columns of a window at `x` to the sums of its pixel, one after the other.
void DepthwiseLowering::sumColumns(Value x, Values &sums, Values &inputs) {
  Values carried = sums;
  llvm::append_range(carried, inputs);
  size_t count = sums.size();
  carried = kb.loop(window[1], carried, [&](Value index, ArrayRef<Value> inner) {
    Values added(inner.take_front(count)), plain(inner.drop_front(count));
    Values column = loadColumn(kb.add(x, kb.mul(index, dilation[1] * inputLayout.getPixel())), 0);
    steps->accumulate(added, column, steps->prepareWeights(loadWeights(index), 0), 0);
    if (op.getWeightZp() != 0)
      steps->accumulate(
          plain, column,
          steps->prepareWeights(Values(llvm::divideCeil(window[0], group), Value()), 0), 0);
    llvm::append_range(added, plain);
    return added;
  });
  sums = Values(ArrayRef(carried).take_front(count));
  inputs = Values(ArrayRef(carried).drop_front(count));
}

void DepthwiseLowering::lowerTile(Value x, const EpiloguePlace &place, Value channel) {
  SmallVector<Values> sums, inputs;
  for (int64_t t = 0; t < tileColumns; ++t) {
    sums.push_back(startSum());
    inputs.push_back(steps->start(Value()));
  }
  if (isWholeImage())
    sumColumns(x, sums[0], inputs[0]);
  int64_t reach = (tileColumns - 1) * stride[1] + (window[1] - 1) * dilation[1];
  for (int64_t at = 0; at <= reach && !isWholeImage(); ++at) {
    // Outputs and columns of the window that meet at this column of the input.
    SmallVector<std::pair<int64_t, int64_t>> uses;
    for (int64_t t = 0; t < tileColumns; ++t) {
      int64_t offset = at - t * stride[1];
      if (offset >= 0 && offset % dilation[1] == 0 && offset / dilation[1] < window[1])
        uses.push_back({t, offset / dilation[1]});
    }
    if (uses.empty())
      continue;
    Values column = loadColumn(x, at);
    for (auto [t, kx] : uses) {
      steps->accumulate(sums[t], column, weights[0][kx], 0);
      if (op.getWeightZp() != 0)
        steps->accumulate(inputs[t], column, ones[0][kx], 0);
    }
  }

  SmallVector<EpilogueRow> rows;
  for (int64_t t = 0; t < tileColumns; ++t)
    rows.push_back({finish(sums[t], inputs[t]), {place.addPixels(kb, buffers, t)}});
  emitEpilogue(kb, op.getEpilogue(), buffers,
               {.channel = channel,
                .channels = lanes,
                .valid = valid,
                .adjacent = lanes == out[3] && buffers.hasAdjacentPixels(lanes)},
               rows);
}

} // namespace

LogicalResult lowerDepthwiseConv(KernelBuilder &kb, kernel::DepthwiseConvOp op) {
  return DepthwiseLowering(kb, op).lower();
}

} // namespace kvant::codegen
