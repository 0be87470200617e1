// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What calibration learns about the tensors of a program.
#ifndef KVANT_CALIBRATE_STATISTICS_H
#define KVANT_CALIBRATE_STATISTICS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace kvant::calibrate {

/// Counts of values in equal bins between `low` and `high`.
struct Histogram {
  double low = 0.0, high = 0.0;
  std::vector<uint64_t> counts;

  bool empty() const { return counts.empty(); }
  double getBinWidth() const { return (high - low) / counts.size(); }
  /// The value in the middle of bin `index`.
  double getCenter(size_t index) const { return low + (index + 0.5) * getBinWidth(); }
  uint64_t getTotal() const;
  /// Counts `value`; what lies outside goes to the nearest bin.
  void add(double value);
};

/// Of one tensor, or of one channel of it.
struct RangeStatistics {
  double min = 0.0, max = 0.0;               ///< over all samples
  double averageMin = 0.0, averageMax = 0.0; ///< moving averages of each sample's
  Histogram histogram;                       ///< empty if no calibrator wants one
};

struct TensorStatistics {
  std::string name;
  RangeStatistics whole;
  std::vector<double> channelMean;       ///< along the last axis
  std::vector<RangeStatistics> channels; ///< along the last axis; empty if not wanted
};

struct Statistics {
  int64_t samples = 0;
  std::vector<TensorStatistics> tensors;

  const TensorStatistics *find(llvm::StringRef name) const;
};

/// The file that docs/schemas/statistics.schema.json describes. Reading refuses unknown and
/// ill-typed fields, numbers that are not finite, and ranges that are upside down.
llvm::Expected<Statistics> readStatistics(llvm::StringRef path);
llvm::Error writeStatistics(llvm::StringRef path, const Statistics &statistics);

} // namespace kvant::calibrate

#endif // KVANT_CALIBRATE_STATISTICS_H
