// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales, zero points and quantized weights.
#include "kvant/Quantize/Parameters.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace kvant::quantize;

namespace {

TEST(ParametersTest, ZeroIsExactAndTheRangeIsCovered) {
  for (auto [min, max] : {std::pair<double, double>{-1.0, 3.0},
                          {0.0, 6.0},
                          {-5.0, 0.0},
                          {2.0, 4.0},
                          {-4.0, -2.0},
                          {-1e-3, 1e6}}) {
    auto affine = chooseAffine(min, max);
    EXPECT_GE(affine.zeroPoint, -128);
    EXPECT_LE(affine.zeroPoint, 127);
    double low = affine.scale * (-128 - affine.zeroPoint);
    double high = affine.scale * (127 - affine.zeroPoint);
    EXPECT_LE(low, std::min(min, 0.0) + 0.51 * affine.scale);
    EXPECT_GE(high, std::max(max, 0.0) - 0.51 * affine.scale);
    EXPECT_EQ(affine.scale, static_cast<double>(static_cast<float>(affine.scale)));
  }
}

TEST(ParametersTest, AnEmptyRangeGetsScaleOne) {
  auto affine = chooseAffine(0.0, 0.0);
  EXPECT_EQ(affine.scale, 1.0);
  EXPECT_EQ(affine.zeroPoint, 0);
}

TEST(ParametersTest, WeightsPerChannelOfAnyAxis) {
  // Axis 0 of [2, 3], and axis 1 of the same numbers.
  std::vector<float> weights = {1.0f, -2.0f, 0.5f, 0.0f, 0.25f, -0.125f};
  ChannelLayout rows = ChannelLayout::create({2, 3}, 0);
  std::vector<double> scales = chooseWeightScales(weights, rows, {});
  ASSERT_EQ(scales.size(), 2u);
  EXPECT_FLOAT_EQ(scales[0], 2.0 / 127);
  EXPECT_FLOAT_EQ(scales[1], 0.25 / 127);
  EXPECT_EQ(quantizeWeights(weights, rows, scales),
            (std::vector<int64_t>{64, -127, 32, 0, 127, -64}));
  ChannelLayout columns = ChannelLayout::create({2, 3}, 1);
  EXPECT_EQ(chooseWeightScales(weights, columns, {}).size(), 3u);
  EXPECT_EQ(chooseWeightScales(weights, ChannelLayout::create({2, 3}, -1), {}).size(), 1u);
}

TEST(ParametersTest, ADeadChannelStillHoldsItsBias) {
  std::vector<float> weights = {0.0f, 1e-30f}, bias = {5.0f, 3.0f};
  std::vector<double> floors = getWeightScaleFloors(bias, 2, 0.1, 0.05);
  std::vector<double> scales =
      chooseWeightScales(weights, ChannelLayout::create({2, 1}, 0), floors);
  for (int channel = 0; channel < 2; ++channel) {
    double biasScale = 0.1 * scales[channel];
    EXPECT_LE(bias[channel] / biasScale, std::ldexp(1.0, 30) * 1.001);
    EXPECT_GE(biasScale / 0.05, std::ldexp(1.0, -22) * 0.999);
  }
}

TEST(ParametersTest, MeanErrorOfConvolutionAndDepthwise) {
  // Two output channels, 1x1, two input channels; scale 1, so the error is what rounding lost.
  std::vector<float> weights = {0.4f, 1.2f, -0.3f, 2.0f};
  std::vector<int64_t> stored = {0, 1, 0, 2};
  std::vector<double> error =
      getMeanError({2, 1, 1, 2}, 0, weights, stored, {1.0, 1.0}, {10.0, 100.0});
  ASSERT_EQ(error.size(), 2u);
  EXPECT_NEAR(error[0], 0.4 * 10 + 0.2 * 100, 1e-5);
  EXPECT_NEAR(error[1], -0.3 * 10, 1e-5);
  // Depthwise, 1x2 taps, channels last.
  error = getMeanError({1, 1, 2, 2}, 3, weights, stored, {1.0, 1.0}, {10.0, 100.0});
  ASSERT_EQ(error.size(), 2u);
  EXPECT_NEAR(error[0], (0.4 - 0.3) * 10, 1e-5);
  EXPECT_NEAR(error[1], 0.2 * 100, 1e-5);
  EXPECT_TRUE(getMeanError({2, 1, 1, 2}, 0, weights, stored, {1.0, 1.0}, {1, 2, 3}).empty());
}

} // namespace
