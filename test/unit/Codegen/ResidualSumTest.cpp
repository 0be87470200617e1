// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of two bytes: tables of TFLite's ADD as float and as integer sums.

#include "kvant/Codegen/ResidualSum.h"
#include "kvant/Codegen/ScalarProgram.h"

#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace kvant::codegen;

namespace {

constexpr Interval kByte = {-128, 127};

/// TFLite's ADD of int8: both operands to a common scale with 20 more bits, their sum back.
struct Add {
  double scaleA, scaleB; ///< of the operands over the scale of the result
  int64_t zeroA, zeroB, zeroOut;
  bool twice;

  static std::pair<int64_t, int64_t> getMultiplier(double ratio) {
    int exponent;
    double fraction = std::frexp(ratio, &exponent);
    return {std::llround(fraction * double(int64_t(1) << 31)), 31 - exponent};
  }
  int64_t rescale(int64_t x, double ratio) const {
    auto [multiplier, shift] = getMultiplier(ratio);
    return applyScale(x, multiplier, shift, twice);
  }
  int64_t operator()(int64_t a, int64_t b) const {
    double common = 2 * std::max(scaleA, scaleB);
    int64_t sum =
        rescale((a - zeroA) << 20, scaleA / common) + rescale((b - zeroB) << 20, scaleB / common);
    return std::clamp<int64_t>(rescale(sum, common / (1 << 20)) + zeroOut, -128, 127);
  }
};

Add makeRandom(std::mt19937 &random) {
  std::uniform_real_distribution<double> scale(0.2, 1.3);
  auto byte = [&] { return int64_t(random() % 256) - 128; };
  return {scale(random), scale(random), byte(), byte(), byte(), random() % 2 == 0};
}

TEST(ResidualSum, ProvenSumsEqualTheTable) {
  std::mt19937 random(1);
  int floats = 0, integers = 0;
  constexpr int kRounds = 25;
  for (int round = 0; round != kRounds; ++round) {
    Add add = makeRandom(random);
    SumTable table = makeSumTable(add, kByte, kByte);
    FloatForm form;
    if (std::optional<FloatSum> sum = findFloatSum(table, form, add.scaleA, add.scaleB)) {
      ++floats;
      for (int64_t a = -128; a <= 127; ++a)
        for (int64_t b = -128; b <= 127; ++b)
          ASSERT_EQ(std::clamp<int64_t>(evaluateSum(form, *sum, a, b), -128, 127), add(a, b));
    }
    if (std::optional<IntegerSum> sum = findIntegerSum(table, add.scaleA, add.scaleB)) {
      ++integers;
      for (int64_t a = -128; a <= 127; ++a)
        for (int64_t b = -128; b <= 127; ++b) {
          int32_t product = int32_t(a * sum->scaleA + b * sum->scaleB + sum->offset);
          ASSERT_EQ(std::clamp(product >> sum->shift, -128, 127), add(a, b));
        }
    }
  }
  // Most have parameters; what has none keeps its arithmetic.
  EXPECT_GE(floats, kRounds / 2);
  EXPECT_GE(integers, kRounds / 2);
}

TEST(ResidualSum, WrongParametersAreRefused) {
  Add add = {0.7231, 0.9177, 3, -20, 5, true};
  SumTable table = makeSumTable(add, kByte, kByte);
  FloatForm form;
  std::optional<FloatSum> sum = findFloatSum(table, form, add.scaleA, add.scaleB);
  ASSERT_TRUE(sum);
  EXPECT_TRUE(proveSum(table, form, *sum));
  EXPECT_FALSE(proveSum(table, form, {sum->scaleA * 1.001f, sum->scaleB, sum->offset}));
  EXPECT_FALSE(proveSum(table, form, {sum->scaleA, sum->scaleB, sum->offset + 0.01f}));
  EXPECT_FALSE(proveSum(table, form, {sum->scaleA, std::nanf(""), sum->offset}));
  std::optional<IntegerSum> integers = findIntegerSum(table, add.scaleA, add.scaleB);
  ASSERT_TRUE(integers);
  IntegerSum wrong = *integers;
  wrong.scaleB += 1000;
  EXPECT_FALSE(proveSum(table, wrong));
  // The same sum with two more bits does not fit into 32.
  IntegerSum wide = {integers->scaleA * 4, integers->scaleB * 4, integers->offset * 4,
                     integers->shift + 2};
  EXPECT_FALSE(proveSum(table, wide));
}

TEST(ResidualSum, OneWrongPairIsFound) {
  Add add = {0.7231, 0.9177, 3, -20, 5, false};
  SumTable table = makeSumTable(add, kByte, kByte);
  std::optional<IntegerSum> sum = findIntegerSum(table, add.scaleA, add.scaleB);
  ASSERT_TRUE(sum);
  table.values[150 * 256 + 100] ^= 1;
  EXPECT_FALSE(proveSum(table, *sum));
}

} // namespace
