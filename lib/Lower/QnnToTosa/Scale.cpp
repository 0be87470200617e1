// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From scales to the multipliers and shifts of tosa.rescale.
#include "Scale.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace kvant::lower {

std::optional<Multiplier> getMultiplier(double scale) {
  if (!(scale >= 0) || !std::isfinite(scale))
    return std::nullopt;
  if (scale == 0)
    return Multiplier{0, 62};
  int exponent;
  double fraction = std::frexp(scale, &exponent);
  int64_t value = std::llround(std::ldexp(fraction, 31));
  if (value == int64_t(1) << 31) {
    value /= 2;
    ++exponent;
  }
  int64_t shift = 31 - exponent;
  if (shift < 2)
    return std::nullopt;
  if (shift > 62) {
    // The value that is nearest with the largest shift that there is.
    value = std::llround(std::ldexp(scale, 62));
    shift = 62;
  }
  return Multiplier{int32_t(value), int8_t(shift)};
}

TFLiteMultiplier quantizeLikeTFLite(double scale) {
  if (scale == 0)
    return {0, 0};
  int exponent;
  double fraction = std::frexp(scale, &exponent);
  int64_t value = int64_t(std::round(fraction * double(int64_t(1) << 31)));
  if (value == int64_t(1) << 31) {
    value /= 2;
    ++exponent;
  }
  if (exponent < -31)
    return {0, 0};
  return {int32_t(value), exponent};
}

std::optional<Multiplier> getTFLiteMultiplier(double scale) {
  if (!(scale >= 0) || !std::isfinite(scale))
    return std::nullopt;
  TFLiteMultiplier m = quantizeLikeTFLite(scale);
  int shift = 31 - m.exponent;
  if (shift < 2)
    return std::nullopt;
  return Multiplier{m.value, int8_t(shift)};
}

/// round(x * scale) with ties away from zero, as the reference computes it.
static double roundProduct(int64_t x, double scale) { return std::round(double(x) * scale); }

static int64_t rescaleOnce(int64_t x, Multiplier m) {
  __int128 product = __int128(x) * m.value + (__int128(1) << (m.shift - 1));
  return int64_t(product >> m.shift);
}

std::optional<Multiplier> getExactMultiplier(double scale, int64_t low, int64_t high) {
  std::optional<Multiplier> nearest = getMultiplier(scale);
  if (!nearest || nearest->value == 0)
    return nearest;
  // Both functions of x are monotone, so they agree everywhere if they agree at each step of
  // the first: at the smallest x that reaches a value, and just below it.
  llvm::SmallVector<std::pair<int64_t, int64_t>> steps;
  constexpr int64_t smallest = INT32_MIN, largest = INT32_MAX;
  for (int64_t value = low + 1; value <= high; ++value) {
    double guess = (double(value) - 0.5) / scale;
    if (guess < double(smallest) - 4 || guess > double(largest) + 4)
      continue;
    int64_t x = int64_t(std::floor(guess)) - 2;
    while (roundProduct(x, scale) < double(value))
      ++x;
    if (x > smallest && x <= largest)
      steps.push_back({x, value});
  }
  // A dead channel: no accumulator leaves the zero point.
  if (steps.empty())
    return Multiplier{0, 62};
  auto agrees = [&](Multiplier m) {
    return llvm::all_of(steps, [&](auto step) {
      return rescaleOnce(step.first, m) >= step.second &&
             rescaleOnce(step.first - 1, m) < step.second;
    });
  };
  for (int64_t distance = 0; distance <= 64; ++distance)
    for (int64_t value : {nearest->value + distance, nearest->value - distance}) {
      if (value < 1 || value > INT32_MAX)
        continue;
      Multiplier candidate{int32_t(value), nearest->shift};
      if (agrees(candidate))
        return candidate;
    }
  return std::nullopt;
}

std::optional<Uniform> getUniform(Type type) {
  auto quantized = dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(type));
  if (!quantized)
    return std::nullopt;
  Uniform result;
  result.scale = quantized.getScale();
  result.bits = quantized.getStorageTypeIntegralWidth();
  result.wasUnsigned = !quantized.isSigned();
  int64_t bias = result.wasUnsigned ? int64_t(1) << (result.bits - 1) : 0;
  result.zeroPoint = quantized.getZeroPoint() - bias;
  result.low = quantized.getStorageTypeMin() - bias;
  result.high = quantized.getStorageTypeMax() - bias;
  return result;
}

llvm::SmallVector<double> getScales(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(element))
    return llvm::to_vector(perAxis.getScales());
  if (auto quantized = dyn_cast<quant::UniformQuantizedType>(element))
    return {quantized.getScale()};
  return {};
}

std::pair<int64_t, int64_t> getActivationRange(qnn::Activation activation, const Uniform &output) {
  // In floats, as TFLite: the division decides on which side of a tie a bound lies.
  auto quantize = [&](float bound) {
    float stored = std::round(bound / float(output.scale)) + float(output.zeroPoint);
    return int64_t(std::clamp(stored, float(output.low), float(output.high)));
  };
  int64_t low = output.low, high = output.high;
  switch (activation) {
  case qnn::Activation::None:
    break;
  case qnn::Activation::Relu:
    low = std::max(low, quantize(0.0f));
    break;
  case qnn::Activation::Relu6:
    low = std::max(low, quantize(0.0f));
    high = std::min(high, quantize(6.0f));
    break;
  case qnn::Activation::ReluN1To1:
    low = std::max(low, quantize(-1.0f));
    high = std::min(high, quantize(1.0f));
    break;
  }
  return {low, high};
}

} // namespace kvant::lower
