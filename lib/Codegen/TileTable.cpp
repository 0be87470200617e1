// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tiles of the option of kvant-form-kernels, by level and shape.
#include "TileTable.h"

#include "KernelTile.h"

using namespace llvm;

namespace kvant::codegen {

Expected<TileTable> TileTable::create(const Target &target, ArrayRef<std::string> entries) {
  TileTable table(target);
  for (const std::string &entry : entries) {
    auto refuse = [&](Error error) {
      return createStringError("tiles: '" + entry + "': " + toString(std::move(error)));
    };
    Expected<TileChoice> choice = TileChoice::parse(entry);
    if (!choice)
      return refuse(choice.takeError());
    Expected<const Level &> level = findLevel(target, choice->level);
    if (!level)
      return refuse(level.takeError());
    if (Error error = checkTile(*level, choice->shape, choice->tile))
      return refuse(std::move(error));
    if (!table.tiles.try_emplace(choice->getKey(), choice->tile).second)
      return refuse(createStringError("expected one tile for a shape, got another before"));
  }
  return table;
}

const Tile *TileTable::find(const Level &level, const DotShape &shape) const {
  if (tiles.empty())
    return nullptr;
  auto found = tiles.find(TileChoice{level.name, shape, {}}.getKey());
  return found == tiles.end() ? nullptr : &found->second;
}

mlir::DictionaryAttr TileTable::getTiles(mlir::Builder &builder, const DotShape &shape,
                                         int64_t vectors) const {
  SmallVector<mlir::NamedAttribute> found;
  for (const Level &level : target->levels) {
    const Tile *tile = find(level, shape);
    if (!tile || tile->vectors > vectors ||
        (tile->vectors < vectors && !canSplitVectors(level, shape.integer)))
      continue;
    found.push_back(builder.getNamedAttr(
        level.name, builder.getDenseI64ArrayAttr({tile->rows, tile->vectors})));
  }
  return found.empty() ? mlir::DictionaryAttr() : builder.getDictionaryAttr(found);
}

} // namespace kvant::codegen
