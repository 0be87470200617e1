// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Choosing between integer and float for every operation: the optimization problem by itself.
#ifndef KVANT_PRECISION_ASSIGNMENT_H
#define KVANT_PRECISION_ASSIGNMENT_H

#include "llvm/ADT/ArrayRef.h"
#include <limits>
#include <optional>
#include <vector>

namespace kvant::precision {

/// One operation. The float choice has no noise.
struct AssignmentItem {
  double integerCost = 0.0, floatCost = 0.0;
  double integerNoise = 0.0;
};

/// A tensor between two operations, or between one and a float or integer outside: `cost` is
/// paid if the two sides differ.
struct AssignmentEdge {
  int from = -1, to = -1; ///< items; -1 is the outside, which is float
  double cost = 0.0;
};

struct AssignmentProblem {
  std::vector<AssignmentItem> items;
  std::vector<AssignmentEdge> edges;

  /// Cost with conversions, and noise, of a choice.
  double getCost(const std::vector<bool> &isFloat) const;
  double getNoise(const std::vector<bool> &isFloat) const;
  /// True if every edge between items goes from one item to the next.
  bool isChain() const;
};

enum class Minimize { Cost, Noise };

struct AssignmentResult {
  std::vector<bool> isFloat;
  double cost = 0.0, noise = 0.0;
  /// What is minimized is at least this; equal to it if the result is exact.
  double bound = 0.0;
  bool exact = false;
};

/// Minimizes one of cost and noise while the other is at most `limit`. Nothing if no choice
/// meets the limit. Exact on chains as long as no more than `kMaxFront` choices are
/// Pareto-optimal at any item.
std::optional<AssignmentResult> solveAssignment(const AssignmentProblem &problem,
                                                Minimize objective, double limit);

constexpr size_t kMaxFront = 20000;

} // namespace kvant::precision

#endif // KVANT_PRECISION_ASSIGNMENT_H
