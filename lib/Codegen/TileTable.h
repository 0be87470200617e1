// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tiles of the option of kvant-form-kernels, by level and shape.
#ifndef KVANT_LIB_CODEGEN_TILETABLE_H
#define KVANT_LIB_CODEGEN_TILETABLE_H

#include "kvant/Codegen/Tiles.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

namespace kvant::codegen {

class TileTable {
public:
  /// Reads the entries, all of which must be legal on a level of `target`, which the table refers
  /// to. The error names the entry.
  static llvm::Expected<TileTable> create(const Target &target,
                                          llvm::ArrayRef<std::string> entries);

  /// The tile for `shape` on the level that the layout of weights is chosen for; null if the
  /// table has none.
  const Tile *findLayout(const DotShape &shape) const { return find(target->levels.back(), shape); }

  /// By level, rows and vectors of the tiles for `shape` where weights are packed for `vectors`;
  /// null if there is none.
  mlir::DictionaryAttr getTiles(mlir::Builder &builder, const DotShape &shape,
                                int64_t vectors) const;

private:
  explicit TileTable(const Target &target) : target(&target) {}
  const Tile *find(const Level &level, const DotShape &shape) const;

  const Target *target;
  llvm::StringMap<Tile> tiles;
};

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_TILETABLE_H
