// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables of 256 entries for functions of one 8-bit operand.
#include "Table.h"

#include <algorithm>
#include <cmath>

namespace kvant::lower {

Table makeTable(const Uniform &input, const Uniform &output,
                llvm::function_ref<double(double)> function) {
  Table table;
  for (int i = 0; i < 256; ++i) {
    double real = input.scale * double(i - 128 - input.zeroPoint);
    double stored = std::nearbyint(function(real) / output.scale) + double(output.zeroPoint);
    if (std::isnan(stored))
      stored = double(output.low);
    table[i] = int8_t(std::clamp(stored, double(output.low), double(output.high)));
  }
  return table;
}

Table makeTFLiteTable(const Uniform &input, const Uniform &output,
                      llvm::function_ref<float(float)> function) {
  Table table;
  float inputScale = float(input.scale);
  float inverse = 1 / float(output.scale);
  for (int i = 0; i < 256; ++i) {
    float real = inputScale * float(i - 128 - int(input.zeroPoint));
    float stored = std::round(function(real) * inverse) + float(output.zeroPoint);
    table[i] = int8_t(std::clamp(stored, float(output.low), float(output.high)));
  }
  return table;
}

Table makeIntegerTable(const Uniform &input, const Uniform &output,
                       llvm::function_ref<int64_t(int32_t)> function) {
  Table table;
  for (int i = 0; i < 256; ++i) {
    int64_t stored = function(i - 128 - int32_t(input.zeroPoint)) + output.zeroPoint;
    table[i] = int8_t(std::clamp(stored, output.low, output.high));
  }
  return table;
}

} // namespace kvant::lower
