// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluates operations on constants of any size.
#include "dialects/Qnn/QnnEvaluate.h"
#include "kvant/Prepare/Passes.h"
#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include <cmath>

namespace kvant::prepare {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "kvant/Prepare/Passes.h.inc"
} // namespace kvant::prepare

using namespace mlir;
using namespace kvant;
using namespace kvant::qnn;

static RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static ElementsAttr evaluateMovement(Operation *op, const ConstantReader &input) {
  std::optional<std::vector<int64_t>> indices = getSourceIndices(op);
  if (!indices)
    return {};
  RankedTensorType type = tensorOf(op->getResult(0));
  if (input.isFloat()) {
    std::vector<float> moved;
    for (int64_t index : *indices)
      moved.push_back(static_cast<float>(input.getFloat(index)));
    auto floatType = RankedTensorType::get(type.getShape(), input.getElementType());
    // Through float, which holds every value of the types up to 32 bits.
    return input.getElementType().getIntOrFloatBitWidth() <= 32
               ? makeFloatConstant(floatType, moved)
               : ElementsAttr();
  }
  std::vector<int64_t> moved;
  for (int64_t index : *indices)
    moved.push_back(input.getInt(index));
  return makeIntConstant(type, moved);
}

static ElementsAttr evaluateQuantize(QuantizeOp op, const ConstantReader &input) {
  quant::QuantizedType type = getQuantizedType(op.getOutput());
  std::vector<int64_t> stored(input.getNumElements());
  for (int64_t i = 0, e = stored.size(); i < e; ++i) {
    auto element =
        quantizeElement(type, static_cast<float>(input.getFloat(i)), getChannel(op.getType(), i));
    if (!element)
      return {};
    stored[i] = *element;
  }
  return makeIntConstant(op.getType(), stored);
}

static ElementsAttr evaluateDequantize(DequantizeOp op, const ConstantReader &input) {
  RankedTensorType type = op.getType();
  if (input.isFloat())
    return makeFloatConstant(type, input.getFloats());
  quant::QuantizedType quantized = getQuantizedType(op.getInput());
  std::vector<float> values(input.getNumElements());
  for (int64_t i = 0, e = values.size(); i < e; ++i) {
    auto element = dequantizeElement(quantized, input.getInt(i, !quantized.isSigned()),
                                     getChannel(tensorOf(op.getInput()), i));
    if (!element)
      return {};
    values[i] = *element;
  }
  return makeFloatConstant(type, values);
}

static ElementsAttr evaluateCast(CastOp op, const ConstantReader &input) {
  RankedTensorType type = tensorOf(op.getOutput());
  if (isa<FloatType>(type.getElementType()))
    return makeFloatConstant(type, input.getFloats());
  if (!input.isFloat())
    return type.getElementType().isInteger(1) ? ElementsAttr()
                                              : makeIntConstant(type, input.getInts());
  unsigned width = type.getElementType().getIntOrFloatBitWidth();
  double bound = std::ldexp(1.0, static_cast<int>(width) - 1);
  std::vector<int64_t> values(input.getNumElements());
  for (int64_t i = 0, e = values.size(); i < e; ++i) {
    double value = std::trunc(input.getFloat(i));
    // What an integer cannot hold is left to the kernel that defines it.
    if (!(value >= -bound && value < bound))
      return {};
    values[i] = static_cast<int64_t>(value);
  }
  return makeIntConstant(type, values);
}

static ElementsAttr evaluateElementwiseOp(Operation *op, ArrayRef<ConstantReader> operands) {
  std::vector<std::vector<float>> values;
  for (const ConstantReader &operand : operands) {
    if (!operand.getElementType().isF32())
      return {};
    values.push_back(operand.getFloats());
  }
  SmallVector<ArrayRef<float>> views(values.begin(), values.end());
  std::optional<std::vector<float>> result = evaluateElementwise(op, views);
  return result ? makeFloatConstant(tensorOf(op->getResult(0)), *result) : ElementsAttr();
}

/// The value of the only result of `op`, or null if it is not known.
static ElementsAttr evaluate(Operation *op) {
  SmallVector<Attribute> attributes;
  SmallVector<ConstantReader> readers;
  for (Value operand : op->getOperands()) {
    Attribute attribute;
    std::optional<ConstantReader> reader = ConstantReader::create(operand);
    if (!reader || !matchPattern(operand, m_Constant(&attribute)))
      return {};
    attributes.push_back(attribute);
    readers.push_back(*reader);
  }
  SmallVector<OpFoldResult> folded;
  if (succeeded(op->fold(attributes, folded)) && folded.size() == 1)
    if (auto attribute = dyn_cast<Attribute>(folded.front()))
      return dyn_cast<ElementsAttr>(attribute);
  if (auto quantize = dyn_cast<QuantizeOp>(op))
    return evaluateQuantize(quantize, readers.front());
  if (auto dequantize = dyn_cast<DequantizeOp>(op))
    return evaluateDequantize(dequantize, readers.front());
  if (auto cast = dyn_cast<CastOp>(op))
    return evaluateCast(cast, readers.front());
  if (ElementsAttr moved = evaluateMovement(op, readers.front()))
    return moved;
  return evaluateElementwiseOp(op, readers);
}

namespace {

struct FoldConstants : prepare::impl::FoldConstantsBase<FoldConstants> {
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override {
    SmallVector<Operation *> constants;
    getOperation().walk([&](Operation *op) {
      if (isa_and_nonnull<QnnDialect>(op->getDialect()))
        visit(op, constants);
    });
    // Users before what they use.
    for (Operation *op : llvm::reverse(constants))
      if (op->use_empty())
        op->erase();
  }

private:
  void visit(Operation *op, SmallVectorImpl<Operation *> &constants) {
    if (isa<ConstantOp>(op)) {
      constants.push_back(op);
      return;
    }
    if (op->getNumResults() != 1 || op->getNumOperands() == 0)
      return;
    RankedTensorType type = tensorOf(op->getResult(0));
    if (type.getNumElements() > maxElements)
      return;
    ElementsAttr value = evaluate(op);
    if (!value)
      return;
    OpBuilder builder(op);
    auto constant = ConstantOp::create(builder, op->getLoc(), type, value);
    if (Attribute name = op->getDiscardableAttr(kNameAttr))
      constant->setDiscardableAttr(kNameAttr, name);
    op->getResult(0).replaceAllUsesWith(constant.getOutput());
    // Seen by the walk already, so it is erased with the constants at the end.
    constants.push_back(constant);
    constants.push_back(op);
  }
};

} // namespace
