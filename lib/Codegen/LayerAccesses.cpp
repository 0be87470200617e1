// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ranges of bytes, by interval arithmetic on the indices of loads and stores.
#include "LayerAccesses.h"

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

constexpr int64_t kUnknownEnd = std::numeric_limits<int64_t>::max();

/// As LLVM stores it: odd widths take the next power of two.
int64_t getElementBytes(Type type) {
  return int64_t(llvm::PowerOf2Ceil(llvm::divideCeil(type.getIntOrFloatBitWidth(), 8)));
}

/// The bytes of a buffer from its start on; without an end if unknown.
ByteRange getExtent(MemRefType type) {
  if (!type.hasStaticShape() || !type.getLayout().isIdentity() ||
      !type.getElementType().isIntOrFloat())
    return {0, kUnknownEnd};
  return {0, type.getNumElements() * getElementBytes(type.getElementType())};
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

/// The values from the first to the last.
using Interval = std::pair<int64_t, int64_t>;

/// Bounds of index values in some rounds of a loop, over all rounds of the other loops.
class RoundBounds {
public:
  RoundBounds(scf::ForOp loop, int64_t first, int64_t end) : loop(loop), first(first), end(end) {}

  std::optional<Interval> get(Value value) {
    APInt constant;
    if (matchPattern(value, m_ConstantInt(&constant)))
      return Interval(constant.getSExtValue(), constant.getSExtValue());
    if (auto argument = dyn_cast<BlockArgument>(value))
      return getInduction(argument);
    Operation *op = value.getDefiningOp();
    if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::MinUIOp, arith::MinSIOp,
             arith::DivUIOp>(op))
      return std::nullopt;
    std::optional<Interval> a = get(op->getOperand(0)), b = get(op->getOperand(1));
    if (!a || !b)
      return std::nullopt;
    return combine(op, *a, *b);
  }

private:
  std::optional<Interval> getInduction(BlockArgument argument) {
    auto around = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!around || argument != around.getInductionVar())
      return std::nullopt;
    std::optional<Interval> from = get(around.getLowerBound()), to = get(around.getUpperBound()),
                            step = get(around.getStep());
    if (!from || !to || !step || step->first != step->second || step->first < 1)
      return std::nullopt;
    if (around != loop)
      return Interval(from->first, to->second - 1);
    return Interval(from->first + first * step->first, from->first + (end - 1) * step->first);
  }

  /// Indices are far from the ends of 64 bits: they count elements of buffers in memory.
  std::optional<Interval> combine(Operation *op, Interval a, Interval b) {
    if (isa<arith::AddIOp>(op))
      return Interval(a.first + b.first, a.second + b.second);
    if (isa<arith::SubIOp>(op))
      return Interval(a.first - b.second, a.second - b.first);
    if (isa<arith::MulIOp>(op)) {
      auto [least, most] = std::minmax(
          {a.first * b.first, a.first * b.second, a.second * b.first, a.second * b.second});
      return Interval(least, most);
    }
    if (isa<arith::MinSIOp>(op))
      return Interval(std::min(a.first, b.first), std::min(a.second, b.second));
    // What is negative is very large to the rest.
    if (a.first < 0 || b.first < 0)
      return std::nullopt;
    if (isa<arith::MinUIOp>(op))
      return Interval(std::min(a.first, b.first), std::min(a.second, b.second));
    if (b.first == 0)
      return std::nullopt;
    return Interval(a.first / b.second, a.second / b.first);
  }

  scf::ForOp loop;
  int64_t first, end;
};

} // namespace

Access getAccess(Operation *op, Value buffer) {
  Access access{op, buffer, buffer, {}};
  while (Operation *definition = access.base.getDefiningOp()) {
    if (isa<memref::CollapseShapeOp, memref::ExpandShapeOp, memref::CastOp>(definition)) {
      access.base = access.buffer = definition->getOperand(0);
    } else if (auto view = dyn_cast<memref::ViewOp>(definition)) {
      access.base = view.getSource();
      access.bytes = getExtent(view.getType());
      APInt shift;
      if (!matchPattern(view.getByteShift(), m_ConstantInt(&shift))) {
        access.bytes.end = kUnknownEnd;
      } else if (access.bytes.end != kUnknownEnd) {
        access.bytes.begin += shift.getSExtValue();
        access.bytes.end += shift.getSExtValue();
      }
      return access;
    } else if (auto viewLike = dyn_cast<ViewLikeOpInterface>(definition)) {
      access.base = viewLike.getViewSource();
    } else {
      break;
    }
  }
  access.bytes = getExtent(cast<MemRefType>(access.base.getType()));
  return access;
}

void ByteRange::include(const ByteRange &other) {
  if (other.isEmpty())
    return;
  *this = isEmpty() ? other : ByteRange{std::min(begin, other.begin), std::max(end, other.end)};
}

SmallVector<Access> LayerAccesses::getEndangeredReads() const {
  SmallVector<Access> endangered;
  for (const Access &read : reads) {
    auto overlaps = [&](const Access &write) { return write.overlaps(read); };
    auto follows = [&](const Access &write) { return isInPlace(read, write); };
    if (llvm::any_of(writes, overlaps) && llvm::none_of(writes, follows))
      endangered.push_back(read);
  }
  return endangered;
}

std::optional<LayerAccesses> getLayerAccesses(Block &layer) {
  LayerAccesses accesses;
  auto isBuffer = [](Value value) { return isa<MemRefType>(value.getType()); };
  WalkResult walk = layer.walk([&](Operation *op) {
    // Loads by address may be from anywhere in the buffer.
    if (auto address = dyn_cast<memref::ExtractAlignedPointerAsIndexOp>(op))
      accesses.reads.push_back(getAccess(op, address.getSource()));
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
      (isWrite ? accesses.writes : accesses.reads).push_back(getAccess(op, effect.getValue()));
    }
    return WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return std::nullopt;
  return accesses;
}

ByteRange getBytes(const Access &access, scf::ForOp loop, int64_t first, int64_t end) {
  if (access.bytes.end == kUnknownEnd)
    return access.bytes;
  auto [buffer, extent] = TypeSwitch<Operation *, std::pair<Value, int64_t>>(access.op)
                              .Case<vector::LoadOp, vector::StoreOp>([](auto op) {
                                return std::pair(op.getBase(), op.getVectorType().getNumElements());
                              })
                              .Case<memref::LoadOp, memref::StoreOp>(
                                  [](auto op) { return std::pair(op.getMemRef(), int64_t(1)); })
                              .Default([](Operation *) { return std::pair(Value(), int64_t(0)); });
  if (!buffer)
    return access.bytes;
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!type.getElementType().isIntOrFloat() || failed(type.getStridesAndOffset(strides, offset)) ||
      offset != 0 || llvm::is_contained(strides, ShapedType::kDynamic))
    return access.bytes;
  RoundBounds bounds(loop, first, end);
  Interval sum(0, 0);
  for (auto [index, stride] : llvm::zip_equal(getIndices(access.op), strides)) {
    std::optional<Interval> values = bounds.get(index);
    if (!values)
      return access.bytes;
    sum.first += values->first * stride;
    sum.second += values->second * stride;
  }
  int64_t unit = getElementBytes(type.getElementType());
  return {access.bytes.begin + sum.first * unit, access.bytes.begin + (sum.second + extent) * unit};
}

} // namespace kvant::codegen
