// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Requantization in float: what is proven holds for every accumulator, and what is wrong is
// refused.

#include "kvant/Codegen/FloatScale.h"
#include "kvant/Codegen/ScalarProgram.h"

#include "gtest/gtest.h"
#include <random>

using namespace kvant::codegen;

namespace {

struct Rescale {
  int64_t multiplier, shift, zeroPoint;
  bool twice;
  Interval clamp;

  int64_t operator()(int64_t x) const {
    return std::clamp(applyScale(x, multiplier, shift, twice) + zeroPoint, clamp.low, clamp.high);
  }
  double getSlope() const { return std::ldexp(double(multiplier), -int(shift)); }
};

/// Requantizations as convolutions have them: the whole of `domain` makes some bytes.
Rescale makeRandom(std::mt19937 &random) {
  Rescale rescale;
  rescale.multiplier = (int64_t(1) << 30) + int64_t(random() % (1u << 30));
  rescale.shift = 32 + random() % 8;
  rescale.zeroPoint = random() % 3 == 0 ? -128 : int64_t(random() % 256) - 128;
  rescale.twice = random() % 2 == 0;
  rescale.clamp = {-128, random() % 3 == 0 ? int64_t(random() % 128) : 127};
  return rescale;
}

std::vector<FloatForm> getForms(const Rescale &rescale) {
  std::vector<FloatForm> forms;
  for (int bits = 0; bits != 8; ++bits)
    for (int64_t zeroPoint : {int64_t(0), rescale.zeroPoint}) {
      FloatForm form;
      form.signedOffset = bits & 1;
      form.split = bits & 2;
      form.truncates = bits & 4;
      form.zeroPoint = zeroPoint;
      form.bounds = rescale.clamp;
      forms.push_back(form);
    }
  return forms;
}

/// The result as a kernel computes it.
int64_t run(const FloatForm &form, const FloatScale &scale, int64_t x) {
  return std::clamp(evaluateFloatScale(form, scale, x), form.bounds.low, form.bounds.high);
}

TEST(Staircase, StepsAreWhereValuesBegin) {
  std::mt19937 random(1);
  for (int round = 0; round != 50; ++round) {
    Rescale rescale = makeRandom(random);
    Staircase stairs = findSteps(rescale, {-30000, 20000});
    ASSERT_EQ(int64_t(stairs.steps.size()), stairs.last - stairs.first);
    int64_t value = stairs.first;
    size_t next = 0;
    for (int64_t x = -30000; x <= 20000; ++x) {
      for (; next < stairs.steps.size() && stairs.steps[next] == x; ++next)
        ++value;
      ASSERT_EQ(rescale(x), value) << x;
    }
  }
}

TEST(Staircase, OneStepMayRaiseByMore) {
  Staircase stairs = findSteps([](int64_t x) { return x / 2 * 3; }, {0, 5});
  EXPECT_EQ(stairs.steps, std::vector<int64_t>({2, 2, 2, 4, 4, 4}));
  EXPECT_TRUE(findSteps([](int64_t) { return 7; }, {-5, 5}).steps.empty());
}

TEST(FloatScale, ProvenFormsEqualTheDefinitionEverywhere) {
  std::mt19937 random(2);
  int found = 0, solved = 0;
  constexpr int kRounds = 150;
  for (int round = 0; round != kRounds; ++round) {
    Rescale rescale = makeRandom(random);
    Interval domain = {-int64_t(random() % 60000), int64_t(random() % 60000)};
    Staircase stairs = findSteps(rescale, domain);
    bool any = false;
    for (const FloatForm &form : getForms(rescale)) {
      std::optional<FloatScale> scale = findFloatScale(stairs, form, rescale.getSlope());
      if (!scale)
        continue;
      ++found;
      any = true;
      for (int64_t x = domain.low; x <= domain.high; ++x)
        ASSERT_EQ(run(form, *scale, x), rescale(x)) << x;
    }
    solved += any;
  }
  EXPECT_GE(found, kRounds);
  EXPECT_EQ(solved, kRounds);
}

TEST(FloatScale, ProofIsAsStrictAsTheComparison) {
  // Parameters near those that hold: refused exactly if some accumulator differs.
  std::mt19937 random(3);
  int refused = 0, proven = 0;
  for (int round = 0; round != 40; ++round) {
    Rescale rescale = makeRandom(random);
    Interval domain = {-int64_t(random() % 20000), int64_t(random() % 20000)};
    Staircase stairs = findSteps(rescale, domain);
    for (const FloatForm &form : getForms(rescale)) {
      std::optional<FloatScale> scale = findFloatScale(stairs, form, rescale.getSlope());
      if (!scale)
        continue;
      for (float change : {1.0f, 1.0001f, 0.999f}) {
        FloatScale changed = {scale->scale * change, scale->rest, scale->offset};
        bool equal = true;
        for (int64_t x = domain.low; equal && x <= domain.high; ++x)
          equal = run(form, changed, x) == rescale(x);
        ASSERT_EQ(proveFloatScale(stairs, form, changed), equal);
        ++(equal ? proven : refused);
      }
    }
  }
  EXPECT_GT(refused, 50);
  EXPECT_GT(proven, 50);
}

TEST(FloatScale, WrongParametersAreRefused) {
  Rescale rescale = {1500000000, 38, -128, true, {-128, 127}};
  Staircase stairs = findSteps(rescale, {-20000, 40000});
  FloatForm form;
  form.truncates = true;
  form.zeroPoint = -128;
  form.bounds = rescale.clamp;
  std::optional<FloatScale> scale = findFloatScale(stairs, form, rescale.getSlope());
  ASSERT_TRUE(scale);
  EXPECT_TRUE(proveFloatScale(stairs, form, *scale));
  EXPECT_FALSE(proveFloatScale(stairs, form, {scale->scale * 1.001f, 0, scale->offset}));
  EXPECT_FALSE(proveFloatScale(stairs, form, {scale->scale, 0, scale->offset + 0.01f}));
  EXPECT_FALSE(proveFloatScale(stairs, form, {-scale->scale, 0, scale->offset}));
  EXPECT_FALSE(proveFloatScale(stairs, form, {std::nanf(""), 0, scale->offset}));
  form.truncates = false;
  EXPECT_FALSE(proveFloatScale(stairs, form, *scale));
}

TEST(FloatScale, ResultMustFitTheConversion) {
  // All is clamped, but 2^40 does not fit into 32 bits before it is.
  Rescale rescale = {1 << 30, 2, 0, false, {-128, 127}};
  Staircase stairs = findSteps(rescale, {0, 1 << 20});
  FloatForm form;
  form.bounds = rescale.clamp;
  EXPECT_FALSE(findFloatScale(stairs, form, rescale.getSlope()));
}

TEST(FloatScale, ConstantChannelNeedsNoScale) {
  // A shift of 62 on huge accumulators: 0 for all of them.
  Rescale rescale = {1 << 30, 62, 5, true, {-128, 127}};
  Staircase stairs = findSteps(rescale, {-2000000000, 2000000000});
  FloatForm form;
  form.bounds = rescale.clamp;
  std::optional<FloatScale> scale = findFloatScale(stairs, form, rescale.getSlope());
  ASSERT_TRUE(scale);
  EXPECT_EQ(scale->scale, 0);
  EXPECT_EQ(scale->offset, 5);
}

TEST(AccumulatorRange, EndsAreReached) {
  std::vector<int64_t> weights = {3, -2, 0, 7, 1, -128}, bias = {10, -5};
  // Channels of three weights each, then interleaved.
  std::vector<Interval> rows = getAccumulatorRanges({weights, bias, 5, 0, false});
  EXPECT_EQ(rows[0].low, 10 + 3 * -133 + -2 * 122);
  EXPECT_EQ(rows[0].high, 10 + 3 * 122 + -2 * -133);
  std::vector<Interval> columns = getAccumulatorRanges({weights, bias, 0, 1, true});
  EXPECT_EQ(columns[0].low, 10 + 2 * -128 + -1 * 127 + 0);
  EXPECT_EQ(columns[1].high, -5 + -3 * -128 + 6 * 127 + -129 * -128);
}

} // namespace
