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

/// Two buffers that may overlap although both are alive at the step at which the life of
/// `input` ends and that of `result` begins: there the program reads the one and writes the
/// other in order.
struct BufferOverlap {
  unsigned input = 0, result = 0; ///< indices of buffers
  /// It is safe if the input begins at least `forward` bytes behind the result (the program
  /// goes forward), or the result at least `backward` bytes behind the input.
  int64_t forward = 0, backward = 0;
};

struct ArenaPlan {
  std::vector<uint64_t> offsets; ///< one for each buffer, in their order
  uint64_t bytes = 0;            ///< size of the arena, slack included
  /// Largest sum of bytes alive at one step, what an overlap can save subtracted; slack included.
  uint64_t lowerBound = 0;
};

/// Buffers that are alive at a common step share no byte, unless they are one of `overlaps` at a
/// safe distance. The plan is a function of the arguments alone, the best of several orders of
/// placement and of a short search, and takes O(n log n) for more than a few thousand buffers.
ArenaPlan planArena(llvm::ArrayRef<BufferLife> buffers,
                    llvm::ArrayRef<BufferOverlap> overlaps = {});

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_ARENAPLAN_H
