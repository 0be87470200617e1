// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-attach-target: the machine that a module is compiled for, as attributes.

#include "kvant/Codegen/Passes.h"
#include "kvant/Codegen/Target.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace kvant::codegen {

#define GEN_PASS_DEF_ATTACHTARGET
#include "kvant/Codegen/Passes.h.inc"

namespace {

struct AttachTarget : impl::AttachTargetBase<AttachTarget> {
  using Base::Base;

  void runOnOperation() override {
    mlir::ModuleOp module = getOperation();
    llvm::Expected<Target> resolved = getTarget(target, cpu);
    if (!resolved) {
      module.emitError(llvm::toString(resolved.takeError()));
      return signalPassFailure();
    }
    llvm::Expected<std::string> layout = getDataLayout(*resolved);
    if (!layout) {
      module.emitError(llvm::toString(layout.takeError()));
      return signalPassFailure();
    }
    mlir::Builder builder(&getContext());
    module->setAttr("kvant.target", builder.getStringAttr(resolved->name));
    module->setAttr("kvant.cpu", builder.getStringAttr(resolved->cpu));
    module->setAttr(mlir::LLVM::LLVMDialect::getTargetTripleAttrName(),
                    builder.getStringAttr(resolved->triple));
    module->setAttr(mlir::LLVM::LLVMDialect::getDataLayoutAttrName(),
                    builder.getStringAttr(*layout));
  }
};

} // namespace
} // namespace kvant::codegen
