// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What operations compute on known elements.
#include "dialects/Qnn/QnnEvaluate.h"
#include "llvm/ADT/TypeSwitch.h"
#include <algorithm>
#include <cmath>
#include <functional>

using namespace mlir;
using namespace kvant::qnn;

static RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t i = static_cast<int64_t>(shape.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

using Unary = std::function<float(float)>;
using Binary = std::function<float(float, float)>;

template <typename Function> static Unary rounded(Function function) {
  return [=](float x) { return static_cast<float>(function(static_cast<double>(x))); };
}

static float clamp(float x, float low, float high) { return std::min(std::max(x, low), high); }

static Unary getUnary(Operation *op) {
  return llvm::TypeSwitch<Operation *, Unary>(op)
      .Case([](ReluOp) { return [](float x) { return std::max(x, 0.0f); }; })
      .Case([](Relu6Op) { return [](float x) { return clamp(x, 0.0f, 6.0f); }; })
      .Case([](ReluN1To1Op) { return [](float x) { return clamp(x, -1.0f, 1.0f); }; })
      .Case([](LogisticOp) { return rounded([](double x) { return 1.0 / (1.0 + std::exp(-x)); }); })
      .Case([](TanhOp) { return rounded([](double x) { return std::tanh(x); }); })
      .Case([](HardSwishOp) {
        return rounded([](double x) { return x * std::min(std::max(x + 3.0, 0.0), 6.0) / 6.0; });
      })
      .Case([](EluOp) { return rounded([](double x) { return x > 0.0 ? x : std::expm1(x); }); })
      .Case([](AbsOp) { return [](float x) { return std::fabs(x); }; })
      .Case([](NegOp) { return [](float x) { return -x; }; })
      .Case([](ExpOp) { return rounded([](double x) { return std::exp(x); }); })
      .Case([](LogOp) { return rounded([](double x) { return std::log(x); }); })
      .Case([](SqrtOp) { return rounded([](double x) { return std::sqrt(x); }); })
      .Case([](RsqrtOp) { return rounded([](double x) { return 1.0 / std::sqrt(x); }); })
      .Case([](SinOp) { return rounded([](double x) { return std::sin(x); }); })
      .Case([](CosOp) { return rounded([](double x) { return std::cos(x); }); })
      .Case([](GeluOp gelu) -> Unary {
        if (gelu.getApproximate())
          return rounded([](double x) {
            constexpr double kSqrt2OverPi = 0.79788456080286535588;
            return 0.5 * x * (1.0 + std::tanh(kSqrt2OverPi * (x + 0.044715 * x * x * x)));
          });
        return rounded([](double x) {
          constexpr double kSqrtHalf = 0.70710678118654752440;
          return 0.5 * x * std::erfc(-x * kSqrtHalf);
        });
      })
      .Case([](LeakyReluOp leaky) -> Unary {
        float alpha = leaky.getAlpha().convertToFloat();
        return [alpha](float x) { return x >= 0.0f ? x : alpha * x; };
      })
      .Default([](Operation *) { return Unary(); });
}

static Binary getBinary(Operation *op) {
  return llvm::TypeSwitch<Operation *, Binary>(op)
      .Case([](AddOp) { return [](float l, float r) { return l + r; }; })
      .Case([](SubOp) { return [](float l, float r) { return l - r; }; })
      .Case([](MulOp) { return [](float l, float r) { return l * r; }; })
      .Case([](DivOp) { return [](float l, float r) { return l / r; }; })
      .Case([](MinimumOp) { return [](float l, float r) { return std::min(l, r); }; })
      .Case([](MaximumOp) { return [](float l, float r) { return std::max(l, r); }; })
      .Case([](SquaredDifferenceOp) { return [](float l, float r) { return (l - r) * (l - r); }; })
      .Default([](Operation *) { return Binary(); });
}

static float activate(Activation activation, float x) {
  switch (activation) {
  case Activation::None:
    return x;
  case Activation::Relu:
    return std::max(x, 0.0f);
  case Activation::Relu6:
    return clamp(x, 0.0f, 6.0f);
  case Activation::ReluN1To1:
    return clamp(x, -1.0f, 1.0f);
  }
  return x;
}

/// Index of the operand element that result element `index` reads, under broadcasting.
static int64_t broadcastIndex(ArrayRef<int64_t> result, ArrayRef<int64_t> operand, int64_t index) {
  int64_t source = 0, stride = 1;
  for (size_t i = 0; i < result.size(); ++i) {
    int64_t dim = result[result.size() - 1 - i];
    int64_t coordinate = index % dim;
    index /= dim;
    if (i >= operand.size())
      break;
    int64_t size = operand[operand.size() - 1 - i];
    source += (size == 1 ? 0 : coordinate) * stride;
    stride *= size;
  }
  return source;
}

std::optional<std::vector<float>>
kvant::qnn::evaluateElementwise(Operation *op, ArrayRef<ArrayRef<float>> operands) {
  if (op->getNumResults() != 1 || op->getNumOperands() != operands.size())
    return std::nullopt;
  for (Value value : op->getOperands())
    if (!tensorOf(value).getElementType().isF32())
      return std::nullopt;
  RankedTensorType result = tensorOf(op->getResult(0));
  if (!result.getElementType().isF32())
    return std::nullopt;
  std::vector<float> elements(result.getNumElements());
  if (Unary unary = getUnary(op)) {
    llvm::transform(operands[0], elements.begin(), unary);
    return elements;
  }
  Binary binary = getBinary(op);
  if (!binary)
    return std::nullopt;
  auto activation = cast<ActivationAttr>(*op->getInherentAttr("activation")).getValue();
  ArrayRef<int64_t> lhs = tensorOf(op->getOperand(0)).getShape();
  ArrayRef<int64_t> rhs = tensorOf(op->getOperand(1)).getShape();
  for (int64_t i = 0, e = elements.size(); i < e; ++i)
    elements[i] =
        activate(activation, binary(operands[0][broadcastIndex(result.getShape(), lhs, i)],
                                    operands[1][broadcastIndex(result.getShape(), rhs, i)]));
  return elements;
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

/// Visits every element of `shape` in row-major order.
template <typename Visit> static void forEachIndex(ArrayRef<int64_t> shape, Visit visit) {
  SmallVector<int64_t> index(shape.size(), 0);
  for (;;) {
    visit(ArrayRef<int64_t>(index));
    int64_t dim = static_cast<int64_t>(shape.size()) - 1;
    while (dim >= 0 && ++index[dim] == shape[dim])
      index[dim--] = 0;
    if (dim < 0)
      return;
  }
}

/// The indices base + sum(coordinate * step) over the result shape.
static std::vector<int64_t> affineIndices(ArrayRef<int64_t> shape, int64_t base,
                                          ArrayRef<int64_t> steps) {
  std::vector<int64_t> indices;
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    int64_t source = base;
    for (auto [coordinate, step] : llvm::zip_equal(index, steps))
      source += coordinate * step;
    indices.push_back(source);
  });
  return indices;
}

static std::vector<int64_t> transposeIndices(TransposeOp op) {
  SmallVector<int64_t> strides = stridesOf(tensorOf(op.getInput()).getShape());
  SmallVector<int64_t> steps;
  for (int64_t perm : op.getPerms())
    steps.push_back(strides[perm]);
  return affineIndices(tensorOf(op.getOutput()).getShape(), 0, steps);
}

static std::vector<int64_t> sliceIndices(SliceOp op) {
  SmallVector<int64_t> strides = stridesOf(tensorOf(op.getInput()).getShape());
  int64_t base = 0;
  for (auto [begin, stride] : llvm::zip_equal(op.getBegin(), strides))
    base += begin * stride;
  return affineIndices(tensorOf(op.getOutput()).getShape(), base, strides);
}

static std::vector<int64_t> stridedSliceIndices(StridedSliceOp op) {
  SmallVector<int64_t> strides = stridesOf(tensorOf(op.getInput()).getShape());
  SmallVector<int64_t> steps;
  int64_t base = 0;
  for (auto [dim, stride] : llvm::enumerate(strides)) {
    base += op.getBegin()[dim] * stride;
    if (!llvm::is_contained(op.getShrinkAxes(), static_cast<int64_t>(dim)))
      steps.push_back(op.getStride()[dim] * stride);
  }
  return affineIndices(tensorOf(op.getOutput()).getShape(), base, steps);
}

static std::vector<int64_t> tileIndices(TileOp op) {
  ArrayRef<int64_t> input = tensorOf(op.getInput()).getShape();
  SmallVector<int64_t> strides = stridesOf(input);
  std::vector<int64_t> indices;
  forEachIndex(tensorOf(op.getOutput()).getShape(), [&](ArrayRef<int64_t> index) {
    int64_t source = 0;
    for (size_t dim = 0; dim < index.size(); ++dim)
      source += index[dim] % input[dim] * strides[dim];
    indices.push_back(source);
  });
  return indices;
}

std::optional<std::vector<int64_t>> kvant::qnn::getSourceIndices(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<std::vector<int64_t>>>(op)
      .Case([](ReshapeOp reshape) {
        std::vector<int64_t> indices(tensorOf(reshape.getInput()).getNumElements());
        for (auto [position, index] : llvm::enumerate(indices))
          index = position;
        return indices;
      })
      .Case([](TransposeOp transpose) { return transposeIndices(transpose); })
      .Case([](SliceOp slice) { return sliceIndices(slice); })
      .Case([](StridedSliceOp slice) { return stridedSliceIndices(slice); })
      .Case([](TileOp tile) { return tileIndices(tile); })
      .Default([](Operation *) { return std::nullopt; });
}

//===----------------------------------------------------------------------===//
// Quantized elements
//===----------------------------------------------------------------------===//

static std::optional<ScaleZeroPoint> scaleOf(quant::QuantizedType type, int64_t channel) {
  if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type))
    return ScaleZeroPoint{perTensor.getScale(), perTensor.getZeroPoint()};
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return ScaleZeroPoint{perAxis.getScales()[channel], perAxis.getZeroPoints()[channel]};
  return std::nullopt;
}

std::optional<int64_t> kvant::qnn::quantizeElement(quant::QuantizedType type, float value,
                                                   int64_t channel) {
  std::optional<ScaleZeroPoint> parameters = scaleOf(type, channel);
  if (!parameters)
    return std::nullopt;
  if (std::isnan(value))
    return parameters->zeroPoint;
  float steps = std::round(value / static_cast<float>(parameters->scale));
  double low = type.getStorageTypeMin(), high = type.getStorageTypeMax();
  return static_cast<int64_t>(
      std::min(std::max(static_cast<double>(steps) + parameters->zeroPoint, low), high));
}

std::optional<float> kvant::qnn::dequantizeElement(quant::QuantizedType type, int64_t stored,
                                                   int64_t channel) {
  std::optional<ScaleZeroPoint> parameters = scaleOf(type, channel);
  if (!parameters)
    return std::nullopt;
  return static_cast<float>(parameters->scale *
                            static_cast<double>(stored - parameters->zeroPoint));
}

int64_t kvant::qnn::getChannel(RankedTensorType tensor, int64_t index) {
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(tensor.getElementType());
  if (!perAxis)
    return 0;
  int64_t axis = perAxis.getQuantizedDimension();
  return index / stridesOf(tensor.getShape())[axis] % tensor.getDimSize(axis);
}
