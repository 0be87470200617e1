// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Register tiles that are chosen from outside: what they are chosen for, and how they are written.
#ifndef KVANT_CODEGEN_TILES_H
#define KVANT_CODEGEN_TILES_H

#include "kvant/Codegen/Target.h"
#include "llvm/Support/Error.h"
#include <array>
#include <string>
#include <vector>

namespace kvant::codegen {

/// A register tile: `rows` output pixels by `vectors` vectors of output channels.
struct Tile {
  int64_t rows;
  int64_t vectors;
  bool operator==(const Tile &other) const {
    return rows == other.rows && vectors == other.vectors;
  }
};

/// All that decides which tile of a kernel.dot_conv is the fastest on a machine. Padding is
/// written out before the kernel starts, and plays no part.
struct DotShape {
  bool integer = true;           ///< int8 operands, else float32
  std::array<int64_t, 4> output; ///< images, rows, columns, channels
  int64_t inputChannels;
  std::array<int64_t, 2> window, stride, dilation;

  /// "int8/1x32x32x16/in16/k3x3/s1x1/d1x1"
  std::string getText() const;
  bool operator==(const DotShape &other) const { return getText() == other.getText(); }
};

/// No size of a DotShape is larger, so that products of three of them fit in 64 bits.
constexpr int64_t kMaxDotSize = int64_t(1) << 20;

/// A tile for the kernels of one shape on one level.
struct TileChoice {
  std::string level;
  DotShape shape;
  Tile tile;

  /// What it is for: "avx512vnni/int8/1x32x32x16/in16/k3x3/s1x1/d1x1".
  std::string getKey() const { return level + "/" + shape.getText(); }
  /// As the option of kvant-form-kernels takes it: KEY:ROWSxVECTORS.
  std::string getText() const;
  static llvm::Expected<TileChoice> parse(llvm::StringRef text);
};

/// Fails if a size of `shape` is out of range.
llvm::Error checkShape(const DotShape &shape);

/// Fails if the operands of `tile` do not stay in the registers of `level`, or if it is wider
/// than the output; the error says what is legal.
llvm::Error checkTile(const Level &level, const DotShape &shape, Tile tile);

/// The level of `target` of that name; the error lists what there is.
llvm::Expected<const Level &> findLevel(const Target &target, llvm::StringRef name);

/// The tile that the cost function chooses.
Tile getModelTile(const Level &level, const DotShape &shape);

/// At most `count` legal tiles that the cost function takes for good, the best first: the best
/// of each width, then the best of all.
std::vector<Tile> getTileCandidates(const Level &level, const DotShape &shape, size_t count);

/// The shapes of the convolutions of `module` (of TOSA operations, as kvant-form-kernels finds
/// them) that become kernel.dot_conv: each once, in program order.
std::vector<DotShape> getDotShapes(mlir::ModuleOp module);

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_TILES_H
