// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass kvant-qnn-to-tosa: walks a function in order, lowers each operation by the function
// that its family registered, and rewrites the boundary.
#include "Lowering.h"

#include "kvant/Lower/Passes.h"
#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace kvant {
#define GEN_PASS_DEF_QNNTOTOSA
#include "kvant/Lower/Passes.h.inc"

namespace lower {

RankedTensorType lowerType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  Type element = tensor.getElementType();
  if (auto quantized = dyn_cast<quant::QuantizedType>(element))
    element = IntegerType::get(type.getContext(), quantized.getStorageTypeIntegralWidth());
  else if (element.isInteger(64))
    element = IntegerType::get(type.getContext(), 32);
  return RankedTensorType::get(tensor.getShape(), element);
}

static bool isUnsigned8(Type type) {
  auto quantized = dyn_cast<quant::QuantizedType>(getElementTypeOrSelf(type));
  return quantized && !quantized.isSigned() && quantized.getStorageTypeIntegralWidth() == 8;
}

FailureOr<Uniform> getUniform8(Operation *op, Value value, StringRef what) {
  std::optional<Uniform> uniform = getUniform(value.getType());
  if (!uniform)
    return op->emitOpError("expected ")
           << what << " with one scale (!quant.uniform per tensor), got " << value.getType();
  if (uniform->bits != 8)
    return op->emitOpError("expected ") << what << " of 8-bit storage, got " << value.getType();
  return *uniform;
}

FailureOr<Multiplier> getMultiplierFor(Operation *op, double scale) {
  std::optional<Multiplier> multiplier =
      qnn::roundsLikeTFLite(op) ? getTFLiteMultiplier(scale) : getMultiplier(scale);
  if (!multiplier)
    return op->emitOpError("expected a ratio of scales in [0, 2^29), got ") << scale;
  return *multiplier;
}

Value applyActivation(TosaEmitter &emit, Value x, qnn::Activation activation) {
  constexpr float highest = std::numeric_limits<float>::max();
  switch (activation) {
  case qnn::Activation::None:
    return x;
  case qnn::Activation::Relu:
    return emit.clampFloat(x, 0.0f, highest);
  case qnn::Activation::Relu6:
    return emit.clampFloat(x, 0.0f, 6.0f);
  case qnn::Activation::ReluN1To1:
    return emit.clampFloat(x, -1.0f, 1.0f);
  }
  return x;
}

LoweredValue requantize(Operation *op, TosaEmitter &emit, Value x, const Uniform &from,
                        const Uniform &to) {
  if (from.scale == to.scale && from.zeroPoint == to.zeroPoint)
    return x;
  FailureOr<Multiplier> multiplier = getMultiplierFor(op, from.scale / to.scale);
  if (failed(multiplier))
    return failure();
  Value result = emit.rescale(x, emit.i8(), *multiplier, from.zeroPoint, to.zeroPoint,
                              qnn::roundsLikeTFLite(op));
  return emit.clampIfNarrow(result, {to.low, to.high});
}

/// The other of stored and stored - 128, in 8 bits.
static Value flipSign(TosaEmitter &emit, Value x) {
  return emit.binary<tosa::BitwiseXorOp>(x, emit.splat(x, -128));
}

static LoweredValue lowerConstant(qnn::ConstantOp op, const Lowering &l) {
  std::optional<ConstantReader> reader = ConstantReader::create(op.getValue());
  if (!reader)
    return op.emitOpError("expected a dense constant whose data is present");
  RankedTensorType type = lowerType(op.getType());
  if (type.getElementType() == reader->getElementType() && !isUnsigned8(op.getType())) {
    // Same bytes under the type of TOSA.
    auto value = cast<ElementsAttr>(op.getValue());
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
      return l.emit.constant(DenseResourceElementsAttr::get(type, resource.getRawHandle()));
    return l.emit.constant(value);
  }
  if (reader->isFloat())
    return op.emitOpError("expected elements of ") << type.getElementType() << ", got floats";
  std::vector<int64_t> values = reader->getInts(/*asUnsigned=*/isUnsigned8(op.getType()));
  for (int64_t &value : values) {
    if (isUnsigned8(op.getType()))
      value -= 128;
    else if (type.getElementType().isInteger(32))
      value = std::clamp<int64_t>(value, INT32_MIN, INT32_MAX);
  }
  return l.emit.constant(makeIntConstant(type, values));
}

namespace {

/// Lowers one function.
class FunctionLowering {
public:
  FunctionLowering(func::FuncOp function, const LoweringRegistry &registry)
      : function(function), registry(registry) {}

  LogicalResult run() {
    Block &block = function.getBody().front();
    SmallVector<Operation *> old;
    for (Operation &op : block)
      old.push_back(&op);
    unsigned numArguments = block.getNumArguments();
    if (failed(lowerArguments(block)))
      return failure();
    for (Operation *op : old)
      if (failed(lowerOperation(op)))
        return failure();
    for (Operation *op : llvm::reverse(old))
      op->erase();
    block.eraseArguments(0, numArguments);
    eraseDeadConstants(block);
    function.setFunctionType(FunctionType::get(function.getContext(), block.getArgumentTypes(),
                                               block.getTerminator()->getOperandTypes()));
    return success();
  }

private:
  LogicalResult lowerArguments(Block &block) {
    OpBuilder builder = OpBuilder::atBlockBegin(&block);
    for (auto [i, argument] : llvm::enumerate(llvm::to_vector(block.getArguments()))) {
      auto tensor = dyn_cast<RankedTensorType>(argument.getType());
      if (!tensor || !tensor.hasStaticShape())
        return function.emitOpError("expected argument ")
               << i << " to be a ranked tensor of static shape, got " << argument.getType();
      TosaEmitter emit(builder, argument.getLoc());
      RankedTensorType type = lowerType(tensor);
      bool narrowed = tensor.getElementType().isInteger(64);
      if (narrowed)
        type = tensor;
      if (auto quantized = dyn_cast<quant::QuantizedType>(tensor.getElementType()))
        function.setArgAttr(i, qnn::kQuantAttr, TypeAttr::get(quantized));
      Value lowered = block.addArgument(type, argument.getLoc());
      if (isUnsigned8(tensor))
        lowered = flipSign(emit, lowered);
      else if (narrowed)
        lowered = emit.cast(lowered, emit.i32());
      mapping.map(argument, lowered);
    }
    return success();
  }

  LogicalResult lowerReturn(func::ReturnOp op) {
    OpBuilder builder(op);
    SmallVector<Value> results;
    for (auto [i, result] : llvm::enumerate(op.getOperands())) {
      TosaEmitter emit(builder, op.getLoc());
      Value lowered = mapping.lookup(result);
      Type element = getElementTypeOrSelf(result.getType());
      if (isa<quant::QuantizedType>(element))
        function.setResultAttr(i, qnn::kQuantAttr, TypeAttr::get(element));
      if (isUnsigned8(result.getType()))
        lowered = flipSign(emit, lowered);
      else if (element.isInteger(64))
        lowered = emit.cast(lowered, element);
      results.push_back(lowered);
    }
    func::ReturnOp::create(builder, op.getLoc(), results);
    return success();
  }

  LogicalResult lowerOperation(Operation *op) {
    if (auto returnOp = dyn_cast<func::ReturnOp>(op))
      return lowerReturn(returnOp);
    OpBuilder builder(op);
    if (isa_and_nonnull<tosa::TosaDialect>(op->getDialect())) {
      builder.clone(*op, mapping);
      return success();
    }
    const LowerFunction *lower = registry.lookup(op);
    if (!lower)
      return op->emitOpError("has no lowering to TOSA; expected operations of qnn, tosa and "
                             "func.return");
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(mapping.lookup(operand));
    TosaEmitter emit(builder, op->getLoc());
    Results results = (*lower)(op, Lowering{emit, operands});
    if (failed(results))
      return failure();
    for (auto [result, lowered] : llvm::zip_equal(op->getResults(), *results)) {
      RankedTensorType expected = lowerType(result.getType());
      if (lowered.getType() != expected)
        return op->emitOpError("lowered to ")
               << lowered.getType() << " instead of " << expected << "; this is a bug of Kvant";
      mapping.map(result, lowered);
    }
    return success();
  }

  /// Constants that were reshaped or folded on the way.
  static void eraseDeadConstants(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<tosa::ConstOp, tosa::ConstShapeOp>(op) && op.use_empty())
        op.erase();
  }

  func::FuncOp function;
  const LoweringRegistry &registry;
  IRMapping mapping;
};

} // namespace
} // namespace lower

namespace {
struct QnnToTosa : impl::QnnToTosaBase<QnnToTosa> {
  void runOnOperation() override {
    lower::LoweringRegistry registry;
    registry.add<qnn::ConstantOp>(lower::lowerConstant);
    lower::registerBinary(registry);
    lower::registerContraction(registry);
    lower::registerDataMovement(registry);
    lower::registerPool(registry);
    lower::registerQuantize(registry);
    lower::registerReduce(registry);
    lower::registerResize(registry);
    lower::registerSoftmax(registry);
    lower::registerUnary(registry);
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      if (!function.getBody().hasOneBlock()) {
        function.emitOpError("expected one block, got ") << function.getBody().getBlocks().size();
        return signalPassFailure();
      }
      if (failed(lower::FunctionLowering(function, registry).run()))
        return signalPassFailure();
    }
  }
};
} // namespace

} // namespace kvant
