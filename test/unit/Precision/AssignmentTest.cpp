// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The choice of precision against exhaustive search.
#include "kvant/Precision/Assignment.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace kvant::precision;

namespace {

/// Items in a chain from the outside to the outside.
AssignmentProblem makeChain(unsigned count, unsigned seed) {
  std::mt19937 generator(seed);
  auto next = [&](double scale) { return scale * (generator() % 1000) / 1000.0; };
  AssignmentProblem problem;
  for (unsigned i = 0; i < count; ++i) {
    double cost = 1.0 + next(100.0);
    problem.items.push_back({cost / 4, cost, next(1.0)});
    problem.edges.push_back({static_cast<int>(i) - 1, static_cast<int>(i), next(20.0)});
  }
  problem.edges.push_back({static_cast<int>(count) - 1, -1, next(20.0)});
  return problem;
}

double searchAll(const AssignmentProblem &problem, Minimize objective, double limit) {
  double best = HUGE_VAL;
  for (unsigned bits = 0; bits < 1u << problem.items.size(); ++bits) {
    std::vector<bool> isFloat;
    for (size_t item = 0; item < problem.items.size(); ++item)
      isFloat.push_back(bits >> item & 1);
    double value = problem.getCost(isFloat), other = problem.getNoise(isFloat);
    if (objective == Minimize::Noise)
      std::swap(value, other);
    if (other <= limit)
      best = std::min(best, value);
  }
  return best;
}

TEST(AssignmentTest, ChainsAreExact) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    AssignmentProblem problem = makeChain(10, seed);
    ASSERT_TRUE(problem.isChain());
    for (double limit : {0.5, 1.5, 3.0}) {
      auto result = solveAssignment(problem, Minimize::Cost, limit);
      ASSERT_TRUE(result.has_value());
      EXPECT_TRUE(result->exact);
      EXPECT_LE(result->noise, limit);
      EXPECT_NEAR(result->cost, searchAll(problem, Minimize::Cost, limit), 1e-9);
      EXPECT_EQ(result->bound, result->cost);
    }
    for (double limit : {250.0, 350.0}) {
      double best = searchAll(problem, Minimize::Noise, limit);
      auto result = solveAssignment(problem, Minimize::Noise, limit);
      ASSERT_EQ(result.has_value(), std::isfinite(best));
      if (result)
        EXPECT_NEAR(result->noise, best, 1e-9);
    }
  }
}

TEST(AssignmentTest, OtherGraphsStayWithinTheLimitAndAboveTheBound) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    AssignmentProblem problem = makeChain(10, seed);
    problem.edges.push_back({2, 7, 10.0});
    ASSERT_FALSE(problem.isChain());
    auto result = solveAssignment(problem, Minimize::Cost, 1.5);
    ASSERT_TRUE(result.has_value());
    EXPECT_FALSE(result->exact);
    EXPECT_LE(result->noise, 1.5);
    double best = searchAll(problem, Minimize::Cost, 1.5);
    EXPECT_LE(result->bound, best + 1e-9);
    EXPECT_GE(result->cost, best - 1e-9);
    EXPECT_LE(result->cost, 1.3 * best);
  }
}

TEST(AssignmentTest, ConversionsAreCounted) {
  // In integers each item saves 3, but going there and back costs 2 * 4.
  AssignmentProblem problem;
  problem.items = {{1.0, 4.0, 0.0}, {1.0, 4.0, 9.0}, {1.0, 4.0, 0.0}};
  problem.edges = {{-1, 0, 4.0}, {0, 1, 4.0}, {1, 2, 4.0}, {2, -1, 4.0}};
  // The noisy middle must be float; then nothing is worth the conversions.
  auto result = solveAssignment(problem, Minimize::Cost, 1.0);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->isFloat, (std::vector<bool>{true, true, true}));
  // Allowed to be noisy, all are integer.
  result = solveAssignment(problem, Minimize::Cost, 10.0);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->isFloat, (std::vector<bool>{false, false, false}));
  EXPECT_EQ(result->cost, 11.0);
}

TEST(AssignmentTest, NothingMeetsAnImpossibleBudget) {
  AssignmentProblem problem = makeChain(4, 1);
  EXPECT_FALSE(solveAssignment(problem, Minimize::Noise, 0.5).has_value());
}

} // namespace
