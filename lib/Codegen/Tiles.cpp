// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Register tiles that are chosen from outside.
#include "kvant/Codegen/Tiles.h"

#include "KernelPacking.h"
#include "KernelTile.h"
#include "dialects/Kernel/Kernel.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace kvant::codegen {

static Error makeError(const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument), message);
}

template <size_t N> static std::string joinSizes(const std::array<int64_t, N> &sizes) {
  return join(map_range(sizes, [](int64_t size) { return std::to_string(size); }), "x");
}

/// Reads what joinSizes writes.
template <size_t N> static bool readSizes(StringRef text, std::array<int64_t, N> &sizes) {
  SmallVector<StringRef> parts;
  text.split(parts, 'x');
  return parts.size() == N && all_of(zip(parts, sizes), [](auto pair) {
           return !std::get<0>(pair).getAsInteger(10, std::get<1>(pair));
         });
}

std::string DotShape::getText() const {
  return formatv("{0}/{1}/in{2}/k{3}/s{4}/d{5}", integer ? "int8" : "float32", joinSizes(output),
                 inputChannels, joinSizes(window), joinSizes(stride), joinSizes(dilation));
}

std::string TileChoice::getText() const {
  return formatv("{0}:{1}x{2}", getKey(), tile.rows, tile.vectors);
}

Expected<TileChoice> TileChoice::parse(StringRef text) {
  auto [key, value] = text.split(':');
  SmallVector<StringRef> parts;
  key.split(parts, '/');
  TileChoice choice;
  DotShape &shape = choice.shape;
  std::array<int64_t, 2> tile;
  auto take = [](StringRef part, StringRef prefix) {
    return part.consume_front(prefix) ? part : StringRef();
  };
  bool read = parts.size() == 7 && (parts[1] == "int8" || parts[1] == "float32") &&
              readSizes(parts[2], shape.output) &&
              !take(parts[3], "in").getAsInteger(10, shape.inputChannels) &&
              readSizes(take(parts[4], "k"), shape.window) &&
              readSizes(take(parts[5], "s"), shape.stride) &&
              readSizes(take(parts[6], "d"), shape.dilation) && readSizes(value, tile);
  if (read) {
    choice.level = parts[0].str();
    shape.integer = parts[1] == "int8";
    choice.tile = {tile[0], tile[1]};
    // What is written in one way only can be compared as text.
    read = choice.getText() == text;
  }
  if (!read)
    return makeError("expected LEVEL/TYPE/OUTPUT/inCHANNELS/kWINDOW/sSTRIDE/dDILATION:ROWSxVECTORS "
                     "as in avx512vnni/int8/1x32x32x16/in16/k3x3/s1x1/d1x1:6x1, got '" +
                     text + "'");
  if (Error error = checkShape(shape))
    return std::move(error);
  return choice;
}

Error checkShape(const DotShape &shape) {
  auto check = [](StringRef name, ArrayRef<int64_t> sizes) -> Error {
    for (int64_t size : sizes)
      if (size < 1 || size > kMaxDotSize)
        return makeError("expected " + name + " from 1 to " + Twine(kMaxDotSize) + ", got " +
                         Twine(size));
    return Error::success();
  };
  for (auto [name, sizes] : {std::pair("output", ArrayRef<int64_t>(shape.output)),
                             std::pair("input channels", ArrayRef(shape.inputChannels)),
                             std::pair("window", ArrayRef<int64_t>(shape.window)),
                             std::pair("stride", ArrayRef<int64_t>(shape.stride)),
                             std::pair("dilation", ArrayRef<int64_t>(shape.dilation))})
    if (Error error = check(name, sizes))
      return error;
  return Error::success();
}

TileProblem getTileProblem(const Level &level, const DotShape &shape) {
  int64_t group = shape.integer ? kernel::getDotGroup(getLanes(level)) : 1;
  kernel::WindowRuns runs = kernel::getWindowRuns(shape.window[0], shape.window[1],
                                                  shape.dilation[1], shape.inputChannels, group);
  TileProblem problem{shape.integer, shape.output[0] * shape.output[1], shape.output[2],
                      shape.output[3], runs.count * int64_t(divideCeil(runs.length, group))};
  problem.gathers = runs.rest != 0;
  if (shape.integer && shape.dilation[1] == 1)
    problem.taps = getSharedTaps(group, shape.window[1], shape.inputChannels, shape.stride[1]);
  bool flat = shape.window == std::array<int64_t, 2>{1, 1} && shape.stride == shape.window;
  if (flat) {
    problem.columns *= problem.lines;
    problem.lines = 1;
  }
  return problem;
}

/// The vectors that hold the output's channels.
static int64_t getOutputVectors(const Level &level, const DotShape &shape) {
  return divideCeil(shape.output[3], getLanes(level));
}

Error checkTile(const Level &level, const DotShape &shape, Tile tile) {
  int64_t wide = std::min(kMaxVectors, getOutputVectors(level, shape));
  if (tile.vectors < 1 || tile.vectors > wide)
    return makeError("expected 1 to " + Twine(wide) + " vectors for " + Twine(shape.output[3]) +
                     " channels on level " + level.name + ", got " + Twine(tile.vectors));
  int64_t rows = getMaxRows(level, shape.integer, tile.vectors);
  if (tile.rows < 1 || tile.rows > rows)
    return makeError("expected 1 to " + Twine(rows) + " rows for " + Twine(tile.vectors) +
                     " vectors on level " + level.name + ", got " + Twine(tile.rows));
  return Error::success();
}

Expected<const Level &> findLevel(const Target &target, StringRef name) {
  for (const Level &level : target.levels)
    if (level.name == name)
      return level;
  return makeError("expected a level of target " + target.name + ", cpu " + target.cpu + " (" +
                   join(map_range(target.levels, [](const Level &l) { return l.name; }), ", ") +
                   "), got '" + name + "'");
}

Tile getModelTile(const Level &level, const DotShape &shape) {
  // kvant-form-kernels chooses the width, and kvant-lower-kernels then the tile of whole blocks.
  TileProblem problem = getTileProblem(level, shape);
  int64_t vectors = std::min(chooseVectors(level, problem), getOutputVectors(level, shape));
  problem.channels = std::min(problem.channels, vectors * getLanes(level));
  return chooseTile(level, problem, vectors);
}

std::vector<Tile> getTileCandidates(const Level &level, const DotShape &shape, size_t count) {
  TileProblem problem = getTileProblem(level, shape);
  std::vector<std::pair<double, Tile>> best, others;
  int64_t wide = std::min(kMaxVectors, getOutputVectors(level, shape));
  for (int64_t vectors = 1; vectors <= wide; ++vectors) {
    std::vector<std::pair<double, Tile>> ofWidth;
    int64_t most = std::min(getMaxRows(level, shape.integer, vectors), problem.columns);
    for (int64_t rows = 1; rows <= most; ++rows)
      ofWidth.push_back({getTileCost(level, problem, {rows, vectors}), {rows, vectors}});
    stable_sort(ofWidth, less_first());
    best.push_back(ofWidth.front());
    append_range(others, drop_begin(ofWidth));
  }
  stable_sort(best, less_first());
  stable_sort(others, less_first());
  append_range(best, others);
  std::vector<Tile> tiles;
  for (auto [cost, tile] : ArrayRef(best).take_front(count))
    tiles.push_back(tile);
  return tiles;
}

} // namespace kvant::codegen
