// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One function per calibrator, each defined in the file of its name.
#ifndef KVANT_LIB_CALIBRATE_CALIBRATORS_H
#define KVANT_LIB_CALIBRATE_CALIBRATORS_H

#include "kvant/Calibrate/Calibrator.h"

namespace kvant::calibrate {

std::unique_ptr<Calibrator> createMinMaxCalibrator();
std::unique_ptr<Calibrator> createMovingAverageCalibrator();
std::unique_ptr<Calibrator> createPercentileCalibrator(double percentile);
std::unique_ptr<Calibrator> createMseCalibrator();
std::unique_ptr<Calibrator> createEntropyCalibrator();

/// Levels of the 8-bit type that ranges are computed for.
constexpr int kLevels = 256;

/// Looks for the range with the least `loss` inside the histogram's: first one factor for both
/// ends, then each end alone with the other held. `loss(range)` is evaluated about 3 *
/// `steps` times; of equal losses the widest range wins.
Range searchRange(const Histogram &histogram, int steps,
                  llvm::function_ref<double(const Range &)> loss);

} // namespace kvant::calibrate

#endif // KVANT_LIB_CALIBRATE_CALIBRATORS_H
