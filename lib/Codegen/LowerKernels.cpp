// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations of the kernel dialect to loops, for the level of the function.
#include "kvant/Codegen/Passes.h"

#include "KernelLowering.h"
#include "KernelOperands.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace kvant::codegen {
#define GEN_PASS_DEF_LOWERKERNELS
#include "kvant/Codegen/Passes.h.inc"

namespace {

LogicalResult verifyBuffers(Operation *op) {
  for (OpOperand &operand : op->getOpOperands()) {
    auto buffer = dyn_cast<MemRefType>(operand.get().getType());
    if (!buffer || !canTakeLayout(operand, buffer) || !getContiguousBase(operand.get()))
      return op->emitOpError("expected buffers that are contiguous, or of a layout that the "
                             "operand can have, got ")
             << operand.get().getType();
  }
  return success();
}

/// Vectors are made from the arguments of the epilogue, and from constants in front of it.
LogicalResult verifyEpilogue(Operation *op) {
  for (Region &region : op->getRegions()) {
    WalkResult walk = region.walk([&](Operation *inner) {
      for (Value operand : inner->getOperands()) {
        Operation *definition = operand.getDefiningOp();
        if (operand.getParentRegion() != &region && !isa_and_nonnull<arith::ConstantOp>(definition))
          return WalkResult::interrupt();
      }
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return op->emitOpError("expected an epilogue that takes only its arguments and constants");
  }
  return success();
}

class LowerKernels : public impl::LowerKernelsBase<LowerKernels> {
  void runOnOperation() override {
    SmallVector<Operation *> kernels;
    getOperation().walk([&](Operation *op) {
      if (isa<kernel::PadOp, kernel::PackOp, kernel::DotConvOp, kernel::DepthwiseConvOp,
              kernel::ElementwiseOp>(op))
        kernels.push_back(op);
    });
    if (kernels.empty())
      return;
    llvm::Expected<Level> level = getLevel(getOperation());
    if (!level) {
      getOperation().emitError(llvm::toString(level.takeError()));
      return signalPassFailure();
    }
    for (Operation *op : kernels) {
      if (failed(verifyBuffers(op)) || failed(verifyEpilogue(op)))
        return signalPassFailure();
      OpBuilder builder(op);
      // What one kernel becomes stays together, for kvant-split-layers.
      auto layer = scf::ExecuteRegionOp::create(builder, op->getLoc(), TypeRange());
      layer.setNoInline(true);
      builder.createBlock(&layer.getRegion());
      KernelBuilder kb(builder, op->getLoc(), *level);
      LogicalResult lowered = success();
      if (auto dot = dyn_cast<kernel::DotConvOp>(op))
        lowered = lowerDotConv(kb, dot);
      else if (auto depthwise = dyn_cast<kernel::DepthwiseConvOp>(op))
        lowered = lowerDepthwiseConv(kb, depthwise);
      else if (auto elementwise = dyn_cast<kernel::ElementwiseOp>(op))
        lowerElementwise(kb, elementwise);
      else if (auto pack = dyn_cast<kernel::PackOp>(op))
        lowerPack(kb, pack);
      else
        lowered = lowerPad(kb, cast<kernel::PadOp>(op));
      if (failed(lowered))
        return signalPassFailure();
      scf::YieldOp::create(builder, op->getLoc());
      op->erase();
    }
  }
};

} // namespace
} // namespace kvant::codegen
