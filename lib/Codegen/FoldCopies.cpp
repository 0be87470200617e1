// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-fold-copies: what would be copied into a part of a buffer is computed there.
#include "kvant/Codegen/Passes.h"

#include "BufferBox.h"
#include "BufferViews.h"
#include "KernelOperands.h"
#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace kvant::codegen {
#define GEN_PASS_DEF_FOLDCOPIES
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// What `op` and the operations in it take from outside of it.
SetVector<Value> getUsedValues(Operation *op) {
  SetVector<Value> values;
  getUsedValuesDefinedAbove(op->getRegions(), values);
  values.insert(op->operand_begin(), op->operand_end());
  return values;
}

/// A buffer, in a reshaped form, and how it would become a part of another: by some copies, which
/// all of them would make copies of something to itself.
struct Placement {
  Value source;                      ///< allocated
  SmallVector<Operation *> reshapes; ///< the last one first
  Value target;                      ///< view of the base, or the base
  /// Where in `target` the reshaped source begins; none if it is all of it.
  std::optional<SmallVector<int64_t>> offsets;
  Value base; ///< buffer that `target` is a view of

  bool operator==(const Placement &other) const {
    return source == other.source && reshapes == other.reshapes && target == other.target &&
           offsets == other.offsets;
  }
  Value getReshaped() const { return reshapes.empty() ? source : reshapes[0]->getResult(0); }
};

/// The placement for which `copy` would be unnecessary, if there is one.
std::optional<Placement> getPlacement(memref::CopyOp copy) {
  Placement place;
  Value source = copy.getSource();
  memref::SubViewOp part = getBlock(source), target = getBlock(copy.getTarget());
  if (part)
    source = part.getSource();
  while (isReshape(source.getDefiningOp())) {
    place.reshapes.push_back(source.getDefiningOp());
    source = source.getDefiningOp()->getOperand(0);
  }
  place.source = source;
  place.target = place.base = copy.getTarget();
  if (target && (!part || part.getType().getRank() == target.getType().getRank())) {
    place.target = target.getSource();
    place.offsets.emplace(target.getStaticOffsets());
    auto whole = cast<MemRefType>(place.getReshaped().getType()).getShape();
    for (auto [dim, offset] : llvm::enumerate(*place.offsets)) {
      if (part)
        offset -= part.getStaticOffset(dim);
      if (offset < 0 || offset + whole[dim] > target.getSourceType().getShape()[dim])
        return std::nullopt;
    }
  } else if (part) {
    return std::nullopt;
  }
  while (isView(place.base.getDefiningOp()))
    place.base = place.base.getDefiningOp()->getOperand(0);
  return source.getDefiningOp<memref::AllocOp>() ? std::optional(place) : std::nullopt;
}

/// The type that the buffer would have; null if gaps are in the way.
MemRefType getPlacedType(const Placement &place) {
  auto type = cast<MemRefType>(place.target.getType());
  if (place.offsets) {
    ArrayRef<int64_t> sizes = cast<MemRefType>(place.getReshaped().getType()).getShape();
    SmallVector<int64_t> strides(sizes.size(), 1);
    type = memref::SubViewOp::inferResultType(type, *place.offsets, sizes, strides);
  }
  for (Operation *reshape : place.reshapes)
    if (!type || !(type = getUndoneType(reshape, type)))
      return {};
  return type;
}

/// An operation in the body of the function that reads or writes a buffer through a view.
struct BufferAccess {
  Operation *op; ///< in the body
  OpOperand *operand;
  MemRefType type; ///< of the view
  bool writes;
};

class FoldCopies : public impl::FoldCopiesBase<FoldCopies> {
  void runOnOperation() override {
    if (getOperation().isExternal() || !getOperation().getBody().hasOneBlock())
      return;
    body = &getOperation().getBody().front();
    SmallVector<memref::CopyOp> copies(body->getOps<memref::CopyOp>());
    while (!copies.empty()) {
      std::optional<Placement> place = getPlacement(copies.front());
      SmallVector<memref::CopyOp> group, others;
      for (memref::CopyOp copy : copies)
        (copy == copies.front() || (place && getPlacement(copy) == place) ? group : others)
            .push_back(copy);
      if (place && fold(*place, group))
        numFolded += group.size();
      else
        others.assign(copies.begin() + 1, copies.end());
      copies = others;
    }
    SmallVector<kernel::PadOp> pads(body->getOps<kernel::PadOp>());
    for (kernel::PadOp pad : pads)
      numFolded += foldPad(pad);
    copyWhatHasGaps();
  }

  bool foldPad(kernel::PadOp pad);
  bool fold(const Placement &place, ArrayRef<memref::CopyOp> copies);
  bool canHold(Value buffer, MemRefType type, bool inArgument);
  std::optional<SmallVector<BufferAccess>> getAccesses(Value buffer, MemRefType type);
  bool isUntouched(const Placement &place, MemRefType type, ArrayRef<memref::CopyOp> copies,
                   Operation *&fill);
  void apply(const Placement &place, Operation *fill);
  void copyWhatHasGaps();

  Block *body = nullptr;
};

/// All that reads or writes `buffer`, if it has the type `type`, also through views; nothing if
/// that is not known.
std::optional<SmallVector<BufferAccess>> FoldCopies::getAccesses(Value buffer, MemRefType type) {
  SmallVector<BufferAccess> accesses;
  SmallVector<std::pair<Value, MemRefType>> views = {{buffer, type}};
  while (!views.empty()) {
    auto [view, viewType] = views.pop_back_val();
    for (OpOperand &use : view.getUses()) {
      Operation *op = use.getOwner();
      if (isView(op)) {
        views.push_back({op->getResult(0), getViewType(op, viewType)});
        if (!views.back().second)
          return std::nullopt;
        continue;
      }
      auto effects = dyn_cast<MemoryEffectOpInterface>(op);
      if (!effects || op->getNumResults() > (isa<memref::LoadOp>(op) ? 1 : 0) ||
          op->hasTrait<OpTrait::IsTerminator>())
        return std::nullopt;
      SmallVector<MemoryEffects::EffectInstance> all;
      effects.getEffectsOnValue(use.get(), all);
      bool writes = llvm::any_of(all, [](const MemoryEffects::EffectInstance &effect) {
        return isa<MemoryEffects::Write>(effect.getEffect());
      });
      Operation *ancestor = body->findAncestorOpInBlock(*op);
      if (!ancestor || all.empty())
        return std::nullopt;
      accesses.push_back({ancestor, &use, viewType, writes});
    }
  }
  return accesses;
}

/// True if all users of `buffer` can have it with the layout of `type`.
bool FoldCopies::canHold(Value buffer, MemRefType type, bool inArgument) {
  for (OpOperand &use : buffer.getUses()) {
    Operation *op = use.getOwner();
    if (isView(op)) {
      MemRefType view = getViewType(op, type);
      if (!view || !canHold(op->getResult(0), view, inArgument))
        return false;
    } else if (!isa<linalg::LinalgOp, memref::CopyOp, memref::LoadOp, memref::StoreOp>(op)) {
      if (!canTakeLayout(use, type) || (inArgument && readsBehind(use)))
        return false;
    }
  }
  return true;
}

/// True if the base has the values of the source, where that would lie, whenever somebody reads
/// them from either. It may be filled before that: by `fill`, which can come earlier.
bool FoldCopies::isUntouched(const Placement &place, MemRefType type,
                             ArrayRef<memref::CopyOp> copies, Operation *&fill) {
  auto baseType = cast<MemRefType>(place.base.getType());
  std::optional<SmallVector<BufferAccess>> own = getAccesses(place.source, type);
  std::optional<SmallVector<BufferAccess>> others = getAccesses(place.base, baseType);
  if (!own || !others)
    return false;
  auto isOurs = [&](const BufferAccess &access) {
    return llvm::is_contained(copies, access.operand->getOwner());
  };
  bool isWhole = false; // one copy takes all
  SmallVector<BufferBox> copied;
  for (memref::CopyOp copy : copies) {
    isWhole |= copy.getSource() == place.getReshaped();
    copied.push_back(BufferBox(cast<MemRefType>(copy.getTarget().getType()), baseType));
  }
  memref::CopyOp firstCopy = copies.front(), lastCopy = copies.back();
  Operation *first = firstCopy;
  for (const BufferAccess &access : *own) {
    if (access.op->isBeforeInBlock(first))
      first = access.op;
    // What is copied is what there is then.
    if (access.writes && !access.op->isBeforeInBlock(firstCopy))
      return false;
  }
  BufferBox box(type, baseType);
  for (const BufferAccess &other : *others) {
    BufferBox part(other.type, baseType);
    if (isOurs(other) || box.isDisjoint(part))
      continue;
    // What comes before the source exists has to do with something else, which ends there.
    bool isBefore = other.op->isBeforeInBlock(first);
    if (!other.writes) {
      if (!isBefore && !lastCopy->isBeforeInBlock(other.op))
        return false;
      continue;
    }
    if (isBefore && isWhole)
      continue;
    // Something else may come where what was there is not needed any more.
    if (llvm::all_of(copied, [&](const BufferBox &target) { return target.isDisjoint(part); }) &&
        llvm::all_of(*own, [&](const BufferAccess &access) {
          return access.op->isBeforeInBlock(other.op) ||
                 part.isDisjoint(BufferBox(access.type, baseType));
        }))
      continue;
    bool isFill = !fill && isWhole && other.op->isBeforeInBlock(firstCopy) &&
                  other.operand->getOwner() == other.op && place.base.getDefiningOp() &&
                  isa<linalg::FillOp, linalg::MapOp>(other.op) &&
                  llvm::all_of(getUsedValues(other.op), [&](Value value) {
                    return value == place.base || matchPattern(value, m_Constant());
                  });
    if (!isFill)
      return false;
    fill = other.op;
  }
  return !fill || llvm::none_of(*others, [&](const BufferAccess &other) {
    return other.op->isBeforeInBlock(fill);
  });
}

/// Lets what writes the source of `copies` write their target.
bool FoldCopies::fold(const Placement &place, ArrayRef<memref::CopyOp> copies) {
  auto baseType = cast<MemRefType>(place.base.getType());
  Operation *origin = place.base.getDefiningOp();
  bool isArgument = !origin && cast<BlockArgument>(place.base).getOwner() == body;
  bool isOwn = isa_and_nonnull<memref::AllocOp>(origin) && origin->getBlock() == body;
  if (place.source.getDefiningOp()->getBlock() != body || place.base == place.source ||
      (!isArgument && !isOwn) || !baseType.hasStaticShape() || !baseType.getLayout().isIdentity())
    return false;
  for (Value view = place.target; view != place.base; view = view.getDefiningOp()->getOperand(0)) {
    Operation *op = view.getDefiningOp();
    if (getViewType(op, cast<MemRefType>(op->getOperand(0).getType())) != view.getType())
      return false;
  }
  MemRefType type = getPlacedType(place);
  Operation *fill = nullptr;
  if (!type || !canHold(place.source, type, isArgument) || !isUntouched(place, type, copies, fill))
    return false;
  for (memref::CopyOp copy : copies)
    copy.erase();
  apply(place, fill);
  return true;
}

/// Lets what writes the input of `pad` write the middle of the padded buffer; only the padding is
/// left to be filled.
bool FoldCopies::foldPad(kernel::PadOp pad) {
  auto input = cast<MemRefType>(pad.getInput().getType());
  SmallVector<int64_t> inner(input.getShape()), low(pad.getLow());
  SmallVector<int64_t> outer(cast<ShapedType>(pad.getInit().getType()).getShape());
  std::optional<SmallVector<BufferAccess>> accesses = getAccesses(pad.getInput(), input);
  if (pad.getFlipSign() || !accesses || llvm::any_of(*accesses, [](const BufferAccess &access) {
        return wantsEvenLines(*access.operand);
      }))
    return false;
  Location loc = pad.getLoc();
  Value source = pad.getInput(), init = pad.getInit();
  OpBuilder builder(pad);
  SmallVector<Operation *> created;
  auto createPart = [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes) {
    created.push_back(createBlock(builder, loc, init, offsets, sizes).getDefiningOp());
    return created.back()->getResult(0);
  };
  created.push_back(arith::ConstantOp::create(builder, loc, pad.getValue()));
  Value value = created.back()->getResult(0);
  int64_t bottom = low[0] + inner[1], right = low[1] + inner[2];
  auto fill = [&](int64_t row, int64_t column, int64_t rows, int64_t columns) {
    if (rows * columns == 0)
      return;
    Value part = createPart({0, row, column, 0}, {inner[0], rows, columns, inner[3]});
    created.push_back(linalg::FillOp::create(builder, loc, value, part));
  };
  fill(0, 0, low[0], outer[2]);
  fill(bottom, 0, outer[1] - bottom, outer[2]);
  fill(low[0], 0, inner[1], low[1]);
  fill(low[0], right, inner[1], outer[2] - right);
  Value middle = createPart({0, low[0], low[1], 0}, inner);
  auto copy = memref::CopyOp::create(builder, loc, source, middle);
  SmallVector<NamedAttribute> attributes(pad->getAttrs());
  pad.erase();
  std::optional<Placement> place = getPlacement(copy);
  if (place && fold(*place, {copy}))
    return true;
  builder.setInsertionPoint(copy);
  kernel::PadOp::create(builder, loc, TypeRange(), ValueRange{source, init}, attributes);
  copy.erase();
  for (Operation *op : llvm::reverse(created))
    op->erase();
  return false;
}

void FoldCopies::apply(const Placement &place, Operation *fill) {
  // The base has to be there before the first access.
  Operation *source = place.source.getDefiningOp();
  if (Operation *origin = place.base.getDefiningOp(); origin && !origin->isBeforeInBlock(source))
    origin->moveBefore(source);
  if (fill) {
    for (Value value : getUsedValues(fill))
      if (value != place.base)
        value.getDefiningOp()->moveBefore(&body->front());
    fill->moveBefore(source);
  }
  OpBuilder builder(source);
  SmallVector<Operation *> views;
  for (Value view = place.target; view != place.base; view = views.back()->getOperand(0))
    views.push_back(view.getDefiningOp());
  Value placed = place.base;
  for (Operation *view : llvm::reverse(views))
    placed = rebuildView(builder, view, placed);
  if (place.offsets)
    placed = createBlock(builder, source->getLoc(), placed, *place.offsets,
                         cast<MemRefType>(place.getReshaped().getType()).getShape());
  for (Operation *reshape : place.reshapes)
    placed = undo(builder, reshape, placed);

  // Views of the source become views of the place.
  SmallVector<std::pair<Value, Value>> replaced = {{place.source, placed}};
  SmallVector<Operation *> dead = {source};
  for (size_t i = 0; i != replaced.size(); ++i) {
    auto [from, to] = replaced[i];
    for (OpOperand &use : llvm::make_early_inc_range(from.getUses())) {
      Operation *op = use.getOwner();
      if (isView(op)) {
        OpBuilder at(op);
        replaced.push_back({op->getResult(0), rebuildView(at, op, to)});
        dead.push_back(op);
      } else {
        use.set(to);
      }
    }
  }
  for (Operation *op : llvm::reverse(dead))
    op->erase();
}

/// Operands with gaps that a kernel cannot take are copied in front of it.
void FoldCopies::copyWhatHasGaps() {
  getOperation().walk([&](Operation *op) {
    if (op->getName().getDialectNamespace() != "kernel")
      return;
    OpBuilder builder(op);
    for (OpOperand &use : op->getOpOperands()) {
      auto type = dyn_cast<MemRefType>(use.get().getType());
      bool isRead = isa<DestinationStyleOpInterface>(op) &&
                    !cast<DestinationStyleOpInterface>(op).isDpsInit(&use);
      if (!type || !isRead || canTakeLayout(use, type))
        continue;
      auto dense = MemRefType::get(type.getShape(), type.getElementType());
      Value copy = memref::AllocOp::create(builder, op->getLoc(), dense);
      memref::CopyOp::create(builder, op->getLoc(), use.get(), copy);
      use.set(copy);
      ++numCopied;
    }
  });
}

} // namespace
} // namespace kvant::codegen
