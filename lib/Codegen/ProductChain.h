// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many products of bytes may be summed up in 16 bits.
#ifndef KVANT_LIB_CODEGEN_PRODUCTCHAIN_H
#define KVANT_LIB_CODEGEN_PRODUCTCHAIN_H

#include "KernelPacking.h"

namespace kvant::codegen {

/// The longest chain that is looked for.
constexpr int64_t kMaxChain = 4;

/// Groups of a run whose products with any input fit in 16 bits when they are summed up element
/// by element: kMaxChain, 2, or 1, counted from the first group of each run on.
int64_t getProductChain(const std::vector<int8_t> &weights, const DotWeights &shape, int64_t group);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_PRODUCTCHAIN_H
