// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of calibrators and what they share.
#include "Calibrators/Calibrators.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>
#include <functional>

using namespace llvm;

namespace kvant::calibrate {

Calibrator::~Calibrator() = default;

namespace {
struct Entry {
  StringRef name;
  std::unique_ptr<Calibrator> (*create)(const CalibratorChoice &);
};
} // namespace

static const Entry kCalibrators[] = {
    {"minmax", [](const CalibratorChoice &) { return createMinMaxCalibrator(); }},
    {"moving-average", [](const CalibratorChoice &) { return createMovingAverageCalibrator(); }},
    {"percentile",
     [](const CalibratorChoice &choice) { return createPercentileCalibrator(choice.percentile); }},
    {"mse", [](const CalibratorChoice &) { return createMseCalibrator(); }},
    {"entropy", [](const CalibratorChoice &) { return createEntropyCalibrator(); }},
};

ArrayRef<StringRef> getCalibratorNames() {
  static const std::vector<StringRef> names = [] {
    std::vector<StringRef> result;
    for (const Entry &entry : kCalibrators)
      result.push_back(entry.name);
    return result;
  }();
  return names;
}

Expected<std::unique_ptr<Calibrator>> createCalibrator(const CalibratorChoice &choice) {
  for (const Entry &entry : kCalibrators)
    if (entry.name == choice.method)
      return entry.create(choice);
  return createStringError("unknown calibrator \"" + choice.method + "\"; known are " +
                           llvm::join(getCalibratorNames(), ", "));
}

static void include(Range &range, const Range &other) {
  range.min = std::min(range.min, other.min);
  range.max = std::max(range.max, other.max);
}

Range computeTensorRange(const Calibrator &calibrator, const TensorStatistics &statistics) {
  Range range;
  if (statistics.channels.empty())
    include(range, calibrator.computeRange(statistics.whole));
  for (const RangeStatistics &channel : statistics.channels)
    include(range, calibrator.computeRange(channel));
  return range;
}

uint64_t Histogram::getTotal() const {
  uint64_t total = 0;
  for (uint64_t count : counts)
    total += count;
  return total;
}

void Histogram::add(double value) {
  double width = high - low;
  double position = width > 0 ? (value - low) / width * counts.size() : 0.0;
  position = std::clamp(position, 0.0, double(counts.size() - 1));
  ++counts[static_cast<size_t>(position)];
}

Range searchRange(const Histogram &histogram, int steps, function_ref<double(const Range &)> loss) {
  Range full{std::min(histogram.low, 0.0), std::max(histogram.high, 0.0)};
  Range best = full;
  double least = loss(best);
  auto attempt = [&](const Range &candidate) {
    double value = loss(candidate);
    if (value < least) {
      least = value;
      best = candidate;
    }
  };
  for (int step = 1; step < steps; ++step) {
    double factor = 1.0 - double(step) / steps;
    attempt({full.min * factor, full.max * factor});
  }
  if (full.min == 0.0 || full.max == 0.0)
    return best;
  double otherMin = best.min;
  for (int step = 0; step < steps; ++step)
    attempt({otherMin, full.max * (1.0 - double(step) / steps)});
  double otherMax = best.max;
  for (int step = 0; step < steps; ++step)
    attempt({full.min * (1.0 - double(step) / steps), otherMax});
  return best;
}

const TensorStatistics *Statistics::find(StringRef name) const {
  for (const TensorStatistics &tensor : tensors)
    if (tensor.name == name)
      return &tensor;
  return nullptr;
}

} // namespace kvant::calibrate
