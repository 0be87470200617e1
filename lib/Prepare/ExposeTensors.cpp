// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Returns every named tensor from @main, for comparisons tensor by tensor.
#include "dialects/Qnn/Qnn.h"
#include "kvant/Prepare/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SetVector.h"

namespace kvant::prepare {
#define GEN_PASS_DEF_EXPOSETENSORS
#include "kvant/Prepare/Passes.h.inc"
} // namespace kvant::prepare

using namespace mlir;
using namespace kvant::qnn;

/// The name of result `index` of `op`, or null.
static StringAttr getResultName(Operation *op, unsigned index) {
  Attribute name = op->getDiscardableAttr(kNameAttr);
  if (auto names = dyn_cast_or_null<ArrayAttr>(name))
    return index < names.size() ? dyn_cast<StringAttr>(names[index]) : StringAttr();
  return index == 0 ? dyn_cast_or_null<StringAttr>(name) : StringAttr();
}

namespace {

struct ExposeTensors : kvant::prepare::impl::ExposeTensorsBase<ExposeTensors> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock()) {
      getOperation().emitError("expected a function @main of one block");
      return signalPassFailure();
    }
    Operation *terminator = main.getBody().front().getTerminator();
    llvm::SetVector<Value> results;
    SmallVector<Value> exposed;
    SmallVector<Attribute> attributes;
    results.insert_range(terminator->getOperands());
    for (unsigned i = 0, e = main.getNumResults(); i < e; ++i)
      attributes.push_back(main.getResultAttrDict(i));
    for (Operation &op : main.getBody().front()) {
      if (op.hasTrait<OpTrait::ConstantLike>())
        continue;
      for (OpResult result : op.getResults()) {
        StringAttr name = getResultName(&op, result.getResultNumber());
        if (!name || !results.insert(result))
          continue;
        exposed.push_back(result);
        attributes.push_back(DictionaryAttr::get(
            &getContext(), {NamedAttribute(StringAttr::get(&getContext(), kNameAttr), name)}));
      }
    }
    terminator->insertOperands(terminator->getNumOperands(), exposed);
    main.setFunctionType(
        FunctionType::get(&getContext(), main.getArgumentTypes(), terminator->getOperandTypes()));
    main.setAllResultAttrs(attributes);
  }
};

} // namespace
