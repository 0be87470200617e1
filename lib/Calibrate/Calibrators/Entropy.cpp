// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The range that loses the least information: the Kullback-Leibler divergence between the
// clipped distribution and the same distribution in 256 levels (Migacz, "8-bit inference with
// TensorRT", GTC 2017), for ranges with two ends.
#include "Calibrators.h"
#include <algorithm>
#include <cmath>

namespace kvant::calibrate {

/// KL(P || Q): P is the histogram with what lies outside `range` moved to its outermost bins,
/// Q spreads each level's share evenly over the bins of the level that are not empty.
static double getDivergence(const Histogram &histogram, const Range &range) {
  double width = histogram.getBinWidth();
  auto toBin = [&](double value) {
    double position = std::round((value - histogram.low) / width);
    return static_cast<int64_t>(std::clamp(position, 0.0, double(histogram.counts.size())));
  };
  int64_t first = toBin(range.min), last = toBin(range.max);
  int64_t bins = last - first;
  // With fewer bins than levels every distribution is represented perfectly and nothing is
  // measured.
  if (bins < kLevels)
    return HUGE_VAL;

  std::vector<double> reference(histogram.counts.begin() + first, histogram.counts.begin() + last);
  std::vector<double> inside = reference;
  for (int64_t bin = 0; bin < first; ++bin)
    reference.front() += histogram.counts[bin];
  for (int64_t bin = last; bin < int64_t(histogram.counts.size()); ++bin)
    reference.back() += histogram.counts[bin];

  double referenceTotal = 0.0, insideTotal = 0.0;
  for (int64_t bin = 0; bin < bins; ++bin) {
    referenceTotal += reference[bin];
    insideTotal += inside[bin];
  }
  if (insideTotal == 0.0)
    return HUGE_VAL;

  double divergence = 0.0;
  for (int level = 0; level < kLevels; ++level) {
    int64_t begin = level * bins / kLevels, end = (level + 1) * bins / kLevels;
    double sum = 0.0;
    int64_t used = 0;
    for (int64_t bin = begin; bin < end; ++bin) {
      sum += inside[bin];
      used += reference[bin] > 0.0;
    }
    if (!used)
      continue;
    // A level that holds only what was clipped into it has no share of its own: a tiny one
    // keeps the divergence finite and large.
    double share = std::max(sum / used, 1e-4) / insideTotal;
    for (int64_t bin = begin; bin < end; ++bin)
      if (reference[bin] > 0.0) {
        double p = reference[bin] / referenceTotal;
        divergence += p * std::log(p / share);
      }
  }
  return divergence;
}

namespace {
class Entropy final : public Calibrator {
  bool needsHistogram() const override { return true; }

  Range computeRange(const RangeStatistics &statistics) const override {
    const Histogram &histogram = statistics.histogram;
    if (histogram.getBinWidth() <= 0.0)
      return {std::min(statistics.min, 0.0), std::max(statistics.max, 0.0)};
    return searchRange(histogram, /*steps=*/128,
                       [&](const Range &range) { return getDivergence(histogram, range); });
  }
};
} // namespace

std::unique_ptr<Calibrator> createEntropyCalibrator() { return std::make_unique<Entropy>(); }

} // namespace kvant::calibrate
