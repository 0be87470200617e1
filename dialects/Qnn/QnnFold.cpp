// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folders: what an operation is when it does nothing, or its operands are small constants.
// Larger constants are left to the pass kvant-fold-constants, so that canonicalization stays
// cheap.
#include "dialects/Qnn/QnnEvaluate.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/APFloat.h"

using namespace mlir;
using namespace kvant::qnn;

/// Most elements that a folder computes.
static constexpr int64_t kMaxFoldedElements = 64;

static RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The small inline constant behind an operand, or null.
static DenseIntOrFPElementsAttr smallConstant(Attribute attribute) {
  auto dense = dyn_cast_or_null<DenseIntOrFPElementsAttr>(attribute);
  return dense && dense.getNumElements() <= kMaxFoldedElements ? dense : DenseIntOrFPElementsAttr();
}

static std::optional<std::vector<float>> smallFloats(Attribute attribute) {
  DenseIntOrFPElementsAttr dense = smallConstant(attribute);
  if (!dense || !dense.getElementType().isF32())
    return std::nullopt;
  auto values = dense.getValues<float>();
  return std::vector<float>(values.begin(), values.end());
}

static bool isSplatOf(Attribute attribute, float value) {
  auto dense = dyn_cast_or_null<DenseFPElementsAttr>(attribute);
  return dense && dense.isSplat() && dense.getElementType().isF32() &&
         dense.getSplatValue<float>() == value;
}

static OpFoldResult foldElementwise(Operation *op, ArrayRef<Attribute> operands) {
  RankedTensorType result = tensorOf(op->getResult(0));
  if (!result.getElementType().isF32() || result.getNumElements() > kMaxFoldedElements)
    return {};
  SmallVector<std::vector<float>> values;
  for (auto [operand, attribute] : llvm::zip_equal(op->getOperands(), operands)) {
    if (!tensorOf(operand).getElementType().isF32())
      return {};
    std::optional<std::vector<float>> elements = smallFloats(attribute);
    if (!elements)
      return {};
    values.push_back(std::move(*elements));
  }
  SmallVector<ArrayRef<float>> views(values.begin(), values.end());
  std::optional<std::vector<float>> folded = evaluateElementwise(op, views);
  if (!folded)
    return {};
  return DenseElementsAttr::get(result, ArrayRef<float>(*folded));
}

static OpFoldResult foldMovement(Operation *op, Attribute operand) {
  auto dense = dyn_cast_or_null<DenseIntOrFPElementsAttr>(operand);
  ArrayRef<int64_t> shape = tensorOf(op->getResult(0)).getShape();
  if (!dense)
    return {};
  auto type = RankedTensorType::get(shape, dense.getElementType());
  if (dense.isSplat())
    return dense.resizeSplat(type);
  if (!smallConstant(operand) || type.getNumElements() > kMaxFoldedElements)
    return {};
  std::optional<std::vector<int64_t>> indices = getSourceIndices(op);
  if (!indices)
    return {};
  auto values = llvm::to_vector(dense.getValues<Attribute>());
  SmallVector<Attribute> moved;
  for (int64_t index : *indices)
    moved.push_back(values[index]);
  return DenseElementsAttr::get(type, moved);
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

//===----------------------------------------------------------------------===//
// Type changes
//===----------------------------------------------------------------------===//

OpFoldResult QuantizeOp::fold(FoldAdaptor adaptor) {
  auto type = getQuantizedType(getOutput());
  // The way there and back is exact as long as a float holds every stored value.
  if (auto source = getInput().getDefiningOp<DequantizeOp>())
    if (source.getInput().getType() == getType() && type.getStorageTypeIntegralWidth() <= 16)
      return source.getInput();
  std::optional<std::vector<float>> values = smallFloats(adaptor.getInput());
  if (!values)
    return {};
  unsigned width = type.getStorageTypeIntegralWidth();
  SmallVector<APInt> stored;
  for (auto [index, value] : llvm::enumerate(*values)) {
    auto element = quantizeElement(type, value, getChannel(getType(), index));
    if (!element)
      return {};
    stored.push_back(APInt(width, static_cast<uint64_t>(*element), /*isSigned=*/false,
                           /*implicitTrunc=*/true));
  }
  return DenseElementsAttr::get(RankedTensorType::get(getType().getShape(), type.getStorageType()),
                                stored);
}

OpFoldResult DequantizeOp::fold(FoldAdaptor adaptor) {
  DenseIntOrFPElementsAttr constant = smallConstant(adaptor.getInput());
  if (!constant || !getType().getElementType().isF32())
    return {};
  SmallVector<float> values;
  if (isa<FloatType>(constant.getElementType())) {
    for (APFloat value : constant.getValues<APFloat>()) {
      bool losesInfo = false;
      value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &losesInfo);
      values.push_back(value.convertToFloat());
    }
    return DenseElementsAttr::get(getType(), ArrayRef<float>(values));
  }
  auto type = getQuantizedType(getInput());
  if (!type)
    return {};
  for (auto [index, value] : llvm::enumerate(constant.getValues<APInt>())) {
    int64_t stored = type.isSigned() ? value.getSExtValue() : value.getZExtValue();
    auto element = dequantizeElement(type, stored, getChannel(tensorOf(getInput()), index));
    if (!element)
      return {};
    values.push_back(*element);
  }
  return DenseElementsAttr::get(getType(), ArrayRef<float>(values));
}

OpFoldResult RequantizeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : OpFoldResult();
}

OpFoldResult CastOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  DenseIntOrFPElementsAttr constant = smallConstant(adaptor.getInput());
  auto source = constant ? dyn_cast<IntegerType>(constant.getElementType()) : nullptr;
  if (!source)
    return {};
  bool isUnsigned = source.isUnsigned() || source.getWidth() == 1;
  Type element = cast<RankedTensorType>(getType()).getElementType();
  if (auto target = dyn_cast<IntegerType>(element)) {
    SmallVector<APInt> values;
    for (const APInt &value : constant.getValues<APInt>()) {
      if (target.getWidth() == 1)
        values.push_back(APInt(1, !value.isZero()));
      else
        values.push_back(isUnsigned ? value.zextOrTrunc(target.getWidth())
                                    : value.sextOrTrunc(target.getWidth()));
    }
    return DenseElementsAttr::get(cast<ShapedType>(getType()), values);
  }
  auto target = cast<FloatType>(element);
  SmallVector<APFloat> values;
  for (const APInt &value : constant.getValues<APInt>()) {
    APFloat number(target.getFloatSemantics());
    number.convertFromAPInt(value, !isUnsigned, APFloat::rmNearestTiesToEven);
    values.push_back(number);
  }
  return DenseElementsAttr::get(cast<ShapedType>(getType()), values);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// The other operand where one is the neutral element, no clamp follows and no broadcast
/// happens.
template <typename BinaryOp> static Value withoutNeutral(BinaryOp op, Value kept, bool isNeutral) {
  bool same = isNeutral && op.getActivation() == Activation::None &&
              kept.getType() == op.getType() && tensorOf(kept).getElementType().isF32();
  return same ? kept : Value();
}

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  if (Value kept = withoutNeutral(*this, getLhs(), isSplatOf(adaptor.getRhs(), 0.0f)))
    return kept;
  return foldElementwise(*this, adaptor.getOperands());
}
OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  if (Value kept = withoutNeutral(*this, getLhs(), isSplatOf(adaptor.getRhs(), 0.0f)))
    return kept;
  return foldElementwise(*this, adaptor.getOperands());
}
OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  if (Value kept = withoutNeutral(*this, getLhs(), isSplatOf(adaptor.getRhs(), 1.0f)))
    return kept;
  return foldElementwise(*this, adaptor.getOperands());
}
OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  if (Value kept = withoutNeutral(*this, getLhs(), isSplatOf(adaptor.getRhs(), 1.0f)))
    return kept;
  return foldElementwise(*this, adaptor.getOperands());
}

#define KVANT_FOLD_ELEMENTWISE(OP)                                                                 \
  OpFoldResult OP::fold(FoldAdaptor adaptor) {                                                     \
    return foldElementwise(*this, adaptor.getOperands());                                          \
  }
KVANT_FOLD_ELEMENTWISE(MinimumOp)
KVANT_FOLD_ELEMENTWISE(MaximumOp)
KVANT_FOLD_ELEMENTWISE(SquaredDifferenceOp)
KVANT_FOLD_ELEMENTWISE(ReluOp)
KVANT_FOLD_ELEMENTWISE(Relu6Op)
KVANT_FOLD_ELEMENTWISE(ReluN1To1Op)
KVANT_FOLD_ELEMENTWISE(LogisticOp)
KVANT_FOLD_ELEMENTWISE(TanhOp)
KVANT_FOLD_ELEMENTWISE(HardSwishOp)
KVANT_FOLD_ELEMENTWISE(EluOp)
KVANT_FOLD_ELEMENTWISE(AbsOp)
KVANT_FOLD_ELEMENTWISE(NegOp)
KVANT_FOLD_ELEMENTWISE(ExpOp)
KVANT_FOLD_ELEMENTWISE(LogOp)
KVANT_FOLD_ELEMENTWISE(SqrtOp)
KVANT_FOLD_ELEMENTWISE(RsqrtOp)
KVANT_FOLD_ELEMENTWISE(SinOp)
KVANT_FOLD_ELEMENTWISE(CosOp)
KVANT_FOLD_ELEMENTWISE(GeluOp)
KVANT_FOLD_ELEMENTWISE(LeakyReluOp)
#undef KVANT_FOLD_ELEMENTWISE

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  // The elements stay in order: a constant of any size only changes its type.
  ArrayRef<int64_t> shape = getShape();
  if (auto dense = dyn_cast_or_null<DenseIntOrFPElementsAttr>(adaptor.getInput()))
    return dense.reshape(RankedTensorType::get(shape, dense.getElementType()));
  if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(adaptor.getInput()))
    return DenseResourceElementsAttr::get(
        RankedTensorType::get(shape, resource.getType().getElementType()), resource.getRawHandle());
  return {};
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  bool isIdentity = true;
  for (auto [index, perm] : llvm::enumerate(getPerms()))
    isIdentity &= static_cast<int64_t>(index) == perm;
  if (isIdentity && getInput().getType() == getType())
    return getInput();
  return foldMovement(*this, adaptor.getInput());
}
