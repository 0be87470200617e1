// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fixed-point primitives in which TFLite defines its kernels, for computing tables and
// constants at compile time. Names and rounding follow the ARM instructions they mimic.
#ifndef KVANT_LIB_LOWER_QNNTOTOSA_FIXEDPOINT_H
#define KVANT_LIB_LOWER_QNNTOTOSA_FIXEDPOINT_H

#include <cstdint>

namespace kvant::fixed {

/// SQRDMULH: (2 * a * b + 2^31) >> 32, ties up, with the one overflow saturated.
int32_t mulHigh(int32_t a, int32_t b);
int16_t mulHigh16(int16_t a, int16_t b);

/// x / 2^exponent, ties away from zero.
int32_t shiftRight(int32_t x, int exponent);

/// x * multiplier / 2^31 * 2^shift, rounded twice: TFLite's requantization.
int32_t scaleTwice(int32_t x, int32_t multiplier, int shift);

/// 1 / sqrt(x) for x > 0 as value / 2^31 * 2^exponent, by five Newton steps.
struct InverseRoot {
  int32_t value;
  int exponent;
};
InverseRoot inverseRoot(int32_t x);

/// e^x for x <= 0 with `x` in Q5.26; the result is in Q0.31.
int32_t expOfNegative(int32_t x);

} // namespace kvant::fixed

#endif // KVANT_LIB_LOWER_QNNTOTOSA_FIXEDPOINT_H
