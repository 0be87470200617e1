// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-convert-io: changes the types of the inputs and outputs of a quantized program.
#include "dialects/Qnn/Qnn.h"
#include "kvant/Calibrate/ObservedTensors.h"
#include "kvant/Quantize/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace kvant::quantize {
#define GEN_PASS_DEF_CONVERTIO
#include "kvant/Quantize/Passes.h.inc"

namespace {
class ConvertIo : public impl::ConvertIoBase<ConvertIo> {
public:
  using ConvertIoBase::ConvertIoBase;

private:
  void runOnOperation() override;

  /// The element type that `type` becomes outside; null, with an error, if that cannot be.
  Type getOuterType(func::FuncOp function, Type type, const Twine &what);
  /// `value` with the element type `type`.
  Value convert(OpBuilder &builder, Location loc, Value value, Type type);

  StringAttr rounding; ///< of the program's own operations
};
} // namespace

Type ConvertIo::getOuterType(func::FuncOp function, Type type, const Twine &what) {
  Type element = getElementTypeOrSelf(type);
  auto quantized = dyn_cast<quant::UniformQuantizedType>(element);
  if (!quantized) {
    // Indices and the like are no quantities; floats have no scale to be integers with.
    if (!isa<FloatType>(element) || io == "float32")
      return element;
    function.emitOpError("expected a quantized ") << what << " for io=" << io << ", got " << type;
    return {};
  }
  if (io == "float32")
    return quantized.getExpressedType();
  if (quantized.getStorageTypeIntegralWidth() != 8) {
    function.emitOpError("expected 8 bits in ") << what << " for io=" << io << ", got " << type;
    return {};
  }
  bool wantSigned = io == "int8";
  if (quantized.isSigned() == wantSigned)
    return quantized;
  int64_t shift = wantSigned ? -128 : 128;
  return quant::UniformQuantizedType::get(
      wantSigned ? quant::QuantizationFlags::Signed : 0, quantized.getStorageType(),
      quantized.getExpressedType(), quantized.getScale(), quantized.getZeroPoint() + shift,
      quantized.getStorageTypeMin() + shift, quantized.getStorageTypeMax() + shift);
}

Value ConvertIo::convert(OpBuilder &builder, Location loc, Value value, Type type) {
  auto from = cast<RankedTensorType>(value.getType());
  auto to = RankedTensorType::get(from.getShape(), type);
  Value result;
  if (isa<FloatType>(type))
    result = qnn::DequantizeOp::create(builder, loc, to, value);
  else if (isa<FloatType>(from.getElementType()))
    result = qnn::QuantizeOp::create(builder, loc, to, value);
  else
    result = qnn::RequantizeOp::create(builder, loc, to, value);
  if (rounding)
    result.getDefiningOp()->setAttr(qnn::kRoundingAttr, rounding);
  return result;
}

void ConvertIo::runOnOperation() {
  func::FuncOp function = calibrate::getMain(getOperation());
  if (!function)
    return signalPassFailure();
  if (io != "float32" && io != "int8" && io != "uint8") {
    function.emitError("kvant-convert-io: io: expected float32, int8 or uint8, got \"")
        << io << '"';
    return signalPassFailure();
  }
  Block &block = function.getBody().front();
  for (Operation &op : block)
    if (auto own = op.getAttrOfType<StringAttr>(qnn::kRoundingAttr))
      rounding = own;

  OpBuilder builder = OpBuilder::atBlockBegin(&block);
  for (BlockArgument argument : block.getArguments()) {
    Type inner = getElementTypeOrSelf(argument.getType());
    Type outer =
        getOuterType(function, argument.getType(), "argument #" + Twine(argument.getArgNumber()));
    if (!outer)
      return signalPassFailure();
    if (outer == inner)
      continue;
    auto shape = cast<RankedTensorType>(argument.getType()).getShape();
    argument.setType(RankedTensorType::get(shape, outer));
    Value converted = convert(builder, argument.getLoc(), argument, inner);
    argument.replaceAllUsesExcept(converted, converted.getDefiningOp());
    if (isa<FloatType>(outer))
      function.removeArgAttr(argument.getArgNumber(), qnn::kQuantAttr);
    else
      function.setArgAttr(argument.getArgNumber(), qnn::kQuantAttr, TypeAttr::get(outer));
  }

  auto returnOp = cast<func::ReturnOp>(block.getTerminator());
  builder.setInsertionPoint(returnOp);
  for (OpOperand &use : returnOp->getOpOperands()) {
    Type outer =
        getOuterType(function, use.get().getType(), "result #" + Twine(use.getOperandNumber()));
    if (!outer)
      return signalPassFailure();
    if (outer == getElementTypeOrSelf(use.get().getType()))
      continue;
    use.set(convert(builder, use.get().getLoc(), use.get(), outer));
    if (isa<FloatType>(outer))
      function.removeResultAttr(use.getOperandNumber(),
                                StringAttr::get(&getContext(), qnn::kQuantAttr));
    else
      function.setResultAttr(use.getOperandNumber(), qnn::kQuantAttr, TypeAttr::get(outer));
  }
  function.setType(
      FunctionType::get(&getContext(), block.getArgumentTypes(), returnOp.getOperandTypes()));
}

} // namespace kvant::quantize
