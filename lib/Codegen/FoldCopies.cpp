// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-fold-copies: what would be copied into a part of a buffer is computed there.
#include "kvant/Codegen/Passes.h"

#include "BufferBox.h"
#include "KernelOperands.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace kvant::codegen {
#define GEN_PASS_DEF_FOLDCOPIES
#include "kvant/Codegen/Passes.h.inc"

namespace {

bool isReshape(Operation *op) {
  return isa_and_nonnull<memref::CollapseShapeOp, memref::ExpandShapeOp>(op);
}

/// The type of `op`, a view, if its source has the type `source`; null if there is no such view.
MemRefType getViewType(Operation *op, MemRefType source) {
  auto type = cast<MemRefType>(op->getResult(0).getType());
  if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op)) {
    SmallVector<ReassociationIndices> groups = collapse.getReassociationIndices();
    if (!memref::CollapseShapeOp::isGuaranteedCollapsible(source, groups))
      return {};
    return memref::CollapseShapeOp::computeCollapsedType(source, groups);
  }
  if (auto expand = dyn_cast<memref::ExpandShapeOp>(op)) {
    FailureOr<MemRefType> expanded = memref::ExpandShapeOp::computeExpandedType(
        source, type.getShape(), expand.getReassociationIndices());
    return succeeded(expanded) ? *expanded : MemRefType();
  }
  auto slice = dyn_cast<memref::SubViewOp>(op);
  if (!slice || llvm::is_contained(slice.getStaticOffsets(), ShapedType::kDynamic) ||
      llvm::is_contained(slice.getStaticSizes(), ShapedType::kDynamic) ||
      llvm::is_contained(slice.getStaticStrides(), ShapedType::kDynamic))
    return {};
  return memref::SubViewOp::inferRankReducedResultType(
      type.getShape(), source, slice.getStaticOffsets(), slice.getStaticSizes(),
      slice.getStaticStrides());
}

/// The same view of another buffer.
Value rebuildView(OpBuilder &builder, Operation *op, Value source) {
  MemRefType type = getViewType(op, cast<MemRefType>(source.getType()));
  IRMapping mapping;
  mapping.map(op->getOperand(0), source);
  Operation *clone = builder.clone(*op, mapping);
  clone->getResult(0).setType(type);
  return clone->getResult(0);
}

/// The type of what undoes `op`, a reshape, on a buffer of `type`; null if a gap is in the way.
MemRefType getUndoneType(Operation *op, MemRefType type) {
  auto source = cast<MemRefType>(op->getOperand(0).getType());
  if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op)) {
    FailureOr<MemRefType> expanded = memref::ExpandShapeOp::computeExpandedType(
        type, source.getShape(), collapse.getReassociationIndices());
    return succeeded(expanded) ? *expanded : MemRefType();
  }
  SmallVector<ReassociationIndices> groups =
      cast<memref::ExpandShapeOp>(op).getReassociationIndices();
  if (!memref::CollapseShapeOp::isGuaranteedCollapsible(type, groups))
    return {};
  return memref::CollapseShapeOp::computeCollapsedType(type, groups);
}

Value undo(OpBuilder &builder, Operation *op, Value value) {
  MemRefType type = getUndoneType(op, cast<MemRefType>(value.getType()));
  if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op))
    return memref::ExpandShapeOp::create(builder, op->getLoc(), type, value,
                                         collapse.getReassociationIndices());
  return memref::CollapseShapeOp::create(builder, op->getLoc(), type, value,
                                         cast<memref::ExpandShapeOp>(op).getReassociationIndices());
}

/// What `op` and the operations in it take from outside of it.
SetVector<Value> getUsedValues(Operation *op) {
  SetVector<Value> values;
  getUsedValuesDefinedAbove(op->getRegions(), values);
  values.insert(op->operand_begin(), op->operand_end());
  return values;
}

/// An operation in the body of the function that reads or writes a buffer through a view.
struct BufferAccess {
  Operation *op; ///< in the body
  OpOperand *operand;
  bool writes;
};

class FoldCopies : public impl::FoldCopiesBase<FoldCopies> {
  void runOnOperation() override {
    if (getOperation().isExternal() || !getOperation().getBody().hasOneBlock())
      return;
    body = &getOperation().getBody().front();
    SmallVector<memref::CopyOp> copies(body->getOps<memref::CopyOp>());
    for (memref::CopyOp copy : copies)
      numFolded += fold(copy);
    copyWhatHasGaps();
  }

  bool fold(memref::CopyOp copy);
  bool canHold(Value buffer, MemRefType type, bool inArgument);
  std::optional<SmallVector<BufferAccess>> getAccesses(Value buffer);
  bool isUntouched(Value base, memref::CopyOp copy, ArrayRef<BufferAccess> accesses,
                   SmallVectorImpl<Operation *> &fills);
  void copyWhatHasGaps();

  Block *body = nullptr;
};

/// All that reads or writes `buffer`, also through views; nothing if that is not known.
std::optional<SmallVector<BufferAccess>> FoldCopies::getAccesses(Value buffer) {
  SmallVector<BufferAccess> accesses;
  SmallVector<Value> views = {buffer};
  while (!views.empty()) {
    for (OpOperand &use : views.pop_back_val().getUses()) {
      Operation *op = use.getOwner();
      if (isReshape(op) || isa<memref::SubViewOp>(op)) {
        views.push_back(op->getResult(0));
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
      accesses.push_back({ancestor, &use, writes});
    }
  }
  return accesses;
}

/// True if all users of `buffer` can have it with the layout of `type`.
bool FoldCopies::canHold(Value buffer, MemRefType type, bool inArgument) {
  for (OpOperand &use : buffer.getUses()) {
    Operation *op = use.getOwner();
    if (isReshape(op) || isa<memref::SubViewOp>(op)) {
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

/// True if nothing but `copy` and what belongs to its source, `accesses`, has to do with the bytes
/// that are copied: except `fills`, which give all of `base` a value in front of the copy, and may
/// do that earlier.
bool FoldCopies::isUntouched(Value base, memref::CopyOp copy, ArrayRef<BufferAccess> accesses,
                             SmallVectorImpl<Operation *> &fills) {
  std::optional<SmallVector<BufferAccess>> others = getAccesses(base);
  if (!others)
    return false;
  Operation *first = copy;
  for (const BufferAccess &access : accesses) {
    if (access.op->isBeforeInBlock(first))
      first = access.op;
    // What is copied is what there is then.
    if (access.writes && !access.op->isBeforeInBlock(copy))
      return false;
  }
  auto baseType = cast<MemRefType>(base.getType());
  BufferBox target(cast<MemRefType>(copy.getTarget().getType()), baseType);
  for (const BufferAccess &other : *others) {
    if (other.op == copy ||
        target.isDisjoint(BufferBox(cast<MemRefType>(other.operand->get().getType()), baseType)))
      continue;
    if (!other.writes) {
      if (!copy->isBeforeInBlock(other.op))
        return false;
      continue;
    }
    if (other.op->isBeforeInBlock(first))
      continue;
    bool isFill = other.op->isBeforeInBlock(copy) && other.operand->getOwner() == other.op &&
                  isa<linalg::FillOp, linalg::MapOp>(other.op) && base.getDefiningOp() &&
                  llvm::all_of(getUsedValues(other.op), [&](Value value) {
                    return value == base || matchPattern(value, m_Constant());
                  });
    if (!isFill)
      return false;
    fills.push_back(other.op);
  }
  // Other parts of the base may be written before a fill, or it may be filled twice.
  if (!fills.empty() && (fills.size() != 1 || llvm::any_of(*others, [&](const BufferAccess &other) {
                           return other.op->isBeforeInBlock(fills[0]);
                         })))
    return false;
  return true;
}

/// Lets what writes the source of `copy` write its target.
bool FoldCopies::fold(memref::CopyOp copy) {
  // The copied value may be a reshaped form of the buffer.
  SmallVector<Operation *> reshapes;
  Value source = copy.getSource();
  while (isReshape(source.getDefiningOp())) {
    reshapes.push_back(source.getDefiningOp());
    source = source.getDefiningOp()->getOperand(0);
  }
  auto allocation = source.getDefiningOp<memref::AllocOp>();
  SmallVector<Operation *> views;
  Value base = copy.getTarget();
  while (isReshape(base.getDefiningOp()) || base.getDefiningOp<memref::SubViewOp>()) {
    views.push_back(base.getDefiningOp());
    base = base.getDefiningOp()->getOperand(0);
  }
  auto baseType = cast<MemRefType>(base.getType());
  Operation *origin = base.getDefiningOp();
  bool isArgument = !origin && cast<BlockArgument>(base).getOwner() == body;
  if (!allocation || allocation->getBlock() != body || base == source ||
      !(isArgument || (isa_and_nonnull<memref::AllocOp>(origin) && origin->getBlock() == body)) ||
      !baseType.hasStaticShape() || !baseType.getLayout().isIdentity() ||
      llvm::any_of(views, [](Operation *view) {
        return !getViewType(view, cast<MemRefType>(view->getOperand(0).getType()));
      }))
    return false;

  auto type = cast<MemRefType>(copy.getTarget().getType());
  for (Operation *reshape : reshapes)
    if (!(type = getUndoneType(reshape, type)))
      return false;
  std::optional<SmallVector<BufferAccess>> accesses = getAccesses(source);
  SmallVector<Operation *> fills;
  if (!accesses || !canHold(source, type, isArgument) ||
      !isUntouched(base, copy, *accesses, fills))
    return false;

  // The base has to be there before the first access.
  OpBuilder builder(allocation);
  if (origin && !origin->isBeforeInBlock(allocation))
    origin->moveBefore(allocation);
  for (Operation *fill : fills) {
    for (Value value : getUsedValues(fill))
      if (value != base)
        value.getDefiningOp()->moveBefore(&body->front());
    fill->moveBefore(allocation);
  }
  Value place = base;
  for (Operation *view : llvm::reverse(views))
    place = rebuildView(builder, view, place);
  for (Operation *reshape : reshapes)
    place = undo(builder, reshape, place);
  copy.erase();

  // Views of the source become views of the place.
  SmallVector<std::pair<Value, Value>> replaced = {{source, place}};
  SmallVector<Operation *> dead = {allocation};
  for (size_t i = 0; i != replaced.size(); ++i) {
    auto [from, to] = replaced[i];
    for (OpOperand &use : llvm::make_early_inc_range(from.getUses())) {
      Operation *op = use.getOwner();
      if (isReshape(op) || isa<memref::SubViewOp>(op)) {
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
  return true;
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
