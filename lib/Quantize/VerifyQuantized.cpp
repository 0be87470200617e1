// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-verify-quantized: checks what kvant-quantize promises.
#include "ScaleGroups.h"
#include "kvant/Calibrate/ObservedTensors.h"
#include "kvant/Quantize/Passes.h"
#include <cmath>

using namespace mlir;

namespace kvant::quantize {
#define GEN_PASS_DEF_VERIFYQUANTIZED
#include "kvant/Quantize/Passes.h.inc"

/// The scales of a quantized type: one, or one per channel.
static SmallVector<double> getScales(quant::QuantizedType type) {
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(type))
    return {uniform.getScale()};
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return SmallVector<double>(perAxis.getScales());
  return {};
}

static bool isSymmetric(quant::QuantizedType type) {
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(type))
    return uniform.getZeroPoint() == 0;
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  return perAxis && llvm::all_of(perAxis.getZeroPoints(), [](int64_t z) { return z == 0; });
}

static LogicalResult verifyActivation(Operation *op, Value value, StringRef what, unsigned index) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  if (tensor && isa<IntegerType>(tensor.getElementType()))
    return success();
  auto type = dyn_cast_or_null<quant::UniformQuantizedType>(qnn::getQuantizedType(value));
  if (!type || type.getStorageTypeIntegralWidth() != 8)
    return op->emitOpError("expected ")
           << what << " #" << index << " of an operation decided to be static_wi8_ai8 to be "
           << "8-bit quantized with one scale, got " << value.getType();
  return success();
}

static LogicalResult verifyConstants(qnn::QuantizableOpInterface op) {
  SmallVector<double> weightScales;
  for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
    if (op.getOperandRole(index) != qnn::OperandRole::Weights)
      continue;
    quant::QuantizedType type = qnn::getQuantizedType(operand);
    if (!type || type.getStorageTypeIntegralWidth() != 8 || !isSymmetric(type))
      return op->emitOpError("expected the weights, operand #")
             << index << ", to be 8-bit quantized with zero point 0, got " << operand.getType();
    weightScales = getScales(type);
  }
  for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
    if (op.getOperandRole(index) != qnn::OperandRole::Bias)
      continue;
    quant::QuantizedType type = qnn::getQuantizedType(operand);
    auto input =
        dyn_cast_or_null<quant::UniformQuantizedType>(qnn::getQuantizedType(op->getOperand(0)));
    SmallVector<double> scales = type ? getScales(type) : SmallVector<double>();
    bool fits = type && input && type.getStorageTypeIntegralWidth() == 32 && isSymmetric(type) &&
                scales.size() == weightScales.size();
    for (unsigned channel = 0; fits && channel < scales.size(); ++channel) {
      double product = input.getScale() * weightScales[channel];
      fits = std::fabs(scales[channel] - product) <= 1e-6 * product;
    }
    if (!fits)
      return op->emitOpError("expected the bias, operand #")
             << index << ", to have 32 bits and the scale input * weights, got "
             << operand.getType();
  }
  return success();
}

static LogicalResult verifySharedScale(qnn::QuantizableOpInterface op) {
  if (!op.sharesScale())
    return success();
  quant::QuantizedType shared;
  auto check = [&](Value value) {
    quant::QuantizedType type = qnn::getQuantizedType(value);
    if (type && !shared)
      shared = type;
    return !type || type == shared;
  };
  for (auto [index, operand] : llvm::enumerate(op->getOperands()))
    if (op.getOperandRole(index) == qnn::OperandRole::Activation && !check(operand))
      return op->emitOpError("expected one scale for all activations and results, got ")
             << shared << " and " << operand.getType();
  for (Value result : op->getResults())
    if (!check(result))
      return op->emitOpError("expected one scale for all activations and results, got ")
             << shared << " and " << result.getType();
  return success();
}

static LogicalResult verifyInteger(qnn::QuantizableOpInterface op) {
  for (auto [index, operand] : llvm::enumerate(op->getOperands()))
    if (op.getOperandRole(index) == qnn::OperandRole::Activation &&
        failed(verifyActivation(op, operand, "operand", index)))
      return failure();
  for (auto [index, result] : llvm::enumerate(op->getResults()))
    if (failed(verifyActivation(op, result, "result", index)))
      return failure();
  if (auto fixed = op.getFixedOutputScale()) {
    auto type = cast<quant::UniformQuantizedType>(qnn::getQuantizedType(op->getResult(0)));
    if (type.getScale() != fixed->scale || type.getZeroPoint() != fixed->zeroPoint)
      return op->emitOpError("expected the fixed scale ")
             << fixed->scale << " and zero point " << fixed->zeroPoint << " of its result, got "
             << type;
  }
  if (failed(verifyConstants(op)))
    return failure();
  return verifySharedScale(op);
}

namespace {
class VerifyQuantized : public impl::VerifyQuantizedBase<VerifyQuantized> {
  void runOnOperation() override {
    func::FuncOp function = calibrate::getMain(getOperation());
    if (!function)
      return signalPassFailure();
    for (Operation &op : function.getBody().front()) {
      auto quantizable = dyn_cast<qnn::QuantizableOpInterface>(&op);
      if (!quantizable || !op.hasAttr(qnn::kDecisionAttr))
        continue;
      if (isInteger(&op)) {
        if (failed(verifyInteger(quantizable)))
          return signalPassFailure();
        continue;
      }
      // Type changes stand between the two worlds.
      if (isa<qnn::QuantizeOp, qnn::DequantizeOp, qnn::RequantizeOp>(op))
        continue;
      for (Value value :
           llvm::concat<Value>(llvm::to_vector(op.getOperands()), llvm::to_vector(op.getResults())))
        if (qnn::getQuantizedType(value)) {
          op.emitOpError("expected no quantized tensor at an operation decided to be float, got ")
              << value.getType();
          return signalPassFailure();
        }
    }
  }
};
} // namespace
} // namespace kvant::quantize
