// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cost function of register tiles.
#include "KernelTile.h"

#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <limits>

using namespace kvant;

namespace kvant::codegen {

namespace {

constexpr int64_t kMaxRows = 16;
constexpr int64_t kMaxVectors = 8;

/// Cycles of dot or multiply-add instructions until the first can be used: below, a tile
/// waits for itself.
constexpr double kLatency = 4;
/// Cycles that requantizing and storing one vector takes, in steps of the reduction.
constexpr double kEpilogue = 6;
constexpr double kTileOverhead = 6;

/// Accumulators behind one vector of results: widening multiplies leave pairs to be added.
int64_t getAccumulators(const Level &level, bool integer) {
  return integer && level.dot == DotKind::Widen ? 2 : 1;
}

/// Cycles of one step of the reduction: multiplies, and what shares their units or the front
/// end. x86 broadcasts one group of each row and flips its sign; NEON picks it out of a
/// register, and SMMLA has its weights zipped first.
double getStepCost(const Level &level, const Tile &tile) {
  double multiplies = double(tile.rows * tile.vectors);
  if (level.vectorBits == 128) {
    double perVector = level.dot == DotKind::Smmla ? 1 : 0.5;
    return std::max(multiplies + perVector * tile.vectors + 0.125 * tile.rows, kLatency);
  }
  double broadcasts = 0.5 * tile.rows;
  return std::max({multiplies + broadcasts * 0.5, broadcasts + tile.vectors, kLatency});
}

} // namespace

int64_t getLanes(const Level &level) { return level.vectorBits / 32; }

int64_t getMaxRows(const Level &level, bool integer, int64_t vectors) {
  bool arm = level.vectorBits == 128;
  int64_t registers = level.vectorRegisters;
  // NEON keeps 16 bytes of each row in a register; weights stream through six more, through
  // twice as many where they are widened.
  int64_t fixed = std::min<int64_t>(vectors, 4) + 2;
  if (arm)
    fixed = integer && level.dot == DotKind::Widen ? 12 : 6;
  int64_t perRow = vectors * getAccumulators(level, integer) + (arm ? 1 : 0);
  int64_t rows = std::clamp<int64_t>((registers - fixed) / perRow, 1, kMaxRows);
  // Half of what a row pair shares would be wasted on an odd row.
  if (level.dot == DotKind::Smmla && integer && rows > 1)
    rows &= ~int64_t(1);
  return rows;
}

Tile chooseTile(const Level &level, const TileProblem &problem, int64_t vectors) {
  Tile best{1, 1};
  double bestCost = std::numeric_limits<double>::infinity();
  int64_t lanes = getLanes(level);
  int64_t wanted = llvm::divideCeil(problem.channels, lanes);
  int64_t first = vectors ? vectors : 1, last = vectors ? vectors : kMaxVectors;
  for (int64_t v = first; v <= last; v *= 2) {
    if (!vectors && v > 1 && v / 2 >= wanted)
      break;
    for (int64_t rows = 1, most = getMaxRows(level, problem.integer, v); rows <= most; ++rows) {
      if (rows > problem.columns)
        break;
      int64_t tiles = problem.lines * llvm::divideCeil(problem.columns, rows);
      double cost = 0;
      for (int64_t done = 0; done < wanted; done += v) {
        Tile tile{rows, std::min(v, wanted - done)};
        cost += tiles * (problem.steps * getStepCost(level, tile) +
                         kEpilogue * tile.rows * tile.vectors + kTileOverhead);
      }
      // Code grows with the tile, so a larger one must pay.
      cost *= 1 + 0.002 * double(rows * v);
      if (cost < bestCost) {
        bestCost = cost;
        best = {rows, v};
      }
    }
  }
  return best;
}

} // namespace kvant::codegen
