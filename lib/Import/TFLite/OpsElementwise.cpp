// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Binary arithmetic and unary maths.
#include "OpImporter.h"

using namespace mlir;

namespace kvant::tflite {

/// An operand of float arithmetic may be a constant in a narrower type.
static FailureOr<SmallVector<Value>> getBinaryOperands(OpImporter &op) {
  if (failed(op.expectArity(2)))
    return failure();
  unsigned first = op.getReader().isConstant(op.getInputTensor(0)) ? 1 : 0;
  auto leading = op.getInput(first);
  if (failed(leading))
    return failure();
  auto other = op.getWeights(1 - first, *leading);
  if (failed(other))
    return failure();
  SmallVector<Value> operands{*leading, *other};
  if (first == 1)
    std::swap(operands[0], operands[1]);
  return operands;
}

template <typename OpTy, typename Options> static LogicalResult importArithmetic(OpImporter &op) {
  auto operands = getBinaryOperands(op);
  auto options = op.getOptions<Options>();
  if (failed(operands) || failed(options))
    return failure();
  auto activation = op.getActivation((*options)->fused_activation_function());
  if (failed(activation))
    return failure();
  return op.finish<OpTy>(*operands, {op.attr(*activation)});
}

template <typename OpTy> static LogicalResult importBinary(OpImporter &op) {
  auto operands = getBinaryOperands(op);
  if (failed(operands))
    return failure();
  return op.finish<OpTy>(*operands, {op.attr(qnn::Activation::None)});
}

template <typename OpTy> static LogicalResult importUnary(OpImporter &op) {
  if (failed(op.expectArity(1)))
    return failure();
  auto input = op.getInput(0);
  if (failed(input))
    return failure();
  return op.finish<OpTy>(*input);
}

void registerElementwiseOps(OpTable &table) {
  table.add(BuiltinOperator::ADD, importArithmetic<qnn::AddOp, AddOptions>);
  table.add(BuiltinOperator::SUB, importArithmetic<qnn::SubOp, SubOptions>);
  table.add(BuiltinOperator::MUL, importArithmetic<qnn::MulOp, MulOptions>);
  table.add(BuiltinOperator::DIV, importArithmetic<qnn::DivOp, DivOptions>);
  table.add(BuiltinOperator::MINIMUM, importBinary<qnn::MinimumOp>);
  table.add(BuiltinOperator::MAXIMUM, importBinary<qnn::MaximumOp>);
  table.add(BuiltinOperator::SQUARED_DIFFERENCE, importBinary<qnn::SquaredDifferenceOp>);
  table.add(BuiltinOperator::ABS, importUnary<qnn::AbsOp>);
  table.add(BuiltinOperator::NEG, importUnary<qnn::NegOp>);
  table.add(BuiltinOperator::EXP, importUnary<qnn::ExpOp>);
  table.add(BuiltinOperator::LOG, importUnary<qnn::LogOp>);
  table.add(BuiltinOperator::SQRT, importUnary<qnn::SqrtOp>);
  table.add(BuiltinOperator::RSQRT, importUnary<qnn::RsqrtOp>);
  table.add(BuiltinOperator::SIN, importUnary<qnn::SinOp>);
  table.add(BuiltinOperator::COS, importUnary<qnn::CosOp>);
}

} // namespace kvant::tflite
