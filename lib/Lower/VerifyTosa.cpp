// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass kvant-verify-tosa: nothing but func and TOSA is left.
#include "kvant/Lower/Passes.h"

using namespace mlir;

namespace kvant {
#define GEN_PASS_DEF_VERIFYTOSA
#include "kvant/Lower/Passes.h.inc"

namespace {
struct VerifyTosa : impl::VerifyTosaBase<VerifyTosa> {
  using impl::VerifyTosaBase<VerifyTosa>::VerifyTosaBase;

  LogicalResult verifyType(Operation *op, Type type) {
    if (isa<tosa::shapeType>(type))
      return success();
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return op->emitOpError("expected a ranked tensor of static shape, got ") << type;
    Type element = tensor.getElementType();
    if (!element.isSignlessInteger() && !isa<FloatType>(element))
      return op->emitOpError("expected elements that are signless integers or floats, got ")
             << element;
    if (integerOnly && isa<FloatType>(element))
      return op->emitOpError("expected an integer program, got a tensor of ") << element;
    return success();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    WalkResult result = module.walk([&](Operation *op) {
      if (op == module)
        return WalkResult::advance();
      if (!isa_and_nonnull<func::FuncDialect, tosa::TosaDialect>(op->getDialect())) {
        op->emitOpError("expected only func and tosa operations after lowering");
        return WalkResult::interrupt();
      }
      for (Value value : op->getOperands())
        if (failed(verifyType(op, value.getType())))
          return WalkResult::interrupt();
      for (Type type : op->getResultTypes())
        if (failed(verifyType(op, type)))
          return WalkResult::interrupt();
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace

} // namespace kvant
