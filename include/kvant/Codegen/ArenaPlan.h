// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Placement of buffers with known lives in one block of memory.
#ifndef KVANT_CODEGEN_ARENAPLAN_H
#define KVANT_CODEGEN_ARENAPLAN_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace kvant::codegen {

/// Every offset and the arena itself are multiples of this: a cache line, and the longest
/// vector of any target.
constexpr uint64_t kArenaAlignment = 64;
/// Bytes at the end of the arena that belong to no buffer.
constexpr uint64_t kArenaSlack = 64;

/// A buffer and the steps of the program at which it is alive, both ends included.
struct BufferLife {
  uint64_t bytes = 0;
  unsigned first = 0;
  unsigned last = 0;
};

struct ArenaPlan {
  std::vector<uint64_t> offsets; ///< one for each buffer, in their order
  uint64_t bytes = 0;            ///< size of the arena, slack included
  uint64_t lowerBound = 0;       ///< largest sum of bytes alive at one step, slack included
};

/// Buffers that are alive at a common step never share a byte. The plan is a function of the
/// arguments alone, and takes O(n log n) for more than a few thousand buffers.
ArenaPlan planArena(llvm::ArrayRef<BufferLife> buffers);

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_ARENAPLAN_H
