// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "kvant/Support/Constants.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "gtest/gtest.h"
#include <numeric>

using namespace mlir;
using kvant::ConstantReader;

namespace {

struct ConstantsTest : ::testing::Test {
  MLIRContext context;
  Builder builder{&context};

  RankedTensorType tensor(ArrayRef<int64_t> shape, Type element) {
    return RankedTensorType::get(shape, element);
  }
};

TEST_F(ConstantsTest, SmallIsInlineLargeIsResource) {
  std::vector<float> small(64), large(65);
  std::iota(small.begin(), small.end(), 0.f);
  std::iota(large.begin(), large.end(), 0.f);
  auto a = kvant::makeConstant<float>(tensor({64}, builder.getF32Type()), small);
  auto b = kvant::makeConstant<float>(tensor({5, 13}, builder.getF32Type()), large);
  EXPECT_TRUE(isa<DenseElementsAttr>(a));
  EXPECT_TRUE(isa<DenseResourceElementsAttr>(b));
  EXPECT_EQ(ConstantReader::create(a)->getFloats(), small);
  EXPECT_EQ(ConstantReader::create(b)->getFloats(), large);
}

TEST_F(ConstantsTest, SameContentsShareAResource) {
  std::vector<int64_t> values(100);
  std::iota(values.begin(), values.end(), -50);
  auto type = tensor({100}, builder.getI8Type());
  EXPECT_EQ(kvant::makeIntConstant(type, values), kvant::makeIntConstant(type, values));
  values[3] = 7;
  EXPECT_NE(kvant::makeIntConstant(type, values),
            kvant::makeIntConstant(tensor({10, 10}, builder.getI8Type()), values));
}

TEST_F(ConstantsTest, EqualElementsGiveASplat) {
  std::vector<float> values(1000, 1.5f);
  auto reader = ConstantReader::create(
      kvant::makeConstant<float>(tensor({1000}, builder.getF32Type()), values));
  EXPECT_TRUE(reader->isSplat());
  EXPECT_EQ(reader->getFloats(), values);
  EXPECT_EQ(reader->getFloat(999), 1.5);
}

TEST_F(ConstantsTest, QuantizedUsesStorageType) {
  context.loadDialect<quant::QuantDialect>();
  auto quantized = quant::UniformQuantizedType::get(0, builder.getI8Type(), builder.getF32Type(),
                                                    0.5, 128, 0, 255);
  auto attr = kvant::makeIntConstant(tensor({3}, quantized), {0, 128, 255});
  auto reader = ConstantReader::create(attr);
  EXPECT_EQ(reader->getElementType(), builder.getI8Type());
  EXPECT_EQ(reader->getInts(), (std::vector<int64_t>{0, -128, -1}));
  EXPECT_EQ(reader->getInts(/*asUnsigned=*/true), (std::vector<int64_t>{0, 128, 255}));
}

TEST_F(ConstantsTest, HalfAndNarrowTypes) {
  for (Type type : {Type(builder.getF16Type()), Type(builder.getBF16Type())}) {
    auto reader = ConstantReader::create(kvant::makeFloatConstant(tensor({2}, type), {-0.5f, 3.f}));
    EXPECT_EQ(reader->getFloats(), (std::vector<float>{-0.5f, 3.f}));
  }
  auto reader = ConstantReader::create(
      kvant::makeIntConstant(tensor({3}, builder.getIntegerType(4)), {-8, 7, -1}));
  EXPECT_EQ(reader->getInts(), (std::vector<int64_t>{-8, 7, -1}));
  auto bools =
      ConstantReader::create(kvant::makeIntConstant(tensor({3}, builder.getI1Type()), {1, 0, 1}));
  EXPECT_EQ(bools->getInts(), (std::vector<int64_t>{1, 0, 1}));
}

TEST_F(ConstantsTest, RefusesWhatItCannotRead) {
  EXPECT_FALSE(ConstantReader::create(Attribute()));
  EXPECT_FALSE(ConstantReader::create(builder.getStringAttr("x")));
  EXPECT_FALSE(ConstantReader::create(Value()));
  std::string text = "x";
  EXPECT_FALSE(ConstantReader::create(DenseStringElementsAttr::get(
      tensor({1}, builder.getNoneType()), ArrayRef<StringRef>{StringRef(text)})));
}

} // namespace
