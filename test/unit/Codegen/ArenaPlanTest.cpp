// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The arena plan: no overlap, alignment, closeness to the lower bound, time.

#include "kvant/Codegen/ArenaPlan.h"

#include "gtest/gtest.h"
#include <chrono>
#include <random>

using namespace kvant::codegen;

namespace {

bool isSafe(const BufferOverlap &pair, const ArenaPlan &plan) {
  auto input = int64_t(plan.offsets[pair.input]), result = int64_t(plan.offsets[pair.result]);
  return input >= result + pair.forward || result >= input + pair.backward;
}

void expectValid(llvm::ArrayRef<BufferLife> buffers, const ArenaPlan &plan,
                 llvm::ArrayRef<BufferOverlap> overlaps = {}) {
  ASSERT_EQ(plan.offsets.size(), buffers.size());
  EXPECT_GE(plan.bytes, plan.lowerBound);
  for (size_t i = 0; i != buffers.size(); ++i) {
    EXPECT_EQ(plan.offsets[i] % kArenaAlignment, 0u);
    EXPECT_LE(plan.offsets[i] + buffers[i].bytes + kArenaSlack, plan.bytes);
    for (size_t j = 0; j != i; ++j) {
      bool together = buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
      if (!together || buffers[i].bytes == 0 || buffers[j].bytes == 0)
        continue;
      bool safe = llvm::any_of(overlaps, [&](const BufferOverlap &pair) {
        return ((pair.input == i && pair.result == j) || (pair.input == j && pair.result == i)) &&
               isSafe(pair, plan);
      });
      if (safe)
        continue;
      EXPECT_TRUE(plan.offsets[i] + buffers[i].bytes <= plan.offsets[j] ||
                  plan.offsets[j] + buffers[j].bytes <= plan.offsets[i])
          << i << " and " << j;
    }
  }
}

std::vector<BufferLife> makeRandom(unsigned count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<BufferLife> buffers;
  for (unsigned i = 0; i != count; ++i) {
    unsigned first = random() % count;
    buffers.push_back({random() % 100000, first, first + static_cast<unsigned>(random() % 8)});
  }
  return buffers;
}

TEST(ArenaPlan, EmptyProgramNeedsOnlySlack) {
  ArenaPlan plan = planArena({});
  EXPECT_EQ(plan.bytes, kArenaSlack);
}

TEST(ArenaPlan, ChainTakesTwoBuffers) {
  std::vector<BufferLife> chain;
  for (unsigned i = 0; i != 10; ++i)
    chain.push_back({1000, i, i + 1});
  ArenaPlan plan = planArena(chain);
  expectValid(chain, plan);
  EXPECT_EQ(plan.bytes, 2 * 1024 + kArenaSlack);
}

TEST(ArenaPlan, ResidualKeepsItsInput) {
  std::vector<BufferLife> buffers = {{4096, 0, 3}, {4096, 1, 2}, {4096, 2, 3}, {4096, 3, 4}};
  ArenaPlan plan = planArena(buffers);
  expectValid(buffers, plan);
  EXPECT_EQ(plan.bytes, 3 * 4096 + kArenaSlack);
}

TEST(ArenaPlan, ChainOfOverlapsTakesLittleMoreThanOneBuffer) {
  std::vector<BufferLife> chain;
  std::vector<BufferOverlap> overlaps;
  for (unsigned i = 0; i != 10; ++i) {
    chain.push_back({i % 2 ? 12096u : 8000u, i, i + 1});
    if (i != 0)
      overlaps.push_back({i - 1, i, i % 2 ? 4608 : 640, i % 2 ? 512 : 4736});
  }
  ArenaPlan plan = planArena(chain, overlaps);
  expectValid(chain, plan, overlaps);
  EXPECT_EQ(plan.bytes, 12096 + 640 + kArenaSlack);
}

TEST(ArenaPlan, RandomOverlapsAreSafe) {
  for (unsigned seed = 0; seed != 50; ++seed) {
    std::mt19937 random(seed);
    std::vector<BufferLife> buffers;
    std::vector<BufferOverlap> overlaps;
    for (unsigned i = 0; i != 40; ++i) {
      buffers.push_back({random() % 10000 + 1, i, i + 1 + static_cast<unsigned>(random() % 3)});
      if (i != 0 && buffers[i - 1].last == i)
        overlaps.push_back(
            {i - 1, i, int64_t(random() % 20000) - 5000, int64_t(random() % 20000) - 5000});
    }
    ArenaPlan plan = planArena(buffers, overlaps);
    expectValid(buffers, plan, overlaps);
    EXPECT_LE(plan.bytes, planArena(buffers).bytes);
  }
}

TEST(ArenaPlan, SearchFindsTheBoundThatFixedOrdersMiss) {
  unsigned reached = 0;
  for (unsigned seed = 0; seed != 20; ++seed) {
    std::vector<BufferLife> buffers = makeRandom(40, seed);
    ArenaPlan plan = planArena(buffers);
    expectValid(buffers, plan);
    reached += plan.bytes == plan.lowerBound;
  }
  EXPECT_GE(reached, 15u);
}

TEST(ArenaPlan, RandomLivesNeverOverlap) {
  for (unsigned seed = 0; seed != 50; ++seed) {
    std::vector<BufferLife> buffers = makeRandom(60, seed);
    ArenaPlan plan = planArena(buffers);
    expectValid(buffers, plan);
    EXPECT_LE(plan.bytes, plan.lowerBound + plan.lowerBound / 2);
  }
}

TEST(ArenaPlan, ManyBuffersTakeLittleTime) {
  std::vector<BufferLife> buffers = makeRandom(200000, 1);
  auto start = std::chrono::steady_clock::now();
  ArenaPlan plan = planArena(buffers);
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_GE(plan.bytes, plan.lowerBound);
  EXPECT_LT(seconds.count(), 10.0);
}

} // namespace
