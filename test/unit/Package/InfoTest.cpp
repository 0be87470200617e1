// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "kvant/Package/Info.h"

#include "kvant/Package/Package.h"
#include "llvm/Object/Archive.h"
#include <gtest/gtest.h>
#include <random>

using namespace llvm;
using namespace kvant;
using namespace kvant::package;

namespace {

ProgramInfo makeInfo() {
  ProgramInfo info;
  info.name = "toy";
  TensorSpec input;
  input.name = "serving_default_x:0 */ int evil";
  input.kind = ElementKind::U8;
  input.shape = {1, 3, 2};
  input.quantized = true;
  input.scale = 0.0078125;
  input.zeroPoint = 128;
  TensorSpec scalar;
  scalar.name = "state";
  scalar.kind = ElementKind::F32;
  info.inputs = {input, scalar};
  info.outputs = {scalar};
  info.arenaBytes = 4096;
  info.integerOnly = true;
  info.quantization = "{\"scheme\":\"static_wi8_ai8\"}";
  return info;
}

TEST(Info, RoundTrips) {
  ProgramInfo info = makeInfo();
  Expected<ProgramInfo> read = parseInfo(serializeInfo(info));
  ASSERT_TRUE(bool(read)) << toString(read.takeError());
  EXPECT_EQ(read->name, info.name);
  EXPECT_EQ(read->arenaBytes, info.arenaBytes);
  EXPECT_EQ(read->integerOnly, info.integerOnly);
  EXPECT_EQ(read->quantization, info.quantization);
  ASSERT_EQ(read->inputs.size(), 2u);
  ASSERT_EQ(read->outputs.size(), 1u);
  EXPECT_EQ(read->inputs[0].name, info.inputs[0].name);
  EXPECT_EQ(read->inputs[0].kind, ElementKind::U8);
  EXPECT_EQ(read->inputs[0].shape, info.inputs[0].shape);
  EXPECT_TRUE(read->inputs[0].quantized);
  EXPECT_EQ(read->inputs[0].scale, info.inputs[0].scale);
  EXPECT_EQ(read->inputs[0].zeroPoint, 128);
  EXPECT_TRUE(read->outputs[0].shape.empty());
  EXPECT_FALSE(read->outputs[0].quantized);
}

TEST(Info, RefusesTruncation) {
  std::vector<char> bytes = serializeInfo(makeInfo());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_TRUE(errorToBool(parseInfo(ArrayRef(bytes).take_front(size)).takeError())) << size;
}

// Whatever the bytes, reading ends with specs that are consistent or with an error.
TEST(Info, SurvivesMutations) {
  std::vector<char> seed = serializeInfo(makeInfo());
  std::mt19937 random(3);
  for (int i = 0; i < 100000; ++i) {
    std::vector<char> bytes = seed;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
      bytes[random() % bytes.size()] = char(random() % 3 ? random() : random() % 2 * 255);
    Expected<ProgramInfo> info = parseInfo(bytes);
    if (!info) {
      consumeError(info.takeError());
      continue;
    }
    for (const TensorSpec &spec : info->inputs)
      EXPECT_GT(spec.getNumBytes(), 0);
  }
}

TEST(Header, NamesFromAModelCannotEndAComment) {
  std::string header = makeHeader(makeInfo(), codegen::getCalibrationTarget());
  EXPECT_EQ(header.find("*/ int evil"), std::string::npos);
  EXPECT_NE(header.find("#define TOY_ARENA_BYTES 4096"), std::string::npos);
  EXPECT_NE(header.find("int toy_run(const toy_io *io, void *arena, size_t arena_bytes);"),
            std::string::npos);
  EXPECT_NE(header.find("#define TOY_INPUT0_ZERO_POINT (128)"), std::string::npos);
}

TEST(Header, Identifiers) {
  EXPECT_EQ(makeIdentifier("mobilenet_v1"), "mobilenet_v1");
  EXPECT_EQ(makeIdentifier("my-model.v2"), "my_model_v2");
  EXPECT_EQ(makeIdentifier("8bit"), "m8bit");
  EXPECT_EQ(makeIdentifier("int"), "mint");
  EXPECT_EQ(makeIdentifier(""), "m");
  EXPECT_EQ(makeIdentifier("\xc3\xa9t\xc3\xa9"), "__t__");
}

} // namespace
