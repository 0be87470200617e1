// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs of one kernel, to be timed.
#ifndef KVANT_DRIVER_KERNELPROGRAM_H
#define KVANT_DRIVER_KERNELPROGRAM_H

#include <array>
#include <cstdint>
#include <string>

namespace kvant {

/// A convolution with constant random weights and a bias; of int8 with a rescale per channel,
/// else of float32.
struct KernelProgram {
  bool depthwise = false, integer = true;
  int64_t images = 1, height = 1, width = 1, channels = 1, outChannels = 1;
  std::array<int64_t, 2> window = {1, 1}, stride = {1, 1}, dilation = {1, 1};
  std::array<int64_t, 4> pad = {0, 0, 0, 0}; ///< top, bottom, left, right

  /// Pads so that the output is as large as the input, divided by the stride. Lines and columns
  /// at the end that no window would read are cut off.
  void padSame();
  /// The function @main of TOSA operations.
  std::string getText() const;
};

} // namespace kvant

#endif // KVANT_DRIVER_KERNELPROGRAM_H
