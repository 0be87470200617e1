// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Register tiles by measurement on this machine.
#include "Tune.h"

#include "kvant/Driver/Executor.h"
#include "kvant/Driver/KernelProgram.h"
#include "kvant/Pipelines/Codegen.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <chrono>
#include <limits>
#include <numeric>

using namespace llvm;

namespace kvant {

namespace {

/// Compiling a candidate takes longer than timing it.
constexpr size_t kCandidates = 8;
constexpr int kMinRounds = 12, kMaxRounds = 200;
/// Time for the rounds of one shape, if kMinRounds take less.
constexpr double kSecondsPerShape = 0.1;
/// A tile must be faster by this to be preferred to that of the cost function.
constexpr double kLeastGain = 0.02;
/// Weights beyond this are far away, however many there are.
constexpr int64_t kMaxTraffic = int64_t(8) << 20;

using Clock = std::chrono::steady_clock;

double getSeconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

/// The caches between two runs of a kernel.
class Caches {
public:
  explicit Caches(int64_t traffic) : others(std::clamp<int64_t>(traffic, 0, kMaxTraffic), 1) {}

  void disturb() { sum = std::accumulate(others.begin(), others.end(), sum); }

private:
  std::vector<char> others;
  volatile int sum = 0; // what is read must not be optimized away
};

/// A compiled kernel with its buffers and the least time that a run took.
class Candidate {
public:
  Candidate(codegen::Tile tile, std::unique_ptr<ExecutableProgram> compiled)
      : tile(tile), program(std::move(compiled)), fresh(program->getInputs()[0].getNumBytes(), 0),
        input(fresh.size()), output(program->getOutputs()[0].getNumBytes()) {}

  Error time(Caches &caches) {
    caches.disturb();
    // As the layer in front has just written it.
    input = fresh;
    Clock::time_point start = Clock::now();
    if (Error error = program->run({input}, {MutableArrayRef<char>(output)}))
      return error;
    best = std::min(best, getSeconds(Clock::now() - start));
    return Error::success();
  }

  codegen::Tile tile;
  double best = std::numeric_limits<double>::infinity();

private:
  std::unique_ptr<ExecutableProgram> program;
  std::vector<char> fresh, input, output;
};

/// The kernel alone, with an input of exactly the size that it reads.
KernelProgram makeProgram(const codegen::Level &level, const codegen::DotShape &shape) {
  KernelProgram program;
  program.integer = shape.integer;
  program.images = shape.output[0];
  program.channels = shape.inputChannels;
  program.outChannels = shape.output[3];
  program.window = shape.window;
  program.stride = shape.stride;
  program.dilation = shape.dilation;
  auto getInput = [&](int axis) {
    return (shape.output[axis + 1] - 1) * shape.stride[axis] +
           (shape.window[axis] - 1) * shape.dilation[axis] + 1;
  };
  program.height = getInput(0);
  program.width = getInput(1);
  // Where instructions want unsigned bytes, the layer in front makes them as a rule. A function's
  // argument is signed, and becomes unsigned when it is padded.
  if (shape.integer && level.dot == codegen::DotKind::Vnni && program.height > 1) {
    --program.height;
    program.pad[1] = 1;
  }
  return program;
}

int64_t getWeightBytes(const codegen::DotShape &shape) {
  return shape.window[0] * shape.window[1] * shape.inputChannels * shape.output[3] *
         (shape.integer ? 1 : int64_t(sizeof(float)));
}

} // namespace

bool canMeasure(const codegen::Target &target) {
  Expected<codegen::Target> machine = codegen::getTarget("host", "native");
  if (!machine) {
    consumeError(machine.takeError());
    return false;
  }
  uint32_t bits = machine->levels.back().cpuBits;
  // Levels share one layout of weights, so that tiles of several cannot be measured one by one.
  return target.name == "host" && target.levels.size() == 1 &&
         (target.levels[0].cpuBits & ~bits) == 0;
}

Expected<MeasuredTile> measureTile(mlir::MLIRContext &context, const codegen::Target &target,
                                   const codegen::DotShape &shape, int64_t traffic) {
  const codegen::Level &level = target.levels.back();
  codegen::Tile model = codegen::getModelTile(level, shape);
  std::vector<codegen::Tile> tiles = codegen::getTileCandidates(level, shape, kCandidates);
  erase(tiles, model);
  if (tiles.empty())
    return MeasuredTile{model, 1};
  // The model's tile stands at both ends: the two times differ by what is not the tile's merit.
  tiles.insert(tiles.begin(), model);
  tiles.push_back(model);

  auto module =
      mlir::parseSourceString<mlir::ModuleOp>(makeProgram(level, shape).getText(), &context);
  if (!module)
    return createStringError("cannot make a program of " + shape.getText());
  std::vector<Candidate> candidates;
  for (codegen::Tile tile : tiles) {
    Expected<std::unique_ptr<ExecutableProgram>> program =
        loadProgram(*module, target, 1, {codegen::TileChoice{level.name, shape, tile}.getText()});
    if (!program)
      return program.takeError();
    candidates.emplace_back(tile, std::move(*program));
  }

  Caches caches(traffic);
  Clock::time_point start = Clock::now();
  for (int round = 0; round < kMaxRounds; ++round) {
    if (round >= kMinRounds && getSeconds(Clock::now() - start) > kSecondsPerShape)
      break;
    // In turns, so that a machine that becomes slower does so for all.
    for (Candidate &candidate : candidates)
      if (Error error = candidate.time(caches))
        return std::move(error);
  }
  double first = candidates.front().best, last = candidates.back().best;
  double ofModel = std::min(first, last), noise = std::max(first, last) / ofModel - 1;
  const Candidate &best = *min_element(
      candidates, [](const Candidate &a, const Candidate &b) { return a.best < b.best; });
  if (best.best * (1 + std::max(kLeastGain, noise)) < ofModel)
    return MeasuredTile{best.tile, ofModel / best.best};
  return MeasuredTile{model, 1};
}

/// The shapes of `module` for which kernels are made.
static Expected<std::vector<codegen::DotShape>> findShapes(mlir::ModuleOp module,
                                                           const codegen::Target &target) {
  mlir::OwningOpRef<mlir::ModuleOp> clone = module.clone();
  mlir::PassManager manager(module.getContext());
  codegen::CodegenOptions options;
  options.target = target.name;
  options.cpu = target.cpu;
  codegen::buildKernelPreparation(manager, options);
  if (mlir::failed(manager.run(*clone)))
    return createStringError("cannot prepare the program for tuning");
  std::vector<codegen::DotShape> shapes = codegen::getDotShapes(*clone);
  erase_if(shapes,
           [](const codegen::DotShape &shape) { return errorToBool(codegen::checkShape(shape)); });
  return shapes;
}

Expected<TuneResult> tune(mlir::ModuleOp module, const codegen::Target &target, TileFile &file,
                          const std::function<void(StringRef)> &progress) {
  Expected<std::vector<codegen::DotShape>> shapes = findShapes(module, target);
  if (!shapes)
    return shapes.takeError();
  std::vector<codegen::TileChoice> missing;
  for (const codegen::Level &level : target.levels)
    for (const codegen::DotShape &shape : *shapes)
      if (codegen::TileChoice choice{level.name, shape, {}}; !file.has(target.cpu, choice.getKey()))
        missing.push_back(std::move(choice));
  TuneResult result;
  if (missing.empty())
    return result;
  if (!canMeasure(target)) {
    result.warning = formatv("no tile for {0} shapes, which cannot be measured here and get that "
                             "of the cost function; the first is {1} on cpu {2}",
                             missing.size(), missing[0].getKey(), target.cpu);
    return result;
  }
  int64_t traffic = 0;
  for (const codegen::DotShape &shape : *shapes)
    traffic += getWeightBytes(shape);
  for (codegen::TileChoice &choice : missing) {
    ++result.measured;
    if (progress)
      progress(formatv("tune, shape {0} of {1}", result.measured, missing.size()).str());
    Expected<MeasuredTile> measured =
        measureTile(*module.getContext(), target, choice.shape, traffic);
    if (!measured)
      return measured.takeError();
    choice.tile = measured->tile;
    file.add(target.cpu, choice, measured->speedup);
  }
  return result;
}

} // namespace kvant
