// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Monotone functions of integers with few values, by where they step up.
#ifndef KVANT_CODEGEN_STAIRCASE_H
#define KVANT_CODEGEN_STAIRCASE_H

#include "AccumulatorRange.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace kvant::codegen {

/// A function that does not decrease over `domain`. It is determined by where it reaches each
/// of its values: two such functions are equal if they agree at both sides of every step and
/// at both ends.
struct Staircase {
  Interval domain;
  int64_t first, last;        ///< values at the ends of the domain
  std::vector<int64_t> steps; ///< steps[i]: the least argument with a value above first + i
};

/// The steps of `function`, by bisection. Nearly even steps, as those of a requantization are,
/// cost few evaluations each. `function` must not decrease; its values should be few.
Staircase findSteps(llvm::function_ref<int64_t(int64_t)> function, Interval domain);

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_STAIRCASE_H
