// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types of views follow from the types of what they are views of.
#include "BufferViews.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace kvant::codegen {

bool isReshape(Operation *op) {
  return isa_and_nonnull<memref::CollapseShapeOp, memref::ExpandShapeOp>(op);
}

bool isView(Operation *op) { return isReshape(op) || isa_and_nonnull<memref::SubViewOp>(op); }

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

memref::SubViewOp getBlock(Value value) {
  auto slice = value.getDefiningOp<memref::SubViewOp>();
  if (!slice || !slice.getOffsets().empty() || !slice.getSizes().empty() ||
      llvm::any_of(slice.getStaticStrides(), [](int64_t stride) { return stride != 1; }) ||
      slice.getSourceType().getRank() != slice.getType().getRank())
    return {};
  return slice;
}

Value createBlock(OpBuilder &builder, Location loc, Value source, ArrayRef<int64_t> offsets,
                  ArrayRef<int64_t> sizes) {
  MLIRContext *context = builder.getContext();
  SmallVector<OpFoldResult> steps(sizes.size(), builder.getIndexAttr(1));
  return memref::SubViewOp::create(builder, loc, source, getAsIndexOpFoldResult(context, offsets),
                                   getAsIndexOpFoldResult(context, sizes), steps);
}

Value rebuildView(OpBuilder &builder, Operation *op, Value source) {
  memref::SubViewOp slice = getBlock(op->getResult(0)), around = getBlock(source);
  if (slice && around) {
    SmallVector<int64_t> offsets(slice.getStaticOffsets());
    for (auto [offset, before] : llvm::zip_equal(offsets, around.getStaticOffsets()))
      offset += before;
    return createBlock(builder, op->getLoc(), around.getSource(), offsets, slice.getStaticSizes());
  }
  MemRefType type = getViewType(op, cast<MemRefType>(source.getType()));
  IRMapping mapping;
  mapping.map(op->getOperand(0), source);
  Operation *clone = builder.clone(*op, mapping);
  clone->getResult(0).setType(type);
  return clone->getResult(0);
}

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

} // namespace kvant::codegen
