// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Statistics of a program whose outputs are known.
#include "kvant/Calibrate/Collector.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>

using namespace kvant;
using namespace kvant::calibrate;

namespace {

/// Returns its input times two.
class Doubler : public ExecutableProgram {
public:
  Doubler() {
    TensorSpec spec;
    spec.name = "x";
    spec.shape = {1, 3};
    inputs = {spec};
    spec.name = "y";
    outputs = {spec};
  }
  llvm::ArrayRef<TensorSpec> getInputs() const override { return inputs; }
  llvm::ArrayRef<TensorSpec> getOutputs() const override { return outputs; }
  llvm::Error run(llvm::ArrayRef<llvm::ArrayRef<char>> in,
                  llvm::ArrayRef<llvm::MutableArrayRef<char>> out) override {
    float values[3];
    std::memcpy(values, in[0].data(), sizeof values);
    for (float &value : values)
      value *= 2.0f;
    std::memcpy(out[0].data(), values, sizeof values);
    return llvm::Error::success();
  }

private:
  std::vector<TensorSpec> inputs, outputs;
};

class CollectorTest : public ::testing::Test {
protected:
  void TearDown() override { llvm::sys::fs::remove(path); }

  SampleSet makeSamples(llvm::ArrayRef<float> values) {
    NpyArray array;
    array.name = "x";
    array.shape = {static_cast<int64_t>(values.size() / 3), 3};
    array.data.resize(values.size() * sizeof(float));
    std::memcpy(array.data.data(), values.data(), array.data.size());
    llvm::SmallString<128> name;
    EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("collector", "npz", name));
    path = std::string(name);
    EXPECT_FALSE(bool(writeNpz(path, {array})));
    auto samples = SampleSet::load(path, program.getInputs());
    EXPECT_TRUE(bool(samples));
    return *samples;
  }

  Doubler program;
  std::string path;
};

TEST_F(CollectorTest, FindsExtremesMeansAndAverages) {
  SampleSet samples = makeSamples({1, 2, 3, -1, 0, 10});
  auto statistics = collectStatistics(program, samples, 2, {/*bins=*/16, /*perChannel=*/true});
  ASSERT_TRUE(bool(statistics));
  EXPECT_EQ(statistics->samples, 2);
  const TensorStatistics *tensor = statistics->find("y");
  ASSERT_NE(tensor, nullptr);
  EXPECT_EQ(tensor->whole.min, -2.0);
  EXPECT_EQ(tensor->whole.max, 20.0);
  EXPECT_DOUBLE_EQ(tensor->whole.averageMax, 0.95 * 6 + 0.05 * 20);
  EXPECT_EQ(tensor->channelMean, (std::vector<double>{0.0, 2.0, 13.0}));
  ASSERT_EQ(tensor->channels.size(), 3u);
  EXPECT_EQ(tensor->channels[1].max, 4.0);
  EXPECT_EQ(tensor->whole.histogram.getTotal(), 6u);
  EXPECT_EQ(tensor->channels[2].histogram.getTotal(), 2u);
}

TEST_F(CollectorTest, HistogramsAreOnlyMadeWhenWanted) {
  SampleSet samples = makeSamples({1, 2, 3});
  auto statistics = collectStatistics(program, samples, 1, {});
  ASSERT_TRUE(bool(statistics));
  EXPECT_TRUE(statistics->tensors[0].whole.histogram.empty());
  EXPECT_TRUE(statistics->tensors[0].channels.empty());
}

TEST_F(CollectorTest, NamesTheTensorThatOverflows) {
  SampleSet samples = makeSamples({1, 2, 3, 1, 3e38f, 3});
  auto statistics = collectStatistics(program, samples, 2, {});
  ASSERT_FALSE(bool(statistics));
  EXPECT_EQ(llvm::toString(statistics.takeError()),
            "tensor \"y\" becomes infinite in sample 1; ranges need finite values");
}

} // namespace
