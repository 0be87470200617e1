// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators that change the element type.
#include "OpImporter.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

using namespace mlir;

namespace kvant::tflite {

static Type elementTypeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}

static LogicalResult importQuantize(OpImporter &op) {
  if (failed(op.expectArity(1)))
    return failure();
  auto input = op.getInput(0);
  auto type = op.getOutputElementType();
  if (failed(input) || failed(type))
    return failure();
  if (!isa<quant::QuantizedType>(*type))
    return op.emitError() << "expected an output with a scale and a zero point, got " << *type;
  if (isa<quant::QuantizedType>(elementTypeOf(*input)))
    return op.finish<qnn::RequantizeOp>(*input);
  return op.finish<qnn::QuantizeOp>(*input);
}

static LogicalResult importDequantize(OpImporter &op) {
  if (failed(op.expectArity(1)))
    return failure();
  // A constant behind DEQUANTIZE is a float constant that was stored small.
  if (op.getReader().isConstant(op.getInputTensor(0))) {
    auto type = op.getOutputElementType();
    if (failed(type))
      return failure();
    if (!isa<FloatType>(*type))
      return op.emitError() << "expected a float output, got " << *type;
    auto constant = op.makeConstantOf(0, *type);
    return failed(constant) ? failure() : op.setOutput(0, *constant);
  }
  auto input = op.getInput(0);
  return failed(input) ? failure() : op.finish<qnn::DequantizeOp>(*input);
}

static LogicalResult importCast(OpImporter &op) {
  if (failed(op.expectArity(1)))
    return failure();
  auto input = op.getInput(0);
  auto type = op.getOutputElementType();
  if (failed(input) || failed(type))
    return failure();
  // TFLite casts the stored integers, not the numbers that they stand for.
  if (isa<quant::QuantizedType>(elementTypeOf(*input)) || isa<quant::QuantizedType>(*type))
    return op.emitError() << "cast of quantized tensors is not supported; "
                             "supported: floats and "
                             "plain integers, or QUANTIZE and DEQUANTIZE";
  return op.finish<qnn::CastOp>(*input);
}

void registerConvertOps(OpTable &table) {
  table.add(BuiltinOperator::QUANTIZE, importQuantize);
  table.add(BuiltinOperator::DEQUANTIZE, importDequantize);
  table.add(BuiltinOperator::CAST, importCast);
}

} // namespace kvant::tflite
