// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The extremes over all samples: nothing is clipped.
#include "Calibrators.h"
#include <algorithm>

namespace kvant::calibrate {
namespace {
class MinMax final : public Calibrator {
  Range computeRange(const RangeStatistics &statistics) const override {
    return {std::min(statistics.min, 0.0), std::max(statistics.max, 0.0)};
  }
};
} // namespace

std::unique_ptr<Calibrator> createMinMaxCalibrator() { return std::make_unique<MinMax>(); }

} // namespace kvant::calibrate
