// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Placement of buffers with known lives in one block of memory.

#include "kvant/Codegen/ArenaPlan.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

using namespace llvm;

namespace kvant::codegen {

namespace {

/// Above this many buffers the quadratic search gives way to the linear one.
constexpr size_t kMaxForBySize = 2048;

struct Placement {
  std::vector<uint64_t> offsets;
  uint64_t bytes = 0;
};

bool overlap(const BufferLife &a, const BufferLife &b) {
  return a.first <= b.last && b.first <= a.last;
}

/// Largest buffers first, each into the tightest hole between those already placed that live
/// at the same time.
Placement placeBySize(ArrayRef<BufferLife> buffers, ArrayRef<uint64_t> sizes) {
  std::vector<unsigned> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::stable_sort(order, [&](unsigned a, unsigned b) { return sizes[a] > sizes[b]; });

  Placement result;
  result.offsets.assign(buffers.size(), 0);
  std::vector<unsigned> placed; // by offset
  for (unsigned buffer : order) {
    if (sizes[buffer] == 0)
      continue;
    uint64_t end = 0, best = 0, bestHole = UINT64_MAX;
    for (unsigned other : placed) {
      if (!overlap(buffers[buffer], buffers[other]))
        continue;
      uint64_t offset = result.offsets[other];
      if (offset >= end && offset - end >= sizes[buffer] && offset - end < bestHole) {
        best = end;
        bestHole = offset - end;
      }
      end = std::max(end, offset + sizes[other]);
    }
    result.offsets[buffer] = bestHole == UINT64_MAX ? end : best;
    result.bytes = std::max(result.bytes, result.offsets[buffer] + sizes[buffer]);
    auto position = llvm::upper_bound(placed, buffer, [&](unsigned a, unsigned b) {
      return result.offsets[a] < result.offsets[b];
    });
    placed.insert(position, buffer);
  }
  return result;
}

/// Free memory as disjoint holes, to be found by size and merged by offset.
class FreeList {
public:
  /// Takes `size` bytes from the tightest hole, or from the end.
  uint64_t take(uint64_t size) {
    auto fit = bySize.lower_bound({size, 0});
    if (fit == bySize.end())
      return takeAtEnd(size);
    auto [hole, offset] = *fit;
    erase(offset, hole);
    if (hole > size)
      insert(offset + size, hole - size);
    return offset;
  }

  void give(uint64_t offset, uint64_t size) {
    auto next = byOffset.lower_bound(offset);
    if (next != byOffset.end() && offset + size == next->first) {
      uint64_t nextSize = next->second;
      erase(next->first, nextSize);
      size += nextSize;
    }
    auto previous = byOffset.lower_bound(offset);
    if (previous != byOffset.begin()) {
      --previous;
      if (previous->first + previous->second == offset) {
        uint64_t start = previous->first, length = previous->second;
        erase(start, length);
        offset = start;
        size += length;
      }
    }
    insert(offset, size);
  }

  uint64_t getEnd() const { return end; }

private:
  uint64_t takeAtEnd(uint64_t size) {
    uint64_t offset = end;
    if (!byOffset.empty()) {
      auto [last, length] = *byOffset.rbegin();
      if (last + length == end) {
        erase(last, length);
        offset = last;
      }
    }
    end = offset + size;
    return offset;
  }
  void insert(uint64_t offset, uint64_t size) {
    byOffset[offset] = size;
    bySize.insert({size, offset});
  }
  void erase(uint64_t offset, uint64_t size) {
    byOffset.erase(offset);
    bySize.erase({size, offset});
  }

  std::map<uint64_t, uint64_t> byOffset;
  std::set<std::pair<uint64_t, uint64_t>> bySize;
  uint64_t end = 0;
};

/// In the order of the program, as an allocator would.
Placement placeByTime(ArrayRef<BufferLife> buffers, ArrayRef<uint64_t> sizes) {
  std::vector<unsigned> starts(buffers.size()), ends(buffers.size());
  std::iota(starts.begin(), starts.end(), 0);
  ends = starts;
  llvm::stable_sort(starts,
                    [&](unsigned a, unsigned b) { return buffers[a].first < buffers[b].first; });
  llvm::stable_sort(ends,
                    [&](unsigned a, unsigned b) { return buffers[a].last < buffers[b].last; });

  Placement result;
  result.offsets.assign(buffers.size(), 0);
  FreeList free;
  auto dead = ends.begin();
  for (unsigned buffer : starts) {
    for (; dead != ends.end() && buffers[*dead].last < buffers[buffer].first; ++dead)
      if (sizes[*dead] != 0)
        free.give(result.offsets[*dead], sizes[*dead]);
    if (sizes[buffer] != 0)
      result.offsets[buffer] = free.take(sizes[buffer]);
  }
  result.bytes = free.getEnd();
  return result;
}

uint64_t getLowerBound(ArrayRef<BufferLife> buffers, ArrayRef<uint64_t> sizes) {
  std::vector<std::pair<unsigned, int64_t>> changes;
  for (auto [life, size] : llvm::zip_equal(buffers, sizes)) {
    changes.push_back({life.first, static_cast<int64_t>(size)});
    changes.push_back({life.last + 1, -static_cast<int64_t>(size)});
  }
  // At one step, what dies (a negative change) goes before what is born.
  llvm::sort(changes);
  int64_t alive = 0, most = 0;
  for (auto [step, change] : changes)
    most = std::max(most, alive += change);
  return most;
}

} // namespace

ArenaPlan planArena(ArrayRef<BufferLife> buffers) {
  SmallVector<uint64_t> sizes;
  for (const BufferLife &life : buffers)
    sizes.push_back(alignTo(life.bytes, kArenaAlignment));

  Placement best = placeByTime(buffers, sizes);
  if (buffers.size() <= kMaxForBySize) {
    Placement bySize = placeBySize(buffers, sizes);
    if (bySize.bytes < best.bytes)
      best = std::move(bySize);
  }

  ArenaPlan plan;
  plan.offsets = std::move(best.offsets);
  plan.bytes = best.bytes + kArenaSlack;
  plan.lowerBound = getLowerBound(buffers, sizes) + kArenaSlack;
  return plan;
}

} // namespace kvant::codegen
