// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From ranges and weights to scales and zero points.
#ifndef KVANT_QUANTIZE_PARAMETERS_H
#define KVANT_QUANTIZE_PARAMETERS_H

#include "dialects/Qnn/Qnn.h"
#include <vector>

namespace kvant::quantize {

/// Scale and zero point of signed 8-bit storage for [min, max] widened to include zero. The
/// scale is a float32 number. A range of nothing but zero gives {1, 0}.
qnn::ScaleZeroPoint chooseAffine(double min, double max);

/// `!quant.uniform<i8:f32, scale:zero_point>`.
mlir::quant::UniformQuantizedType getInt8Type(mlir::MLIRContext *context,
                                              qnn::ScaleZeroPoint parameters);
/// The same real values in unsigned storage: the zero point moves by 128.
mlir::quant::UniformQuantizedType getUInt8Type(mlir::quant::UniformQuantizedType type);

/// Where the channels of a constant stand: elements of channel c are those whose index along
/// the axis is c.
struct ChannelLayout {
  int64_t outer = 1, channels = 1, inner = 1;

  static ChannelLayout create(llvm::ArrayRef<int64_t> shape, int64_t axis);
  int64_t getIndex(int64_t outerIndex, int64_t channel, int64_t innerIndex) const {
    return (outerIndex * channels + channel) * inner + innerIndex;
  }
};

/// Symmetric scales, one per channel, that map the largest magnitude to 127. At least
/// `floors[channel]` where given, and always above zero.
std::vector<double> chooseWeightScales(llvm::ArrayRef<float> weights, const ChannelLayout &layout,
                                       llvm::ArrayRef<double> floors);

/// The least scale of each channel's weights for which its bias fits (see kvant-quantize).
std::vector<double> getWeightScaleFloors(llvm::ArrayRef<float> bias, int64_t channels,
                                         double inputScale, double outputScale);

/// round(weight / scale) in [-127, 127].
std::vector<int64_t> quantizeWeights(llvm::ArrayRef<float> weights, const ChannelLayout &layout,
                                     llvm::ArrayRef<double> scales);

/// Per channel, what the rounding of the weights takes from the mean of the result when the
/// input's channels have the means `inputMean`. `axis` is the channel axis of the filter: if
/// it is the last one the operation is depthwise. Empty if the shapes do not fit together.
std::vector<double> getMeanError(llvm::ArrayRef<int64_t> shape, int64_t axis,
                                 llvm::ArrayRef<float> weights, llvm::ArrayRef<int64_t> stored,
                                 llvm::ArrayRef<double> scales, llvm::ArrayRef<double> inputMean);

} // namespace kvant::quantize

#endif // KVANT_QUANTIZE_PARAMETERS_H
