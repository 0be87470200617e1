// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Columns of the input of a depthwise convolution, as VPDPBUSD takes them.
//
// Unpacking interleaves four rows, so that each 32-bit lane holds four rows of one channel: a
// register of neighbouring channels and pixels becomes four. Where a vector holds neighbouring
// pixels, the next columns of the window lie between it and the next vector, and one shuffle brings
// each part of them.
#ifndef KVANT_LIB_CODEGEN_INTERLEAVEDCOLUMNS_H
#define KVANT_LIB_CODEGEN_INTERLEAVEDCOLUMNS_H

#include "ImageLayout.h"
#include "KernelPacking.h"
#include "dialects/Kernel/Kernel.h"

namespace kvant::codegen {

class InterleavedColumns {
public:
  using Values = llvm::SmallVector<mlir::Value>;

  static constexpr int64_t kParts = 4;
  /// Bytes of a register, and groups of four.
  const int64_t numBytes, numLanes;
  /// Vectors of columns that are worth carrying in registers.
  const int64_t maxCarried;

  /// `lines` lines of the result are computed together.
  InterleavedColumns(KernelBuilder &kb, kernel::DepthwiseConvOp op, const ImageLayout &layout,
                     int64_t lines);

  /// What follows is about a block of `channels` channels, of which one vector holds `pixels`
  /// pixels of the result.
  void startBlock(int64_t channels, int64_t pixels) {
    this->channels = channels;
    this->pixels = pixels;
  }

  /// True if the pixels of one vector lie side by side, and nothing between them.
  bool isAdjacent() const { return channels == pixel && stride[1] == 1; }

  /// The rows of the column at `at` in groups of four: `kParts` vectors for each group.
  Values load(mlir::Value at);

  /// True if a vector and the next hold all columns of the window, each in its place or some
  /// pixels further on.
  bool holdsNeighbours();
  /// The columns that one vector of pixels is, for each place within the stride. With a stride of
  /// two, the second half of the pixels lies behind `behind`.
  Values loadPhases(mlir::Value at, mlir::Value behind);
  /// What lies `bytes` of the input behind `column`, of which `next` is the continuation.
  Values shift(const Values &column, const Values &next, int64_t bytes);

private:
  Values interleave(const Values &rows);
  mlir::Value loadRow(mlir::Value at);
  mlir::Value flipRow(mlir::Value row);
  mlir::Value unpack(mlir::Value a, mlir::Value b, mlir::Type element, bool high);
  int64_t getRowSize() const { return dilation[0] * line; }

  KernelBuilder &kb;
  kernel::DepthwiseConvOp op;
  llvm::ArrayRef<int64_t> stride, dilation, window;
  int64_t pixel, line; ///< from one to the next
  mlir::Value input;
  int64_t rows; ///< of a column
  int64_t groups, channels = 0, pixels = 0;
};

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_INTERLEAVEDCOLUMNS_H
