// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-clone-levels: one copy of the program for each instruction-set level.

#include "kvant/Codegen/Passes.h"
#include "kvant/Codegen/Target.h"

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_CLONELEVELS
#include "kvant/Codegen/Passes.h.inc"

namespace {

struct CloneLevels : impl::CloneLevelsBase<CloneLevels> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto main = module.lookupSymbol<func::FuncOp>("main");
    if (!main) {
      module.emitError("expected a function @main");
      return signalPassFailure();
    }
    FailureOr<Target> target = requireTarget(module);
    if (failed(target))
      return signalPassFailure();
    OpBuilder builder(main);
    for (const Level &level : target->levels) {
      func::FuncOp copy = main.clone();
      std::string suffix = level.name;
      llvm::replace(suffix, '.', '_'); // v8.0: symbols are C identifiers
      copy.setName("main_" + suffix);
      copy->setAttr("kvant.level", builder.getStringAttr(level.name));
      // The entry passes pointers and no descriptors of buffers.
      copy->setAttr("llvm.bareptr", builder.getUnitAttr());
      builder.insert(copy);
    }
    main.erase();
  }
};

} // namespace
} // namespace kvant::codegen
