// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-calibrate: runs the program over samples and records the range of every tensor.
#include "dialects/Qnn/Qnn.h"
#include "kvant/Calibrate/Calibrator.h"
#include "kvant/Calibrate/Collector.h"
#include "kvant/Calibrate/ObservedTensors.h"
#include "kvant/Calibrate/Passes.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace kvant::calibrate {
#define GEN_PASS_DEF_CALIBRATE
#include "kvant/Calibrate/Passes.h.inc"

namespace {
class Calibrate : public impl::CalibrateBase<Calibrate> {
public:
  using CalibrateBase::CalibrateBase;

private:
  void runOnOperation() override {
    ModuleOp module = getOperation();
    func::FuncOp function = getMain(module);
    if (!function)
      return signalPassFailure();
    if (llvm::Error error = run(module, function)) {
      emitError(UnknownLoc::get(&getContext())) << llvm::toString(std::move(error));
      signalPassFailure();
    }
  }

  llvm::Error run(ModuleOp module, func::FuncOp function);
  llvm::Error readOptions();
  llvm::Expected<std::unique_ptr<Calibrator>> chooseCalibrator(Value value) const;
  llvm::Expected<Statistics> collect(ModuleOp module, bool needsHistogram);
  llvm::Error apply(const Statistics &statistics, ArrayRef<ObservedTensor> tensors);

  CalibratorChoice choice;
  Recipe rules;
  InputScaling scaling;
};
} // namespace

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(message);
}

llvm::Error Calibrate::readOptions() {
  choice.method = calibrator;
  if (StringRef(percentile).getAsDouble(choice.percentile) ||
      !(choice.percentile > 50.0 && choice.percentile <= 100.0))
    return makeError("kvant-calibrate: percentile: expected a number above 50 and at most 100");
  if (bins < 512 || bins > 1 << 20)
    return makeError("kvant-calibrate: bins: expected 512 to 1048576, got " + llvm::Twine(bins));
  if (granularity != "tensor" && granularity != "channel")
    return makeError("kvant-calibrate: granularity: expected tensor or channel, got \"" +
                     granularity + "\"");
  if (data.empty() == statisticsIn.empty())
    return makeError("kvant-calibrate: expected either data or statistics-in");
  auto given = parseInputScaling(inputScale, inputShift);
  if (!given)
    return makeError("kvant-calibrate: " + llvm::toString(given.takeError()));
  scaling = *given;
  if (recipe.empty())
    return llvm::Error::success();
  llvm::Expected<Recipe> read = Recipe::read(recipe);
  if (!read)
    return read.takeError();
  rules = std::move(*read);
  if (rules.calibrator)
    choice = *rules.calibrator;
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Calibrator>> Calibrate::chooseCalibrator(Value value) const {
  CalibratorChoice result = choice;
  if (Operation *op = value.getDefiningOp())
    for (const RecipeOverride &rule : rules.overrides)
      if (rule.calibrator && rule.matches(qnn::getName(op), op->getName().stripDialect()))
        result = *rule.calibrator;
  return createCalibrator(result);
}

llvm::Expected<Statistics> Calibrate::collect(ModuleOp module, bool needsHistogram) {
  OwningOpRef<ModuleOp> observed = module.clone();
  PassManager passes(&getContext());
  passes.addPass(createInsertObservers());
  passes.addPass(createLowerObservers(LowerObserversOptions{/*only=*/true}));
  if (failed(passes.run(*observed)))
    return makeError("the program cannot be observed");
  llvm::Expected<Executor> executor = getExecutor();
  if (!executor)
    return executor.takeError();
  auto program = (*executor)(*observed);
  if (!program)
    return program.takeError();
  auto sampleSet = SampleSet::load(data, (*program)->getInputs(), scaling);
  if (!sampleSet)
    return sampleSet.takeError();
  int64_t count = sampleSet->getNumSamples();
  if (samples > 0)
    count = std::min<int64_t>(count, samples);
  CollectOptions options;
  options.bins = needsHistogram ? bins.getValue() : 0;
  options.perChannel = granularity == "channel";
  auto statistics = collectStatistics(**program, *sampleSet, count, options);
  if (!statistics)
    return makeError(data + ": " + llvm::toString(statistics.takeError()));
  return statistics;
}

llvm::Error Calibrate::apply(const Statistics &statistics, ArrayRef<ObservedTensor> tensors) {
  for (const ObservedTensor &tensor : tensors) {
    auto rule = chooseCalibrator(tensor.value);
    if (!rule)
      return rule.takeError();
    const TensorStatistics *found = statistics.find(tensor.name);
    if (!found)
      return makeError(statisticsIn + ": has no statistics of tensor \"" + tensor.name + "\"");
    bool lacksHistogram = found->whole.histogram.empty() ||
                          llvm::any_of(found->channels, [](const RangeStatistics &channel) {
                            return channel.histogram.empty();
                          });
    if ((*rule)->needsHistogram() && lacksHistogram)
      return makeError(statisticsIn + ": has no histogram of tensor \"" + tensor.name +
                       "\", which the calibrator needs");
    Range range = computeTensorRange(**rule, *found);
    setRange(tensor.value, range.min, range.max);
    auto type = cast<RankedTensorType>(tensor.value.getType());
    int64_t channels = type.getRank() ? type.getShape().back() : 1;
    if (found->channelMean.empty())
      continue;
    if (static_cast<int64_t>(found->channelMean.size()) != channels)
      return makeError(statisticsIn + ": tensor \"" + tensor.name + "\": expected " +
                       llvm::Twine(channels) + " values in channel_mean, got " +
                       llvm::Twine(found->channelMean.size()));
    setChannelMean(tensor.value, found->channelMean);
  }
  return llvm::Error::success();
}

llvm::Error Calibrate::run(ModuleOp module, func::FuncOp function) {
  if (llvm::Error error = readOptions())
    return error;
  std::vector<ObservedTensor> tensors = getObservedTensors(function);
  bool needsHistogram = false;
  for (const ObservedTensor &tensor : tensors) {
    auto rule = chooseCalibrator(tensor.value);
    if (!rule)
      return rule.takeError();
    needsHistogram |= (*rule)->needsHistogram();
  }
  if (tensors.empty())
    return llvm::Error::success();
  // A file of statistics is for any calibrator to use.
  needsHistogram |= !statisticsOut.empty();
  auto statistics =
      statisticsIn.empty() ? collect(module, needsHistogram) : readStatistics(statisticsIn);
  if (!statistics)
    return statistics.takeError();
  if (!statisticsOut.empty())
    if (llvm::Error error = writeStatistics(statisticsOut, *statistics))
      return error;
  return apply(*statistics, tensors);
}

} // namespace kvant::calibrate
