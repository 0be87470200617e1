// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers of the kernel dialect, and the sizes that they and the passes share.
#include "dialects/Kernel/Kernel.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace kvant::kernel;

namespace {

/// Inputs and destination are all tensors (one result) or all memrefs (no result).
LogicalResult verifySemantics(Operation *op, Value init) {
  bool tensors = isa<TensorType>(init.getType());
  for (Type type : op->getOperandTypes())
    if (isa<TensorType>(type) != tensors)
      return op->emitOpError("expected all operands to be tensors or all to be memrefs");
  if (tensors && (op->getNumResults() != 1 || op->getResult(0).getType() != init.getType()))
    return op->emitOpError("expected one result of the type of the destination, ")
           << init.getType();
  if (!tensors && op->getNumResults() != 0)
    return op->emitOpError("expected no result, the destination is a memref");
  return success();
}

LogicalResult verifyRank(Operation *op, Value value, StringRef name, int64_t rank) {
  int64_t actual = cast<ShapedType>(value.getType()).getRank();
  if (actual != rank)
    return op->emitOpError("expected ") << name << " of rank " << rank << ", got " << actual;
  return success();
}

LogicalResult verifyPair(Operation *op, StringRef name, ArrayRef<int64_t> values) {
  if (values.size() == 2 && values[0] >= 1 && values[1] >= 1)
    return success();
  return op->emitOpError("expected ")
         << name << " to be two numbers of at least 1, got [" << values << "]";
}

/// The numbers of an optional attribute, or zeros.
SmallVector<int64_t> getOrZeros(std::optional<ArrayRef<int64_t>> values, size_t count) {
  return values ? SmallVector<int64_t>(*values) : SmallVector<int64_t>(count, 0);
}

LogicalResult verifyPlaces(Operation *op, StringRef name, std::optional<ArrayRef<int64_t>> values,
                           size_t count) {
  if (!values ||
      (values->size() == count && llvm::all_of(*values, [](int64_t v) { return v >= 0; })))
    return success();
  return op->emitOpError("expected ")
         << name << " to be " << count << " numbers of at least 0, got [" << *values << "]";
}

/// Halo, origins and the shapes that they belong to.
template <typename OpT> LogicalResult verifyLayout(OpT op) {
  if (failed(verifyPlaces(op, "halo", op.getHalo(), 4)) ||
      failed(verifyPlaces(op, "input_origin", op.getInputOrigin(), 2)) ||
      failed(
          verifyPlaces(op, "element_origins", op.getElementOrigins(), 2 * op.getElements().size())))
    return failure();
  if (op.getForward() && op.getBackward())
    return op.emitOpError("expected forward or backward, got both");
  ShapedType input = op.getInputType(), init = op.getInitType();
  if (op.getWeightsByImage() && !isa<DotConvOp>(op))
    return op.emitOpError("expected weights_by_image on dot_conv only");
  if (op.getUniform() &&
      (!isa<DepthwiseConvOp>(op) || init.getShape()[3] % int64_t(op.getLanes()) != 0))
    return op.emitOpError(
        "expected uniform weights on whole blocks of depthwise convolutions only");
  if (op.getHalo().has_value() != op.getHaloValue().has_value() ||
      (op.getHaloValue() && op.getHaloValue()->getType() != init.getElementType()))
    return op.emitOpError(
        "expected halo and halo_value of the destination's element type together");
  SmallVector<int64_t> out = op.getOutShape(), start = op.getInputStart();
  for (int axis = 0; axis != 2; ++axis) {
    StringRef name = axis == 0 ? " rows" : " columns";
    if (out[axis + 1] < 1)
      return op.emitOpError("expected a halo that leaves something of the destination's ")
             << init.getShape()[axis + 1] << name;
    int64_t reach = start[axis] + (out[axis + 1] - 1) * op.getStride()[axis] +
                    (op.getWindow()[axis] - 1) * op.getDilation()[axis] + 1;
    if (reach > input.getShape()[axis + 1])
      return op.emitOpError("expected an input of at least ")
             << reach << name << ", got " << input.getShape()[axis + 1];
  }
  if (input.getShape()[0] != init.getShape()[0])
    return op.emitOpError("expected the batch of the destination to be that of the input, ")
           << input.getShape()[0] << ", got " << init.getShape()[0];
  for (auto [index, operand] : llvm::enumerate(op.getElements())) {
    auto shape = llvm::to_vector(cast<ShapedType>(operand.getType()).getShape());
    if (op.getElementOrigins() && shape.size() == 4)
      for (int axis = 0; axis != 2; ++axis) {
        bool holds = shape[axis + 1] >= op.getElementStart(index)[axis] + out[axis + 1];
        shape[axis + 1] = holds ? out[axis + 1] : -1;
      }
    if (shape != out)
      return op.emitOpError("expected an element operand of the shape of the destination");
  }
  return success();
}

ShapedType shapedTypeOf(Value value) { return cast<ShapedType>(value.getType()); }

/// The block of an epilogue: `first` and an element of each of `operands` come in, one of `result`
/// goes out.
LogicalResult verifyEpilogue(Operation *op, StringRef arguments, Type first, ValueRange operands,
                             Type result) {
  SmallVector<Type> expected = {first};
  for (Value operand : operands)
    expected.push_back(shapedTypeOf(operand).getElementType());
  Block &block = op->getRegion(0).front();
  if (llvm::to_vector(block.getArgumentTypes()) != expected)
    return op->emitOpError("expected the epilogue's arguments to be ") << arguments;
  auto yield = cast<YieldOp>(block.getTerminator());
  if (yield.getNumOperands() != 1 || yield.getOperand(0).getType() != result)
    return op->emitOpError("expected the epilogue to yield one ") << result;
  return success();
}

template <typename OpT> int64_t paddedChannels(OpT op) {
  return llvm::alignTo(op.getInitType().getShape()[3], op.getLanes());
}

template <typename OpT> LogicalResult verifyConv(OpT op) {
  if (failed(verifySemantics(op, op.getInit())))
    return failure();
  if (failed(verifyRank(op, op.getInput(), "input", 4)) ||
      failed(verifyRank(op, op.getInit(), "destination", 4)) ||
      failed(verifyRank(op, op.getWeights(), "weights", 1)) ||
      failed(verifyRank(op, op.getBias(), "bias", 1)))
    return failure();
  if (failed(verifyPair(op, "window", op.getWindow())) ||
      failed(verifyPair(op, "stride", op.getStride())) ||
      failed(verifyPair(op, "dilation", op.getDilation())))
    return failure();
  if (op.getLanes() < 1 || op.getBlock() < 1 || op.getBlock() % op.getLanes() != 0)
    return op.emitOpError("expected block to be a multiple of lanes, got ")
           << op.getBlock() << " and " << op.getLanes();

  if (failed(verifyLayout(op)))
    return failure();

  ShapedType input = op.getInputType(), init = op.getInitType();
  Type element = input.getElementType();
  Type weight = cast<ShapedType>(op.getWeights().getType()).getElementType();
  Type accumulator = cast<ShapedType>(op.getBias().getType()).getElementType();
  bool isFloat = element.isF32();
  if (!(isFloat ? weight.isF32() && accumulator.isF32()
                : element.isInteger(8) && weight.isInteger(8) && accumulator.isInteger(32)))
    return op.emitOpError("expected input, weights and bias of i8, i8 and i32, or of f32; got ")
           << element << ", " << weight << " and " << accumulator;
  if (isFloat && (op.getInputOffset() || op.getWeightZp() || op.getInputUnsigned()))
    return op.emitOpError("expected no zero points on float operands");
  if (op.getInputOffset() != 0 && op.getInputOffset() != 128)
    return op.emitOpError("expected input_offset 0 or 128, got ") << op.getInputOffset();

  auto verifyLength = [&](Value value, StringRef name, int64_t expected) -> LogicalResult {
    int64_t actual = cast<ShapedType>(value.getType()).getNumElements();
    if (actual != expected)
      return op.emitOpError("expected ") << expected << " " << name << ", got " << actual;
    return success();
  };
  int64_t images = op.getWeightImages();
  if (failed(verifyLength(op.getWeights(), "packed weights", images * op.getPackedSize())) ||
      failed(verifyLength(op.getBias(), "elements of bias", images * op.getPaddedChannels())))
    return failure();
  for (Value operand : op.getChannels())
    if (failed(verifyRank(op, operand, "channel operand", 1)) ||
        failed(verifyLength(operand, "elements of a channel operand", op.getPaddedChannels())))
      return failure();

  SmallVector<Value> operands(op.getChannels());
  llvm::append_range(operands, op.getElements());
  return verifyEpilogue(op, "the accumulator and an element of each channel and element operand",
                        accumulator, operands, init.getElementType());
}

} // namespace

LogicalResult PadOp::verify() {
  if (failed(verifySemantics(*this, getInit())) ||
      failed(verifyRank(*this, getInput(), "input", 4)) ||
      failed(verifyRank(*this, getInit(), "destination", 4)))
    return failure();
  auto input = cast<ShapedType>(getInput().getType());
  auto init = cast<ShapedType>(getInit().getType());
  if (getLow().size() != 2 || getLow()[0] < 0 || getLow()[1] < 0)
    return emitOpError("expected low to be two numbers of at least 0, got [") << getLow() << "]";
  if (input.getElementType() != init.getElementType() ||
      getValue().getType() != init.getElementType())
    return emitOpError("expected input, destination and value of one element type");
  if (getFlipSign() && !init.getElementType().isInteger(8))
    return emitOpError("expected flip_sign on bytes only, got ") << init.getElementType();
  if (input.getShape()[0] != init.getShape()[0] || input.getShape()[3] != init.getShape()[3])
    return emitOpError("expected batch and channels of the destination to be the input's");
  for (int axis = 0; axis != 2; ++axis)
    if (getLow()[axis] + input.getShape()[axis + 1] > init.getShape()[axis + 1])
      return emitOpError("expected a destination that holds the input at low, got ")
             << init.getShape()[axis + 1] << (axis == 0 ? " rows" : " columns");
  return success();
}

LogicalResult PackOp::verify() {
  if (failed(verifySemantics(*this, getInit())) ||
      failed(verifyRank(*this, getInput(), "input", 3)) ||
      failed(verifyRank(*this, getInit(), "destination", 1)))
    return failure();
  if (int64_t(getLanes()) < 1 || getBlock() % getLanes() != 0)
    return emitOpError("expected block to be a multiple of lanes, got ")
           << getBlock() << " and " << getLanes();
  ArrayRef<int64_t> shape = shapedTypeOf(getInput()).getShape();
  int64_t expected = shape[0] * llvm::alignTo(shape[1], getDotGroup(getLanes())) *
                     llvm::alignTo(shape[2], getLanes());
  int64_t actual = shapedTypeOf(getInit()).getNumElements();
  if (actual != expected)
    return emitOpError("expected a destination of ") << expected << " bytes, got " << actual;
  return success();
}

LogicalResult ElementwiseOp::verify() {
  if (failed(verifySemantics(*this, getInit())))
    return failure();
  ShapedType init = shapedTypeOf(getInit());
  for (Value operand : getOperands())
    if (shapedTypeOf(operand).getShape() != init.getShape())
      return emitOpError("expected operands of the shape of the destination, got ")
             << operand.getType();
  return verifyEpilogue(*this, "an element of the input and of each element operand",
                        shapedTypeOf(getInput()).getElementType(), getElements(),
                        init.getElementType());
}

#define KVANT_CONV_SIZES(OP)                                                                       \
  ShapedType OP::getInputType() { return cast<ShapedType>(getInput().getType()); }                 \
  ShapedType OP::getInitType() { return cast<ShapedType>(getInit().getType()); }                   \
  bool OP::isInteger() { return getInputType().getElementType().isInteger(); }                     \
  SmallVector<int64_t> OP::getHaloSides() { return getOrZeros(getHalo(), 4); }                     \
  SmallVector<int64_t> OP::getOutShape() {                                                         \
    SmallVector<int64_t> shape(getInitType().getShape()), halo = getHaloSides();                   \
    shape[1] -= halo[0] + halo[1];                                                                 \
    shape[2] -= halo[2] + halo[3];                                                                 \
    return shape;                                                                                  \
  }                                                                                                \
  SmallVector<int64_t> OP::getInputStart() { return getOrZeros(getInputOrigin(), 2); }             \
  SmallVector<int64_t> OP::getElementStart(size_t index) {                                         \
    SmallVector<int64_t> all = getOrZeros(getElementOrigins(), 2 * getElements().size());          \
    return {all[2 * index], all[2 * index + 1]};                                                   \
  }                                                                                                \
  int64_t OP::getPaddedChannels() { return paddedChannels(*this); }                                \
  LogicalResult OP::verify() { return verifyConv(*this); }

KVANT_CONV_SIZES(DotConvOp)
KVANT_CONV_SIZES(DepthwiseConvOp)
#undef KVANT_CONV_SIZES

int64_t DotConvOp::getPackedSize() {
  int64_t group = isInteger() ? getDotGroup(getLanes()) : 1;
  WindowRuns runs = getWindowRuns(getWindow()[0], getWindow()[1], getDilation()[1],
                                  getInputType().getShape()[3], group);
  return getPaddedChannels() * runs.count * llvm::alignTo(runs.length, group);
}

int64_t DepthwiseConvOp::getPackedSize() {
  return (getUniform() ? getLanes() : getPaddedChannels()) * getWindow()[1] *
         llvm::alignTo(getWindow()[0], isInteger() ? kDotGroup : 1);
}
