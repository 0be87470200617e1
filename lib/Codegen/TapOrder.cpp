// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "kvant/Codegen/TapOrder.h"

#include "llvm/ADT/STLExtras.h"
#include <tuple>

using namespace llvm;

namespace kvant::codegen {

namespace {

/// Products from one that adds to a row to the next that can without waiting, and from the load
/// of a pixel to its first: those of Cortex-A55, one product a cycle.
constexpr int64_t kLatency = 4, kLoadLatency = 6;

/// A pixel in a register, and what of it is not multiplied yet.
struct HeldPixel {
  int64_t pixel, ready;
  SmallVector<TapProduct> left;
};

HeldPixel hold(const TapRows &rows, int64_t words, int64_t pixel, int64_t ready) {
  HeldPixel held{pixel, ready, {}};
  int64_t line = pixel / rows.getPixelsOfLine(), column = pixel % rows.getPixelsOfLine();
  for (int64_t word = 0; word < words; ++word)
    for (int64_t tap = 0; tap < rows.taps; ++tap)
      if (int64_t row = column - tap; row >= 0 && row < rows.rowsOfLine)
        held.left.push_back({pixel, tap, word, line * rows.rowsOfLine + row});
  return held;
}

} // namespace

SmallVector<TapProduct> orderTapProducts(const TapRows &rows, int64_t words, int64_t held) {
  int64_t pixels = rows.getPixels(), loaded = 0, now = 0;
  SmallVector<HeldPixel> inUse;
  auto load = [&](int64_t ready) { inUse.push_back(hold(rows, words, loaded++, ready)); };
  while (loaded < std::min(held, pixels))
    load(0);

  SmallVector<TapProduct> order;
  SmallVector<int64_t> free(rows.lines * rows.rowsOfLine,
                            0); // when the sum of a row can be added to
  while (!inUse.empty()) {
    // What waits least; of the oldest pixel, so that its register becomes free; of the row that
    // was left alone longest.
    auto getRank = [&](size_t place, const TapProduct &product) {
      int64_t start = std::max({now, free[product.row], inUse[place].ready});
      return std::tuple(start, place, free[product.row]);
    };
    size_t place = 0, best = 0;
    for (auto [at, pixel] : enumerate(inUse))
      for (auto [number, product] : enumerate(pixel.left))
        if (getRank(at, product) < getRank(place, inUse[place].left[best])) {
          place = at;
          best = number;
        }
    TapProduct product = inUse[place].left[best];
    now = std::get<0>(getRank(place, product)) + 1;
    free[product.row] = now - 1 + kLatency;
    order.push_back(product);
    inUse[place].left.erase(inUse[place].left.begin() + int64_t(best));
    if (!inUse[place].left.empty())
      continue;
    inUse.erase(inUse.begin() + int64_t(place));
    if (loaded < pixels)
      load(now + kLoadLatency);
  }
  return order;
}

} // namespace kvant::codegen
