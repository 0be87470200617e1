// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The rules that turn statistics into a range.
#ifndef KVANT_CALIBRATE_CALIBRATOR_H
#define KVANT_CALIBRATE_CALIBRATOR_H

#include "kvant/Calibrate/Statistics.h"
#include "kvant/Support/Recipe.h"
#include <memory>

namespace kvant::calibrate {

/// A range of real values; it always includes zero.
struct Range {
  double min = 0.0, max = 0.0;
};

/// One rule. To add one: a file in lib/Calibrate/Calibrators, a line in Calibrator.cpp.
class Calibrator {
public:
  virtual ~Calibrator();
  virtual bool needsHistogram() const { return false; }
  /// The range to quantize to 256 levels. `statistics` has a histogram if this calibrator
  /// needs one.
  virtual Range computeRange(const RangeStatistics &statistics) const = 0;
};

/// "minmax", "moving-average", "percentile", "mse" or "entropy".
llvm::Expected<std::unique_ptr<Calibrator>> createCalibrator(const CalibratorChoice &choice);

/// The names that createCalibrator knows.
llvm::ArrayRef<llvm::StringRef> getCalibratorNames();

/// The range of a whole tensor: of its own statistics, or where it has channels the union of
/// theirs. Includes zero.
Range computeTensorRange(const Calibrator &calibrator, const TensorStatistics &statistics);

} // namespace kvant::calibrate

#endif // KVANT_CALIBRATE_CALIBRATOR_H
