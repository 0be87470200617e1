// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-arrange-loops: loop nests that a vectorizer likes.

#include "kvant/Codegen/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_ARRANGELOOPS
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// An innermost loop that is shorter than this is no better than a reduction.
constexpr int64_t kMinInnermost = 8;

/// Where dimension `dim` is among the results of `map`.
std::optional<unsigned> getPosition(AffineMap map, unsigned dim) {
  for (auto [index, result] : llvm::enumerate(map.getResults()))
    if (auto expr = dyn_cast<AffineDimExpr>(result); expr && expr.getPosition() == dim)
      return index;
  return std::nullopt;
}

/// Whether an operand of `type` that is read through `map` is contiguous over dimensions
/// `dim` and `dim` + 1 of the loop nest, or depends on neither.
bool isContiguousOver(Type type, AffineMap map, unsigned dim) {
  std::optional<unsigned> outer = getPosition(map, dim), inner = getPosition(map, dim + 1);
  if (!outer && !inner)
    return true;
  auto memref = dyn_cast<MemRefType>(type);
  if (!outer || !inner || *outer + 1 != *inner || !memref)
    return false;
  SmallVector<ReassociationIndices> groups;
  for (int64_t index = 0; index != memref.getRank(); ++index) {
    if (index == static_cast<int64_t>(*inner))
      groups.back().push_back(index);
    else
      groups.push_back({index});
  }
  return memref::CollapseShapeOp::isGuaranteedCollapsible(memref, groups);
}

/// Merges the parallel loops of `op` that can be merged.
bool collapse(RewriterBase &rewriter, linalg::GenericOp op) {
  if (op.getNumLoops() < 2 || op.getNumParallelLoops() != op.getNumLoops() ||
      op.hasIndexSemantics())
    return false;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (!llvm::all_of(maps, [](AffineMap map) { return map.isProjectedPermutation(); }))
    return false;

  SmallVector<ReassociationIndices> groups = {{0}};
  for (unsigned dim = 0; dim + 1 != op.getNumLoops(); ++dim) {
    bool merge = llvm::all_of(llvm::zip_equal(op->getOperandTypes(), maps), [&](auto operand) {
      auto [type, map] = operand;
      return isContiguousOver(type, map, dim);
    });
    if (merge)
      groups.back().push_back(dim + 1);
    else
      groups.push_back({dim + 1});
  }
  if (groups.size() == op.getNumLoops())
    return false;
  // What upstream takes are the groups of two and more.
  llvm::erase_if(groups, [](const ReassociationIndices &group) { return group.size() < 2; });
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::CollapseResult> result = linalg::collapseOpIterationDims(op, groups, rewriter);
  if (failed(result))
    return false;
  rewriter.eraseOp(op);
  return true;
}

/// Whether consecutive values of `dim` are neighbours in memory, or `dim` plays no part. A
/// trailing dimension of extent one does not matter.
bool isUnitStride(AffineMap map, ArrayRef<int64_t> shape, unsigned dim) {
  if (!map.isFunctionOfDim(dim))
    return true;
  unsigned last = map.getNumResults();
  while (last > 1 && shape[last - 1] == 1)
    --last;
  auto expr = dyn_cast<AffineDimExpr>(map.getResult(last - 1));
  if (!expr || expr.getPosition() != dim)
    return false;
  return llvm::none_of(map.getResults().take_front(last - 1),
                       [&](AffineExpr other) { return other.isFunctionOfDim(dim); });
}

bool hasUnitInnerStride(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref || memref.getRank() == 0)
    return true;
  SmallVector<int64_t> strides;
  int64_t offset;
  return succeeded(memref.getStridesAndOffset(strides, offset)) && strides.back() == 1;
}

/// Makes the last dimension of the result the innermost loop of a reduction.
bool interchange(RewriterBase &rewriter, linalg::GenericOp op) {
  if (op.getNumReductionLoops() == 0 || op.getNumParallelLoops() == 0 || op.getNumDpsInits() != 1)
    return false;
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  AffineMap resultMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  std::optional<unsigned> innermost;
  for (AffineExpr result : llvm::reverse(resultMap.getResults())) {
    auto expr = dyn_cast<AffineDimExpr>(result);
    if (!expr)
      return false;
    if (extents[expr.getPosition()] == 1)
      continue;
    innermost = expr.getPosition();
    break;
  }
  if (!innermost || extents[*innermost] < kMinInnermost)
    return false;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    Type type = operand.get().getType();
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped || !map.isFunctionOfDim(*innermost))
      continue;
    if (!isUnitStride(map, shaped.getShape(), *innermost) || !hasUnitInnerStride(type))
      return false;
  }

  SmallVector<unsigned> order;
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  for (utils::IteratorType kind : {utils::IteratorType::parallel, utils::IteratorType::reduction})
    for (auto [dim, iterator] : llvm::enumerate(iterators))
      if (iterator == kind && dim != *innermost)
        order.push_back(dim);
  order.push_back(*innermost);
  rewriter.setInsertionPoint(op);
  return succeeded(linalg::interchangeGenericOp(rewriter, op, order));
}

struct ArrangeLoops : impl::ArrangeLoopsBase<ArrangeLoops> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> operations;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics())
        operations.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : operations) {
      auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
      if (!generic) {
        rewriter.setInsertionPoint(op);
        FailureOr<linalg::GenericOp> made = linalg::generalizeNamedOp(rewriter, op);
        if (failed(made))
          continue;
        generic = *made;
      }
      if (collapse(rewriter, generic))
        ++numCollapsed;
      else if (interchange(rewriter, generic))
        ++numInterchanged;
    }
  }
};

} // namespace
} // namespace kvant::codegen
