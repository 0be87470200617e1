// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gathering of what lines have left: by VPERMD or VPERMT2D, which bring the word of each row into
// its lane, and VPSHUFB, which brings its bytes into their place.
#include "LineRests.h"

#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

class RestGatherer {
public:
  RestGatherer(KernelBuilder &kb, const DotTile &tile, const LineRests &rests)
      : kb(kb), tile(tile), rests(rests), bytes(kb.level.vectorBits / 8), lanes(bytes / 4) {}

  /// Rows whose elements lie in two registers.
  int64_t getRows() const {
    return std::min({lanes, tile.rows, (2 * bytes - rests.rest) / tile.rowStride + 1});
  }

  /// The lanes of `rows` rows, the first of which is at `x`.
  Value gather(Value x, int64_t rows) {
    Value zero = kb.splat(0, bytes, kb.i8()), all;
    for (int64_t line = 0; line < rests.lines; ++line) {
      Value words = loadWords(kb.add(x, line * rests.xLine), rows);
      SmallVector<int64_t> mask;
      for (int64_t at = 0; at < bytes; ++at) {
        int64_t element = at % 4 - line * rests.rest;
        bool belongs = element >= 0 && element < rests.rest;
        int64_t first = getOffset(at / 4, rows) % 4;
        mask.push_back(belongs ? at / 4 * 4 + first + element : bytes + at);
      }
      Value placed = kb.bitcast(kb.shuffle(words, zero, mask), lanes, kb.i32());
      all = all ? arith::OrIOp::create(kb.builder, kb.loc, all, placed).getResult() : placed;
    }
    return all;
  }

private:
  /// Where the elements for a lane begin. Lanes without a row repeat the last.
  int64_t getOffset(int64_t lane, int64_t rows) const {
    return std::min(lane, rows - 1) * tile.rowStride;
  }

  /// The words of a line that the elements of the rows are in.
  Value loadWords(Value x, int64_t rows) {
    Value low = kb.bitcast(kb.load(tile.input, x, bytes), lanes, kb.i32()), high = low;
    if (getOffset(lanes - 1, rows) + rests.rest > bytes)
      high = kb.bitcast(kb.load(tile.input, kb.add(x, bytes), bytes), lanes, kb.i32());
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < lanes; ++lane)
      mask.push_back(getOffset(lane, rows) / 4);
    return kb.bitcast(kb.shuffle(low, high, mask), bytes, kb.i8());
  }

  KernelBuilder &kb;
  const DotTile &tile;
  const LineRests &rests;
  int64_t bytes, lanes;
};

} // namespace

GatheredRows gatherRests(KernelBuilder &kb, const DotTile &tile, Value x, const LineRests &rests) {
  RestGatherer gatherer(kb, tile, rests);
  GatheredRows result;
  result.rows = gatherer.getRows();
  for (int64_t row = 0; row < tile.rows; row += result.rows)
    result.vectors.push_back(
        gatherer.gather(kb.add(x, row * tile.rowStride), std::min(result.rows, tile.rows - row)));
  return result;
}

} // namespace kvant::codegen
