// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-results-to-arguments: results are written into buffers of the caller.

#include "kvant/Codegen/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_RESULTSTOARGUMENTS
#include "kvant/Codegen/Passes.h.inc"

namespace {

struct ResultsToArguments : impl::ResultsToArgumentsBase<ResultsToArguments> {
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || function.getNumResults() == 0)
      return;
    if (!function.getBody().hasOneBlock()) {
      function.emitOpError("expected structured control flow: a body of one block");
      return signalPassFailure();
    }
    Block &body = function.getBody().front();
    auto back = cast<func::ReturnOp>(body.getTerminator());
    OpBuilder builder(back);

    for (OpOperand &operand : back->getOpOperands()) {
      Value value = operand.get();
      auto type = dyn_cast<MemRefType>(value.getType());
      if (!type || !type.hasStaticShape() || !type.getLayout().isIdentity()) {
        function.emitOpError() << "expected result " << operand.getOperandNumber()
                               << " to be a buffer of static shape and plain layout, got "
                               << value.getType();
        return signalPassFailure();
      }
      if (failed(function.insertArgument(function.getNumArguments(), type, DictionaryAttr(),
                                         value.getLoc())))
        return signalPassFailure();
      Value argument = function.getArguments().back();
      auto allocation = value.getDefiningOp<memref::AllocOp>();
      if (allocation && allocation->getBlock() == &body) {
        // Later operands of the return that name the same buffer now name the argument.
        value.replaceAllUsesWith(argument);
        allocation.erase();
      } else {
        memref::CopyOp::create(builder, value.getLoc(), value, argument);
      }
    }
    back->setOperands(ValueRange());
    function.setType(FunctionType::get(&getContext(), function.getArgumentTypes(), TypeRange()));
    function.removeResAttrsAttr();
  }
};

} // namespace
} // namespace kvant::codegen
