// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cost function of register tiles.
#include "KernelTile.h"

#include "CpuModel.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace llvm;

namespace kvant::codegen {

namespace {

constexpr int64_t kMaxRows = 16;

/// Cycles of dot or multiply-add instructions until the first can be used: below, a tile
/// waits for itself.
constexpr double kLatency = 4;
/// The same of VPDPBUSD on cores that have AVX-VNNI only.
constexpr double kVnni256Latency = 5;
/// Cycles that requantizing one vector takes, and that narrowing and storing two at once does.
constexpr double kEpilogue = 5;
constexpr double kNarrow = 4;
constexpr double kTileOverhead = 6;
/// The same of a tile without a loop that gathers its last groups, if the reorder buffer holds it
/// and the next, and what a tile that fills the buffer waits at its end. Measured on Zen 4.
constexpr double kHiddenOverhead = 2, kDrain = 36;
constexpr double kHiddenInstructions = 200, kReorderBuffer = 320;
constexpr int64_t kStraightSteps = 12;
/// What a tile costs more that does not stay in registers.
constexpr double kSpillFactor = 1.5;

/// On x86, bytes of weights that stay in the first-level cache beside the input, and cycles
/// for a vector that comes from the second level.
constexpr int64_t kCachedWeights = 24 << 10;
constexpr double kFarLoad = 2;

bool isArm(const Level &level) { return level.vectorBits == 128; }

/// Accumulators behind one vector of results: there are parts to be added where a register
/// does not hold one sum per lane.
int64_t getAccumulators(const Level &level, bool integer, int64_t rows) {
  if (!integer || !isArm(level))
    return integer && level.dot == DotKind::Widen ? 2 : 1;
  if (level.dot == DotKind::Widen)
    return 4;
  return rows == 1 ? 2 : 1;
}

/// Instructions of one step of the reduction on NEON.
struct StepCounts {
  double multiplies = 0, matrix = 0, permutes = 0, loads = 0, others = 0;
  double interleaving = 0; ///< permutes that are part of loads
};

/// A step is a group of eight bytes, half of what a load of a row brings.
StepCounts countBytes(const Level &level, const Tile &tile, const TileProblem &problem) {
  double rows = double(tile.rows), vectors = double(tile.vectors);
  // Weights are two registers a vector, loaded as a pair.
  double taps = double(problem.taps), lines = problem.rowUnit == 1 ? 1 : rows / problem.rowUnit;
  double pixels = (rows + lines * (taps - 1)) / taps;
  StepCounts counts{0, 0, 0, 0.5 * pixels + vectors, 1.5 / taps};
  if (level.dot == DotKind::Widen) {
    counts.multiplies = 4 * (1 + 1 / double(problem.chain)) * rows * vectors;
    counts.loads += vectors;
  } else if (tile.rows == 1) {
    counts.multiplies = 2 * vectors;
    counts.permutes = 1;
  } else if (level.dot == DotKind::Smmla) {
    counts.matrix = 2 * std::ceil(rows / 2) * vectors;
    counts.permutes = 0.5 * rows;
  } else {
    counts.multiplies = 2 * rows * vectors;
    counts.interleaving = 2 * vectors;
  }
  return counts;
}

double getArmStepCost(const Level &level, const Tile &tile, const TileProblem &problem) {
  const CpuModel &cpu = getCpuModel(level);
  StepCounts counts;
  bool integer = problem.integer;
  if (integer)
    counts = countBytes(level, tile, problem);
  else
    counts = {double(tile.rows * tile.vectors), 0, 0, 0.25 * tile.rows + 0.5 * tile.vectors, 0.75};
  double chain = integer && level.dot == DotKind::Sdot ? 2 : 1;
  double vector =
      counts.multiplies / cpu.multiplies + (counts.permutes + counts.interleaving) / cpu.permutes;
  if (counts.matrix != 0)
    vector += counts.matrix / cpu.matrix;
  // A load that interleaves is two operations at least, on any core.
  double all = counts.multiplies + counts.matrix + counts.permutes + counts.interleaving / 2 +
               counts.loads + counts.others;
  return std::max({vector, counts.loads / cpu.loads, all / cpu.issue, chain * cpu.latency});
}

/// What an instruction of a tile costs, of one that fills a register.
double getWidth(const Level &level, const TileProblem &problem) {
  return double(getDotLanes(level, problem.channels)) / double(getLanes(level));
}

/// Cycles of one step of the reduction: multiplies, and what shares their units or the front
/// end. x86 loads weights and broadcasts one group of each row.
double getStepCost(const Level &level, const Tile &tile, const TileProblem &problem) {
  if (isArm(level))
    return getArmStepCost(level, tile, problem);
  double multiplies = double(tile.rows * tile.vectors) * getWidth(level, problem);
  // Nothing is in the cache for the first tile, and a fully connected layer has no other.
  bool cached = problem.lines * problem.columns > tile.rows &&
                problem.steps * tile.vectors * (level.vectorBits / 8) <= kCachedWeights;
  double loads = 0.5 * tile.rows + (cached ? 1 : kFarLoad) * tile.vectors;
  // Cores with AVX-VNNI do two products of 256 bits a cycle, and as many loads.
  if (problem.integer && level.dot == DotKind::Vnni && level.vectorBits == 256)
    return std::max({0.5 * multiplies, 0.5 * (tile.rows + tile.vectors), kVnni256Latency}) +
           0.05 * loads;
  // Loads that a full multiplier hides still fill the queues.
  return std::max({multiplies, loads, kLatency}) + 0.05 * loads;
}

/// Cycles of narrowing and storing the rows of a tile. NEON narrows four vectors at once, of
/// whichever rows, so that one of four channels costs little but its store.
double getNarrow(const Level &level, const TileProblem &problem, const Tile &tile) {
  bool shared = problem.integer && level.dot == DotKind::Sdot && tile.vectors == 1;
  double alone = double(shared ? tile.rows % 4 : tile.rows);
  return kNarrow * (alone * std::ceil(double(tile.vectors) / 2) + (tile.rows - alone) / 2);
}

/// Cycles of a tile besides its steps and its epilogue.
double getOverhead(const Level &level, const Tile &tile, const TileProblem &problem) {
  if (level.vectorBits != 512 || !problem.gathers || problem.steps > kStraightSteps ||
      getWidth(level, problem) != 1)
    return kTileOverhead;
  double vectors = double(tile.vectors);
  double instructions =
      double(tile.rows) * (double(problem.steps) * (vectors + 1) + kEpilogue * vectors + 2);
  return instructions <= kHiddenInstructions ? kHiddenOverhead
         : instructions <= kReorderBuffer    ? kTileOverhead
                                             : kDrain;
}

} // namespace

int64_t getLanes(const Level &level) { return level.vectorBits / 32; }

int64_t getInterleavedLanes(const Level &level) { return level.vectorBits / 8; }

int64_t getDotLanes(const Level &level, int64_t channels) {
  // A core does two instructions of 256 bits in the time of one of 512, or as many, but never
  // fewer.
  int64_t lanes = getLanes(level);
  return level.vectorBits == 512 && channels <= lanes / 2 ? lanes / 2 : lanes;
}

namespace {

/// Registers that the accumulators and operands of a tile take.
int64_t getRegisters(const Level &level, bool integer, int64_t rows, int64_t vectors) {
  // A register of SMMLA holds sums of two rows, whether or not there is a second.
  bool paired = integer && level.dot == DotKind::Smmla && rows > 1;
  int64_t held = paired ? llvm::alignTo(rows, 2) : rows;
  int64_t sums = held * vectors * getAccumulators(level, integer, rows);
  if (!isArm(level))
    return sums + std::min<int64_t>(vectors, 4) + 2;
  // The halves of a row, one channel of weights and its products.
  if (integer && level.dot == DotKind::Widen)
    return sums + rows * 2 + 4;
  if (integer && level.dot == DotKind::Sdot && rows > 1)
    return std::min(getRegistersOfRows(rows, vectors), getRegistersOfWeights(rows, vectors));
  // A register of each row; weights stream through the others.
  return sums + rows + 4;
}

} // namespace

int64_t getMaxRows(const Level &level, bool integer, int64_t vectors) {
  int64_t rows = 1;
  while (rows < kMaxRows &&
         getRegisters(level, integer, rows + 1, vectors) <= int64_t(level.vectorRegisters))
    ++rows;
  return rows;
}

bool canSplitVectors(const Level &level, bool integer) { return isArm(level) && integer; }

double getTileCost(const Level &level, const TileProblem &problem, Tile tile) {
  int64_t wanted = llvm::divideCeil(problem.channels, getLanes(level));
  int64_t tiles = problem.lines * llvm::divideCeil(problem.columns, tile.rows);
  double cost = 0, width = getWidth(level, problem);
  for (int64_t done = 0; done < wanted; done += tile.vectors) {
    Tile part{tile.rows, std::min(tile.vectors, wanted - done)};
    cost +=
        tiles * (problem.steps * getStepCost(level, part, problem) +
                 width * (kEpilogue * part.rows * part.vectors + getNarrow(level, problem, part)) +
                 getOverhead(level, part, problem));
  }
  if (getRegisters(level, problem.integer, tile.rows, tile.vectors) >
      int64_t(level.vectorRegisters))
    cost *= kSpillFactor;
  // Code grows with the tile, so a larger one must pay.
  return cost * (1 + 0.002 * double(tile.rows * tile.vectors));
}

/// The cheapest tile for `vectors` vectors, and what it costs for the whole problem.
static std::pair<Tile, double> chooseRows(const Level &level, const TileProblem &problem,
                                          int64_t vectors) {
  std::pair<Tile, double> best{{1, vectors}, std::numeric_limits<double>::infinity()};
  int64_t most = std::min(getMaxRows(level, problem.integer, vectors), problem.columns);
  for (int64_t rows = problem.rowUnit; rows <= most; rows += problem.rowUnit) {
    // Half of what a row pair shares would be wasted on an odd row.
    if (problem.integer && level.dot == DotKind::Smmla && rows > 1 && rows % 2 != 0 &&
        rows != problem.columns)
      continue;
    // All groups of a chain are there at the same time.
    if (problem.integer && isArm(level) && level.dot == DotKind::Widen && problem.chain > 2 &&
        rows > 1 && rows * (4 * vectors + problem.chain) + 4 > int64_t(level.vectorRegisters))
      continue;
    // Pixels that taps share must stay in registers.
    if (problem.integer && level.dot == DotKind::Sdot && problem.taps > 1 && rows > 1 &&
        (vectors == 1 ? getRegistersOfTaps(rows, problem.taps)
                      : getRegistersOfRows(rows, vectors)) > int64_t(level.vectorRegisters))
      continue;
    double cost = getTileCost(level, problem, {rows, vectors});
    if (cost < best.second)
      best = {{rows, vectors}, cost};
  }
  return best;
}

Tile chooseTile(const Level &level, const TileProblem &problem, int64_t vectors) {
  std::pair<Tile, double> best = chooseRows(level, problem, vectors);
  for (int64_t part = 1; canSplitVectors(level, problem.integer) && part < vectors; part *= 2)
    if (auto other = chooseRows(level, problem, part); other.second < best.second)
      best = other;
  return best.first;
}

int64_t chooseVectors(ArrayRef<Level> levels, const TileProblem &problem) {
  int64_t best = 1, wanted = llvm::divideCeil(problem.channels, getLanes(levels.back()));
  double bestCost = std::numeric_limits<double>::infinity();
  for (int64_t vectors = 1; vectors <= kMaxVectors; vectors *= 2) {
    if (vectors > 1 && vectors / 2 >= wanted)
      break;
    // Each level by itself counts alike, however fast it is.
    double cost = 0;
    for (const Level &level : levels) {
      double least = chooseRows(level, problem, vectors).second;
      for (int64_t part = 1; canSplitVectors(level, problem.integer) && part < vectors; part *= 2)
        least = std::min(least, chooseRows(level, problem, part).second);
      cost += std::log(least);
    }
    if (cost < bestCost) {
      bestCost = cost;
      best = vectors;
    }
  }
  return best;
}

} // namespace kvant::codegen
