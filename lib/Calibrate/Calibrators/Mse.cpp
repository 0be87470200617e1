// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The range whose quantization has the least mean squared error over the histogram: clipping
// a few large values against finer steps for all others.
#include "Calibrators.h"
#include <algorithm>
#include <cmath>

namespace kvant::calibrate {

/// Sum of squared errors of quantizing the histogram's values to `range`.
static double getSquaredError(const Histogram &histogram, const Range &range) {
  double scale = (range.max - range.min) / (kLevels - 1);
  if (scale <= 0.0)
    return HUGE_VAL;
  // The grid holds zero exactly, as the quantized type does.
  double zeroPoint = std::round(-range.min / scale);
  double sum = 0.0;
  for (size_t bin = 0; bin < histogram.counts.size(); ++bin) {
    if (!histogram.counts[bin])
      continue;
    double value = histogram.getCenter(bin);
    double stored = std::round(value / scale) + zeroPoint;
    stored = std::clamp(stored, 0.0, double(kLevels - 1));
    double error = value - (stored - zeroPoint) * scale;
    sum += error * error * histogram.counts[bin];
  }
  return sum;
}

namespace {
class Mse final : public Calibrator {
  bool needsHistogram() const override { return true; }

  Range computeRange(const RangeStatistics &statistics) const override {
    const Histogram &histogram = statistics.histogram;
    return searchRange(histogram, /*steps=*/100,
                       [&](const Range &range) { return getSquaredError(histogram, range); });
  }
};
} // namespace

std::unique_ptr<Calibrator> createMseCalibrator() { return std::make_unique<Mse>(); }

} // namespace kvant::calibrate
