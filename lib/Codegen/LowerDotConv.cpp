// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kernel.dot_conv to loops over register tiles.
#include "DotReduction.h"
#include "KernelLowering.h"
#include "KernelOrder.h"
#include "KernelPacking.h"
#include "KernelTile.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// All lines become one, at the price of index arithmetic, where that saves tiles by this factor.
constexpr double kMergeGain = 1.125;
/// That arithmetic, in instructions: for a place from its number, and for one that lies in the same
/// line as another or in the next.
constexpr int64_t kPlaceCost = 7, kNearPlaceCost = 3;

class DotConvLowering {
public:
  DotConvLowering(KernelBuilder &kb, kernel::DotConvOp op)
      : kb(kb), op(op), in(op.getInputType().getShape()), out(op.getOutShape()),
        stride(op.getStride()), dilation(op.getDilation()), window(op.getWindow()) {}

  LogicalResult lower();

private:
  /// The tile that `kernel.tiles` has for the level, if any.
  LogicalResult readTile();
  Tile pickTile(const TileProblem &problem, int64_t vectors);
  /// Blocks of packed channels of one width; `valid` of the channels of each exist.
  struct Blocks {
    int64_t firstChannel, vectors, count, valid;
  };
  /// Channels that one tile holds.
  struct Part {
    Value channel, weights, bias;
    int64_t valid;
  };

  void lowerByBlock(const Blocks &blocks);
  void lowerInOrder(ArrayRef<Blocks> all);
  void overParts(const Blocks &blocks, llvm::function_ref<void(const Part &)> body);
  void lowerPart(const Part &part, Value image, Value line, Value index);
  int64_t getTiles() { return llvm::divideCeil(columns, tile.getRowsOfLine()); }
  void chooseShape(int64_t vectors);
  void chooseLines(TileProblem problem, int64_t vectors);
  bool hasEvenLines() const {
    return buffers.resultLayout.isEven() &&
           llvm::all_of(buffers.elementLayouts,
                        [](const ImageLayout &layout) { return layout.isEven(); });
  }
  void lowerTile(Value x, ArrayRef<EpiloguePlace> places, const Part &part);

  KernelBuilder &kb;
  kernel::DotConvOp op;
  ArrayRef<int64_t> in;
  SmallVector<int64_t> out;
  ArrayRef<int64_t> stride, dilation, window;
  EpilogueBuffers buffers;
  Value bias;
  DotTile tile;
  ImageLayout inputLayout;
  /// Images, lines and pixels of a line, as tiles are laid over them.
  int64_t images, lines, columns;
  bool merged = false;  ///< all lines of all images are one
  bool adjacent = true; ///< the pixels of a tile follow each other without a gap
  Tile chosen{};
  DotReduction reduction;
  int64_t windowGroups; ///< of weights for a channel
  int64_t group;        ///< elements of one
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
  givenTile = Tile{sizes[0], sizes[1]};
  return success();
}

LogicalResult DotConvLowering::lower() {
  if (int64_t expected = getDotLanes(kb.level, out[3]); int64_t(op.getLanes()) != expected)
    return op.emitOpError("expected weights packed for ")
           << expected << " lanes of level " << kb.level.name << ", got " << op.getLanes();
  if (failed(verifyLevel(kb, op)))
    return failure();
  inputLayout = getInputLayout(op);
  int64_t pixel = inputLayout.getPixel();
  group = op.isInteger() ? kernel::getDotGroup(op.getLanes()) : 1;
  kernel::WindowRuns runs = kernel::getWindowRuns(window[0], window[1], dilation[1], in[3], group);
  int64_t taps = dilation[1] == 1 ? getSharedTaps(group, window[1], in[3], stride[1]) : 1;
  // With a gap behind each pixel a run ends there: its channels are whole groups then.
  bool hasGaps = window[1] != 1 && pixel != in[3];
  bool joined = dilation[1] == 1 && (!hasGaps || taps != 1);
  reduction = {.lines = joined ? runs.count : window[0],
               .runs = joined ? 1 : window[1],
               .run = joined ? runs.length : in[3],
               .xLine = dilation[0] * inputLayout.getLine(),
               .xRun = dilation[1] * pixel,
               .taps = taps,
               .xTap = pixel};
  if (runs.rest != 0) {
    reduction.lines = window[0];
    reduction.run = window[1] * in[3] - runs.rest;
    reduction.rest = runs.rest;
  }
  tile.sharesPixels = reduction.taps != 1;
  tile.lineStride = runs.lineLength != 0 ? reduction.xLine : 0;
  tile.lineRun = runs.lineLength;
  windowGroups = runs.count * llvm::divideCeil(runs.length, group);

  tile.lanes = op.getLanes();
  tile.rowStride = stride[1] * pixel;
  tile.input = kb.flatten(op.getInput());
  tile.weights = op.getWeights();
  tile.weightZp = op.getWeightZp();
  tile.flipInput = op.getInputOffset() == 128;
  auto chain = op->getAttrOfType<IntegerAttr>(kernel::kChainAttr);
  // Two products of bytes fit in 16 bits unless both weights may be -128.
  tile.chain = op.getFullRange() ? 1 : 2;
  // The chain counts from the start of a run of weights, which may be in the middle of a pixel's.
  if (chain && (runs.length == reduction.run || reduction.run % (group * chain.getInt()) == 0))
    tile.chain = chain.getInt();
  bias = op.getBias();
  buffers = flattenBuffers(kb, op);

  if (failed(readTile()))
    return failure();
  int64_t channels = out[3], block = op.getBlock(), padded = op.getPaddedChannels();
  int64_t full = channels / block;
  SmallVector<Blocks> all;
  if (full != 0)
    all.push_back({0, block / tile.lanes, full, block});
  if (full * block < channels)
    all.push_back({full * block, (padded - full * block) / tile.lanes, 1, channels - full * block});
  if (op.getForward() || op.getBackward())
    lowerInOrder(all);
  else
    for (const Blocks &blocks : all)
      lowerByBlock(blocks);
  fillHalo(kb, op, buffers);
  return success();
}

Tile DotConvLowering::pickTile(const TileProblem &problem, int64_t vectors) {
  bool isFirst = vectors * tile.lanes == std::min<int64_t>(op.getBlock(), op.getPaddedChannels());
  Tile picked = givenTile && isFirst ? *givenTile : chooseTile(kb.level, problem, vectors);
  picked.rows = std::min(picked.rows, problem.columns);
  if (op.getForward() || op.getBackward())
    picked.rows = std::min(picked.rows, kOrderedPixels);
  return picked;
}

/// Chooses the tile, and whether lines are merged. Without a window the lines of all images are
/// one for the input, if it has no halo. A halo of the result costs index arithmetic for each row
/// of a tile then: worth it where tiles do not fill lines well.
void DotConvLowering::chooseShape(int64_t vectors) {
  images = out[0];
  lines = out[1];
  columns = out[2];
  TileProblem problem{op.isInteger(), images * lines, columns, vectors * tile.lanes, windowGroups};
  problem.taps = reduction.taps;
  problem.gathers = reduction.rest != 0;
  problem.chain = tile.chain;
  chosen = pickTile(problem, vectors);
  merged = op.isPointwise() && inputLayout.isEven() && op.getWeightImages() == 1;
  adjacent = buffers.hasAdjacentPixels(out[3]);
  if (merged) {
    problem.columns *= problem.lines;
    problem.lines = 1;
    Tile whole = pickTile(problem, vectors);
    bool even = hasEvenLines();
    auto count = [](const TileProblem &p, const Tile &t) {
      return double(p.lines * llvm::divideCeil(p.columns, t.rows)) / double(t.vectors);
    };
    TileProblem byLine = problem;
    byLine.lines = images * lines;
    byLine.columns = columns;
    if (kb.isArm()) {
      auto getCost = [&](const Tile &t) {
        bool whole = t.rows % out[2] == 0;
        int64_t cost = out[0] != 1 ? kPlaceCost * (whole ? t.rows / out[2] : t.rows)
                                   : kPlaceCost + (whole ? 0 : kNearPlaceCost * (t.rows - 1));
        return getTileCost(kb.level, problem, t) +
               double(even ? 0 : cost * vectors) * count(problem, t);
      };
      // Tiles of whole lines find the places of their rows by the starts of lines.
      problem.rowUnit = out[2];
      if (!even && out[2] <= getMaxRows(kb.level, op.isInteger(), 1)) {
        Tile wholeLines = pickTile(problem, vectors);
        if (wholeLines.rows % out[2] == 0 && getCost(wholeLines) < getCost(whole))
          whole = wholeLines;
      }
      merged = even || getTileCost(kb.level, byLine, chosen) > getCost(whole);
    } else {
      merged = even || count(byLine, chosen) > kMergeGain * count(problem, whole);
    }
    if (merged) {
      chosen = whole;
      adjacent &= even;
      columns = problem.columns;
      images = lines = 1;
    }
  }
  tile.rows = chosen.rows;
  tile.lines = 1;
  if (!merged)
    chooseLines(problem, vectors);
}

/// Lets a tile take whole lines where they are too short to fill it: each of its rows is as far
/// from its window's start as any other, but the lines may be apart.
void DotConvLowering::chooseLines(TileProblem problem, int64_t vectors) {
  int64_t most = getMaxRows(kb.level, op.isInteger(), 1) / columns;
  if (!kb.isArm() || op.getForward() || op.getBackward() || chosen.rows != columns)
    return;
  double least = getTileCost(kb.level, problem, chosen);
  problem.rowUnit = columns;
  for (int64_t together = 2; together <= most; ++together) {
    if (lines % together != 0)
      continue;
    TileProblem part = problem;
    part.lines /= together;
    part.columns *= together;
    Tile whole = pickTile(part, vectors);
    if (whole.rows != part.columns || getTileCost(kb.level, part, whole) >= least)
      continue;
    least = getTileCost(kb.level, part, whole);
    chosen = whole;
    tile.lines = together;
  }
  if (tile.lines == 1)
    return;
  tile.rows = chosen.rows;
  tile.lineStep = stride[0] * inputLayout.getLine();
  lines /= tile.lines;
  adjacent &= hasEvenLines();
}

/// The tiles' shares of the channels, one after the other.
void DotConvLowering::overParts(const Blocks &blocks, llvm::function_ref<void(const Part &)> body) {
  int64_t vectors = std::min(chosen.vectors, blocks.vectors);
  kb.loop(blocks.count, [&](Value block) {
    Value channel = kb.add(kb.mul(block, blocks.vectors * tile.lanes), blocks.firstChannel);
    Value weights = kb.mul(channel, windowGroups * group);
    int64_t width = vectors * tile.lanes, whole = blocks.valid / width;
    auto lowerShare = [&](Value share, int64_t shareVectors, int64_t valid) {
      tile.packedVectors = blocks.vectors;
      tile.vectors = shareVectors;
      Value first = kb.mul(share, width);
      Value shareChannel = kb.add(channel, first);
      body({shareChannel, kb.add(weights, kb.mul(first, group)), shareChannel, valid});
    };
    if (whole != 0)
      kb.loop(whole, [&](Value share) { lowerShare(share, vectors, width); });
    if (whole * width < blocks.valid)
      lowerShare(kb.index(whole), blocks.vectors - whole * vectors, blocks.valid - whole * width);
  });
}

/// The weights of a part stay in the cache while it goes through the images.
void DotConvLowering::lowerByBlock(const Blocks &blocks) {
  chooseShape(blocks.vectors);
  overParts(blocks, [&](const Part &part) {
    kb.loop(images, [&](Value image) {
      kb.loop(lines, [&](Value line) {
        kb.loop(getTiles(), [&](Value index) { lowerPart(part, image, line, index); });
      });
    });
  });
}

/// All channels of a line, or of a tile of merged lines, before the next: see KernelOrder.h.
void DotConvLowering::lowerInOrder(ArrayRef<Blocks> all) {
  chooseShape(all[0].vectors);
  bool backward = op.getBackward();
  int64_t steps = merged ? getTiles() : 1;
  kb.loop(images, [&](Value image) {
    image = kb.turn(image, images, backward);
    kb.loop(lines, [&](Value line) {
      line = kb.turn(line, lines, backward);
      kb.loop(steps, [&](Value step) {
        step = kb.turn(step, steps, backward);
        for (const Blocks &blocks : all)
          overParts(blocks, [&](const Part &part) {
            if (merged)
              lowerPart(part, image, line, step);
            else
              kb.loop(getTiles(), [&](Value index) { lowerPart(part, image, line, index); });
          });
      });
    });
  });
}

void DotConvLowering::lowerPart(const Part &shared, Value image, Value line, Value index) {
  Part part = shared;
  if (op.getWeightImages() > 1) {
    part.weights = kb.add(part.weights, kb.mul(image, op.getPackedSize()));
    part.bias = kb.add(part.bias, kb.mul(image, op.getPaddedChannels()));
  }
  int64_t rowsOfLine = tile.getRowsOfLine();
  Value column = kb.mul(index, rowsOfLine);
  // The last tile moves back to end with the line: it computes some pixels again.
  if (columns % rowsOfLine != 0)
    column = kb.min(column, columns - rowsOfLine);
  line = kb.mul(line, tile.lines);
  Value x = inputLayout.getPlace(kb, image, kb.mul(line, stride[0]), kb.mul(column, stride[1]));
  SmallVector<EpiloguePlace> places;
  if (merged) {
    places = getPlaces(kb, buffers, part.channel, column, tile.rows,
                       /*wholeLines=*/tile.rows % out[2] == 0);
  } else {
    auto first = EpiloguePlace::get(kb, buffers, part.channel, image, line, column);
    for (int64_t row = 0; row < tile.rows; ++row)
      places.push_back(
          first.addLines(kb, buffers, row / rowsOfLine).addPixels(kb, buffers, row % rowsOfLine));
  }
  lowerTile(x, places, part);
}

void DotConvLowering::lowerTile(Value x, ArrayRef<EpiloguePlace> places, const Part &part) {
  auto [channel, weights, firstBias, valid] = part;
  tile.bias.clear();
  for (int64_t v = 0; v < tile.vectors; ++v)
    tile.bias.push_back(kb.load(bias, kb.add(firstBias, v * tile.lanes), tile.lanes));
  tile.biasBuffer = bias;
  tile.firstBias = firstBias;
  std::unique_ptr<DotSteps> steps = makeDotSteps(kb, tile, op.isInteger());
  SmallVector<Value> sums = steps->start();
  emitReduction(kb, *steps, tile, reduction, sums, x, weights);

  int64_t unit = getEpilogueVectors(kb, op.getEpilogue());
  int64_t paired = steps->isPaired() ? tile.rows / 2 * 2 : 0;
  for (int64_t v = 0; v < tile.vectors; v += unit) {
    int64_t together = std::min(unit, tile.vectors - v), first = v * tile.lanes;
    auto concat = [&](llvm::function_ref<Value(int64_t)> finish) {
      SmallVector<Value> parts;
      for (int64_t i = 0; i < together; ++i)
        parts.push_back(finish(v + i));
      return kb.concat(parts);
    };
    SmallVector<EpilogueRow> pairs, rows;
    for (int64_t row = 0; row < paired; row += 2)
      pairs.push_back({concat([&](int64_t vector) { return steps->finishPair(sums, row, vector); }),
                       {places[row].add(kb, first), places[row + 1].add(kb, first)}});
    for (int64_t row = paired; row < tile.rows; ++row)
      rows.push_back({concat([&](int64_t vector) { return steps->finish(sums, row, vector); }),
                      {places[row].add(kb, first)}});
    int64_t width = together * tile.lanes;
    EpilogueLayout layout{.channel = kb.add(channel, first),
                          .channels = width,
                          .valid = std::min(valid - first, width),
                          .adjacent = adjacent && width == out[3]};
    emitEpilogue(kb, op.getEpilogue(), buffers, layout, rows);
    layout.paired = true;
    layout.adjacent = false;
    emitEpilogue(kb, op.getEpilogue(), buffers, layout, pairs);
  }
}

} // namespace

LogicalResult lowerDotConv(KernelBuilder &kb, kernel::DotConvOp op) {
  return DotConvLowering(kb, op).lower();
}

} // namespace kvant::codegen
