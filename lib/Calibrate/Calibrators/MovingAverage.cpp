// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exponential moving averages of each sample's extremes, which forget rare outliers (and with
// them what lies beyond an average sample).
#include "Calibrators.h"
#include <algorithm>

namespace kvant::calibrate {
namespace {
class MovingAverage final : public Calibrator {
  Range computeRange(const RangeStatistics &statistics) const override {
    return {std::min(statistics.averageMin, 0.0), std::max(statistics.averageMax, 0.0)};
  }
};
} // namespace

std::unique_ptr<Calibrator> createMovingAverageCalibrator() {
  return std::make_unique<MovingAverage>();
}

} // namespace kvant::calibrate
