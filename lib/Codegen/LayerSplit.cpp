// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The analysis behind kvant-split-layers: what is independent, how much work it is, and by which
// loops it divides evenly.
#include "LayerSplit.h"

#include "KernelBuilder.h"
#include "LayerAccesses.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

constexpr int64_t kMaxParts = 64;
/// Share of the work that must lie in loops which are dealt out.
constexpr double kMinShare = 0.8;
/// A nest with less than this share of a layer stays whole, unless it goes through most of the
/// buffer: a thread finds in its cache what it wrote itself.
constexpr double kMinNest = 0.04;
/// Above this many rounds it would take long to look at each.
constexpr int64_t kMaxPhasedRounds = 4096;
/// All wait at the end of a phase, so it has the work of so many parts on average.
constexpr double kPhaseParts = 8;
/// Numbers of threads for which a loop should divide evenly.
constexpr int64_t kThreads[] = {2, 3, 4, 6, 8};
/// An inner loop is taken unless an outer one is better by this factor: parts that write whole
/// pixels do not share cache lines.
constexpr double kOuterGain = 1.05;
/// Operations on registers that take as long as a byte that two cores read or write. It is worst
/// where a core has to write again what the other one has read since.
constexpr double kSharedByte = 1, kSharedConstant = 0.2;

/// Registers that a value takes; index arithmetic counts as free.
double getRegisters(Type type, unsigned vectorBits) {
  if (auto vector = dyn_cast<VectorType>(type))
    return double(llvm::divideCeil(vector.getNumElements() * vector.getElementTypeBitWidth(),
                                   int64_t(vectorBits)));
  return type.isIntOrFloat() ? 1 : 0;
}

int64_t getRounds(scf::ForOp loop) {
  std::optional<APInt> rounds = loop.getStaticTripCount();
  return rounds ? rounds->getSExtValue() : 1;
}

double getWork(Operation *op, unsigned vectorBits) {
  if (op->getNumRegions() != 0) {
    double work = 0;
    for (Region &region : op->getRegions())
      for (Operation &inner : region.getOps())
        work += getWork(&inner, vectorBits);
    auto loop = dyn_cast<scf::ForOp>(op);
    return loop ? work * double(getRounds(loop)) : work;
  }
  if (op->hasTrait<OpTrait::ConstantLike>() || op->hasTrait<OpTrait::IsTerminator>())
    return 0;
  double work = 0;
  for (Type type : op->getResultTypes())
    work += getRegisters(type, vectorBits);
  if (op->getNumResults() == 0 && op->getNumOperands() != 0)
    work += getRegisters(op->getOperand(0).getType(), vectorBits);
  return work;
}

/// Whether a position in `loop` is limited to the end of its range.
bool movesBack(scf::ForOp loop) {
  SmallVector<Value> derived = {loop.getInductionVar()};
  while (!derived.empty())
    for (Operation *user : derived.pop_back_val().getUsers()) {
      if (isa<arith::MinUIOp, arith::MinSIOp, arith::SelectOp, arith::CmpIOp>(user))
        return true;
      if (isa<arith::MulIOp, arith::AddIOp, arith::ShLIOp>(user))
        derived.push_back(user->getResult(0));
    }
  return false;
}

double getMeanEfficiency(const SplitLoop &split) {
  double sum = 0;
  for (int64_t threads : kThreads)
    sum += split.getEfficiency(threads);
  return sum / double(std::size(kThreads));
}

/// What two halves of the rounds of a loop cost each other, in operations on registers. The
/// cache of a core has to fetch what the other one wrote, and worse, to take back what it wrote
/// itself and the other one read. Constants are only read, but by both.
double getSharedWork(scf::ForOp loop, const LayerAccesses &accesses) {
  llvm::MapVector<Value, std::array<ByteRange, 2>> buffers;
  int64_t rounds = getRounds(loop);
  for (ArrayRef<Access> some :
       {ArrayRef<Access>(accesses.reads), ArrayRef<Access>(accesses.writes)})
    for (const Access &access : some)
      if (loop->isProperAncestor(access.op)) {
        std::array<ByteRange, 2> &halves = buffers[access.buffer];
        halves[0].include(getBytes(access, loop, 0, rounds / 2));
        halves[1].include(getBytes(access, loop, rounds / 2, rounds));
      }
  double work = 0;
  for (auto &[buffer, halves] : buffers) {
    int64_t shared =
        std::min(halves[0].end, halves[1].end) - std::max(halves[0].begin, halves[1].begin);
    bool isConstant = isa_and_nonnull<memref::GetGlobalOp>(buffer.getDefiningOp());
    if (shared > 0)
      work += double(shared) * (isConstant ? kSharedConstant : kSharedByte);
  }
  return work;
}

/// Where in a buffer something lies: 0 is its start, 1 its end.
struct Place {
  double begin, end;
};

/// Where `op` writes, if that is one buffer.
std::optional<Place> getPlace(Operation *op, const LayerAccesses &accesses) {
  const Access *any = nullptr;
  ByteRange written;
  for (const Access &write : accesses.writes) {
    if (!op->isAncestor(write.op))
      continue;
    if (any && any->buffer != write.buffer)
      return std::nullopt;
    any = &write;
    written.include(getBytes(write));
  }
  if (!any)
    return std::nullopt;
  double start = double(any->bytes.begin), size = double(any->bytes.end) - start;
  return Place{(double(written.begin) - start) / size, (double(written.end) - start) / size};
}

/// The loop of the nest `op` that divides best: each on the way down to the first with more
/// than one operation that writes.
std::optional<SplitLoop> chooseLoop(Operation *op, const LayerAccesses &accesses, double work) {
  std::optional<SplitLoop> best;
  double least = 0;
  while (auto loop = dyn_cast_or_null<scf::ForOp>(op)) {
    if (!loop->hasAttr(kParallelLoopAttr) || !loop.getStaticTripCount())
      break;
    SplitLoop candidate{loop, getRounds(loop), movesBack(loop)};
    double cost = work / getMeanEfficiency(candidate) + getSharedWork(loop, accesses);
    if (candidate.getMostParts() > 1 && (!best || cost * kOuterGain < least)) {
      best = candidate;
      least = cost;
    }
    Operation *writer = nullptr;
    for (Operation &inner : *loop.getBody()) {
      if (!writesBuffer(&inner))
        continue;
      if (writer)
        return best;
      writer = &inner;
    }
    op = writer;
  }
  return best;
}

int64_t countParts(double work, int64_t partWork) {
  return int64_t(std::min(work / double(partWork), double(kMaxParts)));
}

/// Divides a layer whose destination lies over its input. Its loop goes through both in order,
/// and in ranges of rounds that do not touch what other rounds of the range read or write.
class PhasePlanner {
public:
  PhasePlanner(Block &layer, const LayerAccesses &accesses, ArrayRef<Access> endangered)
      : layer(layer), accesses(accesses), endangered(endangered), base(endangered.front().base) {}

  std::optional<LayerSplit> plan(double total, unsigned vectorBits, int64_t partWork) {
    Operation *first = nullptr;
    bool hasRest = false;
    for (Operation &op : layer)
      if (writesBuffer(&op)) {
        hasRest |= first != nullptr;
        first = first ? first : &op;
      }
    loop = dyn_cast_or_null<scf::ForOp>(first);
    if (!loop || !loop->hasAttr(kParallelLoopAttr) || !loop.getStaticTripCount() ||
        getRounds(loop) > kMaxPhasedRounds || !staysInLoop())
      return std::nullopt;
    LayerSplit split;
    split.loops.push_back({loop, getRounds(loop)});
    double work = getWork(loop, vectorBits) / double(getRounds(loop)), dealt = 0;
    for (auto [begin, end] : getRanges()) {
      int64_t parts = std::min(end - begin, countParts(work * double(end - begin), partWork));
      if (parts > 1) {
        split.phases.push_back({begin, end, parts});
        split.parts = std::max(split.parts, parts);
        dealt += work * double(end - begin);
      } else if (split.phases.empty() || split.phases.back().parts > 1) {
        split.phases.push_back({begin, end, 1});
      } else {
        split.phases.back().end = end;
      }
    }
    if (dealt < kMinShare * total ||
        total < kPhaseParts * double(partWork) * double(split.phases.size()))
      return std::nullopt;
    split.reversed =
        getBytes(accesses.writes, getRounds(loop) - 1).begin < getBytes(accesses.writes, 0).begin;
    // What stands behind the loop waits for all of it.
    if (hasRest && split.phases.back().parts > 1)
      split.phases.push_back({getRounds(loop), getRounds(loop), 1});
    return split;
  }

private:
  /// Whether only the loop reads what is overwritten, and all of that in one buffer.
  bool staysInLoop() {
    return llvm::all_of(endangered, [&](const Access &read) {
      return read.base == base && loop->isProperAncestor(read.op);
    });
  }

  ByteRange getBytes(ArrayRef<Access> some, int64_t round) {
    ByteRange bytes;
    for (const Access &access : some)
      if (access.base == base && loop->isProperAncestor(access.op))
        bytes.include(codegen::getBytes(access, loop, round, round + 1));
    return bytes;
  }

  /// Each as long as it can be.
  SmallVector<std::pair<int64_t, int64_t>> getRanges() {
    SmallVector<std::pair<int64_t, int64_t>> ranges;
    ByteRange read, written;
    for (int64_t round = 0; round != getRounds(loop); ++round) {
      ByteRange reads = getBytes(endangered, round), writes = getBytes(accesses.writes, round);
      if (ranges.empty() || writes.overlaps(read) || reads.overlaps(written) ||
          writes.overlaps(written)) {
        ranges.push_back({round, round});
        read = written = ByteRange();
      }
      ranges.back().second = round + 1;
      read.include(reads);
      written.include(writes);
    }
    return ranges;
  }

  Block &layer;
  const LayerAccesses &accesses;
  ArrayRef<Access> endangered;
  Value base; ///< that they read
  scf::ForOp loop;
};

} // namespace

double SplitLoop::getEfficiency(int64_t parts) const {
  int64_t largest = llvm::divideCeil(rounds, std::min(parts, getMostParts()));
  return double(rounds) / double(parts * largest);
}

bool writesBuffer(Operation *op) {
  return op
      ->walk([](Operation *inner) {
        auto interface = dyn_cast<MemoryEffectOpInterface>(inner);
        return interface && interface.hasEffect<MemoryEffects::Write>() ? WalkResult::interrupt()
                                                                        : WalkResult::advance();
      })
      .wasInterrupted();
}

std::optional<LayerSplit> planSplit(Block &layer, unsigned vectorBits, int64_t partWork) {
  double total = 0;
  for (Operation &op : layer)
    total += getWork(&op, vectorBits);
  int64_t parts = countParts(total, partWork);
  if (parts < 2)
    return std::nullopt;
  std::optional<LayerAccesses> accesses = getLayerAccesses(layer);
  if (!accesses)
    return std::nullopt;
  // The loops vouch for themselves where they are marked; this holds it against a plan of
  // memory that came after.
  SmallVector<Access> endangered = accesses->getEndangeredReads();
  if (!endangered.empty())
    return PhasePlanner(layer, *accesses, endangered).plan(total, vectorBits, partWork);
  LayerSplit split;
  double dealt = 0;
  int64_t most = 1;
  for (Operation &op : layer) {
    double work = getWork(&op, vectorBits);
    std::optional<Place> place = getPlace(&op, *accesses);
    std::optional<SplitLoop> loop;
    if (work >= kMinNest * total || (place && place->end - place->begin > 0.5))
      loop = chooseLoop(&op, *accesses, work);
    if (!loop) {
      if (place && place->end <= 0.5)
        split.first.push_back(&op);
      continue;
    }
    dealt += work;
    most = std::max(most, loop->getMostParts());
    split.loops.push_back(*loop);
  }
  split.parts = std::min(parts, most);
  if (split.parts < 2 || dealt < kMinShare * total)
    return std::nullopt;
  return split;
}

} // namespace kvant::codegen
