// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks of each operation beyond its shapes: element types, weights and
// constants.
#include "dialects/Qnn/QnnShapes.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/TypeUtilities.h"
#include <cmath>

using namespace mlir;
using namespace kvant::qnn;
using namespace kvant::qnn::shapes;

static bool isQuantized(Value value) { return static_cast<bool>(getQuantizedType(value)); }

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

/// What an operation computes on: all its tensors are quantized, or all have
/// one type.
static LogicalResult verifySameKind(Operation *op, ValueRange values) {
  Type first = getElementTypeOrSelf(values.front().getType());
  for (Value value : values.drop_front()) {
    Type next = getElementTypeOrSelf(value.getType());
    bool same = isa<quant::QuantizedType>(first) ? isa<quant::QuantizedType>(next) : first == next;
    if (!same)
      return op->emitOpError() << "expected operands and results that are all "
                                  "quantized or of one type, got "
                               << first << " and " << next;
  }
  return success();
}

static LogicalResult verifySameKind(Operation *op) {
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getResults());
  return verifySameKind(op, values);
}

/// Elements only move, so stored values keep their meaning only under one type.
static LogicalResult verifySameElements(Operation *op, ValueRange inputs) {
  Type first = getElementTypeOrSelf(inputs.front().getType());
  auto verifyElement = [&](Value value) -> LogicalResult {
    Type next = getElementTypeOrSelf(value.getType());
    if (next != first)
      return op->emitOpError() << "expected operands and results with the same elements, got "
                               << first << " and " << next;
    return success();
  };
  for (Value value : inputs.drop_front())
    if (failed(verifyElement(value)))
      return failure();
  for (Value value : op->getResults())
    if (failed(verifyElement(value)))
      return failure();
  return success();
}

#define KVANT_VERIFY(OP, CHECK)                                                                    \
  LogicalResult OP::verify() { return CHECK; }

KVANT_VERIFY(BatchMatMulOp, verifySameKind(*this))
KVANT_VERIFY(AddOp, verifySameKind(*this))
KVANT_VERIFY(SubOp, verifySameKind(*this))
KVANT_VERIFY(MulOp, verifySameKind(*this))
KVANT_VERIFY(DivOp, verifySameKind(*this))
KVANT_VERIFY(MinimumOp, verifySameKind(*this))
KVANT_VERIFY(MaximumOp, verifySameKind(*this))
KVANT_VERIFY(SquaredDifferenceOp, verifySameKind(*this))
KVANT_VERIFY(ReluOp, verifySameKind(*this))
KVANT_VERIFY(Relu6Op, verifySameKind(*this))
KVANT_VERIFY(ReluN1To1Op, verifySameKind(*this))
KVANT_VERIFY(LogisticOp, verifySameKind(*this))
KVANT_VERIFY(TanhOp, verifySameKind(*this))
KVANT_VERIFY(HardSwishOp, verifySameKind(*this))
KVANT_VERIFY(EluOp, verifySameKind(*this))
KVANT_VERIFY(AbsOp, verifySameKind(*this))
KVANT_VERIFY(NegOp, verifySameKind(*this))
KVANT_VERIFY(ExpOp, verifySameKind(*this))
KVANT_VERIFY(LogOp, verifySameKind(*this))
KVANT_VERIFY(SqrtOp, verifySameKind(*this))
KVANT_VERIFY(RsqrtOp, verifySameKind(*this))
KVANT_VERIFY(SinOp, verifySameKind(*this))
KVANT_VERIFY(CosOp, verifySameKind(*this))
KVANT_VERIFY(GeluOp, verifySameKind(*this))
KVANT_VERIFY(PReluOp, verifySameKind(*this))
KVANT_VERIFY(LogSoftmaxOp, verifySameKind(*this))
KVANT_VERIFY(MeanOp, verifySameKind(*this))
KVANT_VERIFY(ReduceSumOp, verifySameKind(*this))
KVANT_VERIFY(ConcatOp, verifySameKind(*this))

KVANT_VERIFY(ReduceMaxOp, verifySameElements(*this, getInput()))
KVANT_VERIFY(MirrorPadOp, verifySameElements(*this, getInput()))
KVANT_VERIFY(SplitOp, verifySameElements(*this, getInput()))
KVANT_VERIFY(SliceOp, verifySameElements(*this, getInput()))
KVANT_VERIFY(StridedSliceOp, verifySameElements(*this, getInput()))
KVANT_VERIFY(ReshapeOp, verifySameElements(*this, getInput()))
KVANT_VERIFY(TransposeOp, verifySameElements(*this, getInput()))
KVANT_VERIFY(PackOp, verifySameElements(*this, getInputs()))
KVANT_VERIFY(UnpackOp, verifySameElements(*this, getInput()))
KVANT_VERIFY(TileOp, verifySameElements(*this, getInput()))
KVANT_VERIFY(GatherOp, verifySameElements(*this, getInput()))
KVANT_VERIFY(SpaceToDepthOp, verifySameElements(*this, getInput()))
KVANT_VERIFY(DepthToSpaceOp, verifySameElements(*this, getInput()))
#undef KVANT_VERIFY

//===----------------------------------------------------------------------===//
// Numbers among the attributes
//===----------------------------------------------------------------------===//

static LogicalResult verifyFinite(Operation *op, StringRef name, const APFloat &value) {
  if (!value.isFinite())
    return op->emitOpError() << "expected a finite number in '" << name << "'";
  return success();
}

static LogicalResult verifyNotNegative(Operation *op, StringRef name, const APFloat &value) {
  if (!value.isFinite() || (value.isNegative() && !value.isZero()))
    return op->emitOpError() << "expected a finite number of 0 or more in '" << name << "'";
  return success();
}

LogicalResult LeakyReluOp::verify() {
  if (failed(verifyFinite(*this, "alpha", getAlpha())))
    return failure();
  return verifySameKind(*this);
}

LogicalResult SoftmaxOp::verify() {
  if (failed(verifyFinite(*this, "beta", getBeta())))
    return failure();
  return verifySameKind(*this);
}

LogicalResult L2NormalizeOp::verify() {
  if (failed(verifyNotNegative(*this, "epsilon", getEpsilon())))
    return failure();
  return verifySameKind(*this);
}

LogicalResult PadOp::verify() {
  if (getValue().isNaN())
    return emitOpError("expected a number in 'value', got NaN");
  return verifySameElements(*this, getInput());
}

template <typename PoolOp> static LogicalResult verifyPool(PoolOp op) {
  for (auto [index, amount] : llvm::enumerate(op.getPadding()))
    if (amount >= op.getKernel()[index / 2])
      return op.emitOpError() << "expected padding smaller than the kernel, got " << amount
                              << " for a kernel of " << op.getKernel()[index / 2];
  return verifySameElements(op, op.getInput());
}
LogicalResult AvgPool2DOp::verify() { return verifyPool(*this); }
LogicalResult MaxPool2DOp::verify() { return verifyPool(*this); }

template <typename ResizeOp> static LogicalResult verifyResize(ResizeOp op) {
  if (op.getAlignCorners() && op.getHalfPixelCenters())
    return op.emitOpError("expected one of 'align_corners' and 'half_pixel_centers' at most");
  return verifySameElements(op, op.getInput());
}
LogicalResult ResizeBilinearOp::verify() { return verifyResize(*this); }
LogicalResult ResizeNearestOp::verify() { return verifyResize(*this); }

LogicalResult BatchNormOp::verify() {
  int64_t channels = shapeOf(getInput()).back();
  for (Value parameter : getOperands().drop_front())
    if (shapeOf(parameter) != ShapeRef(channels))
      return emitOpError() << "expected parameters of shape " << toString(channels) << ", got "
                           << toString(shapeOf(parameter));
  if (failed(verifyNotNegative(*this, "epsilon", getEpsilon())))
    return failure();
  return verifySameKind(*this);
}

//===----------------------------------------------------------------------===//
// Constants and type changes
//===----------------------------------------------------------------------===//

/// A resource may be named but not defined, or have the wrong size; nothing
/// upstream looks.
static LogicalResult verifyStorage(ConstantOp op) {
  auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue());
  if (!resource)
    return isa<DenseIntOrFPElementsAttr>(op.getValue())
               ? success()
               : op.emitOpError("expected a dense value or a resource");
  const AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  if (!blob)
    return op.emitOpError() << "expected the resource '" << resource.getRawHandle().getKey()
                            << "' to be defined in the file";
  int64_t bytes = llvm::divideCeil(resource.getType().getElementTypeBitWidth(), 8);
  int64_t expected = resource.getType().getNumElements() * bytes;
  int64_t actual = blob->getData().size();
  if (actual != expected)
    return op.emitOpError() << "expected " << expected << " bytes in the resource '"
                            << resource.getRawHandle().getKey() << "', got " << actual;
  return success();
}

LogicalResult ConstantOp::verify() {
  Type element = getOutput().getType().getElementType();
  if (auto quantized = dyn_cast<quant::QuantizedType>(element))
    element = quantized.getStorageType();
  Type stored = getValue().getShapedType().getElementType();
  if (stored != element)
    return emitOpError() << "expected a value with elements of type " << element << ", got "
                         << stored;
  return verifyStorage(*this);
}

LogicalResult QuantizeOp::verify() {
  Type expressed = getQuantizedType(getOutput()).getExpressedType();
  Type element = getInput().getType().getElementType();
  if (element != expressed)
    return emitOpError() << "expected an input of " << expressed << ", got " << element;
  return success();
}

LogicalResult DequantizeOp::verify() {
  Type result = getOutput().getType().getElementType();
  if (auto quantized = getQuantizedType(getInput())) {
    if (result != quantized.getExpressedType())
      return emitOpError() << "expected a result of " << quantized.getExpressedType() << ", got "
                           << result;
    return success();
  }
  Type element = cast<RankedTensorType>(getInput().getType()).getElementType();
  if (element.getIntOrFloatBitWidth() >= result.getIntOrFloatBitWidth())
    return emitOpError() << "expected a result wider than " << element << ", got " << result;
  return success();
}

LogicalResult CastOp::verify() {
  if (isQuantized(getInput()) || isQuantized(getOutput()))
    return emitOpError("expected floats or integers, got a quantized type: "
                       "quantize, dequantize "
                       "and requantize convert those");
  return success();
}

//===----------------------------------------------------------------------===//
// Weighted operations
//===----------------------------------------------------------------------===//

/// The bias is added to the accumulator as it is, so its scale must be that of
/// the products.
static LogicalResult verifyBiasScale(Operation *op, Value input, Value filter, Value bias) {
  auto stored = getQuantizedType(bias);
  if (stored.getStorageTypeIntegralWidth() < 32)
    return op->emitOpError() << "expected 'bias' of 32 bits, got " << stored;
  auto channelScales = [](quant::QuantizedType type) -> SmallVector<double> {
    if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type))
      return {perTensor.getScale()};
    if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
      return SmallVector<double>(perAxis.getScales());
    return {};
  };
  auto hasZeroPoint = [](quant::QuantizedType type) {
    if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type))
      return perTensor.getZeroPoint() != 0;
    auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
    return perAxis && llvm::any_of(perAxis.getZeroPoints(), [](int64_t z) { return z != 0; });
  };
  if (hasZeroPoint(stored))
    return op->emitOpError() << "expected 'bias' with zero points of 0, got " << stored;
  SmallVector<double> biases = channelScales(stored);
  SmallVector<double> inputs = channelScales(getQuantizedType(input));
  SmallVector<double> filters = channelScales(getQuantizedType(filter));
  if (biases.empty() || inputs.size() != 1 || filters.empty())
    return success();
  // TFLite's own tolerance, relative to the product instead of the output.
  constexpr double tolerance = 0.02;
  for (size_t i = 0, e = std::max(biases.size(), filters.size()); i < e; ++i) {
    double product = inputs[0] * filters[std::min(i, filters.size() - 1)];
    double scale = biases[std::min(i, biases.size() - 1)];
    if (std::abs(scale - product) > tolerance * product)
      return op->emitOpError() << "expected the scale of 'bias' to be that of input times "
                                  "filter, "
                               << product << ", got " << scale << " for channel " << i;
  }
  return success();
}

template <typename WeightedOp>
static LogicalResult verifyWeighted(WeightedOp op, int64_t channels) {
  if (failed(verifySameKind(op, {op.getInput(), op.getOutput()})))
    return failure();
  Type input = getElementTypeOrSelf(op.getInput().getType());
  Type filter = getElementTypeOrSelf(op.getFilter().getType());
  // A quantized filter below a float input is a weight-only scheme.
  if (isQuantized(op.getInput()) ? !isQuantized(op.getFilter())
                                 : !isQuantized(op.getFilter()) && filter != input)
    return op.emitOpError() << "expected 'filter' to fit an input of " << input << ", got "
                            << filter;
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(filter))
    if (perAxis.getQuantizedDimension() != op.getWeightChannelAxis())
      return op.emitOpError() << "expected 'filter' with scales along dimension "
                              << op.getWeightChannelAxis() << ", got dimension "
                              << perAxis.getQuantizedDimension();
  Value bias = op.getBias();
  if (!bias)
    return success();
  if (shapeOf(bias) != ShapeRef(channels))
    return op.emitOpError() << "expected 'bias' of shape " << toString(channels) << ", got "
                            << toString(shapeOf(bias));
  if (isQuantized(op.getInput()) != isQuantized(bias))
    return op.emitOpError() << "expected 'bias' to fit an input of " << input << ", got "
                            << getElementTypeOrSelf(bias.getType());
  if (isQuantized(bias))
    return verifyBiasScale(op, op.getInput(), op.getFilter(), bias);
  return verifySameKind(op, {op.getInput(), bias});
}

LogicalResult Conv2DOp::verify() { return verifyWeighted(*this, shapeOf(getFilter())[0]); }
LogicalResult DepthwiseConv2DOp::verify() { return verifyWeighted(*this, shapeOf(getFilter())[3]); }
LogicalResult TransposeConv2DOp::verify() { return verifyWeighted(*this, shapeOf(getFilter())[0]); }
LogicalResult FullyConnectedOp::verify() { return verifyWeighted(*this, shapeOf(getFilter())[0]); }
