// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From ranges and weights to scales and zero points.
#include "kvant/Quantize/Parameters.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace kvant::quantize {

/// Scales are float32 numbers, as in every model format; so no information is lost on the way
/// through one.
static double toFloat32(double value) { return static_cast<double>(static_cast<float>(value)); }

qnn::ScaleZeroPoint chooseAffine(double min, double max) {
  min = std::min(min, 0.0);
  max = std::max(max, 0.0);
  // Below this a scale would be a denormal float, which no format promises to keep.
  constexpr double kTinyRange = 255.0 * 1.2e-38;
  if (max - min < kTinyRange)
    return {1.0, 0};
  double scale = toFloat32((max - min) / 255.0);
  double zeroPoint = std::round(-128.0 - min / scale);
  return {scale, static_cast<int64_t>(std::clamp(zeroPoint, -128.0, 127.0))};
}

quant::UniformQuantizedType getInt8Type(MLIRContext *context, qnn::ScaleZeroPoint parameters) {
  return quant::UniformQuantizedType::get(quant::QuantizationFlags::Signed,
                                          IntegerType::get(context, 8), Float32Type::get(context),
                                          parameters.scale, parameters.zeroPoint, -128, 127);
}

quant::UniformQuantizedType getUInt8Type(quant::UniformQuantizedType type) {
  return quant::UniformQuantizedType::get(0, type.getStorageType(), type.getExpressedType(),
                                          type.getScale(), type.getZeroPoint() + 128, 0, 255);
}

ChannelLayout ChannelLayout::create(ArrayRef<int64_t> shape, int64_t axis) {
  ChannelLayout layout;
  for (auto [index, size] : llvm::enumerate(shape)) {
    int64_t position = static_cast<int64_t>(index);
    if (axis >= 0 && position == axis)
      layout.channels = size;
    else if (axis >= 0 && position < axis)
      layout.outer *= size;
    else
      layout.inner *= size;
  }
  return layout;
}

std::vector<double> getWeightScaleFloors(ArrayRef<float> bias, int64_t channels, double inputScale,
                                         double outputScale) {
  // inputScale * scale / outputScale, the factor of the rescale, is at least 2^-22: a sum of
  // 1000 products is then off by 1000 * 255 * 0.5 * 2^-22 = 0.03 steps at most.
  std::vector<double> floors(channels, std::ldexp(outputScale / inputScale, -22));
  for (size_t channel = 0; channel < bias.size() && channel < floors.size(); ++channel) {
    double fits = std::ldexp(std::fabs(double(bias[channel])) / inputScale, -30);
    floors[channel] = std::max(floors[channel], fits);
  }
  return floors;
}

std::vector<double> chooseWeightScales(ArrayRef<float> weights, const ChannelLayout &layout,
                                       ArrayRef<double> floors) {
  std::vector<double> scales(layout.channels, 0.0);
  for (int64_t outer = 0; outer < layout.outer; ++outer)
    for (int64_t channel = 0; channel < layout.channels; ++channel)
      for (int64_t inner = 0; inner < layout.inner; ++inner)
        scales[channel] =
            std::max(scales[channel],
                     std::fabs(double(weights[layout.getIndex(outer, channel, inner)])) / 127.0);
  constexpr double kSmallestNormal = 1.2e-38;
  for (int64_t channel = 0; channel < layout.channels; ++channel) {
    if (channel < static_cast<int64_t>(floors.size()))
      scales[channel] = std::max(scales[channel], floors[channel]);
    scales[channel] = toFloat32(scales[channel]);
    if (scales[channel] < kSmallestNormal)
      scales[channel] = 1.0;
  }
  return scales;
}

std::vector<int64_t> quantizeWeights(ArrayRef<float> weights, const ChannelLayout &layout,
                                     ArrayRef<double> scales) {
  std::vector<int64_t> stored(weights.size());
  for (int64_t outer = 0; outer < layout.outer; ++outer)
    for (int64_t channel = 0; channel < layout.channels; ++channel)
      for (int64_t inner = 0; inner < layout.inner; ++inner) {
        int64_t index = layout.getIndex(outer, channel, inner);
        double value = std::round(double(weights[index]) / scales[channel]);
        stored[index] = static_cast<int64_t>(std::clamp(value, -127.0, 127.0));
      }
  return stored;
}

std::vector<double> getMeanError(ArrayRef<int64_t> shape, int64_t axis, ArrayRef<float> weights,
                                 ArrayRef<int64_t> stored, ArrayRef<double> scales,
                                 ArrayRef<double> inputMean) {
  if (shape.size() < 2 || axis < 0 || inputMean.empty())
    return {};
  int64_t numMeans = inputMean.size(), channels = shape[axis], last = shape.back();
  bool depthwise = axis == static_cast<int64_t>(shape.size()) - 1;
  // Grouped: an output channel sees `last` of the input's channels. Fully connected over a
  // flattened input: the input's channels repeat along the row.
  int64_t groups = std::max<int64_t>(numMeans / last, 1);
  bool fits = depthwise ? channels % numMeans == 0
                        : axis == 0 && channels % groups == 0 &&
                              (numMeans % last == 0 || last % numMeans == 0);
  if (!fits)
    return {};

  std::vector<double> error(channels, 0.0);
  ChannelLayout layout = ChannelLayout::create(shape, axis);
  for (int64_t outer = 0; outer < layout.outer; ++outer)
    for (int64_t channel = 0; channel < channels; ++channel) {
      int64_t first = channel / (channels / groups) * last;
      for (int64_t inner = 0; inner < layout.inner; ++inner) {
        int64_t index = layout.getIndex(outer, channel, inner);
        int64_t input =
            depthwise ? channel / (channels / numMeans) : (first + inner % last) % numMeans;
        double lost = double(weights[index]) - double(stored[index]) * scales[channel];
        error[channel] += lost * inputMean[input];
      }
    }
  return error;
}

} // namespace kvant::quantize
