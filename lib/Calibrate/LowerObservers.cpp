// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-lower-observers: turns probes into results of @main.
#include "dialects/Qnn/Qnn.h"
#include "kvant/Calibrate/ObservedTensors.h"
#include "kvant/Calibrate/Passes.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace kvant::calibrate {
#define GEN_PASS_DEF_LOWEROBSERVERS
#include "kvant/Calibrate/Passes.h.inc"

namespace {
class LowerObservers : public impl::LowerObserversBase<LowerObservers> {
public:
  using LowerObserversBase::LowerObserversBase;

private:
  void runOnOperation() override {
    func::FuncOp function = getMain(getOperation());
    if (!function)
      return signalPassFailure();
    auto returnOp = dyn_cast<func::ReturnOp>(function.getBody().front().getTerminator());
    if (!returnOp) {
      function.emitOpError("expected to end in func.return");
      return signalPassFailure();
    }
    SmallVector<observe::ProbeOp> probes(function.getBody().getOps<observe::ProbeOp>());
    llvm::stable_sort(probes,
                      [](observe::ProbeOp a, observe::ProbeOp b) { return a.getId() < b.getId(); });
    for (unsigned index = 1; index < probes.size(); ++index)
      if (probes[index - 1].getId() == probes[index].getId()) {
        probes[index]->emitOpError("expected a unique id, got ")
            << probes[index].getId() << " twice";
        return signalPassFailure();
      }

    SmallVector<Value> results;
    SmallVector<DictionaryAttr> attributes;
    if (!only) {
      llvm::append_range(results, returnOp.getOperands());
      for (unsigned index = 0; index < results.size(); ++index)
        attributes.push_back(function.getResultAttrDict(index));
    }
    Builder builder(&getContext());
    for (observe::ProbeOp probe : probes) {
      results.push_back(probe.getInput());
      attributes.push_back(
          builder.getDictionaryAttr(builder.getNamedAttr(qnn::kNameAttr, probe.getNameAttr())));
      probe.erase();
    }
    returnOp->setOperands(results);
    for (DictionaryAttr &attribute : attributes)
      if (!attribute)
        attribute = builder.getDictionaryAttr({});
    function.setType(
        builder.getFunctionType(function.getArgumentTypes(), ValueRange(results).getTypes()));
    function.setAllResultAttrs(attributes);
  }
};
} // namespace
} // namespace kvant::calibrate
