// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Requantization in float that is proven to equal one in integers.
#ifndef KVANT_CODEGEN_FLOATSCALE_H
#define KVANT_CODEGEN_FLOATSCALE_H

#include "kvant/Codegen/Staircase.h"
#include <optional>

namespace kvant::codegen {

/// How the requantizations of one kernel are written in float32:
///
///     o = offset, or copysign(offset, x) with `signedOffset`
///     v = fma(float(x), scale, o), or fma(float(x), scale, fma(float(x), rest, o)) with `split`
///     y = roundeven(v), or v without its fraction with `truncates`
///
/// and the result is y + zeroPoint, clamped to `bounds`. An offset with the sign of x follows
/// roundings that treat both signs alike (TOSA's DOUBLE_ROUND): their steps on the two sides
/// of zero do not lie on one line. Truncation has its steps at integers, where float32 has no
/// ties to break. A split scale has more than 24 bits.
struct FloatForm {
  bool signedOffset = false, split = false, truncates = false;
  int64_t zeroPoint = 0;
  Interval bounds;
};

/// The parameters of one channel.
struct FloatScale {
  float scale, rest, offset;
};

/// Proves that `scale` in `form` gives the values of `stairs`, everywhere in its domain.
///
/// The conversion of an integer to float is monotone (also where it rounds, above 2^24), and so
/// are fma with factors of at least 0, the sum of two monotone functions, rounding to an
/// integer either way, the addition of an integer and the clamp; an offset of at least 0 that
/// takes the sign of x keeps that. So the form is a monotone function, and it is enough to
/// compare it at both sides of each step and at the two ends. Those also bound y, which must
/// fit into 32 bits. Arithmetic is that of IEEE 754 in both places: rounding to nearest, and
/// fma rounds once.
bool proveFloatScale(const Staircase &stairs, const FloatForm &form, const FloatScale &scale);

/// Searches for parameters that can be proven, with a scale near `slope`: for a given scale
/// each step leaves an interval of offsets, and so do all of them.
std::optional<FloatScale> findFloatScale(const Staircase &stairs, const FloatForm &form,
                                         double slope);

/// The value of the form for `x` before the bounds are applied.
int64_t evaluateFloatScale(const FloatForm &form, const FloatScale &scale, int64_t x);

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_FLOATSCALE_H
