// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many output pixels and channels one register tile of a kernel holds.
#ifndef KVANT_LIB_CODEGEN_KERNELTILE_H
#define KVANT_LIB_CODEGEN_KERNELTILE_H

#include "kvant/Codegen/Target.h"
#include "kvant/Codegen/Tiles.h"
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>

namespace kvant::codegen {

/// What a tile is chosen for: `lines` times `columns` output pixels, tiles do not cross lines.
struct TileProblem {
  bool integer; ///< int8 operands, else float32
  int64_t lines;
  int64_t columns;
  int64_t channels;     ///< output channels
  int64_t steps;        ///< groups of the reduction
  int64_t taps = 1;     ///< that share pixels: see getSharedTaps
  int64_t chain = 2;    ///< groups that are summed up in 16 bits, where there is no dot product
  bool gathers = false; ///< what lines have left shares groups: see kernel::WindowRuns
  int64_t rowUnit = 1;  ///< rows of a tile are a multiple of this: of the rows on a line
};

TileProblem getTileProblem(const Level &level, const DotShape &shape);

/// 32-bit accumulators that a vector register of `level` holds.
int64_t getLanes(const Level &level);

/// Lanes of the vectors that a dot_conv with `channels` output channels works on: half a register
/// of 512 bits where that holds all of them.
int64_t getDotLanes(const Level &level, int64_t channels);

/// Lanes of depthwise weights for vectors of interleaved bytes: those of a register.
int64_t getInterleavedLanes(const Level &level);

/// No tile is wider.
constexpr int64_t kMaxVectors = 8;

/// The most rows of a tile of `vectors` vectors whose accumulators and operands stay in
/// registers; 1 if there is none.
int64_t getMaxRows(const Level &level, bool integer, int64_t vectors);

/// Registers of a tile of SDOT: where the rows stay in registers while weights go by, and where
/// weights stay while rows go by.
constexpr int64_t getRegistersOfRows(int64_t rows, int64_t vectors) {
  return rows * vectors + rows + 8;
}
constexpr int64_t getRegistersOfWeights(int64_t rows, int64_t vectors) {
  return rows * vectors + 4 * vectors + 4;
}
/// The same of one vector where the weights of all taps that share pixels stay.
constexpr int64_t getRegistersOfTaps(int64_t rows, int64_t taps) { return rows + 4 * taps + 4; }

/// True if a tile may take a part of the vectors that weights are packed for.
bool canSplitVectors(const Level &level, bool integer);

/// What a tile costs by the cost function. The last block of channels may be narrower.
double getTileCost(const Level &level, const TileProblem &problem, Tile tile);

/// The cheapest tile for weights packed for `vectors` vectors: of them or a part of them.
Tile chooseTile(const Level &level, const TileProblem &problem, int64_t vectors);

/// Vectors to pack weights for, which all of `levels` share.
int64_t chooseVectors(llvm::ArrayRef<Level> levels, const TileProblem &problem);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_KERNELTILE_H
