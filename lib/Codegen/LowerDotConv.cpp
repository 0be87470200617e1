// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kernel.dot_conv to loops over register tiles.
#include "DotSteps.h"
#include "KernelLowering.h"
#include "KernelTile.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// Elements of a reduction that are multiplied without a loop, of bytes and of floats.
constexpr int64_t kMaxStraightBytes = 48;
constexpr int64_t kMaxStraightFloats = 12;

class DotConvLowering {
public:
  DotConvLowering(KernelBuilder &kb, kernel::DotConvOp op)
      : kb(kb), op(op), in(op.getInputType().getShape()), out(op.getInitType().getShape()),
        stride(op.getStride()), dilation(op.getDilation()), window(op.getWindow()) {}

  LogicalResult lower();

private:
  /// The tile that `kernel.tiles` has for the level, if any.
  LogicalResult readTile();
  void lowerBlocks(int64_t firstChannel, int64_t vectors, int64_t blocks, int64_t valid);
  void lowerTiles(Value channel, Value weights, int64_t valid);
  void lowerTile(Value x, Value result, Value weights, Value channel, int64_t valid);
  void accumulate(DotSteps &steps, SmallVectorImpl<Value> &sums, Value x, Value w);
  SmallVector<Value> accumulateRun(DotSteps &steps, ArrayRef<Value> sums, Value x, Value w);

  KernelBuilder &kb;
  kernel::DotConvOp op;
  ArrayRef<int64_t> in, out, stride, dilation, window;
  EpilogueBuffers buffers;
  Value bias;
  DotTile tile;
  /// Pixels of a line of the input that neighbouring outputs read, images and lines.
  int64_t images, lines, columns;
  int64_t run, groups, group;
  /// Of the first block of channels, which is as wide as any, where the cost function does not
  /// choose.
  std::optional<Tile> givenTile;
};

LogicalResult DotConvLowering::readTile() {
  auto table = op->getAttrOfType<DictionaryAttr>(kernel::kTilesAttr);
  Attribute entry = table ? table.get(kb.level.name) : Attribute();
  if (!entry)
    return success();
  auto sizes = dyn_cast<DenseI64ArrayAttr>(entry);
  int64_t packed = std::min<int64_t>(op.getBlock(), op.getPaddedChannels()) / op.getLanes();
  if (!sizes || sizes.size() != 2 || sizes[1] < 1 || sizes[1] > packed ||
      (sizes[1] != packed && !canSplitVectors(kb.level, op.isInteger())))
    return op.emitOpError("expected in kernel.tiles rows and vectors, for weights packed for ")
           << packed << " vectors, got " << entry;
  int64_t most = getMaxRows(kb.level, op.isInteger(), sizes[1]);
  if (sizes[0] < 1 || sizes[0] > most)
    return op.emitOpError("expected in kernel.tiles 1 to ")
           << most << " rows for " << sizes[1] << " vectors on level " << kb.level.name << ", got "
           << sizes[0];
  givenTile = Tile{std::min(sizes[0], columns), sizes[1]};
  return success();
}

LogicalResult DotConvLowering::lower() {
  if (int64_t(op.getLanes()) != getLanes(kb.level))
    return op.emitOpError("expected weights packed for ")
           << getLanes(kb.level) << " lanes of level " << kb.level.name << ", got "
           << op.getLanes();
  if (failed(verifyLevel(kb, op)))
    return failure();
  bool joined = dilation[1] == 1;
  run = in[3] * (joined ? window[1] : 1);
  group = op.isInteger() ? kernel::getDotGroup(op.getLanes()) : 1;
  groups = llvm::divideCeil(run, group);

  tile.lanes = op.getLanes();
  tile.rowStride = stride[1] * in[3];
  tile.input = kb.flatten(op.getInput());
  tile.weights = op.getWeights();
  tile.weightZp = op.getWeightZp();
  tile.flipInput = op.getInputOffset() == 128;
  tile.fullRange = op.getFullRange();
  bias = op.getBias();
  buffers = flattenBuffers(kb, op);

  images = out[0];
  lines = out[1];
  columns = out[2];
  // Without a window the lines of all images are one.
  if (window[0] == 1 && window[1] == 1 && stride[0] == 1 && stride[1] == 1 && in[1] == out[1] &&
      in[2] == out[2]) {
    columns *= images * lines;
    images = lines = 1;
  }
  if (failed(readTile()))
    return failure();

  int64_t channels = out[3], block = op.getBlock(), padded = op.getPaddedChannels();
  int64_t full = channels / block;
  if (full != 0)
    lowerBlocks(0, block / tile.lanes, full, block);
  if (full * block < channels)
    lowerBlocks(full * block, (padded - full * block) / tile.lanes, 1, channels - full * block);
  return success();
}

void DotConvLowering::lowerBlocks(int64_t firstChannel, int64_t vectors, int64_t blocks,
                                  int64_t valid) {
  int64_t runs = window[0] * (dilation[1] == 1 ? 1 : window[1]);
  TileProblem problem{op.isInteger(), images * lines, columns, vectors * tile.lanes, runs * groups};
  Tile chosen =
      givenTile && firstChannel == 0 ? *givenTile : chooseTile(kb.level, problem, vectors);
  tile.rows = chosen.rows;
  tile.packedVectors = vectors;
  kb.loop(blocks, [&](Value block) {
    Value channel = kb.add(kb.mul(block, vectors * tile.lanes), firstChannel);
    Value weights = kb.mul(channel, runs * groups * group);
    int64_t width = chosen.vectors * tile.lanes, whole = valid / width;
    auto lowerPart = [&](Value part, int64_t partVectors, int64_t partValid) {
      tile.vectors = partVectors;
      Value first = kb.mul(part, width);
      lowerTiles(kb.add(channel, first), kb.add(weights, kb.mul(first, group)), partValid);
    };
    if (whole != 0)
      kb.loop(whole, [&](Value part) { lowerPart(part, chosen.vectors, width); });
    if (whole * width < valid)
      lowerPart(kb.index(whole), vectors - whole * chosen.vectors, valid - whole * width);
  });
}

/// All tiles of the channels from `channel` on that one tile holds.
void DotConvLowering::lowerTiles(Value channel, Value weights, int64_t valid) {
  int64_t tiles = llvm::divideCeil(columns, tile.rows);
  int64_t lineStride = stride[0] * in[2] * in[3];
  kb.loop(images, [&](Value image) {
    kb.loop(lines, [&](Value line) {
      kb.loop(tiles, [&](Value index) {
        Value column = kb.mul(index, tile.rows);
        // The last tile moves back to end with the line: it computes some pixels again.
        if (columns % tile.rows != 0)
          column = kb.min(column, columns - tile.rows);
        Value x = kb.add(kb.mul(image, in[1] * in[2] * in[3]), kb.mul(line, lineStride));
        x = kb.add(x, kb.mul(column, tile.rowStride));
        Value result =
            kb.add(kb.mul(image, out[1] * out[2] * out[3]), kb.mul(line, out[2] * out[3]));
        result = kb.add(kb.add(result, kb.mul(column, out[3])), channel);
        lowerTile(x, result, weights, channel, valid);
      });
    });
  });
}

void DotConvLowering::lowerTile(Value x, Value result, Value weights, Value channel,
                                int64_t valid) {
  tile.bias.clear();
  for (int64_t v = 0; v < tile.vectors; ++v)
    tile.bias.push_back(kb.load(bias, kb.add(channel, v * tile.lanes), tile.lanes));
  std::unique_ptr<DotSteps> steps = makeDotSteps(kb, tile, op.isInteger());
  SmallVector<Value> sums = steps->start();
  accumulate(*steps, sums, x, weights);

  int64_t unit = getEpilogueVectors(kb, op.getEpilogue());
  for (int64_t v = 0; v < tile.vectors; v += unit) {
    int64_t together = std::min(unit, tile.vectors - v), first = v * tile.lanes;
    SmallVector<EpilogueRow> rows;
    for (int64_t row = 0; row < tile.rows; ++row) {
      SmallVector<Value> parts;
      for (int64_t part = 0; part < together; ++part)
        parts.push_back(steps->finish(sums, row, v + part));
      rows.push_back({kb.concat(parts), {kb.add(result, row * out[3] + first)}});
    }
    int64_t width = together * tile.lanes;
    emitEpilogue(kb, op.getEpilogue(), buffers,
                 {.channel = kb.add(channel, first),
                  .channels = width,
                  .valid = std::min(valid - first, width),
                  .adjacent = width == out[3]},
                 rows);
  }
}

void DotConvLowering::accumulate(DotSteps &steps, SmallVectorImpl<Value> &sums, Value x, Value w) {
  bool joined = dilation[1] == 1;
  int64_t runsPerLine = joined ? 1 : window[1];
  int64_t runSize = groups * group * tile.packedVectors * tile.lanes;
  int64_t xLine = dilation[0] * in[2] * in[3], xRun = dilation[1] * in[3];
  int64_t straight = op.isInteger() ? kMaxStraightBytes : kMaxStraightFloats;
  if (window[0] * runsPerLine * groups * group <= straight) {
    for (int64_t line = 0; line < window[0]; ++line)
      for (int64_t part = 0; part < runsPerLine; ++part) {
        Value runX = kb.add(x, line * xLine + part * xRun);
        Value runW = kb.add(w, (line * runsPerLine + part) * runSize);
        for (int64_t done = 0; done < groups; done += steps.getUnroll()) {
          int64_t count = std::min(steps.getUnroll(), groups - done);
          int64_t last = done + count == groups ? run - (groups - 1) * group : group;
          steps.accumulate(sums, {kb.add(runX, done * group),
                                  kb.add(runW, done * group * tile.packedVectors * tile.lanes),
                                  count, last});
        }
      }
    return;
  }
  sums = kb.loop(window[0], sums, [&](Value line, ArrayRef<Value> carried) {
    Value lineX = kb.add(x, kb.mul(line, xLine));
    Value lineW = kb.add(w, kb.mul(line, runSize * runsPerLine));
    return kb.loop(runsPerLine, carried, [&](Value part, ArrayRef<Value> inner) {
      return accumulateRun(steps, inner, kb.add(lineX, kb.mul(part, xRun)),
                           kb.add(lineW, kb.mul(part, runSize)));
    });
  });
}

SmallVector<Value> DotConvLowering::accumulateRun(DotSteps &steps, ArrayRef<Value> carried, Value x,
                                                  Value w) {
  int64_t unroll = steps.getUnroll(), perGroup = group * tile.packedVectors * tile.lanes;
  // Only whole groups go into the loop: the last one may be partly filled.
  int64_t whole = run / group, chunks = whole / unroll;
  SmallVector<Value> sums(carried);
  if (chunks != 0)
    sums = kb.loop(chunks, sums, [&](Value chunk, ArrayRef<Value> inner) {
      SmallVector<Value> next(inner);
      steps.accumulate(next, {kb.add(x, kb.mul(chunk, unroll * group)),
                              kb.add(w, kb.mul(chunk, unroll * perGroup)), unroll, group});
      return next;
    });
  int64_t done = chunks * unroll;
  if (done < groups)
    steps.accumulate(sums, {kb.add(x, done * group), kb.add(w, done * perGroup), groups - done,
                            run - (groups - 1) * group});
  return sums;
}

} // namespace

LogicalResult lowerDotConv(KernelBuilder &kb, kernel::DotConvOp op) {
  return DotConvLowering(kb, op).lower();
}

} // namespace kvant::codegen
