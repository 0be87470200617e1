// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fixed-point primitives at compile time.
#include "FixedPoint.h"

#include "llvm/ADT/bit.h"
#include <algorithm>
#include <limits>

namespace kvant::fixed {

int32_t mulHigh(int32_t a, int32_t b) {
  constexpr int32_t lowest = std::numeric_limits<int32_t>::min();
  if (a == lowest && b == lowest)
    return std::numeric_limits<int32_t>::max();
  return int32_t((int64_t(a) * b + (int64_t(1) << 30)) >> 31);
}

int16_t mulHigh16(int16_t a, int16_t b) {
  constexpr int16_t lowest = std::numeric_limits<int16_t>::min();
  if (a == lowest && b == lowest)
    return std::numeric_limits<int16_t>::max();
  return int16_t((int32_t(a) * b + (1 << 14)) >> 15);
}

int32_t shiftRight(int32_t x, int exponent) {
  if (exponent == 0)
    return x;
  int64_t half = int64_t(1) << (exponent - 1);
  return int32_t((int64_t(x) + half - (x < 0 ? 1 : 0)) >> exponent);
}

int32_t scaleTwice(int32_t x, int32_t multiplier, int shift) {
  if (shift > 0)
    return mulHigh(int32_t(uint32_t(x) << shift), multiplier);
  return shiftRight(mulHigh(x, multiplier), -shift);
}

/// e^x for x in [-1/4, 0), in Q0.31: a Taylor polynomial of degree 4 around -1/8.
static int32_t expOfQuarter(int32_t x) {
  constexpr int32_t expOfMinusEighth = 1895147668;
  constexpr int32_t oneThird = 715827883;
  int32_t t = x + (1 << 28);
  int32_t t2 = mulHigh(t, t);
  int32_t t3 = mulHigh(t2, t);
  int32_t t4 = mulHigh(t2, t2);
  int32_t higher = mulHigh(shiftRight(t4, 2) + t3, oneThird) + t2;
  return expOfMinusEighth + mulHigh(expOfMinusEighth, t + shiftRight(higher, 1));
}

/// x * 2^exponent, saturated.
static int32_t shiftLeftSaturated(int32_t x, int exponent) {
  int64_t shifted = int64_t(x) * (int64_t(1) << exponent);
  return int32_t(std::clamp<int64_t>(shifted, INT32_MIN, INT32_MAX));
}

InverseRoot inverseRoot(int32_t x) {
  if (x <= 1)
    return {std::numeric_limits<int32_t>::max(), 0};
  int shift = 11;
  while (x >= (1 << 29)) {
    x /= 4;
    ++shift;
  }
  int pairs = (llvm::countl_zero(uint32_t(x)) - 1) / 2 - 1;
  shift -= pairs;
  x <<= 2 * pairs;
  // Three integer bits leave room inside the iteration y <- y * (3 - x * y^2) / 2.
  int32_t half = shiftRight(x >> 1, 1);
  constexpr int32_t oneAndAHalf = (1 << 28) + (1 << 27);
  int32_t y = 1 << 28;
  for (int i = 0; i < 5; ++i) {
    int32_t cube = shiftLeftSaturated(mulHigh(mulHigh(y, y), y), 6);
    y = shiftLeftSaturated(mulHigh(oneAndAHalf, y) - mulHigh(half, cube), 3);
  }
  constexpr int32_t halfRootOfTwo = 1518500250;
  y = mulHigh(y, halfRootOfTwo);
  if (shift < 0) {
    y <<= -shift;
    shift = 0;
  }
  return {y, -shift};
}

int32_t expOfNegative(int32_t x) {
  if (x == 0)
    return std::numeric_limits<int32_t>::max();
  constexpr int fractionBits = 26;
  constexpr int32_t quarter = 1 << (fractionBits - 2);
  int32_t inQuarter = (x & (quarter - 1)) - quarter;
  int32_t result = expOfQuarter(inQuarter * 32);
  int32_t remainder = inQuarter - x;
  // Factors e^(-2^i) for the bits of the rest, from 1/4 upwards.
  constexpr int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308,
                                 39332535,   720401,     242};
  for (int i = 0; i < 7; ++i)
    if (remainder & (1 << (fractionBits - 2 + i)))
      result = mulHigh(result, factors[i]);
  return result;
}

} // namespace kvant::fixed
