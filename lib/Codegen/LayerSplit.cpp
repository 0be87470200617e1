// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The analysis behind kvant-split-layers: what is independent, how much work it is, and by which
// loops it divides evenly.
#include "LayerSplit.h"

#include "KernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

constexpr int64_t kMaxParts = 64;
/// Share of the work that must lie in loops which are dealt out.
constexpr double kMinShare = 0.8;
/// A nest with less than this share of a layer stays whole.
constexpr double kMinNest = 0.04;
/// Numbers of threads for which a loop should divide evenly.
constexpr int64_t kThreads[] = {2, 3, 4, 6, 8};
/// An inner loop is taken unless an outer one is better by this factor: parts that write whole
/// pixels do not share cache lines.
constexpr double kOuterGain = 1.05;

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

/// A range of bytes that an operation reads or writes.
struct Access {
  Operation *op;
  Value buffer;               ///< without views of its whole
  Value base;                 ///< argument or global that it lies in
  int64_t begin = 0, end = 0; ///< in `base`; all of it if unknown

  bool overlaps(const Access &other) const {
    return base == other.base && begin < other.end && other.begin < end;
  }
};

Access getAccess(Operation *op, Value buffer) {
  Access access{op, buffer, buffer, 0, std::numeric_limits<int64_t>::max()};
  while (Operation *definition = access.base.getDefiningOp()) {
    if (isa<memref::CollapseShapeOp, memref::ExpandShapeOp, memref::CastOp>(definition)) {
      access.base = access.buffer = definition->getOperand(0);
    } else if (auto view = dyn_cast<memref::ViewOp>(definition)) {
      access.base = view.getSource();
      APInt shift;
      MemRefType type = view.getType();
      if (matchPattern(view.getByteShift(), m_ConstantInt(&shift)) && type.hasStaticShape() &&
          type.getElementType().isIntOrFloat()) {
        access.begin = shift.getSExtValue();
        access.end = access.begin +
                     type.getNumElements() * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
      }
      break;
    } else if (auto viewLike = dyn_cast<ViewLikeOpInterface>(definition)) {
      access.base = viewLike.getViewSource();
    } else {
      break;
    }
  }
  return access;
}

/// All accesses to buffers within `layer`; false if an operation does not say what it does.
bool getAccesses(Block &layer, SmallVectorImpl<Access> &reads, SmallVectorImpl<Access> &writes) {
  auto isBuffer = [](Value value) { return isa<MemRefType>(value.getType()); };
  WalkResult walk = layer.walk([&](Operation *op) {
    // Loads by address may be from anywhere in the buffer.
    if (auto address = dyn_cast<memref::ExtractAlignedPointerAsIndexOp>(op))
      reads.push_back(getAccess(op, address.getSource()));
    if (op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() || isPure(op) ||
        !llvm::any_of(op->getOperands(), isBuffer))
      return WalkResult::advance();
    auto interface = dyn_cast<MemoryEffectOpInterface>(op);
    if (!interface)
      return WalkResult::interrupt();
    SmallVector<MemoryEffects::EffectInstance> effects;
    interface.getEffects(effects);
    for (const MemoryEffects::EffectInstance &effect : effects) {
      if (!effect.getValue() || !isBuffer(effect.getValue()))
        return WalkResult::interrupt();
      bool isWrite = isa<MemoryEffects::Write>(effect.getEffect());
      (isWrite ? writes : reads).push_back(getAccess(op, effect.getValue()));
    }
    return WalkResult::advance();
  });
  return !walk.wasInterrupted();
}

OperandRange getIndices(Operation *op) {
  return TypeSwitch<Operation *, OperandRange>(op)
      .Case<vector::LoadOp, vector::StoreOp, memref::LoadOp, memref::StoreOp>(
          [](auto access) { return access.getIndices(); })
      .Default([](Operation *other) { return other->getOperands().take_front(0); });
}

/// In place, element by element: what is read is where the same round writes.
bool isInPlace(const Access &read, const Access &write) {
  return read.buffer == write.buffer && read.op->getBlock() == write.op->getBlock() &&
         !getIndices(read.op).empty() && llvm::equal(getIndices(read.op), getIndices(write.op)) &&
         read.op->isBeforeInBlock(write.op);
}

/// Whether no round can see what another one writes. The loops vouch for themselves where they
/// are marked; this holds it against a plan of memory that came after.
bool isIndependent(Block &layer) {
  SmallVector<Access> reads, writes;
  if (!getAccesses(layer, reads, writes))
    return false;
  return llvm::all_of(reads, [&](const Access &read) {
    auto overlaps = [&](const Access &write) { return write.overlaps(read); };
    return llvm::none_of(writes, overlaps) ||
           llvm::any_of(writes, [&](const Access &write) { return isInPlace(read, write); });
  });
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

/// The loop of the nest `op` that divides best: each on the way down to the first with more
/// than one operation that writes.
std::optional<SplitLoop> chooseLoop(Operation *op) {
  std::optional<SplitLoop> best;
  double bestEfficiency = 0;
  while (auto loop = dyn_cast_or_null<scf::ForOp>(op)) {
    if (!loop->hasAttr(kParallelLoopAttr) || !loop.getStaticTripCount())
      break;
    SplitLoop candidate{loop, getRounds(loop), movesBack(loop)};
    double efficiency = getMeanEfficiency(candidate);
    if (candidate.getDealt() > 1 && (!best || efficiency * kOuterGain > bestEfficiency)) {
      best = candidate;
      bestEfficiency = efficiency;
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

} // namespace

double SplitLoop::getEfficiency(int64_t parts) const {
  int64_t dealt = getDealt(), largest = 0;
  for (int64_t part = 0; part < parts; ++part) {
    int64_t begin = part * dealt / parts;
    int64_t end = part + 1 == parts ? rounds : (part + 1) * dealt / parts;
    largest = std::max(largest, end - begin);
  }
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
  int64_t parts = int64_t(std::min(total / double(partWork), double(kMaxParts)));
  if (parts < 2 || !isIndependent(layer))
    return std::nullopt;
  LayerSplit split;
  double dealt = 0;
  int64_t most = 1;
  for (Operation &op : layer) {
    double work = getWork(&op, vectorBits);
    std::optional<SplitLoop> loop = work >= kMinNest * total ? chooseLoop(&op) : std::nullopt;
    if (!loop)
      continue;
    dealt += work;
    most = std::max(most, loop->getDealt());
    split.loops.push_back(*loop);
  }
  split.parts = std::min(parts, most);
  if (split.parts < 2 || dealt < kMinShare * total)
    return std::nullopt;
  return split;
}

} // namespace kvant::codegen
