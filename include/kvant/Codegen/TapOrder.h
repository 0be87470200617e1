// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order of the products of a tile whose window's taps read the same pixels.
#ifndef KVANT_CODEGEN_TAPORDER_H
#define KVANT_CODEGEN_TAPORDER_H

#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace kvant::codegen {

/// Word `word` of pixel `pixel` times the weights of `tap`: a part of the sum of `row`.
struct TapProduct {
  int64_t pixel, tap, word, row;
};

/// Rows of a tile on `lines` lines. Each line has `taps - 1` pixels more than rows: row r of a line
/// is the sum over its pixels from r on.
struct TapRows {
  int64_t lines, rowsOfLine, taps;
  int64_t getPixelsOfLine() const { return rowsOfLine + taps - 1; }
  int64_t getPixels() const { return lines * getPixelsOfLine(); }
};

/// All products of the rows with `words` words of each pixel. At most `held` pixels are in use at a
/// time, from the first to the last; products of one row are as far apart as an in-order core
/// needs, where that is possible.
llvm::SmallVector<TapProduct> orderTapProducts(const TapRows &rows, int64_t words, int64_t held);

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_TAPORDER_H
