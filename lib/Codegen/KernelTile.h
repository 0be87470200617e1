// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many output pixels and channels one register tile of a kernel holds.
#ifndef KVANT_LIB_CODEGEN_KERNELTILE_H
#define KVANT_LIB_CODEGEN_KERNELTILE_H

#include "kvant/Codegen/Target.h"
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>

namespace kvant::codegen {

/// A register tile: `rows` output pixels by `vectors` vectors of output channels.
struct Tile {
  int64_t rows;
  int64_t vectors;
};

/// What a tile is chosen for: `lines` times `columns` output pixels, tiles do not cross lines.
struct TileProblem {
  bool integer; ///< int8 operands, else float32
  int64_t lines;
  int64_t columns;
  int64_t channels; ///< output channels
  int64_t steps;    ///< groups of the reduction
};

/// 32-bit accumulators that a vector register of `level` holds.
int64_t getLanes(const Level &level);

/// The cheapest tile for weights packed for `vectors` vectors: of them or a part of them.
Tile chooseTile(const Level &level, const TileProblem &problem, int64_t vectors);

/// Vectors to pack weights for, which all of `levels` share.
int64_t chooseVectors(llvm::ArrayRef<Level> levels, const TileProblem &problem);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_KERNELTILE_H
