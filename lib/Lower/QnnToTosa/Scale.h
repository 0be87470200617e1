// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From scales to the multipliers and shifts of tosa.rescale.
#ifndef KVANT_LIB_LOWER_QNNTOTOSA_SCALE_H
#define KVANT_LIB_LOWER_QNNTOTOSA_SCALE_H

#include "dialects/Qnn/Qnn.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>
#include <utility>

namespace kvant::lower {

/// x * multiplier / 2^shift, as tosa.rescale has it: 2 <= shift <= 62.
struct Multiplier {
  int32_t value;
  int8_t shift;
};

/// The multiplier nearest to `scale` (finite, >= 0). A scale below 2^-33 loses bits down to a
/// multiplier of 0: such a channel is dead, its result is always the zero point. Nothing if
/// `scale` is 2^29 or more, which tosa.rescale cannot express.
std::optional<Multiplier> getMultiplier(double scale);

/// The multiplier that TFLite computes for `scale`, in TOSA's form.
std::optional<Multiplier> getTFLiteMultiplier(double scale);

/// TFLite's form itself: value / 2^31 * 2^exponent.
struct TFLiteMultiplier {
  int32_t value;
  int exponent;
};
TFLiteMultiplier quantizeLikeTFLite(double scale);

/// A multiplier with which one rounding of `x * multiplier / 2^shift` gives, inside [low, high]
/// and clamped to it, the same as `round(x * scale)` in doubles with ties away from zero, for
/// every 32-bit x. Nothing if none is near the scale.
std::optional<Multiplier> getExactMultiplier(double scale, int64_t low, int64_t high);

/// Per-tensor parameters of a tensor as lowered: unsigned 8-bit storage is shifted by 128.
struct Uniform {
  double scale = 1.0;
  int64_t zeroPoint = 0;
  int64_t low = -128, high = 127;
  bool wasUnsigned = false;
  unsigned bits = 8;
};

/// The parameters of `type`'s elements, or nothing if they are not uniformly quantized per
/// tensor.
std::optional<Uniform> getUniform(mlir::Type type);

/// All scales of a uniformly quantized type: one, or one per channel.
llvm::SmallVector<double> getScales(mlir::Type type);

/// The range of stored values that a fused activation leaves.
std::pair<int64_t, int64_t> getActivationRange(qnn::Activation activation, const Uniform &output);

} // namespace kvant::lower

#endif // KVANT_LIB_LOWER_QNNTOTOSA_SCALE_H
