// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The arena plan: no overlap, alignment, closeness to the lower bound, time.

#include "kvant/Codegen/ArenaPlan.h"

#include "gtest/gtest.h"
#include <chrono>
#include <random>

using namespace kvant::codegen;

namespace {

void expectValid(llvm::ArrayRef<BufferLife> buffers, const ArenaPlan &plan) {
  ASSERT_EQ(plan.offsets.size(), buffers.size());
  EXPECT_GE(plan.bytes, plan.lowerBound);
  for (size_t i = 0; i != buffers.size(); ++i) {
    EXPECT_EQ(plan.offsets[i] % kArenaAlignment, 0u);
    EXPECT_LE(plan.offsets[i] + buffers[i].bytes + kArenaSlack, plan.bytes);
    for (size_t j = 0; j != i; ++j) {
      bool together = buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
      if (!together || buffers[i].bytes == 0 || buffers[j].bytes == 0)
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
