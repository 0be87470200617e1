// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-quantize: applies the decisions.
#include "Constants.h"
#include "ScaleGroups.h"
#include "kvant/Calibrate/ObservedTensors.h"
#include "kvant/Quantize/Parameters.h"
#include "kvant/Quantize/Passes.h"

using namespace mlir;

namespace kvant::quantize {
#define GEN_PASS_DEF_QUANTIZE
#include "kvant/Quantize/Passes.h.inc"

namespace {
class Quantize : public impl::QuantizeBase<Quantize> {
public:
  using QuantizeBase::QuantizeBase;

private:
  void runOnOperation() override;
  LogicalResult quantizeOp(qnn::QuantizableOpInterface op);
  LogicalResult quantizeOperands(qnn::QuantizableOpInterface op);
  void quantizeResults(qnn::QuantizableOpInterface op);
  Value getQuantized(Value value);
  LogicalResult convertArguments(func::FuncOp function);
  LogicalResult convertResults(func::FuncOp function);
  quant::UniformQuantizedType getOuterType(quant::UniformQuantizedType type) const;

  ScaleGroups groups;
  /// Per float tensor, its form for integer operations, once it exists.
  DenseMap<Value, Value> quantizedOf;
};
} // namespace

static RankedTensorType withElementType(Value value, Type elementType) {
  return RankedTensorType::get(cast<RankedTensorType>(value.getType()).getShape(), elementType);
}

/// The form of `value` that integer operations read. Arguments and results of float operations
/// are quantized where they are defined, once.
Value Quantize::getQuantized(Value value) {
  Value &quantized = quantizedOf[value];
  if (quantized)
    return quantized;
  OpBuilder builder(&getContext());
  builder.setInsertionPointAfterValue(value);
  quantized = qnn::QuantizeOp::create(builder, value.getLoc(),
                                      withElementType(value, groups.getType(value)), value);
  ++numConversions;
  return quantized;
}

LogicalResult Quantize::quantizeOperands(qnn::QuantizableOpInterface op) {
  OpBuilder builder(op);
  for (OpOperand &use : op->getOpOperands()) {
    // A producer that was made integer before has given the tensor its type already.
    if (!quantizedOf.contains(use.get()) && !isActivationUse(use))
      continue;
    Operation *source = use.get().getDefiningOp();
    if (!source || !source->hasTrait<OpTrait::ConstantLike>()) {
      use.set(getQuantized(use.get()));
      continue;
    }
    quant::UniformQuantizedType type = groups.getConstantType(use);
    if (!type || !getConstantRange(use.get()))
      return op->emitOpError("expected finite numbers in the constant operand #")
             << use.getOperandNumber() << " to quantize it";
    use.set(quantizeConstant(builder, use.get(), type));
  }
  return success();
}

void Quantize::quantizeResults(qnn::QuantizableOpInterface op) {
  for (OpResult result : op->getOpResults()) {
    if (!isFloatTensor(result))
      continue;
    // Float readers, before the type changes; integer ones find the new form when their turn
    // comes.
    SmallVector<OpOperand *> floatUses;
    for (OpOperand &use : result.getUses())
      if (!isInteger(use.getOwner()) || !isActivationUse(use))
        floatUses.push_back(&use);
    Type floatType = result.getType();
    quant::UniformQuantizedType own = groups.getResultType(result);
    quant::UniformQuantizedType shared = groups.getType(result);
    result.setType(withElementType(result, own));

    OpBuilder builder(&getContext());
    builder.setInsertionPointAfter(op);
    quantizedOf[result] = result;
    if (own != shared && result.hasNUsesOrMore(floatUses.size() + 1)) {
      quantizedOf[result] =
          qnn::RequantizeOp::create(builder, op.getLoc(), withElementType(result, shared), result);
      ++numConversions;
    }
    if (floatUses.empty())
      continue;
    Value restored = qnn::DequantizeOp::create(builder, op.getLoc(), floatType, result);
    ++numConversions;
    for (OpOperand *use : floatUses)
      use->set(restored);
  }
}

LogicalResult Quantize::quantizeOp(qnn::QuantizableOpInterface op) {
  ArrayRef<double> inputMean;
  if (correctBias && op->getNumOperands())
    inputMean = calibrate::getChannelMean(op->getOperand(0));
  quant::UniformQuantizedType resultType;
  if (op->getNumResults() && isFloatTensor(op->getResult(0)))
    resultType = groups.getResultType(op->getOpResult(0));
  bool hasConstants = llvm::any_of(llvm::seq<unsigned>(0, op->getNumOperands()), [&](unsigned i) {
    qnn::OperandRole role = op.getOperandRole(i);
    return role == qnn::OperandRole::Weights || role == qnn::OperandRole::Bias;
  });
  if (failed(quantizeOperands(op)))
    return failure();
  if (hasConstants) {
    OpBuilder builder(op);
    auto inputType =
        dyn_cast_or_null<quant::UniformQuantizedType>(qnn::getQuantizedType(op->getOperand(0)));
    if (!inputType || !resultType)
      return op->emitOpError("expected a float32 input and result to quantize it");
    if (failed(quantizeWeightsAndBias(builder, op, inputType, resultType, inputMean)))
      return failure();
  }
  quantizeResults(op);
  ++numQuantized;
  return success();
}

quant::UniformQuantizedType Quantize::getOuterType(quant::UniformQuantizedType type) const {
  return io == "uint8" ? getUInt8Type(type) : type;
}

LogicalResult Quantize::convertArguments(func::FuncOp function) {
  OpBuilder builder(&getContext());
  for (BlockArgument argument : function.getArguments()) {
    if (!isFloatTensor(argument))
      continue;
    quant::UniformQuantizedType type = groups.getType(argument);
    double min = 0.0, max = 0.0;
    if (!type && calibrate::getRange(argument, min, max))
      type = getInt8Type(&getContext(), chooseAffine(min, max));
    if (!type)
      return function.emitOpError("expected a calibrated range of argument #")
             << argument.getArgNumber() << " (qnn.range) for io=" << io
             << "; run kvant-calibrate before";
    SmallVector<qnn::QuantizeOp> quantizes;
    SmallVector<OpOperand *> floatUses;
    for (OpOperand &use : argument.getUses()) {
      auto quantize = dyn_cast<qnn::QuantizeOp>(use.getOwner());
      if (quantize && qnn::getQuantizedType(quantize.getOutput()) == type)
        quantizes.push_back(quantize);
      else
        floatUses.push_back(&use);
    }
    Type floatType = argument.getType();
    quant::UniformQuantizedType outer = getOuterType(type);
    argument.setType(withElementType(argument, outer));
    builder.setInsertionPointToStart(argument.getOwner());
    Value inner = argument;
    if (outer != type && !quantizes.empty())
      inner = qnn::RequantizeOp::create(builder, argument.getLoc(), withElementType(argument, type),
                                        argument);
    for (qnn::QuantizeOp quantize : quantizes) {
      quantize.replaceAllUsesWith(inner);
      quantize.erase();
    }
    if (!floatUses.empty()) {
      Value restored = qnn::DequantizeOp::create(builder, argument.getLoc(), floatType, argument);
      for (OpOperand *use : floatUses)
        use->set(restored);
    }
    function.setArgAttr(argument.getArgNumber(), qnn::kQuantAttr, TypeAttr::get(outer));
  }
  return success();
}

LogicalResult Quantize::convertResults(func::FuncOp function) {
  auto returnOp = cast<func::ReturnOp>(function.getBody().front().getTerminator());
  OpBuilder builder(returnOp);
  for (OpOperand &use : returnOp->getOpOperands()) {
    Value value = use.get();
    if (!isFloatTensor(value))
      continue;
    Value stored;
    if (auto dequantize = value.getDefiningOp<qnn::DequantizeOp>())
      if (isa_and_nonnull<quant::UniformQuantizedType>(
              qnn::getQuantizedType(dequantize.getInput())))
        stored = dequantize.getInput();
    if (!stored) {
      double min = 0.0, max = 0.0;
      quant::UniformQuantizedType type = groups.getType(value);
      if (!type && calibrate::getRange(value, min, max))
        type = getInt8Type(&getContext(), chooseAffine(min, max));
      if (!type)
        return function.emitOpError("expected a calibrated range of result #")
               << use.getOperandNumber() << " (qnn.range) for io=" << io
               << "; run kvant-calibrate before";
      stored =
          qnn::QuantizeOp::create(builder, value.getLoc(), withElementType(value, type), value);
    }
    auto type = cast<quant::UniformQuantizedType>(qnn::getQuantizedType(stored));
    bool isSigned = type.isSigned(), wantSigned = io == "int8";
    if (isSigned && !wantSigned) {
      type = getUInt8Type(type);
      stored =
          qnn::RequantizeOp::create(builder, value.getLoc(), withElementType(stored, type), stored);
    }
    use.set(stored);
    function.setResultAttr(use.getOperandNumber(), qnn::kQuantAttr, TypeAttr::get(type));
  }
  return success();
}

/// Operations without effects that nothing reads, the last ones first.
static void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void Quantize::runOnOperation() {
  func::FuncOp function = calibrate::getMain(getOperation());
  if (!function)
    return signalPassFailure();
  if (io != "float32" && io != "int8" && io != "uint8") {
    function.emitError("kvant-quantize: io: expected float32, int8 or uint8, got \"") << io << '"';
    return signalPassFailure();
  }
  groups = ScaleGroups();
  quantizedOf.clear();
  if (failed(groups.build(function)))
    return signalPassFailure();
  Block &block = function.getBody().front();
  SmallVector<qnn::QuantizableOpInterface> integers;
  for (Operation &op : block)
    if (isInteger(&op))
      integers.push_back(cast<qnn::QuantizableOpInterface>(&op));
  for (qnn::QuantizableOpInterface op : integers)
    if (failed(quantizeOp(op)))
      return signalPassFailure();
  if (io != "float32" && (failed(convertArguments(function)) || failed(convertResults(function))))
    return signalPassFailure();

  auto returnOp = cast<func::ReturnOp>(block.getTerminator());
  function.setType(
      FunctionType::get(&getContext(), block.getArgumentTypes(), returnOp.getOperandTypes()));
  for (unsigned index = 0; index < function.getNumArguments(); ++index) {
    function.removeArgAttr(index, qnn::kRangeAttr);
    function.removeArgAttr(index, calibrate::kChannelMeanAttr);
  }
  for (Operation &op : block) {
    op.removeDiscardableAttr(qnn::kRangeAttr);
    op.removeDiscardableAttr(calibrate::kChannelMeanAttr);
  }
  eraseDead(block);
}

} // namespace kvant::quantize
