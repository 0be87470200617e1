// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs of one kernel, to be timed.
#include "kvant/Driver/KernelProgram.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <random>

using namespace llvm;

namespace kvant {

/// Bytes of a constant in hexadecimal, as the parser of dense<> takes them.
static std::string makeHex(int64_t count, bool integer) {
  std::mt19937 random(1);
  std::string bytes;
  for (int64_t i = 0; i < count; ++i) {
    if (integer) {
      bytes.push_back(static_cast<char>(random() % 255 + 129)); // -127..127
      continue;
    }
    float value = float(random() % 255) - 127;
    bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
  }
  return "\"0x" + toHex(bytes) + "\"";
}

void KernelProgram::padSame() {
  auto get = [&](int64_t &size, int axis) {
    int64_t out = int64_t(divideCeil(size, stride[axis]));
    int64_t reach = (out - 1) * stride[axis] + (window[axis] - 1) * dilation[axis] + 1;
    // TOSA wants windows to reach the end exactly; what no window reads is left out.
    size = std::min(size, reach);
    return reach - size;
  };
  int64_t rows = get(height, 0), columns = get(width, 1);
  pad = {rows / 2, rows - rows / 2, columns / 2, columns - columns / 2};
}

std::string KernelProgram::getText() const {
  auto outSize = [&](int64_t size, int axis) {
    int64_t padded = size + pad[2 * axis] + pad[2 * axis + 1];
    return (padded - (window[axis] - 1) * dilation[axis] - 1) / stride[axis] + 1;
  };
  std::string element = integer ? "i8" : "f32", wide = integer ? "i32" : "f32";
  std::string out =
      formatv("{0}x{1}x{2}x{3}", images, outSize(height, 0), outSize(width, 1), outChannels);
  std::string input =
      formatv("tensor<{0}x{1}x{2}x{3}x{4}>", images, height, width, channels, element);
  std::string accumulators = "tensor<" + out + "x" + wide + ">";
  std::string result = "tensor<" + out + "x" + element + ">";
  std::string weights =
      depthwise
          ? formatv("{0}x{1}x{2}x1x{3}", window[0], window[1], channels, element).str()
          : formatv("{0}x{1}x{2}x{3}x{4}", outChannels, window[0], window[1], channels, element)
                .str();
  int64_t count = window[0] * window[1] * channels * (depthwise ? 1 : outChannels);
  std::string perChannel = std::to_string(outChannels);
  std::string text = "func.func @main(%x: " + input + ") -> " + result + " {\n";
  auto constant = [&](StringRef name, const std::string &value, const std::string &type) {
    text += formatv("  %{0} = \"tosa.const\"() <{{values = dense<{1}> : tensor<{2}>}> : () -> "
                    "tensor<{2}>\n",
                    name, value, type);
  };
  constant("w", makeHex(count, integer), weights);
  constant("b", integer ? "100" : "100.0", perChannel + "x" + wide);
  constant("zx", integer ? "-3" : "0.0", "1x" + element);
  constant("zw", integer ? "0" : "0.0", "1x" + element);
  text += formatv("  %0 = tosa.{0} %x, %w, %b, %zx, %zw {{acc_type = {1}, dilation = array<i64: "
                  "{2}, {3}>, pad = array<i64: {4}, {5}, {6}, {7}>, stride = array<i64: {8}, "
                  "{9}>} : ({10}, tensor<{11}>, tensor<{12}x{1}>, tensor<1x{13}>, tensor<1x{13}>) "
                  "-> {14}\n",
                  depthwise ? "depthwise_conv2d" : "conv2d", wide, dilation[0], dilation[1], pad[0],
                  pad[1], pad[2], pad[3], stride[0], stride[1], input, weights, perChannel, element,
                  accumulators);
  if (!integer)
    return text + "  return %0 : " + result + "\n}\n";
  constant("m", "1500000000", perChannel + "xi32");
  constant("s", "40", perChannel + "xi8");
  constant("z32", "0", "1xi32");
  constant("zo", "4", "1xi8");
  text += formatv("  %1 = tosa.rescale %0, %m, %s, %z32, %zo {{rounding_mode = SINGLE_ROUND, "
                  "scale32 = true, per_channel = true, input_unsigned = false, output_unsigned = "
                  "false} : ({0}, tensor<{1}xi32>, tensor<{1}xi8>, tensor<1xi32>, tensor<1xi8>) -> "
                  "{2}\n",
                  accumulators, perChannel, result);
  return text + "  return %1 : " + result + "\n}\n";
}

} // namespace kvant
