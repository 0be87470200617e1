// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass kvant-strip-attributes: leaves a program that upstream's tools read.
#include "kvant/Lower/Passes.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace kvant {
#define GEN_PASS_DEF_STRIPATTRIBUTES
#include "kvant/Lower/Passes.h.inc"

static bool isOurs(StringRef name) {
  return name.starts_with("qnn.") || name.starts_with("kvant.");
}

static DictionaryAttr withoutOurs(DictionaryAttr attributes) {
  SmallVector<NamedAttribute> kept;
  for (NamedAttribute attribute : attributes)
    if (!isOurs(attribute.getName()))
      kept.push_back(attribute);
  return DictionaryAttr::get(attributes.getContext(), kept);
}

namespace {
struct StripAttributes : impl::StripAttributesBase<StripAttributes> {
  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      op->setDiscardableAttrs(withoutOurs(op->getDiscardableAttrDictionary()));
      auto function = dyn_cast<FunctionOpInterface>(op);
      if (!function)
        return;
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        if (DictionaryAttr attributes = function.getArgAttrDict(i))
          function.setArgAttrs(i, withoutOurs(attributes));
      for (unsigned i = 0; i < function.getNumResults(); ++i)
        if (DictionaryAttr attributes = function.getResultAttrDict(i))
          function.setResultAttrs(i, withoutOurs(attributes));
    });
  }
};
} // namespace

} // namespace kvant
