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
constexpr size_t kMaxForSearch = 2048;
/// Steps of the local search, and pairs of buffers that all of them together may look at.
constexpr size_t kMaxSearchSteps = 400;
constexpr size_t kMaxSearchPairs = 40'000'000;

struct Placement {
  std::vector<uint64_t> offsets;
  uint64_t bytes = 0;
};

bool overlap(const BufferLife &a, const BufferLife &b) {
  return a.first <= b.last && b.first <= a.last;
}

/// Another buffer that the one at hand must not meet: it may begin neither within `before`
/// bytes before the other's start nor within `behind` bytes behind it.
struct Conflict {
  unsigned other;
  int64_t before, behind;
};

/// Places buffers one after the other, in any order.
class Placer {
public:
  Placer(ArrayRef<BufferLife> buffers, ArrayRef<uint64_t> sizes, ArrayRef<BufferOverlap> overlaps)
      : sizes(sizes), conflicts(buffers.size()) {
    for (unsigned a = 0; a != buffers.size(); ++a)
      for (unsigned b = 0; b != buffers.size(); ++b)
        if (a != b && sizes[a] != 0 && sizes[b] != 0 && overlap(buffers[a], buffers[b]))
          conflicts[a].push_back({b, int64_t(sizes[a]), int64_t(sizes[b])});
    for (const BufferOverlap &pair : overlaps) {
      limit(pair.input, pair.result, pair.backward, pair.forward);
      limit(pair.result, pair.input, pair.forward, pair.backward);
    }
  }

  size_t getNumConflicts() const {
    size_t count = 0;
    for (const auto &list : conflicts)
      count += list.size();
    return count;
  }

  /// Each buffer goes to the first place, or into the tightest hole, that those before it leave.
  Placement place(ArrayRef<unsigned> order, bool tightest) {
    Placement result;
    result.offsets.assign(sizes.size(), 0);
    std::vector<bool> placed(sizes.size(), false);
    std::vector<std::pair<int64_t, int64_t>> taken;
    for (unsigned buffer : order) {
      if (sizes[buffer] == 0)
        continue;
      taken.clear();
      for (const Conflict &conflict : conflicts[buffer])
        if (placed[conflict.other]) {
          int64_t at = result.offsets[conflict.other];
          if (at - conflict.before < at + conflict.behind)
            taken.push_back({at - conflict.before, at + conflict.behind});
        }
      llvm::sort(taken);
      // Between two entries of `taken` the buffer may begin anywhere, both ends included.
      int64_t start = 0, best = -1, bestRoom = 0;
      for (auto [from, to] : taken) {
        if (from >= start && (best < 0 || from - start < bestRoom)) {
          best = start;
          bestRoom = from - start;
          if (!tightest)
            break;
        }
        start = std::max(start, to);
      }
      result.offsets[buffer] = best < 0 ? start : best;
      placed[buffer] = true;
      result.bytes = std::max(result.bytes, result.offsets[buffer] + sizes[buffer]);
    }
    return result;
  }

private:
  void limit(unsigned buffer, unsigned other, int64_t before, int64_t behind) {
    auto align = [](int64_t distance) {
      int64_t unit = kArenaAlignment;
      return distance > 0 ? (distance + unit - 1) / unit * unit : -(-distance / unit * unit);
    };
    for (Conflict &conflict : conflicts[buffer])
      if (conflict.other == other) {
        conflict.before = std::min(conflict.before, align(before));
        conflict.behind = std::min(conflict.behind, align(behind));
      }
  }

  ArrayRef<uint64_t> sizes;
  std::vector<SmallVector<Conflict>> conflicts;
};

/// Tries several orders of placement, then small changes of the best one.
Placement search(ArrayRef<BufferLife> buffers, ArrayRef<uint64_t> sizes,
                 ArrayRef<BufferOverlap> overlaps, uint64_t bound) {
  Placer placer(buffers, sizes, overlaps);
  std::vector<unsigned> bySize(buffers.size());
  std::iota(bySize.begin(), bySize.end(), 0);
  llvm::stable_sort(bySize, [&](unsigned a, unsigned b) { return sizes[a] > sizes[b]; });
  std::vector<unsigned> byTime = bySize;
  llvm::stable_sort(byTime,
                    [&](unsigned a, unsigned b) { return buffers[a].first < buffers[b].first; });
  std::vector<unsigned> byEnd = bySize;
  llvm::stable_sort(byEnd,
                    [&](unsigned a, unsigned b) { return buffers[a].last > buffers[b].last; });
  std::vector<unsigned> byArea = bySize;
  auto area = [&](unsigned buffer) {
    return sizes[buffer] * (buffers[buffer].last - buffers[buffer].first + 1);
  };
  llvm::stable_sort(byArea, [&](unsigned a, unsigned b) { return area(a) > area(b); });

  Placement best;
  best.bytes = UINT64_MAX;
  std::vector<unsigned> order;
  bool tightest = true;
  for (const std::vector<unsigned> &candidate : {bySize, byTime, byEnd, byArea})
    for (bool fit : {true, false}) {
      Placement placement = placer.place(candidate, fit);
      if (placement.bytes < best.bytes) {
        best = std::move(placement);
        order = candidate;
        tightest = fit;
      }
    }

  size_t steps =
      std::min(kMaxSearchSteps, kMaxSearchPairs / std::max<size_t>(1, placer.getNumConflicts()));
  uint64_t state = 1; // of a linear congruential generator (Knuth, MMIX)
  auto random = [&](size_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  for (size_t step = 0; step != steps && best.bytes > bound && order.size() > 1; ++step) {
    // A buffer at the top goes earlier, where it has more choice.
    std::vector<unsigned> next = order;
    SmallVector<size_t> top;
    for (size_t i = 1; i != next.size(); ++i)
      if (best.offsets[next[i]] + sizes[next[i]] == best.bytes)
        top.push_back(i);
    size_t from = top.empty() || step % 4 == 3 ? random(next.size()) : top[random(top.size())];
    size_t to = step % 4 == 3 ? random(next.size()) : random(from + 1);
    unsigned buffer = next[from];
    next.erase(next.begin() + from);
    next.insert(next.begin() + to, buffer);
    Placement placement = placer.place(next, tightest);
    if (placement.bytes <= best.bytes) {
      best = std::move(placement);
      order = std::move(next);
    }
  }

  // Going in order costs time, so only the overlaps that save memory stay, of the largest
  // buffers the fewest.
  std::vector<BufferOverlap> needed(overlaps);
  if (needed.size() * placer.getNumConflicts() > kMaxSearchPairs)
    return best;
  llvm::stable_sort(needed, [&](const BufferOverlap &a, const BufferOverlap &b) {
    return sizes[a.input] + sizes[a.result] < sizes[b.input] + sizes[b.result];
  });
  for (size_t i = needed.size(); i-- != 0;) {
    BufferOverlap pair = needed[i];
    needed.erase(needed.begin() + i);
    Placement placement = Placer(buffers, sizes, needed).place(order, tightest);
    if (placement.bytes <= best.bytes)
      best = std::move(placement);
    else
      needed.insert(needed.begin() + i, pair);
  }
  return best;
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

uint64_t getLowerBound(ArrayRef<BufferLife> buffers, ArrayRef<uint64_t> sizes,
                       ArrayRef<BufferOverlap> overlaps) {
  std::vector<std::pair<unsigned, int64_t>> changes;
  for (auto [life, size] : llvm::zip_equal(buffers, sizes)) {
    changes.push_back({life.first, static_cast<int64_t>(size)});
    changes.push_back({life.last + 1, -static_cast<int64_t>(size)});
  }
  for (const BufferOverlap &pair : overlaps) {
    // At best the smaller one lies within the larger one.
    auto saved = static_cast<int64_t>(std::min(sizes[pair.input], sizes[pair.result]));
    changes.push_back({buffers[pair.result].first, -saved});
    changes.push_back({buffers[pair.result].first + 1, saved});
  }
  llvm::sort(changes);
  int64_t alive = 0, most = 0;
  for (size_t i = 0; i != changes.size(); ++i) {
    alive += changes[i].second;
    if (i + 1 == changes.size() || changes[i + 1].first != changes[i].first)
      most = std::max(most, alive);
  }
  return most;
}

} // namespace

ArenaPlan planArena(ArrayRef<BufferLife> buffers, ArrayRef<BufferOverlap> overlaps) {
  SmallVector<uint64_t> sizes;
  for (const BufferLife &life : buffers)
    sizes.push_back(alignTo(life.bytes, kArenaAlignment));

  uint64_t bound = getLowerBound(buffers, sizes, overlaps);
  Placement best = placeByTime(buffers, sizes);
  // Without overlaps first: a program that need not go in order is faster.
  for (ArrayRef<BufferOverlap> allowed : {ArrayRef<BufferOverlap>(), overlaps}) {
    if (buffers.size() > kMaxForSearch || best.bytes <= bound)
      break;
    Placement found = search(buffers, sizes, allowed, bound);
    if (found.bytes < best.bytes)
      best = std::move(found);
    if (overlaps.empty())
      break;
  }

  ArenaPlan plan;
  plan.offsets = std::move(best.offsets);
  plan.bytes = best.bytes + kArenaSlack;
  plan.lowerBound = bound + kArenaSlack;
  return plan;
}

} // namespace kvant::codegen
