// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order of products: all of them, with few pixels in use and without an in-order core waiting.

#include "kvant/Codegen/TapOrder.h"

#include "gtest/gtest.h"
#include <map>
#include <set>

using namespace kvant::codegen;

namespace {

constexpr int64_t kWords = 4, kHeld = 3;

class TapOrderTest : public testing::TestWithParam<TapRows> {};

TEST_P(TapOrderTest, HasEachProductOnce) {
  const TapRows &rows = GetParam();
  std::set<std::tuple<int64_t, int64_t, int64_t>> seen;
  for (const TapProduct &product : orderTapProducts(rows, kWords, kHeld)) {
    EXPECT_TRUE(seen.emplace(product.row, product.tap, product.word).second);
    int64_t line = product.row / rows.rowsOfLine, column = product.row % rows.rowsOfLine;
    EXPECT_LT(line, rows.lines);
    EXPECT_EQ(product.pixel, line * rows.getPixelsOfLine() + column + product.tap);
  }
  EXPECT_EQ(int64_t(seen.size()), rows.lines * rows.rowsOfLine * rows.taps * kWords);
}

TEST_P(TapOrderTest, HoldsFewPixels) {
  llvm::SmallVector<TapProduct> order = orderTapProducts(GetParam(), kWords, kHeld);
  std::map<int64_t, size_t> last;
  for (size_t index = 0; index != order.size(); ++index)
    last[order[index].pixel] = index;
  EXPECT_EQ(int64_t(last.size()), GetParam().getPixels());
  std::set<int64_t> inUse;
  int64_t loaded = 0;
  for (size_t index = 0; index != order.size(); ++index) {
    // A pixel is loaded when one before it is used up.
    while (loaded <= order[index].pixel)
      inUse.insert(loaded++);
    EXPECT_LE(int64_t(inUse.size()), kHeld);
    if (last[order[index].pixel] == index)
      inUse.erase(order[index].pixel);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, TapOrderTest,
                         testing::Values(TapRows{1, 16, 3}, TapRows{2, 8, 3}, TapRows{4, 4, 3},
                                         TapRows{1, 12, 2}, TapRows{3, 5, 2}, TapRows{1, 2, 3},
                                         TapRows{5, 1, 3}));

TEST(TapOrder, LeavesTwoProductsBetweenThoseOfARow) {
  // The first and the last pixels belong to too few rows.
  llvm::SmallVector<TapProduct> order = orderTapProducts({1, 16, 3}, kWords, kHeld);
  std::map<int64_t, size_t> last;
  int64_t waits = 0;
  for (size_t index = 0; index != order.size(); ++index) {
    auto before = last.find(order[index].row);
    waits += before != last.end() && index - before->second < 3;
    last[order[index].row] = index;
  }
  EXPECT_LE(waits, 5);
}

} // namespace
