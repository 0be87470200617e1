// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// QuantizableOpInterface, where an operation differs from the interface's
// defaults.
#include "dialects/Qnn/Qnn.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace kvant::qnn;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static int64_t numElements(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

//===----------------------------------------------------------------------===//
// Weighted operations
//===----------------------------------------------------------------------===//

static OperandRole weightedRole(unsigned index) {
  constexpr OperandRole roles[] = {OperandRole::Activation, OperandRole::Weights,
                                   OperandRole::Bias};
  return index < 3 ? roles[index] : OperandRole::Unquantized;
}

template <typename WeightedOp>
static bool weightedAccepts(WeightedOp op, StringRef scheme, std::string &reason) {
  if (!kvant::qnn::detail::acceptsSchemeDefault(op, scheme, reason))
    return false;
  if (scheme == "float32")
    return true;
  if (!matchPattern(op.getFilter(), m_Constant())) {
    reason = "the filter is not a constant";
    return false;
  }
  if (op.getBias() && !matchPattern(op.getBias(), m_Constant())) {
    reason = "the bias is not a constant";
    return false;
  }
  return true;
}

#define KVANT_WEIGHTED(OP, AXIS)                                                                   \
  OperandRole OP::getOperandRole(unsigned index) { return weightedRole(index); }                   \
  int64_t OP::getWeightChannelAxis() { return AXIS; }                                              \
  bool OP::acceptsScheme(StringRef scheme, std::string &reason) {                                  \
    return weightedAccepts(*this, scheme, reason);                                                 \
  }
KVANT_WEIGHTED(Conv2DOp, 0)
KVANT_WEIGHTED(DepthwiseConv2DOp, 3)
KVANT_WEIGHTED(TransposeConv2DOp, 0)
KVANT_WEIGHTED(FullyConnectedOp, 0)
#undef KVANT_WEIGHTED

int64_t Conv2DOp::getGroups() { return shapeOf(getInput())[3] / shapeOf(getFilter())[3]; }
int64_t DepthwiseConv2DOp::getMultiplier() {
  return shapeOf(getFilter())[3] / shapeOf(getInput())[3];
}

int64_t Conv2DOp::getCost() {
  ArrayRef<int64_t> filter = shapeOf(getFilter());
  return numElements(getOutput()) * filter[1] * filter[2] * filter[3];
}
int64_t DepthwiseConv2DOp::getCost() {
  ArrayRef<int64_t> filter = shapeOf(getFilter());
  return numElements(getOutput()) * filter[1] * filter[2];
}
int64_t TransposeConv2DOp::getCost() {
  ArrayRef<int64_t> filter = shapeOf(getFilter());
  return numElements(getInput()) * filter[0] * filter[1] * filter[2];
}
int64_t FullyConnectedOp::getCost() { return numElements(getOutput()) * shapeOf(getFilter())[1]; }
int64_t BatchMatMulOp::getCost() {
  return numElements(getOutput()) * shapeOf(getLhs()).take_back(2)[getAdjX() ? 0 : 1];
}

OperandRole BatchNormOp::getOperandRole(unsigned index) {
  return index == 0 ? OperandRole::Activation : OperandRole::Weights;
}
bool BatchNormOp::acceptsScheme(StringRef scheme, std::string &reason) {
  if (scheme == "float32")
    return true;
  reason = "a batch normalisation has no integer kernel of its own: it is "
           "folded into its "
           "producer, or made a multiplication and an addition";
  return false;
}

//===----------------------------------------------------------------------===//
// Pooling and resizing
//===----------------------------------------------------------------------===//

bool AvgPool2DOp::sharesScale() { return true; }
bool MaxPool2DOp::sharesScale() { return true; }
int64_t AvgPool2DOp::getCost() {
  return numElements(getOutput()) * getKernel()[0] * getKernel()[1];
}
int64_t MaxPool2DOp::getCost() {
  return numElements(getOutput()) * getKernel()[0] * getKernel()[1];
}
bool ResizeBilinearOp::sharesScale() { return true; }
bool ResizeNearestOp::sharesScale() { return true; }

/// TOSA limits the ratio of a resize: numerators of at most 2048.
template <typename ResizeOp>
static bool resizeAccepts(ResizeOp op, StringRef scheme, std::string &reason) {
  if (!kvant::qnn::detail::acceptsSchemeDefault(op, scheme, reason))
    return false;
  if (scheme == "float32")
    return true;
  constexpr int64_t kMaxNumerator = 2048;
  for (int64_t size : op.getSize())
    if (size > kMaxNumerator) {
      reason = "resizes to more than 2048 rows or columns";
      return false;
    }
  return true;
}
bool ResizeBilinearOp::acceptsScheme(StringRef scheme, std::string &reason) {
  return resizeAccepts(*this, scheme, reason);
}
bool ResizeNearestOp::acceptsScheme(StringRef scheme, std::string &reason) {
  return resizeAccepts(*this, scheme, reason);
}

//===----------------------------------------------------------------------===//
// Arithmetic and activations
//===----------------------------------------------------------------------===//

bool DivOp::acceptsScheme(StringRef scheme, std::string &reason) {
  if (scheme == "float32")
    return true;
  reason = "division has no integer kernel";
  return false;
}

std::optional<ScaleZeroPoint> LogisticOp::getFixedOutputScale() {
  return ScaleZeroPoint{1.0 / 256, -128};
}
std::optional<ScaleZeroPoint> TanhOp::getFixedOutputScale() { return ScaleZeroPoint{1.0 / 128, 0}; }
std::optional<ScaleZeroPoint> SoftmaxOp::getFixedOutputScale() {
  return ScaleZeroPoint{1.0 / 256, -128};
}
std::optional<ScaleZeroPoint> LogSoftmaxOp::getFixedOutputScale() {
  return ScaleZeroPoint{16.0 / 256, 127};
}
std::optional<ScaleZeroPoint> L2NormalizeOp::getFixedOutputScale() {
  return ScaleZeroPoint{1.0 / 128, 0};
}

OperandRole PReluOp::getOperandRole(unsigned index) {
  return index == 0 ? OperandRole::Activation : OperandRole::Weights;
}

bool ReduceMaxOp::sharesScale() { return true; }

//===----------------------------------------------------------------------===//
// Indices and type changes
//===----------------------------------------------------------------------===//

bool ArgMaxOp::acceptsScheme(StringRef scheme, std::string &reason) {
  return kvant::qnn::detail::acceptsSchemeDefault(*this, scheme, reason);
}
bool ArgMinOp::acceptsScheme(StringRef scheme, std::string &reason) {
  return kvant::qnn::detail::acceptsSchemeDefault(*this, scheme, reason);
}

static bool typeChangeAccepts(StringRef scheme, std::string &reason) {
  if (scheme == "float32")
    return true;
  reason = "converts between element types, so there is nothing to quantize";
  return false;
}
bool QuantizeOp::acceptsScheme(StringRef scheme, std::string &reason) {
  return typeChangeAccepts(scheme, reason);
}
bool DequantizeOp::acceptsScheme(StringRef scheme, std::string &reason) {
  return typeChangeAccepts(scheme, reason);
}
bool CastOp::acceptsScheme(StringRef scheme, std::string &reason) {
  return typeChangeAccepts(scheme, reason);
}

//===----------------------------------------------------------------------===//
// Data movement
//===----------------------------------------------------------------------===//

#define KVANT_MOVES(OP)                                                                            \
  bool OP::sharesScale() { return true; }
KVANT_MOVES(PadOp)
KVANT_MOVES(MirrorPadOp)
KVANT_MOVES(ConcatOp)
KVANT_MOVES(SplitOp)
KVANT_MOVES(SliceOp)
KVANT_MOVES(StridedSliceOp)
KVANT_MOVES(ReshapeOp)
KVANT_MOVES(TransposeOp)
KVANT_MOVES(PackOp)
KVANT_MOVES(UnpackOp)
KVANT_MOVES(TileOp)
KVANT_MOVES(GatherOp)
KVANT_MOVES(SpaceToDepthOp)
KVANT_MOVES(DepthToSpaceOp)
#undef KVANT_MOVES

OperandRole GatherOp::getOperandRole(unsigned index) {
  return index == 0 ? OperandRole::Activation : OperandRole::Unquantized;
}
