// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-expand-copies: memref.copy becomes a loop nest of our own.

#include "kvant/Codegen/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_EXPANDCOPIES
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// `value` with all its dimensions as one, if it is contiguous.
Value flatten(OpBuilder &builder, Location loc, Value value) {
  auto type = cast<MemRefType>(value.getType());
  if (type.getRank() < 2)
    return value;
  ReassociationIndices all(llvm::to_vector(llvm::seq<int64_t>(0, type.getRank())));
  return memref::CollapseShapeOp::create(builder, loc, value, ArrayRef<ReassociationIndices>{all});
}

bool isContiguous(Value value) {
  auto type = cast<MemRefType>(value.getType());
  return type.hasStaticShape() && type.getLayout().isIdentity();
}

struct ExpandCopies : impl::ExpandCopiesBase<ExpandCopies> {
  using Base::Base;

  void runOnOperation() override {
    getOperation().walk([](memref::CopyOp copy) {
      OpBuilder builder(copy);
      Value source = copy.getSource(), target = copy.getTarget();
      if (source != target) {
        if (isContiguous(source) && isContiguous(target) && source.getType() == target.getType()) {
          source = flatten(builder, copy.getLoc(), source);
          target = flatten(builder, copy.getLoc(), target);
        }
        linalg::CopyOp::create(builder, copy.getLoc(), source, target);
      }
      copy.erase();
    });
  }
};

} // namespace
} // namespace kvant::codegen
