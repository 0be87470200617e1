// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Running an observed program over samples.
#include "kvant/Calibrate/Collector.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <cstring>

using namespace llvm;

namespace kvant::calibrate {

/// Weight of the past in the moving average of extremes.
static constexpr double kDecay = 0.95;

Expected<InputScaling> parseInputScaling(StringRef scale, StringRef shift) {
  InputScaling scaling;
  scaling.given = !scale.empty() || !shift.empty();
  struct Option {
    StringRef name, text;
    double *value;
  };
  for (Option option :
       {Option{"input-scale", scale, &scaling.scale}, Option{"input-shift", shift, &scaling.shift}})
    if (!option.text.empty() &&
        (option.text.getAsDouble(*option.value) || !std::isfinite(*option.value)))
      return createStringError(option.name + ": expected a number, got \"" + option.text + "\"");
  return scaling;
}

Error forEachSample(ExecutableProgram &program, const SampleSet &samples, int64_t count,
                    const OutputVisitor &visit) {
  std::vector<std::vector<char>> outputs;
  SmallVector<MutableArrayRef<char>> outputRefs;
  SmallVector<ArrayRef<char>> visited;
  for (const TensorSpec &spec : program.getOutputs())
    outputs.emplace_back(spec.getNumBytes());
  for (std::vector<char> &output : outputs) {
    outputRefs.emplace_back(output);
    visited.emplace_back(output);
  }
  size_t numInputs = program.getInputs().size();
  for (int64_t sample = 0; sample < count; ++sample) {
    std::vector<std::vector<char>> inputs;
    for (unsigned input = 0; input < numInputs; ++input)
      inputs.push_back(samples.get(sample, input));
    SmallVector<ArrayRef<char>> inputRefs(inputs.begin(), inputs.end());
    if (Error error = program.run(inputRefs, outputRefs))
      return error;
    if (Error error = visit(sample, visited))
      return error;
  }
  return Error::success();
}

namespace {
/// Extremes and their moving averages, of one tensor or channel.
struct Extremes {
  double min = HUGE_VAL, max = -HUGE_VAL;

  void add(double value) {
    min = std::min(min, value);
    max = std::max(max, value);
  }
};
} // namespace

static void mergeSample(RangeStatistics &range, const Extremes &sample, bool first) {
  if (first) {
    range.min = range.averageMin = sample.min;
    range.max = range.averageMax = sample.max;
    return;
  }
  range.min = std::min(range.min, sample.min);
  range.max = std::max(range.max, sample.max);
  range.averageMin = kDecay * range.averageMin + (1.0 - kDecay) * sample.min;
  range.averageMax = kDecay * range.averageMax + (1.0 - kDecay) * sample.max;
}

static size_t getNumChannels(const TensorSpec &spec) {
  return spec.shape.empty() ? 1 : static_cast<size_t>(spec.shape.back());
}

static ArrayRef<float> asFloats(ArrayRef<char> bytes) {
  // Buffers come from std::vector, whose storage is aligned for any fundamental type.
  return {reinterpret_cast<const float *>(bytes.data()), bytes.size() / sizeof(float)};
}

/// First run: extremes and sums of channels.
static Error addExtremes(TensorStatistics &tensor, const TensorSpec &spec, int64_t sample,
                         ArrayRef<float> values, bool perChannel) {
  size_t numChannels = getNumChannels(spec);
  Extremes whole;
  std::vector<Extremes> channels(perChannel ? numChannels : 0);
  size_t channel = 0;
  for (float value : values) {
    if (!std::isfinite(value))
      return createStringError("tensor \"" + spec.name + "\" becomes " +
                               (std::isnan(value) ? "NaN" : "infinite") + " in sample " +
                               std::to_string(sample) + "; ranges need finite values");
    whole.add(value);
    tensor.channelMean[channel] += value;
    if (perChannel)
      channels[channel].add(value);
    if (++channel == numChannels)
      channel = 0;
  }
  mergeSample(tensor.whole, whole, sample == 0);
  for (auto [range, extremes] : zip(tensor.channels, channels))
    mergeSample(range, extremes, sample == 0);
  return Error::success();
}

static void prepareHistogram(RangeStatistics &range, int64_t bins) {
  // Between the extremes and zero, which every range includes.
  range.histogram.low = std::min(range.min, 0.0);
  range.histogram.high = std::max(range.max, 0.0);
  range.histogram.counts.assign(bins, 0);
}

/// Second run: histograms.
static void addToHistograms(TensorStatistics &tensor, ArrayRef<float> values) {
  if (tensor.channels.empty()) {
    Histogram &histogram = tensor.whole.histogram;
    double width = histogram.high - histogram.low;
    double last = double(histogram.counts.size()) - 1;
    double factor = width > 0 ? histogram.counts.size() / width : 0.0;
    for (float value : values) {
      double position = (value - histogram.low) * factor;
      ++histogram.counts[static_cast<size_t>(std::clamp(position, 0.0, last))];
    }
    return;
  }
  size_t channel = 0;
  for (float value : values) {
    tensor.whole.histogram.add(value);
    tensor.channels[channel].histogram.add(value);
    if (++channel == tensor.channels.size())
      channel = 0;
  }
}

Expected<Statistics> collectStatistics(ExecutableProgram &program, const SampleSet &samples,
                                       int64_t count, const CollectOptions &options) {
  ArrayRef<TensorSpec> specs = program.getOutputs();
  Statistics statistics;
  statistics.samples = count;
  if (count < 1)
    return createStringError("expected at least one sample");
  for (const TensorSpec &spec : specs) {
    if (spec.kind != ElementKind::F32)
      return createStringError("tensor \"" + spec.name + "\": expected float32 values, got " +
                               getElementKindName(spec.kind));
    TensorStatistics &tensor = statistics.tensors.emplace_back();
    tensor.name = spec.name;
    tensor.channelMean.assign(getNumChannels(spec), 0.0);
    tensor.channels.resize(options.perChannel ? getNumChannels(spec) : 0);
  }

  auto firstRun = [&](int64_t sample, ArrayRef<ArrayRef<char>> outputs) -> Error {
    for (auto [tensor, spec, bytes] : zip(statistics.tensors, specs, outputs))
      if (Error error = addExtremes(tensor, spec, sample, asFloats(bytes), options.perChannel))
        return error;
    return Error::success();
  };
  if (Error error = forEachSample(program, samples, count, firstRun))
    return std::move(error);
  for (auto [tensor, spec] : zip(statistics.tensors, specs)) {
    double perChannel =
        double(count) * spec.getNumElements() / std::max<size_t>(getNumChannels(spec), 1);
    for (double &mean : tensor.channelMean)
      mean /= perChannel;
  }
  if (!options.bins)
    return statistics;

  for (TensorStatistics &tensor : statistics.tensors) {
    prepareHistogram(tensor.whole, options.bins);
    for (RangeStatistics &channel : tensor.channels)
      prepareHistogram(channel, options.bins);
  }
  auto secondRun = [&](int64_t, ArrayRef<ArrayRef<char>> outputs) -> Error {
    for (auto [tensor, bytes] : zip(statistics.tensors, outputs))
      addToHistograms(tensor, asFloats(bytes));
    return Error::success();
  };
  if (Error error = forEachSample(program, samples, count, secondRun))
    return std::move(error);
  return statistics;
}

} // namespace kvant::calibrate
