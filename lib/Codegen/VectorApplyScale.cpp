// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tosa.apply_scale on vectors, exact, in as few instructions as the target allows.
#include "VectorEpilogue.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

int64_t countOf(Value vector) { return cast<VectorType>(vector.getType()).getDimSize(0); }

/// NEON: with h = (2 * v * m) >> 32, the result is (h + 2^(s-32)) >> (s-31), both exact for
/// s >= 32. Rounding twice: the first product is rounded to nearest, away from zero for a
/// negative value, which is one less than SQRDMULH gives there. That holds for s = 31, where only
/// the first product rounds. A value with a smaller shift is shifted to the left first.
Value scaleNeon(KernelBuilder &kb, Value value, Value multiplier, Value left,
                const ScaleTraits &traits) {
  bool twice = traits.doubleRound;
  int64_t least = twice ? 31 : 32;
  VectorType type = kb.vectorOf(4, kb.i32());
  auto splat = [&](int64_t number) { return kb.splat(number, 4, kb.i32()); };
  Value scaled = value;
  if (traits.minShift < least) {
    Value first = left;
    if (least != 31)
      first = arith::AddIOp::create(kb.builder, kb.loc, left, splat(least - 31));
    first = arith::MaxSIOp::create(kb.builder, kb.loc, first, splat(0));
    scaled = kb.intrinsic("llvm.aarch64.neon.sshl", type, {value, first});
    left = arith::MinSIOp::create(kb.builder, kb.loc, left, splat(31 - least));
  }
  Value high = kb.intrinsic(twice ? "llvm.aarch64.neon.sqrdmulh" : "llvm.aarch64.neon.sqdmulh",
                            type, {scaled, multiplier});
  if (twice && !traits.nonNegative) {
    Value sign = arith::ShRSIOp::create(kb.builder, kb.loc, value, splat(31));
    if (traits.minShift <= 31)
      sign = arith::AndIOp::create(kb.builder, kb.loc, sign,
                                   arith::ShRSIOp::create(kb.builder, kb.loc, left, splat(31)));
    high = arith::AddIOp::create(kb.builder, kb.loc, high, sign);
  }
  return kb.intrinsic("llvm.aarch64.neon.srshl", type, {high, left});
}

/// The signed products of the even and of the odd 32-bit lanes: VPMULDQ.
Value multiplyEven(KernelBuilder &kb, Value a, Value b) {
  int64_t half = countOf(a) / 2;
  auto extend = [&](Value v) -> Value {
    Value wide = kb.bitcast(v, half, kb.i64());
    Value by = kb.splat(32, half, kb.i64());
    wide = arith::ShLIOp::create(kb.builder, kb.loc, wide, by);
    return arith::ShRSIOp::create(kb.builder, kb.loc, wide, by);
  };
  return arith::MulIOp::create(kb.builder, kb.loc, extend(a), extend(b));
}

Value oddToEven(KernelBuilder &kb, Value v) {
  SmallVector<int64_t> mask;
  for (int64_t i = 0, n = countOf(v); i < n; i += 2)
    mask.append({i + 1, i + 1});
  return kb.shuffle(v, v, mask);
}

/// Lanes 2i of `even` and 2i+1 of `odd`, or with `shifted` lanes 2i+1 of both.
Value mergeHalves(KernelBuilder &kb, Value even, Value odd, bool highOfEven) {
  SmallVector<int64_t> mask;
  int64_t n = countOf(even);
  for (int64_t i = 0; i < n; i += 2)
    mask.append({i + (highOfEven ? 1 : 0), n + i + 1});
  return kb.shuffle(even, odd, mask);
}

/// x86, one rounding, s >= 33: with h = (v * m) >> 32, (h + 2^(s-33)) >> (s-32).
Value scaleX86(KernelBuilder &kb, Value value, Value multiplier, Value shift32) {
  int64_t n = countOf(value);
  OpBuilder &b = kb.builder;
  Value even = kb.bitcast(multiplyEven(kb, value, multiplier), n, kb.i32());
  Value odd =
      kb.bitcast(multiplyEven(kb, oddToEven(kb, value), oddToEven(kb, multiplier)), n, kb.i32());
  Value high = mergeHalves(kb, even, odd, /*highOfEven=*/true);
  Value down = arith::SubIOp::create(b, kb.loc, shift32, kb.splat(32, n, kb.i32()));
  Value less = arith::SubIOp::create(b, kb.loc, shift32, kb.splat(33, n, kb.i32()));
  Value round = arith::ShLIOp::create(b, kb.loc, kb.splat(1, n, kb.i32()), less);
  Value sum = arith::AddIOp::create(b, kb.loc, high, round);
  return arith::ShRSIOp::create(b, kb.loc, sum, down);
}

/// x86, rounding twice, s >= 32: h = (v * m + 2^30) >> 31, less one for a negative value, then
/// (h + 2^(s-32)) >> (s-31).
Value scaleTwiceX86(KernelBuilder &kb, Value value, Value multiplier, Value shift32,
                    bool nonNegative) {
  int64_t n = countOf(value), half = n / 2;
  OpBuilder &b = kb.builder;
  Value nudge = kb.splat(int64_t(1) << 30, half, kb.i64());
  Value even = arith::AddIOp::create(b, kb.loc, multiplyEven(kb, value, multiplier), nudge);
  Value odd = arith::AddIOp::create(
      b, kb.loc, multiplyEven(kb, oddToEven(kb, value), oddToEven(kb, multiplier)), nudge);
  even = arith::ShRUIOp::create(b, kb.loc, even, kb.splat(31, half, kb.i64()));
  odd = arith::ShLIOp::create(b, kb.loc, odd, kb.splat(1, half, kb.i64()));
  Value high = mergeHalves(kb, kb.bitcast(even, n, kb.i32()), kb.bitcast(odd, n, kb.i32()),
                           /*highOfEven=*/false);
  if (!nonNegative) {
    Value sign = arith::ShRSIOp::create(b, kb.loc, value, kb.splat(31, n, kb.i32()));
    high = arith::AddIOp::create(b, kb.loc, high, sign);
  }
  Value down = arith::SubIOp::create(b, kb.loc, shift32, kb.splat(31, n, kb.i32()));
  Value less = arith::SubIOp::create(b, kb.loc, shift32, kb.splat(32, n, kb.i32()));
  Value round = arith::ShLIOp::create(b, kb.loc, kb.splat(1, n, kb.i32()), less);
  Value sum = arith::AddIOp::create(b, kb.loc, high, round);
  return arith::ShRSIOp::create(b, kb.loc, sum, down);
}

/// The definition of TOSA 1.0 in 64-bit lanes.
Value scaleWide(KernelBuilder &kb, Value value, Value multiplier, Value shift, bool twice) {
  int64_t n = countOf(value);
  OpBuilder &b = kb.builder;
  Value shift64 = kb.zeroExtend(shift, kb.i64());
  Value product = arith::MulIOp::create(b, kb.loc, kb.signExtend(value, kb.i64()),
                                        kb.signExtend(multiplier, kb.i64()));
  Value one = kb.splat(1, n, kb.i64());
  Value round = arith::ShLIOp::create(b, kb.loc, one,
                                      arith::SubIOp::create(b, kb.loc, shift64, one).getResult());
  if (twice) {
    Value isNegative = arith::CmpIOp::create(b, kb.loc, arith::CmpIPredicate::slt, value,
                                             kb.splat(0, n, kb.i32()));
    Value nudge =
        arith::SelectOp::create(b, kb.loc, isNegative, kb.splat(-(int64_t(1) << 30), n, kb.i64()),
                                kb.splat(int64_t(1) << 30, n, kb.i64()));
    Value isLong = arith::CmpIOp::create(b, kb.loc, arith::CmpIPredicate::sgt, shift64,
                                         kb.splat(31, n, kb.i64()));
    nudge = arith::SelectOp::create(b, kb.loc, isLong, nudge, kb.splat(0, n, kb.i64()));
    round = arith::AddIOp::create(b, kb.loc, round, nudge);
  }
  Value sum = arith::AddIOp::create(b, kb.loc, product, round);
  Value shifted = arith::ShRSIOp::create(b, kb.loc, sum, shift64);
  return arith::TruncIOp::create(b, kb.loc, kb.vectorOf(n, kb.i32()), shifted);
}

} // namespace

Value emitApplyScale(KernelBuilder &kb, Value value, Value multiplier, Value shift, Value left,
                     const ScaleTraits &traits) {
  int64_t count = countOf(value);
  int64_t exactFrom = traits.doubleRound ? 32 : 33;
  if (kb.isArm())
    exactFrom = traits.shiftsLeft ? 0 : traits.doubleRound ? 31 : 32;
  int64_t native = kb.isArm() ? 4 : std::min<int64_t>(count, kb.level.vectorBits / 32);
  if (traits.minShift < exactFrom || count % native != 0 || native % 2 != 0)
    return scaleWide(kb, value, multiplier, shift, traits.doubleRound);
  Value shift32 = left;
  if (!kb.isArm() || !left)
    shift32 = kb.signExtend(shift, kb.i32());
  if (kb.isArm() && !left)
    shift32 = arith::SubIOp::create(kb.builder, kb.loc, kb.splat(31, count, kb.i32()), shift32);
  SmallVector<Value> parts;
  for (int64_t first = 0; first < count; first += native) {
    Value v = kb.slice(value, first, native), m = kb.slice(multiplier, first, native);
    Value s = kb.slice(shift32, first, native);
    if (kb.isArm())
      parts.push_back(scaleNeon(kb, v, m, s, traits));
    else if (traits.doubleRound)
      parts.push_back(scaleTwiceX86(kb, v, m, s, traits.nonNegative));
    else
      parts.push_back(scaleX86(kb, v, m, s));
  }
  return kb.concat(parts);
}

} // namespace kvant::codegen
