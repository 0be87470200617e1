// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kernel.depthwise_conv with VPDPBUSD, a register of neighbouring channels and pixels at a time.
//
// A column of the input with four rows of each channel in a lane (InterleavedColumns.h) serves all
// columns of the window, as it is carried along the line, and all lines of the output whose window
// lies within the four rows.
#include "InterleavedColumns.h"
#include "KernelLowering.h"
#include "KernelOrder.h"
#include "KernelPacking.h"
#include "KernelTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

constexpr int64_t kParts = InterleavedColumns::kParts;

class InterleavedDepthwise {
public:
  InterleavedDepthwise(KernelBuilder &kb, kernel::DepthwiseConvOp op)
      : kb(kb), op(op), out(op.getOutShape()), stride(op.getStride()), dilation(op.getDilation()),
        window(op.getWindow()), groups(llvm::divideCeil(window[0], kernel::kDotGroup)),
        numBytes(getInterleavedLanes(kb.level)), numLanes(numBytes / kParts) {}

  void lower();

private:
  using Values = SmallVector<Value>;

  void overBlocks(llvm::function_ref<void(Value)> body);
  void overLines(llvm::function_ref<void(Value, Value)> body);
  void startBlock(Value channel, Value packed);
  void lowerLines(Value image, Value line, Value channel);
  void lowerVectors(Value x, llvm::function_ref<EpiloguePlace(Value)> placeOf, Value channel);
  void lowerNeighbours(Value x, llvm::function_ref<EpiloguePlace(Value)> placeOf, Value channel);
  void lowerVector(ArrayRef<Values> columns, const EpiloguePlace &place, Value channel);
  Values loadWeights(Value packed, int64_t column);
  Values shiftRows(const Values &weights, int64_t by);

  KernelBuilder &kb;
  kernel::DepthwiseConvOp op;
  SmallVector<int64_t> out;
  ArrayRef<int64_t> stride, dilation, window;
  int64_t groups;
  int64_t numBytes, numLanes; ///< of a register: bytes, and groups of four
  std::optional<InterleavedColumns> input;
  ImageLayout inputLayout;
  EpilogueBuffers buffers;
  /// Of the block at hand: its channels, pixels in one vector, lines of the result together.
  int64_t channels = 0, pixels = 0, lines = 0;
  SmallVector<SmallVector<Values>> weights; ///< by line and column of the window
  SmallVector<Values> ones;                 ///< by line, if the weights have a zero point
  Values bias;
};

void InterleavedDepthwise::lower() {
  inputLayout = getInputLayout(op);
  buffers = flattenBuffers(kb, op);
  // Lines whose windows lie within the groups of rows that one line needs.
  lines = 1;
  bool ordered = op.getForward() || op.getBackward();
  int64_t perLine = kParts * (op.getWeightZp() != 0 ? 2 : 1);
  if (dilation[0] == 1)
    lines = std::min({(groups * kernel::kDotGroup - window[0]) / stride[0] + 1, out[1],
                      kb.level.vectorRegisters / 2 / perLine, ordered ? kOrderedLines : out[1]});
  input.emplace(kb, op, inputLayout, lines);
  // In order: all channels of some lines before the next (KernelOrder.h).
  if (ordered)
    overLines([&](Value image, Value line) {
      overBlocks([&](Value channel) { lowerLines(image, line, channel); });
    });
  else
    overBlocks([&](Value channel) {
      overLines([&](Value image, Value line) { lowerLines(image, line, channel); });
    });
  fillHalo(kb, op, buffers);
}

void InterleavedDepthwise::overBlocks(llvm::function_ref<void(Value)> body) {
  int64_t blockSize = op.getUniform() ? 0 : window[1] * groups * kernel::kDotGroup * numBytes;
  int64_t full = out[3] / numBytes;
  if (full != 0) {
    channels = numBytes;
    kb.loop(full, [&](Value block) {
      Value channel = kb.mul(block, numBytes);
      startBlock(channel, kb.mul(block, blockSize));
      body(channel);
    });
  }
  if (out[3] % numBytes == 0)
    return;
  DepthwiseBlock last = getDepthwiseBlock(full, numBytes, out[3]);
  channels = last.size;
  startBlock(kb.index(last.start), kb.index(full * blockSize));
  body(kb.index(last.start));
}

void InterleavedDepthwise::overLines(llvm::function_ref<void(Value, Value)> body) {
  bool backward = op.getBackward();
  int64_t count = llvm::divideCeil(out[1], lines);
  kb.loop(out[0], [&](Value image) {
    image = kb.turn(image, out[0], backward);
    kb.loop(count, [&](Value index) {
      Value line = kb.mul(kb.turn(index, count, backward), lines);
      // The last lines move back to end with the image.
      if (out[1] % lines != 0)
        line = kb.min(line, out[1] - lines);
      body(image, line);
    });
  });
}

/// Loads the weights and the bias of a block.
void InterleavedDepthwise::startBlock(Value channel, Value packed) {
  pixels = std::min(numBytes / channels, out[2]);
  input->startBlock(channels, pixels);
  weights.assign(lines, {});
  ones.clear();
  for (int64_t column = 0; column < window[1]; ++column) {
    Values loaded = loadWeights(packed, column);
    for (int64_t line = 0; line < lines; ++line)
      weights[line].push_back(shiftRows(loaded, line * stride[0]));
  }
  if (op.getWeightZp() != 0) {
    Values all;
    for (int64_t group = 0; group < groups; ++group) {
      SmallVector<int8_t> bytes(numBytes);
      for (int64_t i = 0; i < numBytes; ++i)
        bytes[i] = group * kernel::kDotGroup + i % kernel::kDotGroup < window[0];
      all.append(kParts, kb.constantBytes(bytes));
    }
    for (int64_t line = 0; line < lines; ++line)
      ones.push_back(shiftRows(all, line * stride[0]));
  }
  Value loaded = kb.load(op.getBias(), channel, channels);
  bias.clear();
  for (int64_t part = 0; part < kParts; ++part) {
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < numLanes; ++lane)
      mask.push_back(getInterleavedElement(numBytes, part * numLanes + lane) % channels);
    bias.push_back(kb.shuffle(loaded, loaded, mask));
  }
}

void InterleavedDepthwise::lowerLines(Value image, Value line, Value channel) {
  Value x = kb.add(inputLayout.getPlace(kb, image, kb.mul(line, stride[0]), kb.index(0)), channel);
  auto placeOf = [&](Value column) {
    return EpiloguePlace::get(kb, buffers, channel, image, line, column);
  };
  if (input->holdsNeighbours())
    lowerNeighbours(x, placeOf, channel);
  else
    lowerVectors(x, placeOf, channel);
  if (out[2] % pixels == 0)
    return;
  // The last vector moves back to end with the line.
  int64_t start = out[2] - pixels;
  SmallVector<Values> columns;
  for (int64_t column = 0; column < window[1]; ++column)
    columns.push_back(input->load(
        kb.add(x, (start * stride[1] + column * dilation[1]) * inputLayout.getPixel())));
  lowerVector(columns, placeOf(kb.index(start)), channel);
}

/// Columns of the window one by one, except those that were others for the vector before.
void InterleavedDepthwise::lowerVectors(Value x, llvm::function_ref<EpiloguePlace(Value)> placeOf,
                                        Value channel) {
  int64_t step = pixels * stride[1], full = out[2] / pixels;
  // Columns of the window that are other columns of it for the next vector.
  SmallVector<int64_t> kept;
  for (int64_t column = 0; column < window[1]; ++column)
    if (step % dilation[1] == 0 && column + step / dilation[1] < window[1])
      kept.push_back(column);
  if (full == 1 || int64_t(kept.size()) * groups * kParts > input->maxCarried)
    kept.clear();

  int64_t perColumn = groups * kParts;
  auto locate = [&](Value first, int64_t column) {
    return kb.add(first, column * dilation[1] * inputLayout.getPixel());
  };
  Values carried;
  for (int64_t column : kept)
    llvm::append_range(carried, input->load(locate(x, column)));
  kb.loop(full, carried, [&](Value index, ArrayRef<Value> inner) {
    Value first = kb.add(x, kb.mul(index, step * inputLayout.getPixel()));
    SmallVector<Values> columns;
    for (int64_t column = 0; column < window[1]; ++column) {
      if (column < int64_t(kept.size()))
        columns.push_back(Values(inner.slice(column * perColumn, perColumn)));
      else
        columns.push_back(input->load(locate(first, column)));
    }
    lowerVector(columns, placeOf(kb.mul(index, pixels)), channel);
    Values next;
    for (int64_t column : kept)
      llvm::append_range(next, columns[column + step / dilation[1]]);
    return next;
  });
}

void InterleavedDepthwise::lowerNeighbours(Value x,
                                           llvm::function_ref<EpiloguePlace(Value)> placeOf,
                                           Value channel) {
  int64_t full = out[2] / pixels, step = stride[1] * numBytes, perPhase = groups * kParts;
  kb.loop(full, input->loadPhases(x, x), [&](Value index, ArrayRef<Value> phases) {
    Value following = kb.add(index, 1);
    // Less than the slack lies behind the first vector of what follows the line; nobody needs the
    // second.
    Values next = input->loadPhases(kb.add(x, kb.mul(following, step)),
                                    kb.add(x, kb.mul(kb.min(following, full - 1), step)));
    SmallVector<Values> columns;
    for (int64_t column = 0; column < window[1]; ++column) {
      int64_t first = column % stride[1] * perPhase;
      columns.push_back(input->shift(Values(phases.slice(first, perPhase)),
                                     Values(ArrayRef(next).slice(first, perPhase)),
                                     column / stride[1] * channels));
    }
    lowerVector(columns, placeOf(kb.mul(index, pixels)), channel);
    return next;
  });
}

void InterleavedDepthwise::lowerVector(ArrayRef<Values> columns, const EpiloguePlace &place,
                                       Value channel) {
  SmallVector<Values> sums(lines, bias), inputs;
  if (op.getWeightZp() != 0)
    inputs.assign(lines, Values(kParts, kb.splat(0, numLanes, kb.i32())));
  for (auto [index, column] : llvm::enumerate(columns))
    for (int64_t line = 0; line < lines; ++line)
      for (auto [at, x] : llvm::enumerate(column)) {
        Value &sum = sums[line][at % kParts];
        sum = kb.dotBytes(sum, x, weights[line][index][at]);
        if (!inputs.empty()) {
          Value &plain = inputs[line][at % kParts];
          plain = kb.dotBytes(plain, x, ones[line][at]);
        }
      }
  bool adjacent = input->isAdjacent() && buffers.hasAdjacentPixels(channels);
  SmallVector<EpilogueRow> rows;
  for (int64_t line = 0; line < lines; ++line) {
    Values &parts = sums[line];
    for (int64_t part = 0; part < kParts && !inputs.empty(); ++part) {
      Value correction =
          arith::MulIOp::create(kb.builder, kb.loc, inputs[line][part],
                                kb.splat(int32_t(op.getWeightZp()), numLanes, kb.i32()));
      parts[part] = arith::SubIOp::create(kb.builder, kb.loc, parts[part], correction);
    }
    EpilogueRow row{kb.concat(parts), {}};
    EpiloguePlace at = place.addLines(kb, buffers, line);
    for (int64_t pixel = 0; pixel < (adjacent ? 1 : pixels); ++pixel)
      row.at.push_back(at.addPixels(kb, buffers, pixel));
    rows.push_back(row);
  }
  emitEpilogue(kb, op.getEpilogue(), buffers,
               {.channel = channel,
                .channels = channels,
                .valid = adjacent ? pixels * channels : channels,
                .interleaved = true},
               rows);
}

InterleavedDepthwise::Values InterleavedDepthwise::loadWeights(Value packed, int64_t column) {
  Values loaded;
  for (int64_t i = 0, count = groups * kParts; i < count; ++i)
    loaded.push_back(
        kb.load(op.getWeights(), kb.add(packed, (column * count + i) * numBytes), numBytes));
  return loaded;
}

/// The weights of a line that begins `by` rows further down in the groups.
InterleavedDepthwise::Values InterleavedDepthwise::shiftRows(const Values &weights, int64_t by) {
  if (by == 0)
    return weights;
  auto word = [&](Value vector) { return kb.bitcast(vector, numLanes, kb.i32()); };
  Values shifted;
  for (auto [at, vector] : llvm::enumerate(weights)) {
    Value moved = arith::ShLIOp::create(kb.builder, kb.loc, word(vector),
                                        kb.splat(8 * by, numLanes, kb.i32()));
    if (at >= size_t(kParts)) {
      Value before = arith::ShRUIOp::create(kb.builder, kb.loc, word(weights[at - kParts]),
                                            kb.splat(32 - 8 * by, numLanes, kb.i32()));
      moved = arith::OrIOp::create(kb.builder, kb.loc, moved, before);
    }
    shifted.push_back(kb.bitcast(moved, numBytes, kb.i8()));
  }
  return shifted;
}

} // namespace

void lowerInterleavedDepthwise(KernelBuilder &kb, kernel::DepthwiseConvOp op) {
  InterleavedDepthwise(kb, op).lower();
}

} // namespace kvant::codegen
