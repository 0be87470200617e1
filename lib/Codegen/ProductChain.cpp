// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The extreme sums over inputs from -128 to 127: fewer products of a chain reach no further.
#include "ProductChain.h"

#include <algorithm>

namespace kvant::codegen {

static bool fits(const std::vector<int8_t> &weights, const DotWeights &shape, int64_t group,
                 int64_t chain) {
  for (int64_t first = 0; first < int64_t(weights.size()); first += shape.run)
    for (int64_t start = 0; start < shape.run; start += chain * group)
      for (int64_t lane = start; lane < start + group; ++lane) {
        int64_t positive = 0, negative = 0;
        int64_t end = std::min(start + chain * group, shape.run);
        for (int64_t k = lane; k < end; k += group) {
          int64_t weight = weights[first + k];
          (weight > 0 ? positive : negative) += std::abs(weight);
        }
        if (127 * positive + 128 * negative > 32767 || 128 * positive + 127 * negative > 32768)
          return false;
      }
  return true;
}

int64_t getProductChain(const std::vector<int8_t> &weights, const DotWeights &shape,
                        int64_t group) {
  // Taps that alternate come two groups at a time.
  if (shape.taps == 1 && fits(weights, shape, group, kMaxChain))
    return kMaxChain;
  return std::find(weights.begin(), weights.end(), int8_t(-128)) == weights.end() ? 2 : 1;
}

} // namespace kvant::codegen
