// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interfaces, and the behaviour of an operation that overrides nothing.
#include "dialects/Qnn/Qnn.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace kvant::qnn;

#include "dialects/Qnn/QnnInterfaces.cpp.inc"

/// Why `op` has no 8-bit integer kernel whatever its types, or nothing if it has one.
static StringRef getMissingKernel(Operation *op) {
  auto numElements = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getNumElements();
  };
  // Sums over a row: exponentials have 12 bits above the point, squares 15.
  int64_t limit = isa<SoftmaxOp, LogSoftmaxOp>(op) ? 1 << 12 : isa<L2NormalizeOp>(op) ? 1 << 15 : 0;
  if (limit && cast<RankedTensorType>(op->getOperand(0).getType()).getShape().back() > limit)
    return "its rows are too long for an integer kernel (4096 elements, 32768 of l2_normalize)";
  // Sums of 8-bit differences from the zero point have to fit 32 bits.
  constexpr int64_t kMaxSummed = (1 << 23) - 1;
  if (isa<MeanOp, ReduceSumOp>(op) &&
      numElements(op->getOperand(0)) / numElements(op->getResult(0)) > kMaxSummed)
    return "sums of 2^23 elements and more do not fit the accumulator";
  return {};
}

bool kvant::qnn::detail::acceptsSchemeDefault(Operation *op, StringRef scheme,
                                              std::string &reason) {
  if (scheme == "float32")
    return true;
  if (scheme != "static_wi8_ai8") {
    reason = ("no integer kernels for the scheme " + scheme).str();
    return false;
  }
  if (StringRef missing = getMissingKernel(op); !missing.empty()) {
    reason = missing.str();
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
