// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Thousands of damaged and of randomly built .tflite files: each must give a program that
// verifies or exactly one error that names the file, and never a crash. Seeded, so that a
// failure repeats; KVANT_FUZZ_RUNS sets the number of files per test, KVANT_FUZZ_KEEP a folder
// for the accepted ones, to try on the stages that follow.
#include "kvant/Import/Import.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "tflite/schema_generated.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <cstdlib>
#include <random>

using namespace kvant::tflite;

namespace {

using Bytes = std::vector<char>;
using Random = std::mt19937;

int numRuns(int fallback) {
  const char *text = std::getenv("KVANT_FUZZ_RUNS");
  return text ? std::atoi(text) : fallback;
}

int64_t pick(Random &random, int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(random);
}
template <typename T> T pickOf(Random &random, std::vector<T> choices) {
  return choices[pick(random, 0, choices.size() - 1)];
}

/// Imports `bytes` in a context of its own (constants stay in a context for ever). Returns
/// whether the file was accepted.
bool importOnce(const Bytes &bytes) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  std::vector<std::string> errors;
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) { errors.push_back(diagnostic.str()); });
  kvant::ImportOptions options;
  if (bytes.size() % 4 == 3)
    options.batch = 2;
  auto module =
      kvant::importTFLite(llvm::MemoryBufferRef(llvm::StringRef(bytes.data(), bytes.size()), "f"),
                          "f.tflite", &context, options);
  if (module) {
    EXPECT_TRUE(succeeded(mlir::verify(*module)));
    EXPECT_TRUE(errors.empty()) << errors.front();
    if (const char *folder = std::getenv("KVANT_FUZZ_KEEP")) {
      static int number = 0;
      std::error_code code;
      llvm::raw_fd_ostream os((llvm::Twine(folder) + "/" + llvm::Twine(number++) + ".tflite").str(),
                              code);
      if (!code)
        os.write(bytes.data(), bytes.size());
    }
    return true;
  }
  EXPECT_EQ(errors.size(), 1u);
  EXPECT_TRUE(!errors.empty() && llvm::StringRef(errors.front()).starts_with("f.tflite: "))
      << (errors.empty() ? "no error" : errors.front());
  return false;
}

//===----------------------------------------------------------------------===//
// Files built at random
//===----------------------------------------------------------------------===//

/// Builds a file whose tables are right and whose contents are anything: mostly plausible
/// values, so that the import gets far, and now and then an extreme one.
class RandomModel {
public:
  explicit RandomModel(Random &random)
      : random(random),
        mainType(pickOf<TensorType>(random, {TensorType::FLOAT32, TensorType::INT8})),
        numTensors(pick(random, 5, 9)) {}

  Bytes build() {
    std::vector<flatbuffers::Offset<Buffer>> buffers{CreateBuffer(fbb)};
    std::vector<flatbuffers::Offset<Tensor>> tensors;
    for (int i = 0; i < numTensors; ++i)
      tensors.push_back(makeTensor(i, buffers));
    std::vector<flatbuffers::Offset<Operator>> operators;
    std::vector<flatbuffers::Offset<OperatorCode>> codes;
    int numOperators = pick(random, 1, 3);
    for (int i = 0; i < numOperators; ++i) {
      auto [code, options] = pickOf(random, kinds());
      codes.push_back(CreateOperatorCode(fbb, int8_t(std::min(int(code), 127)), 0, 1, code));
      std::vector<int32_t> inputs, outputs;
      for (int j = 0, n = pick(random, 1, 3); j < n; ++j)
        inputs.push_back(rare() ? odd() : pick(random, 0, j || i ? numTensors - 2 : 0));
      for (int j = 0, n = rare() ? 2 : 1; j < n; ++j)
        outputs.push_back(rare() ? odd() : numTensors - numOperators + i);
      auto fields = makeOptions(options);
      operators.push_back(CreateOperator(fbb, rare() ? odd() : i, fbb.CreateVector(inputs),
                                         fbb.CreateVector(outputs),
                                         fields.o ? options : BuiltinOptions::NONE, fields));
    }
    auto graph = CreateSubGraph(
        fbb, fbb.CreateVector(tensors), fbb.CreateVector(std::vector<int32_t>{0}),
        fbb.CreateVector(std::vector<int32_t>{int32_t(rare() ? odd() : numTensors - 1)}),
        fbb.CreateVector(operators));
    auto graphs = fbb.CreateVector(std::vector{graph});
    auto allCodes = fbb.CreateVector(codes);
    auto allBuffers = fbb.CreateVector(buffers);
    FinishModelBuffer(fbb, CreateModel(fbb, 3, allCodes, graphs, 0, allBuffers));
    return Bytes(fbb.GetBufferPointer(), fbb.GetBufferPointer() + fbb.GetSize());
  }

private:
  bool rare() { return pick(random, 0, 40) == 0; }
  int32_t odd() {
    return pickOf<int32_t>(random, {-1, 0, 1, -2, 2, 7, 255, 65536, INT32_MAX, INT32_MIN});
  }
  int32_t small() { return rare() ? odd() : pick(random, 0, 4); }

  using Kind = std::pair<BuiltinOperator, BuiltinOptions>;
  static std::vector<Kind> kinds() {
    using O = BuiltinOperator;
    using P = BuiltinOptions;
    return {{O::CONV_2D, P::Conv2DOptions},
            {O::DEPTHWISE_CONV_2D, P::DepthwiseConv2DOptions},
            {O::TRANSPOSE_CONV, P::TransposeConvOptions},
            {O::FULLY_CONNECTED, P::FullyConnectedOptions},
            {O::BATCH_MATMUL, P::BatchMatMulOptions},
            {O::AVERAGE_POOL_2D, P::Pool2DOptions},
            {O::RESIZE_BILINEAR, P::ResizeBilinearOptions},
            {O::ADD, P::AddOptions},
            {O::DIV, P::DivOptions},
            {O::MAXIMUM, P::NONE},
            {O::RELU, P::NONE},
            {O::PRELU, P::NONE},
            {O::SOFTMAX, P::SoftmaxOptions},
            {O::MEAN, P::ReducerOptions},
            {O::ARG_MAX, P::ArgMaxOptions},
            {O::RESHAPE, P::ReshapeOptions},
            {O::SQUEEZE, P::SqueezeOptions},
            {O::EXPAND_DIMS, P::NONE},
            {O::TRANSPOSE, P::NONE},
            {O::PAD, P::NONE},
            {O::PADV2, P::NONE},
            {O::MIRROR_PAD, P::MirrorPadOptions},
            {O::TILE, P::NONE},
            {O::CONCATENATION, P::ConcatenationOptions},
            {O::SPLIT, P::SplitOptions},
            {O::SPLIT_V, P::SplitVOptions},
            {O::SLICE, P::NONE},
            {O::STRIDED_SLICE, P::StridedSliceOptions},
            {O::PACK, P::PackOptions},
            {O::UNPACK, P::UnpackOptions},
            {O::GATHER, P::GatherOptions},
            {O::SPACE_TO_DEPTH, P::SpaceToDepthOptions},
            {O::DEPTH_TO_SPACE, P::DepthToSpaceOptions},
            {O::QUANTIZE, P::NONE},
            {O::DEQUANTIZE, P::NONE},
            {O::CAST, P::CastOptions}};
  }

  flatbuffers::Offset<Tensor> makeTensor(int index,
                                         std::vector<flatbuffers::Offset<Buffer>> &buffers) {
    std::vector<int32_t> shape;
    int64_t elements = 1;
    for (int i = 0, rank = pickOf<int>(random, {0, 1, 1, 2, 3, 4, 4, 4}); i < rank; ++i) {
      shape.push_back(rare() ? odd() : pick(random, 1, 4));
      elements = std::clamp<int64_t>(elements * shape.back(), 0, 4096);
    }
    // Most tensors are of the model's main type, and computed ones leave their shape open:
    // declared at random, it would hardly ever be the inferred one.
    auto type = mainType;
    if (index > 0 && pick(random, 0, 3) == 0)
      type = pickOf<TensorType>(random, {TensorType::FLOAT32, TensorType::INT32, TensorType::INT32,
                                         TensorType::INT8, TensorType::UINT8, TensorType::FLOAT16,
                                         TensorType::INT16, TensorType::STRING});
    bool computed = index >= numTensors - 3;
    int bytes = type == TensorType::INT8 || type == TensorType::UINT8      ? 1
                : type == TensorType::FLOAT16 || type == TensorType::INT16 ? 2
                                                                           : 4;
    uint32_t buffer = 0;
    if (index > 0 && !computed && pick(random, 0, 3)) {
      buffer = buffers.size();
      std::vector<uint8_t> data(elements * bytes + (rare() ? 1 : 0));
      for (auto &byte : data)
        byte = bytes == 1 ? pick(random, 0, 255) : 0;
      for (size_t i = 0; bytes == 4 && i + 3 < data.size(); i += 4) {
        int32_t value = type == TensorType::INT32 ? small() : 0x3f800000 + small();
        std::memcpy(&data[i], &value, 4);
      }
      buffers.push_back(CreateBuffer(fbb, fbb.CreateVector(data)));
    }
    flatbuffers::Offset<QuantizationParameters> quantization;
    if (bytes == 1 && !rare()) {
      size_t count = rare() && !shape.empty() ? std::max(1, std::min(shape[0], 64)) : 1;
      std::vector<float> scales(count, rare() ? -1.0f : 0.5f);
      std::vector<int64_t> points(count, type == TensorType::INT8 ? small() : small() + 100);
      quantization = CreateQuantizationParameters(fbb, 0, 0, fbb.CreateVector(scales),
                                                  fbb.CreateVector(points), 0, 0, small());
    }
    auto dims = computed && !rare() ? flatbuffers::Offset<flatbuffers::Vector<int32_t>>()
                                    : fbb.CreateVector(shape);
    return CreateTensor(fbb, dims, type, rare() ? odd() : buffer, 0, quantization);
  }

  ActivationFunctionType activation() {
    return ActivationFunctionType(rare() ? odd() : pick(random, 0, 3));
  }
  Padding padding() { return Padding(rare() ? odd() : pick(random, 0, 1)); }
  int32_t step() { return rare() ? odd() : pick(random, 1, 2); }
  flatbuffers::Offset<flatbuffers::Vector<int32_t>> list() {
    std::vector<int32_t> values(pick(random, 0, 4));
    for (int32_t &value : values)
      value = small();
    return fbb.CreateVector(values);
  }

  flatbuffers::Offset<void> makeOptions(BuiltinOptions kind) {
    if (rare())
      return {};
    switch (kind) {
    case BuiltinOptions::Conv2DOptions:
      return CreateConv2DOptions(fbb, padding(), step(), step(), activation(), step(), step())
          .Union();
    case BuiltinOptions::DepthwiseConv2DOptions:
      return CreateDepthwiseConv2DOptions(fbb, padding(), step(), step(), small(), activation())
          .Union();
    case BuiltinOptions::TransposeConvOptions:
      return CreateTransposeConvOptions(fbb, padding(), step(), step(), activation()).Union();
    case BuiltinOptions::FullyConnectedOptions:
      return CreateFullyConnectedOptions(fbb, activation(),
                                         FullyConnectedOptionsWeightsFormat(rare()), step() == 1)
          .Union();
    case BuiltinOptions::BatchMatMulOptions:
      return CreateBatchMatMulOptions(fbb, step() == 1, step() == 1).Union();
    case BuiltinOptions::Pool2DOptions:
      return CreatePool2DOptions(fbb, padding(), step(), step(), step(), step(), activation())
          .Union();
    case BuiltinOptions::ResizeBilinearOptions:
      return CreateResizeBilinearOptions(fbb, step() == 1, rare()).Union();
    case BuiltinOptions::AddOptions:
      return CreateAddOptions(fbb, activation()).Union();
    case BuiltinOptions::DivOptions:
      return CreateDivOptions(fbb, activation()).Union();
    case BuiltinOptions::SoftmaxOptions:
      return CreateSoftmaxOptions(fbb, rare() ? NAN : 1.0f).Union();
    case BuiltinOptions::ReducerOptions:
      return CreateReducerOptions(fbb, step() == 1).Union();
    case BuiltinOptions::ArgMaxOptions:
      return CreateArgMaxOptions(fbb, TensorType::INT32).Union();
    case BuiltinOptions::ReshapeOptions:
      return CreateReshapeOptions(fbb, list()).Union();
    case BuiltinOptions::SqueezeOptions:
      return CreateSqueezeOptions(fbb, list()).Union();
    case BuiltinOptions::MirrorPadOptions:
      return CreateMirrorPadOptions(fbb, MirrorPadMode(small())).Union();
    case BuiltinOptions::ConcatenationOptions:
      return CreateConcatenationOptions(fbb, small(), activation()).Union();
    case BuiltinOptions::SplitOptions:
      return CreateSplitOptions(fbb, small()).Union();
    case BuiltinOptions::SplitVOptions:
      return CreateSplitVOptions(fbb, small()).Union();
    case BuiltinOptions::StridedSliceOptions:
      return CreateStridedSliceOptions(fbb, small(), small(), rare() ? odd() : 0,
                                       rare() ? odd() : 0, small())
          .Union();
    case BuiltinOptions::PackOptions:
      return CreatePackOptions(fbb, small(), small()).Union();
    case BuiltinOptions::UnpackOptions:
      return CreateUnpackOptions(fbb, small(), small()).Union();
    case BuiltinOptions::GatherOptions:
      return CreateGatherOptions(fbb, small(), rare() ? odd() : 0).Union();
    case BuiltinOptions::SpaceToDepthOptions:
      return CreateSpaceToDepthOptions(fbb, step()).Union();
    case BuiltinOptions::DepthToSpaceOptions:
      return CreateDepthToSpaceOptions(fbb, step()).Union();
    case BuiltinOptions::CastOptions:
      return CreateCastOptions(fbb, TensorType::FLOAT32, TensorType::INT32).Union();
    default:
      return {};
    }
  }

  Random &random;
  TensorType mainType;
  int numTensors;
  flatbuffers::FlatBufferBuilder fbb;
};

TEST(HostileTFLiteTest, RandomModels) {
  Random random(20260101);
  int accepted = 0, runs = numRuns(3000);
  for (int i = 0; i < runs && !testing::Test::HasFailure(); ++i)
    accepted += importOnce(RandomModel(random).build());
  // Some get through, so what follows the checks is tested too.
  EXPECT_GT(accepted, 0);
  RecordProperty("accepted", accepted);
}

//===----------------------------------------------------------------------===//
// A good file, damaged
//===----------------------------------------------------------------------===//

Bytes readDigits() {
  auto file = llvm::MemoryBuffer::getFile(KVANT_DIGITS_MODEL);
  if (!file)
    return {};
  return Bytes((*file)->getBufferStart(), (*file)->getBufferEnd());
}

TEST(HostileTFLiteTest, GoodModelIsAccepted) { EXPECT_TRUE(importOnce(readDigits())); }

TEST(HostileTFLiteTest, DamagedModels) {
  const Bytes good = readDigits();
  ASSERT_FALSE(good.empty());
  Random random(20260102);
  // The tables are at the two ends of the file; the weights between them are rarely hit.
  auto position = [&]() -> size_t {
    size_t table = std::min<size_t>(good.size(), 3000);
    switch (pick(random, 0, 4)) {
    case 0:
      return pick(random, 0, good.size() - 1);
    case 1:
    case 2:
      return pick(random, 0, table - 1);
    default:
      return good.size() - pick(random, 1, table);
    }
  };
  for (int i = 0, runs = numRuns(2000); i < runs && !testing::Test::HasFailure(); ++i) {
    Bytes bytes = good;
    for (int j = 0, n = pick(random, 1, 3); j < n; ++j) {
      size_t at = position();
      switch (pick(random, 0, 3)) {
      case 0:
        bytes[at] ^= char(1 << pick(random, 0, 7));
        break;
      case 1:
        bytes[at] = char(pick(random, 0, 255));
        break;
      default:
        at = std::min(at & ~size_t(3), bytes.size() - 4);
        int32_t value = pickOf<int32_t>(
            random, {0, 1, -1, 2, 4, 127, 128, 255, 65535, INT32_MAX, INT32_MIN, 0x7fc00000});
        std::memcpy(&bytes[at], &value, 4);
      }
    }
    if (pick(random, 0, 19) == 0)
      bytes.resize(pick(random, 0, bytes.size()));
    importOnce(bytes);
  }
}

} // namespace
