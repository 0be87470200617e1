// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Statistics survive their file; files that break the schema do not pass.
#include "kvant/Calibrate/Statistics.h"
#include "kvant/Support/OutputFile.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

using namespace kvant;
using namespace kvant::calibrate;

namespace {

class StatisticsTest : public ::testing::Test {
protected:
  void SetUp() override {
    llvm::SmallString<128> name;
    ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("statistics", "json", name));
    path = std::string(name);
  }
  void TearDown() override { llvm::sys::fs::remove(path); }

  /// The message of reading `text`, without the path.
  std::string read(llvm::StringRef text) {
    EXPECT_FALSE(bool(writeFile(path, text)));
    auto statistics = readStatistics(path);
    if (statistics)
      return "";
    std::string message = llvm::toString(statistics.takeError());
    EXPECT_EQ(message.rfind(path + ": ", 0), 0u) << message;
    return message.substr(path.size() + 2);
  }

  std::string path;
};

TEST_F(StatisticsTest, RoundTrip) {
  Statistics statistics;
  statistics.samples = 7;
  TensorStatistics &tensor = statistics.tensors.emplace_back();
  tensor.name = "conv \"1\"";
  tensor.whole = {-0.1, 1e-30, -0.05, 1.0 / 3, {-0.1, 0.0, {1, 0, 4000000000ull}}};
  tensor.channelMean = {0.1, -2.0};
  tensor.channels.resize(2);
  ASSERT_FALSE(bool(writeStatistics(path, statistics)));
  auto again = readStatistics(path);
  ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
  ASSERT_EQ(again->tensors.size(), 1u);
  const TensorStatistics &read = again->tensors[0];
  EXPECT_EQ(again->samples, 7);
  EXPECT_EQ(read.name, tensor.name);
  EXPECT_EQ(read.whole.max, 1e-30);
  EXPECT_EQ(read.whole.averageMax, 1.0 / 3);
  EXPECT_EQ(read.whole.histogram.counts, tensor.whole.histogram.counts);
  EXPECT_EQ(read.channelMean, tensor.channelMean);
  EXPECT_EQ(read.channels.size(), 2u);
}

TEST_F(StatisticsTest, RefusesWhatTheSchemaDoesNotKnow) {
  const std::string range = R"("min": 0, "max": 1, "average_min": 0, "average_max": 1)";
  auto file = [](const std::string &tensors) {
    return R"({"version": 1, "samples": 1, "tensors": [)" + tensors + "]}";
  };
  EXPECT_EQ(read(file("")), "");
  EXPECT_EQ(read(file(R"({"name": "a", )" + range + "}")), "");
  EXPECT_EQ(read(R"({"version": 1, "samples": 0, "tensors": []})"),
            "samples: expected at least 1, got 0");
  EXPECT_EQ(read(R"({"version": 1, "tensors": []})"),
            "samples: expected this field, it is missing");
  EXPECT_EQ(read(R"({"version": 1, "samples": "1", "tensors": []})"),
            "samples: expected an integer, got a string");
  EXPECT_EQ(read(file(R"({"name": "a", "extra": 0, )" + range + "}")),
            "tensors[0].extra: unknown field; known here are average_max, average_min, "
            "channel_mean, channels, histogram, max, min, name");
  EXPECT_EQ(read(file(R"({"name": "a", "min": 2, "max": 1, "average_min": 0, "average_max": 1})")),
            "tensors[0].min: expected at most \"max\"");
  EXPECT_EQ(read(file(R"({"name": "a", )" + range + R"(}, {"name": "a", )" + range + "}")),
            "tensors[1].name: the name \"a\" appears twice");
  EXPECT_EQ(read(file(R"({"name": "a", "histogram": {"low": 0, "high": 1, "counts": [-1]}, )" +
                      range + "}")),
            "tensors[0].histogram.counts[0]: expected a non-negative integer, got -1");
  EXPECT_EQ(read("[]"), "expected one JSON object, got an array");
  EXPECT_EQ(read(file("7")), "tensors[0]: expected an object, got a number");
}

} // namespace
