// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Times single kernels as the compiler emits them for this machine. The shapes are read from
// files; a benchmark's name is qs8-qc8w-<op>/<shape>: signed 8-bit activations with one scale,
// 8-bit weights with one scale per channel.
#include "kvant/Driver/Executor.h"
#include "kvant/Driver/KernelProgram.h"
#include "kvant/InitAll.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <benchmark/benchmark.h>

using llvm::formatv;

namespace {

void runKernel(benchmark::State &state, const kvant::KernelProgram &shape,
               mlir::MLIRContext &context) {
  auto fail = [&](llvm::Error error) { state.SkipWithError(toString(std::move(error)).c_str()); };
  auto module = mlir::parseSourceString<mlir::ModuleOp>(shape.getText(), &context);
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
  int64_t perResult = shape.window[0] * shape.window[1] * (shape.depthwise ? 1 : shape.channels);
  state.counters["GMAC/s"] =
      benchmark::Counter(static_cast<double>(perResult * output.size()) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate);
}

/// "3" or "10x4".
bool parseKernel(llvm::StringRef word, kvant::KernelProgram &shape) {
  auto [height, width] = word.split('x');
  return !height.getAsInteger(10, shape.window[0]) &&
         !(width.empty() ? height : width).getAsInteger(10, shape.window[1]) &&
         shape.window[0] > 0 && shape.window[1] > 0;
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
    kvant::KernelProgram shape;
    shape.depthwise = words[0] == "depthwise";
    int64_t *sizes[] = {&shape.height, &shape.width, &shape.channels, &shape.outChannels};
    for (auto [word, size] : llvm::zip(llvm::ArrayRef(words).slice(1), sizes))
      if (word.getAsInteger(10, *size) || *size <= 0)
        return invalid(number + 1, "expected a positive size");
    if (!parseKernel(words[5], shape) || words[6].getAsInteger(10, shape.stride[0]) ||
        shape.stride[0] <= 0)
      return invalid(number + 1, "expected a positive size");
    shape.stride[1] = shape.stride[0];
    shape.padSame();
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
