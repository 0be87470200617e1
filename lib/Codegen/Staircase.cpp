// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Search for the steps of a monotone function.
#include "kvant/Codegen/Staircase.h"

namespace kvant::codegen {

Staircase findSteps(llvm::function_ref<int64_t(int64_t)> function, Interval domain) {
  Staircase stairs = {domain, function(domain.low), function(domain.high), {}};
  std::vector<int64_t> &steps = stairs.steps;
  for (int64_t value = stairs.first + 1; value <= stairs.last; ++value) {
    // function(below) < value <= function(above) holds throughout.
    int64_t below = domain.low, above = domain.high;
    if (!steps.empty()) {
      if (function(steps.back()) >= value) {
        steps.push_back(steps.back());
        continue;
      }
      below = steps.back();
    }
    if (steps.size() >= 2) {
      // Where the next step would be if all were even, then away from there by doubling.
      double stride = double(steps.back() - steps.front()) / double(steps.size() - 1);
      int64_t guess = steps.front() + int64_t(stride * double(steps.size()));
      for (int64_t reach = 1; guess > below && guess < above; reach *= 2) {
        if (function(guess) >= value) {
          above = guess;
          guess -= reach;
        } else {
          below = guess;
          guess += reach;
        }
      }
    }
    while (above - below > 1) {
      int64_t middle = below + (above - below) / 2;
      (function(middle) >= value ? above : below) = middle;
    }
    steps.push_back(above);
  }
  return stairs;
}

} // namespace kvant::codegen
