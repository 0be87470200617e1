// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables of 256 entries for functions of one 8-bit operand.
#ifndef KVANT_LIB_LOWER_QNNTOTOSA_TABLE_H
#define KVANT_LIB_LOWER_QNNTOTOSA_TABLE_H

#include "Scale.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include <array>
#include <cstdint>

namespace kvant::lower {

/// Entry i is the result for the stored value i - 128.
using Table = std::array<int8_t, 256>;

/// Our own rule: `function` in doubles, rounded to nearest with ties to even. What is not a
/// number becomes the lowest value.
Table makeTable(const Uniform &input, const Uniform &output,
                llvm::function_ref<double(double)> function);

/// TFLite's rule: `function` in floats, times the reciprocal of the scale, ties away from zero.
Table makeTFLiteTable(const Uniform &input, const Uniform &output,
                      llvm::function_ref<float(float)> function);

/// From a function of `stored - zero point` to the same of the result, clamped.
Table makeIntegerTable(const Uniform &input, const Uniform &output,
                       llvm::function_ref<int64_t(int32_t)> function);

} // namespace kvant::lower

#endif // KVANT_LIB_LOWER_QNNTOTOSA_TABLE_H
