// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cuts the same share of values off at both ends.
#include "Calibrators.h"
#include <algorithm>

namespace kvant::calibrate {
namespace {
class Percentile final : public Calibrator {
public:
  explicit Percentile(double percentile) : percentile(percentile) {}

private:
  bool needsHistogram() const override { return true; }

  Range computeRange(const RangeStatistics &statistics) const override {
    const Histogram &histogram = statistics.histogram;
    double total = histogram.getTotal();
    // A percentile of 99.99 leaves 0.01 % outside at each end that has values beyond zero.
    double allowed = total * (100.0 - percentile) / 100.0;
    size_t first = 0, last = histogram.counts.size() - 1;
    double below = histogram.counts[first], above = histogram.counts[last];
    while (first < last && below <= allowed)
      below += histogram.counts[++first];
    while (last > first && above <= allowed)
      above += histogram.counts[--last];
    double width = histogram.getBinWidth();
    // The outermost bins hold the extremes themselves: where nothing was cut, neither is the
    // range.
    double low = first == 0 ? statistics.min : histogram.low + first * width;
    double high =
        last + 1 == histogram.counts.size() ? statistics.max : histogram.low + (last + 1) * width;
    return {std::min(low, 0.0), std::max(high, 0.0)};
  }

  double percentile;
};
} // namespace

std::unique_ptr<Calibrator> createPercentileCalibrator(double percentile) {
  return std::make_unique<Percentile>(percentile);
}

} // namespace kvant::calibrate
