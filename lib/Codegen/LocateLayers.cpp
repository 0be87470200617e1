// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-locate-layers: assembly that names the layer of each instruction.
#include "kvant/Codegen/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_LOCATELAYERS
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// The first name in `location`: what rewriting fused holds the layer's own before those of
/// what was merged into it.
StringAttr findName(Location location) {
  StringAttr found;
  location->walk([&](Location inner) {
    auto name = dyn_cast<NameLoc>(inner);
    if (!name || name.getName().empty())
      return WalkResult::advance();
    found = name.getName();
    return WalkResult::interrupt();
  });
  return found;
}

struct LocateLayers : impl::LocateLayersBase<LocateLayers> {
  using Base::Base;

  void runOnOperation() override {
    llvm::MapVector<StringAttr, unsigned> numbers;
    getOperation().walk([&](LLVM::LLVMFuncOp function) {
      // What belongs to no layer is the function's own, at no line: LLVM wants all calls located.
      Location own = FileLineColLoc::get(function.getSymNameAttr(), 0, 0);
      function->setLoc(own);
      function.getBody().walk([&](Operation *op) {
        StringAttr name = findName(op->getLoc());
        if (!name) {
          op->setLoc(own);
          return;
        }
        unsigned number = numbers.insert({name, unsigned(numbers.size() + 1)}).first->second;
        op->setLoc(FileLineColLoc::get(name, number, 0));
      });
    });
    // Directives only: nothing of this is in a section that is loaded.
    LLVM::DIScopeForLLVMFuncOpPassOptions options;
    options.emissionKind = LLVM::DIEmissionKind::DebugDirectivesOnly;
    OpPassManager manager(ModuleOp::getOperationName());
    manager.addPass(LLVM::createDIScopeForLLVMFuncOpPass(options));
    if (failed(runPipeline(manager, getOperation())))
      signalPassFailure();
  }
};

} // namespace
} // namespace kvant::codegen
