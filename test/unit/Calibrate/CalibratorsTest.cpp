// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each calibrator on distributions whose right range is known.
#include "kvant/Calibrate/Calibrator.h"
#include "gtest/gtest.h"
#include <cmath>
#include <functional>
#include <random>

using namespace kvant;
using namespace kvant::calibrate;

namespace {

RangeStatistics makeStatistics(llvm::ArrayRef<double> values, size_t bins = 4096) {
  RangeStatistics statistics;
  statistics.min = *std::min_element(values.begin(), values.end());
  statistics.max = *std::max_element(values.begin(), values.end());
  statistics.averageMin = statistics.min / 2;
  statistics.averageMax = statistics.max / 2;
  statistics.histogram.low = std::min(statistics.min, 0.0);
  statistics.histogram.high = std::max(statistics.max, 0.0);
  statistics.histogram.counts.assign(bins, 0);
  for (double value : values)
    statistics.histogram.add(value);
  return statistics;
}

/// Normally distributed values and one far outlier.
std::vector<double> makeNormal(double outlier, int count = 100000) {
  // Box-Muller on a generator whose sequence the standard fixes.
  std::mt19937 generator(1);
  std::vector<double> values;
  for (int i = 0; i < count; ++i) {
    double u = (generator() + 1.0) / 4294967297.0, v = generator() / 4294967296.0;
    values.push_back(std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * v));
  }
  values.push_back(outlier);
  return values;
}

Range compute(llvm::StringRef method, const RangeStatistics &statistics,
              double percentile = 99.99) {
  auto calibrator = createCalibrator({method.str(), percentile});
  EXPECT_TRUE(bool(calibrator));
  return (*calibrator)->computeRange(statistics);
}

double squaredError(llvm::ArrayRef<double> values, Range range) {
  double scale = (range.max - range.min) / 255, zero = std::round(-range.min / scale), sum = 0;
  for (double value : values) {
    double stored = std::min(std::max(std::round(value / scale) + zero, 0.0), 255.0);
    sum += std::pow(value - (stored - zero) * scale, 2);
  }
  return sum;
}

TEST(CalibratorsTest, EveryRangeIncludesZero) {
  for (llvm::StringRef method : getCalibratorNames()) {
    Range positive = compute(method, makeStatistics({2.0, 3.0, 4.0, 3.0}));
    EXPECT_LE(positive.min, 0.0) << method.str();
    EXPECT_GT(positive.max, 0.0) << method.str();
    Range negative = compute(method, makeStatistics({-2.0, -3.0, -4.0}));
    EXPECT_GE(negative.max, 0.0) << method.str();
    EXPECT_LT(negative.min, 0.0) << method.str();
  }
}

TEST(CalibratorsTest, ZerosGiveAnEmptyRange) {
  for (llvm::StringRef method : getCalibratorNames()) {
    Range range = compute(method, makeStatistics({0.0, 0.0}));
    EXPECT_EQ(range.min, 0.0) << method.str();
    EXPECT_EQ(range.max, 0.0) << method.str();
  }
}

TEST(CalibratorsTest, MinMaxClipsNothing) {
  Range range = compute("minmax", makeStatistics({-1.5, 0.25, 7.0}));
  EXPECT_EQ(range.min, -1.5);
  EXPECT_EQ(range.max, 7.0);
}

TEST(CalibratorsTest, MovingAverageTakesTheAverages) {
  Range range = compute("moving-average", makeStatistics({-1.5, 0.25, 7.0}));
  EXPECT_EQ(range.min, -0.75);
  EXPECT_EQ(range.max, 3.5);
}

TEST(CalibratorsTest, PercentileCutsBothEnds) {
  std::vector<double> values;
  for (int i = -1000; i <= 1000; ++i)
    values.push_back(i);
  RangeStatistics statistics = makeStatistics(values);
  Range all = compute("percentile", statistics, 100.0);
  EXPECT_EQ(all.min, -1000.0);
  EXPECT_EQ(all.max, 1000.0);
  Range inner = compute("percentile", statistics, 95.0);
  EXPECT_NEAR(inner.min, -900.0, 3.0);
  EXPECT_NEAR(inner.max, 900.0, 3.0);
}

TEST(CalibratorsTest, MseBeatsMinMaxWithOutliers) {
  std::vector<double> values = makeNormal(60.0);
  RangeStatistics statistics = makeStatistics(values);
  Range minmax = compute("minmax", statistics), mse = compute("mse", statistics);
  EXPECT_LT(mse.max, 0.9 * minmax.max);
  EXPECT_LT(squaredError(values, mse), squaredError(values, minmax));
}

TEST(CalibratorsTest, MseKeepsAUniformRange) {
  std::vector<double> values;
  for (int i = 0; i < 100000; ++i)
    values.push_back(i / 100000.0);
  Range range = compute("mse", makeStatistics(values));
  EXPECT_NEAR(range.max, 1.0, 0.011);
}

TEST(CalibratorsTest, EntropyDiffersFromMinMaxAndFollowsTheBulk) {
  std::vector<double> values = makeNormal(20.0);
  RangeStatistics statistics = makeStatistics(values);
  Range range = compute("entropy", statistics);
  EXPECT_LT(range.max, 12.0);
  EXPECT_GT(range.max, 2.0);
  EXPECT_LT(range.min, -2.0);
}

TEST(CalibratorsTest, ChannelsGiveTheUnionOfTheirRanges) {
  TensorStatistics tensor;
  tensor.whole = makeStatistics({-9.0, 9.0});
  tensor.channels = {makeStatistics({-1.0, 2.0}), makeStatistics({0.5, 4.0})};
  auto calibrator = createCalibrator({"minmax", 99.99});
  ASSERT_TRUE(bool(calibrator));
  Range range = computeTensorRange(**calibrator, tensor);
  EXPECT_EQ(range.min, -1.0);
  EXPECT_EQ(range.max, 4.0);
}

TEST(CalibratorsTest, RefusesUnknownNames) {
  auto calibrator = createCalibrator({"median", 99.99});
  ASSERT_FALSE(bool(calibrator));
  std::string message = llvm::toString(calibrator.takeError());
  EXPECT_NE(message.find("minmax, moving-average, percentile, mse, entropy"), std::string::npos)
      << message;
}

} // namespace
