// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Times single kernels as the compiler emits them for this machine. The shapes are read from
// files; a benchmark's name is qs8-qc8w-<op>/<shape>: signed 8-bit activations with one scale,
// 8-bit weights with one scale per channel.
#include "kvant/Driver/Executor.h"
#include "kvant/InitAll.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <benchmark/benchmark.h>
#include <random>

using llvm::formatv;

namespace {

struct Shape {
  bool depthwise;
  int64_t height, width, channels, outChannels, kernelHeight, kernelWidth, stride;
};

/// Bytes of a constant in hexadecimal, as the parser of dense<> takes them.
std::string makeHex(int64_t count, std::mt19937 &random) {
  std::string bytes;
  for (int64_t i = 0; i < count; ++i)
    bytes.push_back(static_cast<char>(random() % 255 + 129)); // -127..127
  return "\"0x" + llvm::toHex(bytes) + "\"";
}

/// The kernel as a TOSA program: convolution, bias and rescale, "same" padding.
std::string makeProgram(Shape s) {
  std::mt19937 random(1);
  auto outSize = [&](int64_t size) { return (size + s.stride - 1) / s.stride; };
  // TOSA wants windows to reach the end exactly; what no window reads is left out.
  auto trim = [&](int64_t size, int64_t kernel) {
    return std::min(size, (outSize(size) - 1) * s.stride + kernel);
  };
  s.height = trim(s.height, s.kernelHeight);
  s.width = trim(s.width, s.kernelWidth);
  auto padding = [&](int64_t size, int64_t kernel) {
    return std::max<int64_t>((outSize(size) - 1) * s.stride + kernel - size, 0);
  };
  int64_t top = padding(s.height, s.kernelHeight), left = padding(s.width, s.kernelWidth);
  std::string in = formatv("1x{0}x{1}x{2}", s.height, s.width, s.channels);
  std::string out = formatv("1x{0}x{1}x{2}", outSize(s.height), outSize(s.width), s.outChannels);
  std::string kernel = formatv("{0}x{1}", s.kernelHeight, s.kernelWidth);
  std::string weights = s.depthwise
                            ? formatv("{0}x{1}x1", kernel, s.channels).str()
                            : formatv("{0}x{1}x{2}", s.outChannels, kernel, s.channels).str();
  int64_t count = s.kernelHeight * s.kernelWidth * s.channels * (s.depthwise ? 1 : s.outChannels);
  std::string types =
      formatv("(tensor<{0}xi8>, tensor<{1}xi8>, tensor<{2}xi32>, tensor<1xi8>, tensor<1xi8>) -> "
              "tensor<{3}xi32>",
              in, weights, s.outChannels, out);
  std::string conv = formatv("{{acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: {0}, "
                             "{1}, {2}, {3}>, stride = array<i64: {4}, {4}>}",
                             top / 2, top - top / 2, left / 2, left - left / 2, s.stride);
  std::string constants;
  auto constant = [&](llvm::StringRef name, const std::string &value, const std::string &type) {
    constants += formatv("  %{0} = \"tosa.const\"() <{{values = dense<{1}> : tensor<{2}>}> : () -> "
                         "tensor<{2}>\n",
                         name, value, type);
  };
  std::string perChannel = std::to_string(s.outChannels);
  constant("w", makeHex(count, random), weights + "xi8");
  constant("b", "100", perChannel + "xi32");
  constant("zx", "-3", "1xi8");
  constant("zw", "0", "1xi8");
  constant("m", "1500000000", perChannel + "xi32");
  constant("s", "40", perChannel + "xi8");
  constant("z32", "0", "1xi32");
  constant("zo", "4", "1xi8");
  return formatv(
      "func.func @main(%x: tensor<{0}xi8>) -> tensor<{1}xi8> {{\n{2}"
      "  %0 = tosa.{3} %x, %w, %b, %zx, %zw {4} : {5}\n"
      "  %1 = tosa.rescale %0, %m, %s, %z32, %zo {{rounding_mode = SINGLE_ROUND, scale32 = true, "
      "per_channel = true, input_unsigned = false, output_unsigned = false} : (tensor<{1}xi32>, "
      "tensor<{6}xi32>, tensor<{6}xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<{1}xi8>\n"
      "  return %1 : tensor<{1}xi8>\n}\n",
      in, out, constants, s.depthwise ? "depthwise_conv2d" : "conv2d", conv, types, s.outChannels);
}

void runKernel(benchmark::State &state, const Shape &shape, mlir::MLIRContext &context) {
  auto fail = [&](llvm::Error error) { state.SkipWithError(toString(std::move(error)).c_str()); };
  auto module = mlir::parseSourceString<mlir::ModuleOp>(makeProgram(shape), &context);
  if (!module)
    return state.SkipWithError("the program does not parse");
  auto target = kvant::codegen::getTarget("host", "");
  if (!target)
    return fail(target.takeError());
  auto program = kvant::loadProgram(*module, *target);
  if (!program)
    return fail(program.takeError());
  std::vector<char> input((*program)->getInputs()[0].getNumBytes(), 7);
  std::vector<char> output((*program)->getOutputs()[0].getNumBytes());
  for (auto _ : state)
    if (llvm::Error error = (*program)->run({input}, {llvm::MutableArrayRef<char>(output)}))
      return fail(std::move(error));
  int64_t perResult =
      shape.kernelHeight * shape.kernelWidth * (shape.depthwise ? 1 : shape.channels);
  state.counters["GMAC/s"] =
      benchmark::Counter(static_cast<double>(perResult * output.size()) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate);
}

/// "3" or "10x4".
bool parseKernel(llvm::StringRef word, Shape &shape) {
  auto [height, width] = word.split('x');
  return !height.getAsInteger(10, shape.kernelHeight) &&
         !(width.empty() ? height : width).getAsInteger(10, shape.kernelWidth) &&
         shape.kernelHeight > 0 && shape.kernelWidth > 0;
}

/// Lines are "op height width channels out_channels kernel stride", or comments.
llvm::Error registerKernels(llvm::StringRef path, mlir::MLIRContext &context) {
  auto invalid = [&](int64_t line, const char *why) {
    return llvm::createStringError(formatv("{0}:{1}: {2}", path, line, why).str());
  };
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError(path + ": " + buffer.getError().message());
  llvm::SmallVector<llvm::StringRef> lines;
  (*buffer)->getBuffer().split(lines, '\n');
  for (auto [number, line] : llvm::enumerate(lines)) {
    llvm::SmallVector<llvm::StringRef> words;
    line.split(words, ' ', -1, /*KeepEmpty=*/false);
    if (words.empty() || words[0].starts_with("#"))
      continue;
    if (words.size() != 7 || (words[0] != "conv" && words[0] != "depthwise"))
      return invalid(number + 1, "expected: conv|depthwise and six sizes");
    Shape shape{};
    shape.depthwise = words[0] == "depthwise";
    int64_t *sizes[] = {&shape.height, &shape.width, &shape.channels, &shape.outChannels};
    for (auto [word, size] : llvm::zip(llvm::ArrayRef(words).slice(1), sizes))
      if (word.getAsInteger(10, *size) || *size <= 0)
        return invalid(number + 1, "expected a positive size");
    if (!parseKernel(words[5], shape) || words[6].getAsInteger(10, shape.stride) ||
        shape.stride <= 0)
      return invalid(number + 1, "expected a positive size");
    std::string name = formatv("qs8-qc8w-{0}/{1}x{2}x{3}-{4}-k{5}-s{6}", words[0], words[1],
                               words[2], words[3], words[4], words[5], words[6]);
    benchmark::RegisterBenchmark(name.c_str(), [shape, &context](benchmark::State &state) {
      runKernel(state, shape, context);
    })->Unit(benchmark::kMicrosecond);
  }
  return llvm::Error::success();
}

} // namespace

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  if (argc < 2) {
    llvm::errs() << "usage: bench-kernels SHAPES.txt... [--benchmark_...]\n";
    return 2;
  }
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  kvant::registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  kvant::registerAllPasses();
  context.loadDialect<mlir::func::FuncDialect, mlir::tosa::TosaDialect>();
  for (const char *path : llvm::ArrayRef(argv, argc).drop_front())
    if (llvm::Error error = registerKernels(path, context)) {
      llvm::errs() << toString(std::move(error)) << "\n";
      return 2;
    }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
