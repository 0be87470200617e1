// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// 32-bit fixed-point arithmetic on tensors.
#include "FixedEmitter.h"

using namespace mlir;

namespace kvant::lower {

Value FixedEmitter::shiftLeftSaturated(Value x, Value by) {
  Value largest = constant(x, INT32_MAX);
  return emit.select(emit.greater(x, shiftRight(largest, by)), largest, shiftLeft(x, by));
}

Value FixedEmitter::shiftRightAway(Value x, Value by) {
  Value mask = add(shiftLeft(constant(x, 1), by), -1);
  Value rest = emit.binary<tosa::BitwiseAndOp>(x, mask);
  // Half of the mask; one more for negative values, whose quotient is rounded down.
  Value half = emit.sub(shiftRight(mask, 1), shiftRight(x, 31));
  Value up = emit.cast(emit.greater(rest, half), emit.i32());
  return emit.add(shiftRight(x, by), up);
}

Value FixedEmitter::reciprocal(Value x) {
  Value half = add(shiftRight(x, 1), 1 << 30);
  // In Q2.29: 48/17 - 32/17 * half.
  Value y = add(mulHigh(half, -1010580540), 1515870810);
  for (int i = 0; i < 3; ++i) {
    Value rest = emit.sub(constant(x, 1 << 29), mulHigh(half, y));
    y = emit.add(y, shiftLeft(mulHigh(y, rest), 2));
  }
  // Half of y is the result, from Q1.30 to Q0.31.
  return shiftLeftSaturated(y, constant(y, 1));
}

Value FixedEmitter::log(Value x) {
  constexpr int64_t rootOfHalf = 1518500250, fourthRootOfHalf = 1805811301, log2 = 1488522236;
  // In Q6.25: an integer, a quarter.
  constexpr int integerBits = 12, accumulatorShift = 25;
  constexpr int64_t quarter = 1 << 23;

  // x as r * 2^k with r near 2^(-1/4), from two candidates.
  Value zeros = leadingZeros(x);
  Value normal = shiftLeft(x, add(zeros, -1));
  Value firstR = shiftLeftSaturated(mulHigh(normal, rootOfHalf), constant(x, 1));
  Value firstK =
      add(shiftLeft(emit.sub(constant(x, integerBits), zeros), accumulatorShift), quarter);
  Value headroom = add(leadingZeros(mulHigh(x, rootOfHalf)), -1);
  Value secondR = shiftLeftSaturated(x, headroom);
  Value secondK =
      add(shiftLeft(emit.sub(constant(x, integerBits), headroom), accumulatorShift), -quarter);
  Value r = emit.minimum(firstR, secondR);
  Value k = emit.maximum(firstK, secondK);

  // The mean of r and 2^(-1/4), without overflow: the constant is odd.
  Value p = add(shiftRight(r, 1), (fourthRootOfHalf >> 1) + 1);
  Value q = shiftLeft(add(r, -fourthRootOfHalf), 1);
  Value square = mulHigh(q, q);
  constexpr int64_t numerator = 117049297, denominatorSquare = 127690142,
                    denominatorOne = 1057819769, denominatorLinear = 638450708;
  Value above = emit.add(mulHigh(q, r), mulHigh(mulHigh(q, square), numerator));
  Value inner = emit.add(add(q, denominatorOne), mulHigh(square, denominatorSquare));
  Value below = emit.add(mulHigh(p, inner), mulHigh(q, denominatorLinear));
  Value fraction = mulHigh(shiftRightAway(above, constant(x, 6)), reciprocal(below));
  return shiftLeft(emit.add(mulHigh(k, log2), fraction), 1);
}

FixedEmitter::InverseRoot FixedEmitter::inverseRoot(Value x) {
  // Into [2^27, 2^29) by steps of two bits; only the largest need one to the right.
  Value isLarge = emit.cast(emit.greater(x, constant(x, (1 << 29) - 1)), emit.i32());
  Value small = shiftRight(x, shiftLeft(isLarge, 1));
  Value pairs = add(shiftRight(add(leadingZeros(small), -1), 1), -1);
  Value normal = shiftLeft(small, shiftLeft(pairs, 1));
  Value shift = emit.sub(add(isLarge, 11), pairs);

  // y <- y * (3 - x * y^2) / 2 in Q3.28, from 1. The cube of y is below 8 before its last bits.
  Value half = shiftRight(add(shiftRight(normal, 1), 1), 1);
  constexpr int64_t oneAndAHalf = (1 << 28) + (1 << 27), largestCube = (1 << 25) - 1;
  Value y = constant(x, 1 << 28);
  for (int i = 0; i < 5; ++i) {
    Value cube = emit.minimum(mulHigh(mulHigh(y, y), y), constant(x, largestCube));
    y = shiftLeft(emit.sub(mulHigh(y, oneAndAHalf), mulHigh(half, shiftLeft(cube, 6))), 3);
  }
  constexpr int64_t halfRootOfTwo = 1518500250;
  y = mulHigh(y, halfRootOfTwo);
  Value zero = constant(x, 0);
  y = shiftLeft(y, emit.sub(emit.maximum(shift, zero), shift));
  Value isTiny = emit.greater(constant(x, 2), x);
  return {emit.select(isTiny, constant(x, INT32_MAX), y),
          emit.select(isTiny, zero, emit.maximum(shift, zero))};
}

} // namespace kvant::lower
