// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interfaces, and the behaviour of an operation that overrides nothing.
#include "dialects/Qnn/Qnn.h"

using namespace mlir;

#include "dialects/Qnn/QnnInterfaces.cpp.inc"

bool kvant::qnn::detail::acceptsSchemeDefault(Operation *op, StringRef scheme,
                                              std::string &reason) {
  if (scheme == "float32")
    return true;
  if (scheme != "static_wi8_ai8") {
    reason = ("no integer kernels for the scheme " + scheme).str();
    return false;
  }
  auto quantizable = cast<QuantizableOpInterface>(op);
  for (OpOperand &operand : op->getOpOperands()) {
    if (quantizable.getOperandRole(operand.getOperandNumber()) == OperandRole::Unquantized)
      continue;
    Type element = getElementTypeOrSelf(operand.get().getType());
    if (isa<IntegerType>(element)) {
      reason = "computes on integers, so there is nothing to quantize";
      return false;
    }
    if (!element.isF32() && !isa<quant::QuantizedType>(element)) {
      llvm::raw_string_ostream(reason) << "computes on " << element << ", not on f32";
      return false;
    }
  }
  return true;
}

int64_t kvant::qnn::detail::getCostDefault(Operation *op) {
  int64_t steps = 0;
  for (Type type : op->getResultTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      steps += tensor.getNumElements();
  return steps;
}
