// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-separate-buffers: one tensor.empty for each operation that writes into it.
#include "kvant/Codegen/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace kvant::codegen {
#define GEN_PASS_DEF_SEPARATEBUFFERS
#include "kvant/Codegen/Passes.h.inc"

namespace {

class SeparateBuffers : public impl::SeparateBuffersBase<SeparateBuffers> {
  void runOnOperation() override {
    SmallVector<tensor::EmptyOp> empties;
    getOperation().walk([&](tensor::EmptyOp op) { empties.push_back(op); });
    for (tensor::EmptyOp op : empties)
      for (OpOperand &use : llvm::make_early_inc_range(op->getUses())) {
        if (op->hasOneUse())
          break;
        OpBuilder builder(use.getOwner());
        use.set(builder.clone(*op)->getResult(0));
      }
  }
};

} // namespace
} // namespace kvant::codegen
