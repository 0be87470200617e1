// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-insert-observers: marks every activation tensor with a probe.
#include "kvant/Calibrate/ObservedTensors.h"
#include "kvant/Calibrate/Passes.h"
#include "mlir/IR/Builders.h"

namespace kvant::calibrate {
#define GEN_PASS_DEF_INSERTOBSERVERS
#include "kvant/Calibrate/Passes.h.inc"

namespace {
class InsertObservers : public impl::InsertObserversBase<InsertObservers> {
  void runOnOperation() override {
    mlir::func::FuncOp function = getMain(getOperation());
    if (!function)
      return signalPassFailure();
    mlir::OpBuilder builder(&getContext());
    // Arguments in their order: each probe goes after the one before it.
    builder.setInsertionPointToStart(&function.getBody().front());
    for (auto [id, tensor] : llvm::enumerate(getObservedTensors(function))) {
      if (tensor.value.getDefiningOp())
        builder.setInsertionPointAfterValue(tensor.value);
      observe::ProbeOp::create(builder, tensor.value.getLoc(), tensor.value,
                               static_cast<uint64_t>(id), tensor.name);
      ++numProbes;
    }
  }
};
} // namespace
} // namespace kvant::calibrate
