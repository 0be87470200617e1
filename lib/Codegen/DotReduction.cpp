// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loops over what one output sums up: by positions in the buffers, or by addresses that
// instructions count up.
#include "DotReduction.h"

#include "KernelPacking.h"
#include "LineRests.h"
#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// Elements of a reduction that are multiplied without a loop, of bytes and of floats.
constexpr int64_t kMaxStraightBytes = 48;
constexpr int64_t kMaxStraightFloats = 12;

class ReductionEmitter {
public:
  ReductionEmitter(KernelBuilder &kb, DotSteps &steps, const DotTile &tile,
                   const DotReduction &reduction)
      : kb(kb), steps(steps), tile(tile), reduction(reduction), group(steps.getGroup()),
        groups(llvm::divideCeil(reduction.run, group)), unroll(steps.getUnroll()) {}

  void byPosition(SmallVectorImpl<Value> &sums, Value x, Value w);
  void byAddress(SmallVectorImpl<Value> &sums, Value x, Value w);

private:
  /// Sums, and how far weights were read.
  struct State {
    SmallVector<Value> sums;
    Value w;
  };

  bool isStraight(int64_t most) const {
    return reduction.lines * reduction.runs * groups * group <= most;
  }
  /// Elements of the group in front of group `end` that belong to the run.
  int64_t getValid(int64_t end) const {
    return end == groups ? reduction.run - (groups - 1) * group : group;
  }
  /// Elements of the input from the start of a run to its element `at`.
  int64_t getDistance(int64_t at) const {
    return tile.lineStride != 0 ? at / kernel::kDotGroup * tile.lineStride : at;
  }
  void addLines(SmallVectorImpl<Value> &sums, Value x, Value w);
  void addRests(SmallVectorImpl<Value> &sums, Value x, Value w);
  SmallVector<Value> runByPosition(ArrayRef<Value> carried, Value x, Value w);
  DotChunk getChunk(Value x, Value w, int64_t xOffset, int64_t first, int64_t count);
  void add(State &state, Value &x, int64_t xOffset, int64_t first, int64_t count);
  void addTaps(State &state, Value &x, int64_t xOffset);
  void straightRun(State &state, Value &x, int64_t xOffset);
  void runByAddress(State &state, Value x);
  Value loop(State &state, int64_t rounds, Value x, int64_t xStep,
             llvm::function_ref<void(State &, Value &)> body);
  void loopLoadingAhead(State &state, int64_t chunks, Value x);

  KernelBuilder &kb;
  DotSteps &steps;
  const DotTile &tile;
  const DotReduction &reduction;
  int64_t group, groups, unroll;
};

void ReductionEmitter::byPosition(SmallVectorImpl<Value> &sums, Value x, Value w) {
  if (groups != 0)
    addLines(sums, x, w);
  if (reduction.rest != 0)
    addRests(sums, kb.add(x, reduction.run),
             kb.add(w, reduction.lines * groups * group * tile.packedVectors * tile.lanes));
}

/// What is left of the lines, the groups that they share.
void ReductionEmitter::addRests(SmallVectorImpl<Value> &sums, Value x, Value w) {
  int64_t together = group / reduction.rest;
  for (int64_t line = 0; line < reduction.lines; line += together) {
    int64_t lines = std::min(together, reduction.lines - line);
    DotChunk chunk{x, w, 1, lines * reduction.rest};
    chunk.gathered = gatherRests(kb, tile, kb.add(x, line * reduction.xLine),
                                 {lines, reduction.rest, reduction.xLine});
    steps.accumulate(sums, chunk);
    w = kb.add(w, group * tile.packedVectors * tile.lanes);
  }
}

void ReductionEmitter::addLines(SmallVectorImpl<Value> &sums, Value x, Value w) {
  int64_t perGroup = group * tile.packedVectors * tile.lanes, runSize = groups * perGroup;
  if (isStraight(group == 1 ? kMaxStraightFloats : kMaxStraightBytes)) {
    for (int64_t line = 0; line < reduction.lines; ++line)
      for (int64_t part = 0; part < reduction.runs; ++part) {
        Value runX = kb.add(x, line * reduction.xLine + part * reduction.xRun);
        Value runW = kb.add(w, (line * reduction.runs + part) * runSize);
        for (int64_t done = 0; done < groups; done += unroll) {
          int64_t count = std::min(unroll, groups - done);
          steps.accumulate(sums, {kb.add(runX, done * group), kb.add(runW, done * perGroup), count,
                                  getValid(done + count)});
        }
      }
    return;
  }
  sums = kb.loop(reduction.lines, sums, [&](Value line, ArrayRef<Value> carried) {
    Value lineX = kb.add(x, kb.mul(line, reduction.xLine));
    Value lineW = kb.add(w, kb.mul(line, runSize * reduction.runs));
    return kb.loop(reduction.runs, carried, [&](Value part, ArrayRef<Value> inner) {
      return runByPosition(inner, kb.add(lineX, kb.mul(part, reduction.xRun)),
                           kb.add(lineW, kb.mul(part, runSize)));
    });
  });
}

SmallVector<Value> ReductionEmitter::runByPosition(ArrayRef<Value> carried, Value x, Value w) {
  int64_t perGroup = group * tile.packedVectors * tile.lanes;
  // Only whole groups go into the loop: the last one may be partly filled.
  int64_t chunks = reduction.run / group / unroll;
  SmallVector<Value> sums(carried);
  if (chunks != 0)
    sums = kb.loop(chunks, sums, [&](Value chunk, ArrayRef<Value> inner) {
      SmallVector<Value> next(inner);
      steps.accumulate(next, {kb.add(x, kb.mul(chunk, unroll * group)),
                              kb.add(w, kb.mul(chunk, unroll * perGroup)), unroll, group});
      return next;
    });
  int64_t done = chunks * unroll;
  if (done < groups)
    steps.accumulate(sums, {kb.add(x, done * group), kb.add(w, done * perGroup), groups - done,
                            getValid(groups)});
  return sums;
}

DotChunk ReductionEmitter::getChunk(Value x, Value w, int64_t xOffset, int64_t first,
                                    int64_t count) {
  return {x, w, count, getValid(first + count), xOffset, !isStraight(kMaxStraightBytes)};
}

/// Groups `first` and on of a run.
void ReductionEmitter::add(State &state, Value &x, int64_t xOffset, int64_t first, int64_t count) {
  DotChunk chunk = getChunk(x, state.w, xOffset, first, count);
  steps.accumulate(state.sums, chunk);
  x = steps.getNextX(chunk);
  state.w = steps.getNextWeights(chunk);
}

/// The same channels of all taps.
void ReductionEmitter::addTaps(State &state, Value &x, int64_t xOffset) {
  if (!steps.takesTaps()) {
    for (int64_t tap = 0; tap < reduction.taps; ++tap)
      add(state, x, xOffset + tap * reduction.xTap, 0, kTapChunk / group);
    return;
  }
  DotChunk chunk = getChunk(x, state.w, xOffset, 0, kTapChunk / group);
  chunk.taps = reduction.taps;
  steps.accumulate(state.sums, chunk);
  x = steps.getNextX(chunk);
  state.w = steps.getNextWeights(chunk);
}

/// A run in the order in which its weights are packed.
void ReductionEmitter::straightRun(State &state, Value &x, int64_t xOffset) {
  if (reduction.taps == 1) {
    for (int64_t done = 0; done < groups; done += unroll) {
      if (done != 0) {
        x = kb.conceal(x, state.sums.back());
        state.w = kb.conceal(state.w, state.sums.back());
      }
      add(state, x, xOffset + getDistance(done * group), done, std::min(unroll, groups - done));
    }
    return;
  }
  int64_t channels = reduction.run / reduction.taps;
  for (int64_t first = 0; first < channels; first += kTapChunk)
    addTaps(state, x, xOffset + first);
}

/// Returns the address of the input that the last round left.
Value ReductionEmitter::loop(State &state, int64_t rounds, Value x, int64_t xStep,
                             llvm::function_ref<void(State &, Value &)> body) {
  SmallVector<Value> carried = state.sums;
  carried.append({state.w, x});
  carried = kb.loop(rounds, carried, [&](Value, ArrayRef<Value> values) {
    State inner{SmallVector<Value>(values.drop_back(2)), values.drop_back().back()};
    Value innerX = values.back();
    body(inner, innerX);
    SmallVector<Value> next = inner.sums;
    if (rounds == 1)
      next.append({inner.w, innerX});
    else
      next.append({kb.conceal(inner.w), kb.conceal(kb.advance(innerX, xStep))});
    return next;
  });
  state = {SmallVector<Value>(ArrayRef(carried).drop_back(2)),
           ArrayRef(carried).drop_back().back()};
  return carried.back();
}

/// The weights of a chunk are loaded during the one before it; the last one has none to load.
void ReductionEmitter::loopLoadingAhead(State &state, int64_t chunks, Value x) {
  DotChunk first = getChunk(x, state.w, 0, 0, unroll);
  size_t sums = state.sums.size();
  llvm::append_range(state.sums, steps.loadAhead(first));
  state.w = steps.getNextWeights(first);
  auto accumulate = [&](State &inner, Value innerX, int64_t xOffset, bool loadsAhead) {
    SmallVector<Value> weights(ArrayRef(inner.sums).drop_front(sums));
    inner.sums.truncate(sums);
    DotChunk chunk = getChunk(innerX, inner.w, xOffset, 0, unroll);
    chunk.ahead = weights;
    chunk.loadsAhead = loadsAhead;
    steps.accumulate(inner.sums, chunk);
    if (loadsAhead) {
      inner.w = steps.getNextWeights(chunk);
      llvm::append_range(inner.sums, steps.getLoadedAhead());
    }
    return steps.getNextX(chunk);
  };
  int64_t step = getDistance(unroll * group);
  Value last = loop(state, chunks - 1, x, step, [&](State &inner, Value &innerX) {
    innerX = accumulate(inner, innerX, 0, /*loadsAhead=*/true);
  });
  accumulate(state, last, chunks == 2 ? step : 0, /*loadsAhead=*/false);
}

void ReductionEmitter::runByAddress(State &state, Value x) {
  if (reduction.taps != 1) {
    int64_t channels = reduction.run / reduction.taps;
    loop(state, channels / kTapChunk, x, kTapChunk,
         [&](State &inner, Value &innerX) { addTaps(inner, innerX, 0); });
    return;
  }
  // Only whole groups go into the loop: the last one may be partly filled.
  int64_t chunks = reduction.run / group / unroll, done = chunks * unroll;
  if (chunks > 1 && reduction.lines * reduction.runs == 1 && steps.canLoadAhead())
    loopLoadingAhead(state, chunks, x);
  else if (chunks != 0)
    loop(state, chunks, x, getDistance(unroll * group),
         [&](State &inner, Value &innerX) { add(inner, innerX, 0, 0, unroll); });
  if (done < groups)
    add(state, x, getDistance(done * group), done, groups - done);
}

void ReductionEmitter::byAddress(SmallVectorImpl<Value> &sums, Value x, Value w) {
  State state{SmallVector<Value>(sums.begin(), sums.end()), kb.getAddress(tile.weights, w)};
  x = kb.getAddress(tile.input, x);
  if (isStraight(kMaxStraightBytes)) {
    int64_t at = 0;
    for (int64_t line = 0; line < reduction.lines; ++line)
      for (int64_t part = 0; part < reduction.runs; ++part) {
        // With the address of each run, those of its rows are near, and loads wait for their turn.
        int64_t distance = line * reduction.xLine + part * reduction.xRun;
        if (distance != 0) {
          x = kb.conceal(kb.advance(x, distance - at), state.sums.back());
          state.w = kb.conceal(state.w, state.sums.back());
        }
        at = distance;
        straightRun(state, x, 0);
      }
  } else {
    loop(state, reduction.lines, x, reduction.xLine, [&](State &line, Value &lineX) {
      loop(line, reduction.runs, lineX, reduction.xRun,
           [&](State &part, Value &partX) { runByAddress(part, partX); });
    });
  }
  sums = state.sums;
}

} // namespace

void emitReduction(KernelBuilder &kb, DotSteps &steps, const DotTile &tile,
                   const DotReduction &reduction, SmallVectorImpl<Value> &sums, Value x, Value w) {
  ReductionEmitter emitter(kb, steps, tile, reduction);
  // NEON's loads of interleaved registers have no displacement, but can count up an address.
  if (kb.isArm() && steps.getGroup() != 1)
    emitter.byAddress(sums, x, w);
  else
    emitter.byPosition(sums, x, w);
}

} // namespace kvant::codegen
