// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "kvant/Support/Samples.h"

#include "kvant/Support/Elements.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace llvm;
using namespace kvant;

namespace {

template <typename T>
NpyArray makeArray(StringRef name, ElementKind kind, ArrayRef<int64_t> shape, ArrayRef<T> values) {
  NpyArray array;
  array.name = name.str();
  array.kind = kind;
  array.shape.assign(shape.begin(), shape.end());
  array.data.resize(values.size() * sizeof(T));
  std::memcpy(array.data.data(), values.data(), array.data.size());
  return array;
}

TensorSpec makeSpec(StringRef name, ElementKind kind, ArrayRef<int64_t> shape) {
  TensorSpec spec;
  spec.name = name.str();
  spec.kind = kind;
  spec.shape.assign(shape.begin(), shape.end());
  return spec;
}

class SamplesTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("kvant-samples", folder));
    path = folder;
    sys::path::append(path, "x.npz");
  }
  void TearDown() override { sys::fs::remove_directories(folder); }

  Expected<SampleSet> load(ArrayRef<NpyArray> arrays, ArrayRef<TensorSpec> specs,
                           const InputScaling &scaling = {}) {
    EXPECT_FALSE(errorToBool(writeNpz(path, arrays)));
    return SampleSet::load(path, specs, scaling);
  }

  void expectError(ArrayRef<NpyArray> arrays, ArrayRef<TensorSpec> specs, StringRef part) {
    auto set = load(arrays, specs);
    ASSERT_FALSE(bool(set));
    std::string message = toString(set.takeError());
    EXPECT_TRUE(StringRef(message).contains(part)) << message;
    EXPECT_TRUE(StringRef(message).contains(path)) << message;
  }

  SmallString<128> folder, path;
};

const float kSix[] = {0, 1, 2, 3, 4, 5};
const int64_t kLabels[] = {1, 0, 2};

TEST_F(SamplesTest, BindsByNameAndIgnoresOthers) {
  auto set = load({makeArray<float>("other", ElementKind::F32, {6}, kSix),
                   makeArray<float>("input", ElementKind::F32, {3, 2}, kSix),
                   makeArray<int64_t>("labels", ElementKind::I64, {3}, kLabels)},
                  makeSpec("input", ElementKind::F32, {1, 2}));
  ASSERT_TRUE(bool(set)) << toString(set.takeError());
  EXPECT_EQ(set->getNumSamples(), 3);
  std::vector<char> bytes = set->get(1, 0);
  EXPECT_EQ(getElementAsDouble(bytes.data(), ElementKind::F32, 0), 2.0);
  ASSERT_NE(set->getLabels(), nullptr);
}

TEST_F(SamplesTest, TakesTheOnlyArrayOfASingleInput) {
  auto spec = makeSpec("serving_default_x:0", ElementKind::F32, {1, 2});
  NpyArray array = makeArray<float>("data", ElementKind::F32, {3, 2}, kSix);
  NpyArray labels = makeArray<int64_t>("labels", ElementKind::I64, {3}, kLabels);
  EXPECT_TRUE(bool(load({array, labels}, spec)));
  NpyArray second = array;
  second.name = "more";
  expectError({array, second}, spec, "no array for the input 'serving_default_x:0'");
  expectError({labels}, spec, "no array for the input");
}

TEST_F(SamplesTest, OwnShapesAreOneSample) {
  auto scalar = load(makeArray<float>("x", ElementKind::F32, {}, ArrayRef(kSix, 1)),
                     makeSpec("x", ElementKind::F32, {}));
  ASSERT_TRUE(bool(scalar)) << toString(scalar.takeError());
  EXPECT_EQ(scalar->getNumSamples(), 1);
  auto matrix = load(makeArray<float>("x", ElementKind::F32, {3, 2}, kSix),
                     makeSpec("x", ElementKind::F32, {3, 2}));
  ASSERT_TRUE(bool(matrix));
  EXPECT_EQ(matrix->getNumSamples(), 1);
  EXPECT_EQ(matrix->get(0, 0).size(), 24u);
}

TEST_F(SamplesTest, BatchTakesConsecutiveSamples) {
  auto set = load(makeArray<float>("x", ElementKind::F32, {6, 1}, kSix),
                  makeSpec("x", ElementKind::F32, {3, 1}));
  ASSERT_TRUE(bool(set)) << toString(set.takeError());
  EXPECT_EQ(set->getNumSamples(), 2);
  EXPECT_EQ(set->getSamplesPerRun(), 3);
  expectError(makeArray<float>("x", ElementKind::F32, {6, 1}, kSix),
              makeSpec("x", ElementKind::F32, {4, 1}), "no multiple of the batch");
}

TEST_F(SamplesTest, RefusesShapesThatDoNotFit) {
  expectError(makeArray<float>("x", ElementKind::F32, {2, 3}, kSix),
              makeSpec("x", ElementKind::F32, {1, 2}), "a sample has 3 elements, expected 2");
  expectError(makeArray<float>("x", ElementKind::F32, {}, ArrayRef(kSix, 1)),
              makeSpec("x", ElementKind::F32, {1, 2}), "no first axis");
  expectError(makeArray<float>("x", ElementKind::F32, {0, 2}, {}),
              makeSpec("x", ElementKind::F32, {1, 2}), "no samples");
  expectError({makeArray<float>("x", ElementKind::F32, {3, 2}, kSix),
               makeArray<float>("y", ElementKind::F32, {2, 3}, kSix)},
              {makeSpec("x", ElementKind::F32, {1, 2}), makeSpec("y", ElementKind::F32, {1, 3})},
              "enough for 2 runs");
}

TEST_F(SamplesTest, RefusesValuesThatAreNotFinite) {
  float values[] = {0, 1, NAN, 3, 4, 5};
  auto spec = makeSpec("x", ElementKind::F32, {1, 2});
  expectError(makeArray<float>("x", ElementKind::F32, {3, 2}, values), spec,
              "sample 1, element 0: NaN");
  values[2] = INFINITY;
  expectError(makeArray<float>("x", ElementKind::F32, {3, 2}, values), spec, "infinity");
  double large[] = {0, 1e300};
  expectError(makeArray<double>("x", ElementKind::F64, {1, 2}, large), spec, "too large");
}

TEST_F(SamplesTest, IntegersNeedAScalingForFloatInputs) {
  const uint8_t raw[] = {0, 255};
  NpyArray array = makeArray<uint8_t>("x", ElementKind::U8, {1, 2}, raw);
  auto spec = makeSpec("x", ElementKind::F32, {1, 2});
  expectError(array, spec, "--input-scale");
  InputScaling scaling{true, 1.0 / 127.5, -1.0};
  auto set = load(array, spec, scaling);
  ASSERT_TRUE(bool(set)) << toString(set.takeError());
  std::vector<char> bytes = set->get(0, 0);
  EXPECT_EQ(getElementAsDouble(bytes.data(), ElementKind::F32, 0), -1.0);
  EXPECT_NEAR(getElementAsDouble(bytes.data(), ElementKind::F32, 1), 1.0, 1e-6);
}

TEST_F(SamplesTest, QuantizesFloatsForIntegerInputs) {
  auto spec = makeSpec("x", ElementKind::I8, {1, 6});
  spec.quantized = true;
  spec.scale = 0.5;
  spec.zeroPoint = -3;
  const float values[] = {0, 0.25f, -0.25f, 0.24f, 1000, -1000};
  auto set = load(makeArray<float>("x", ElementKind::F32, {1, 6}, values), spec);
  ASSERT_TRUE(bool(set)) << toString(set.takeError());
  const char expected[] = {-3, -2, -4, -3, 127, -128};
  EXPECT_EQ(set->get(0, 0), std::vector<char>(expected, expected + 6));
  const uint8_t raw[] = {0, 1, 2, 3, 4, 5};
  expectError(makeArray<uint8_t>("x", ElementKind::U8, {1, 6}, raw), spec, "other integers");
}

TEST_F(SamplesTest, UnquantizedIntegersTakeWhatFits) {
  auto spec = makeSpec("x", ElementKind::I32, {1, 2});
  const int64_t fits[] = {5, -7}, wide[] = {5, int64_t(1) << 40};
  auto set = load(makeArray<int64_t>("x", ElementKind::I64, {1, 2}, fits), spec);
  ASSERT_TRUE(bool(set)) << toString(set.takeError());
  EXPECT_EQ(getElementAsInt(set->get(0, 0).data(), ElementKind::I32, 1), -7);
  expectError(makeArray<int64_t>("x", ElementKind::I64, {1, 2}, wide), spec, "is no int32");
  expectError(makeArray<float>("x", ElementKind::F32, {1, 2}, ArrayRef(kSix, 2)), spec,
              "without a scale");
}

TEST(Elements, HalfAndLimits) {
  char data[2];
  setElementFromDouble(data, ElementKind::F16, 0, 1.5);
  EXPECT_EQ(getElementAsDouble(data, ElementKind::F16, 0), 1.5);
  EXPECT_EQ(getMinValue(ElementKind::I8), -128);
  EXPECT_EQ(getMaxValue(ElementKind::U8), 255);
  EXPECT_EQ(getMinValue(ElementKind::I64), INT64_MIN);
  EXPECT_EQ(getMaxValue(ElementKind::I32), INT32_MAX);
}

} // namespace
