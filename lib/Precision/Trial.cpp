// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Trying a program with given decisions against the float one.
#include "Trial.h"
#include "kvant/Calibrate/Collector.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include <algorithm>
#include <cmath>
#include <cstring>

using namespace mlir;

namespace kvant::precision {

double Quality::getSqnrDb() const {
  // 200 dB stands for "no difference": beyond what float32 resolves.
  return noise > 1e-20 ? -10.0 * std::log10(noise) : 200.0;
}

llvm::Expected<std::unique_ptr<ExecutableProgram>> Trial::compile(ModuleOp module) const {
  llvm::Expected<Executor> executor = getExecutor();
  if (!executor)
    return executor.takeError();
  return (*executor)(module);
}

/// The float outputs of one run, one after the other. Outputs of integers (indices) have no
/// noise and are left out.
static std::vector<float> join(llvm::ArrayRef<TensorSpec> specs,
                               llvm::ArrayRef<llvm::ArrayRef<char>> outputs) {
  std::vector<float> values;
  for (auto [spec, bytes] : llvm::zip(specs, outputs)) {
    if (spec.kind != ElementKind::F32)
      continue;
    size_t old = values.size();
    values.resize(old + bytes.size() / sizeof(float));
    std::memcpy(values.data() + old, bytes.data(), bytes.size());
  }
  return values;
}

static int64_t getTop(llvm::ArrayRef<TensorSpec> specs, llvm::ArrayRef<float> values) {
  size_t first = specs.empty() ? 0 : static_cast<size_t>(specs.front().getNumElements());
  first = std::min(first, values.size());
  return std::max_element(values.begin(), values.begin() + first) - values.begin();
}

llvm::Expected<Trial> Trial::create(ModuleOp module, const Options &options) {
  if (options.data.empty())
    return llvm::createStringError("expected samples (option data)");
  Trial trial;
  auto program = trial.compile(module);
  if (!program)
    return program.takeError();
  auto samples = SampleSet::load(options.data, (*program)->getInputs(), options.scaling);
  if (!samples)
    return samples.takeError();
  trial.samples = std::make_shared<SampleSet>(std::move(*samples));
  trial.count = trial.samples->getNumSamples();
  if (options.samples > 0)
    trial.count = std::min(trial.count, options.samples);
  llvm::ArrayRef<TensorSpec> specs = (*program)->getOutputs();
  if (llvm::none_of(specs, [](const TensorSpec &s) { return s.kind == ElementKind::F32; }))
    return llvm::createStringError("expected a float32 result to measure sensitivity at");
  auto keep = [&](int64_t, llvm::ArrayRef<llvm::ArrayRef<char>> outputs) {
    trial.expected.push_back(join(specs, outputs));
    trial.expectedTop.push_back(getTop(specs, trial.expected.back()));
    return llvm::Error::success();
  };
  if (llvm::Error error = calibrate::forEachSample(**program, *trial.samples, trial.count, keep))
    return std::move(error);
  return trial;
}

std::optional<int64_t> Trial::getLabel(int64_t sample) const {
  const NpyArray *labels = samples->getLabels();
  if (!labels || sample >= labels->getNumElements())
    return std::nullopt;
  unsigned size = getElementSize(labels->kind);
  int64_t value = 0;
  std::memcpy(&value, labels->data.data() + sample * size, size);
  return value;
}

llvm::Expected<Quality> Trial::measure(ModuleOp module) const {
  OwningOpRef<ModuleOp> clone = module.clone();
  PassManager passes(module.getContext());
  // By its name: Quantize comes after this stage.
  if (failed(parsePassPipeline("kvant-quantize", passes, llvm::errs())))
    return llvm::createStringError("kvant-quantize is not registered");
  if (failed(passes.run(*clone)))
    return llvm::createStringError("the program cannot be quantized");
  auto program = compile(*clone);
  if (!program)
    return program.takeError();
  double signal = 0.0, difference = 0.0;
  int64_t flips = 0, right = 0, expectedRight = 0;
  bool labelled = samples->getLabels() != nullptr;
  llvm::ArrayRef<TensorSpec> specs = (*program)->getOutputs();
  auto compare = [&](int64_t sample, llvm::ArrayRef<llvm::ArrayRef<char>> outputs) {
    std::vector<float> values = join(specs, outputs);
    for (auto [value, wanted] : llvm::zip(values, expected[sample])) {
      signal += double(wanted) * wanted;
      difference += (double(value) - wanted) * (double(value) - wanted);
    }
    int64_t top = getTop(specs, values);
    flips += top != expectedTop[sample];
    std::optional<int64_t> label = getLabel(sample);
    right += label && *label == top;
    expectedRight += label && *label == expectedTop[sample];
    return llvm::Error::success();
  };
  if (llvm::Error error = calibrate::forEachSample(**program, *samples, count, compare))
    return std::move(error);
  Quality quality;
  quality.noise = signal > 0.0 ? difference / signal : difference;
  quality.flips = double(flips) / count;
  quality.drop = labelled ? double(expectedRight - right) / count : quality.flips;
  return quality;
}

} // namespace kvant::precision
