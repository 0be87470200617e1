// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Proof of and search for requantizations in float.
#include "kvant/Codegen/FloatScale.h"

#include <cmath>
#include <limits>

namespace kvant::codegen {

namespace {

/// Scales on each side of the slope that the search looks at: units of the last place, or with
/// a split scale a fraction of that.
constexpr int kReach = 48;
constexpr double kSplitUnit = 1.0 / (1 << 28);

/// |v| stays far below what the conversion to 32 bits can take.
constexpr float kMaxValue = 1 << 30;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// The least float that becomes `integer` or more.
float getThreshold(const FloatForm &form, int64_t integer) {
  if (form.truncates)
    return integer > 0 ? float(integer) : std::nextafter(float(integer - 1), kInfinity);
  float tie = float(integer) - 0.5f;
  return integer % 2 == 0 ? tie : std::nextafter(tie, kInfinity);
}

float evaluate(const FloatForm &form, const FloatScale &scale, int64_t x) {
  float value = float(x);
  float offset = form.signedOffset ? std::copysign(scale.offset, value) : scale.offset;
  if (form.split)
    offset = std::fma(value, scale.rest, offset);
  return std::fma(value, scale.scale, offset);
}

/// `x` times the scale plus the offset must come out at `bound` or above, or below it.
struct Constraint {
  double x, bound;
  bool above;
};

std::vector<Constraint> getConstraints(const Staircase &stairs, const FloatForm &form) {
  std::vector<Constraint> list;
  auto add = [&](int64_t x, int64_t value, bool above) {
    float threshold = getThreshold(form, value - form.zeroPoint);
    // Real numbers from half way below round up to it.
    double bound = (double(threshold) + double(std::nextafter(threshold, -kInfinity))) / 2;
    list.push_back({double(float(x)), bound, above});
  };
  // The ends first: they rule out most.
  if (stairs.first > form.bounds.low)
    add(stairs.domain.low, stairs.first, true);
  if (stairs.last < form.bounds.high)
    add(stairs.domain.high, stairs.last + 1, false);
  for (size_t i = stairs.steps.size(); i-- > 0;) {
    add(stairs.steps[i], stairs.first + 1 + int64_t(i), true);
    add(stairs.steps[i] - 1, stairs.first + 1 + int64_t(i), false);
  }
  return list;
}

/// The offsets that meet all of `constraints` with `scale`, empty if low > high.
struct Offsets {
  double low, high;
};

Offsets getOffsets(llvm::ArrayRef<Constraint> constraints, bool signedOffset, double scale) {
  Offsets offsets = {signedOffset ? 0.0 : -kInfinity, kInfinity};
  for (const Constraint &c : constraints) {
    double offset = c.bound - scale * c.x;
    bool isNegated = signedOffset && c.x < 0;
    if (isNegated)
      offset = -offset;
    if (c.above != isNegated)
      offsets.low = std::max(offsets.low, offset);
    else
      offsets.high = std::min(offsets.high, offset);
    if (offsets.low > offsets.high)
      break;
  }
  return offsets;
}

double getMiddle(const Offsets &offsets) {
  if (std::isinf(offsets.low) && std::isinf(offsets.high))
    return 0;
  if (std::isinf(offsets.low))
    return offsets.high - 0.25;
  if (std::isinf(offsets.high))
    return offsets.low + 0.25;
  return (offsets.low + offsets.high) / 2;
}

/// A float at most `value`, and the rest as another: both are at least 0.
FloatScale splitScale(double value) {
  float high = float(value);
  if (double(high) > value)
    high = std::nextafter(high, 0.0f);
  return {high, float(value - double(high)), 0};
}

} // namespace

int64_t evaluateFloatScale(const FloatForm &form, const FloatScale &scale, int64_t x) {
  float value = evaluate(form, scale, x);
  return int64_t(form.truncates ? std::trunc(value) : std::nearbyint(value)) + form.zeroPoint;
}

bool proveFloatScale(const Staircase &stairs, const FloatForm &form, const FloatScale &scale) {
  if (!std::isfinite(scale.scale) || !std::isfinite(scale.rest) || !std::isfinite(scale.offset) ||
      scale.scale < 0 || scale.rest < 0 || (form.signedOffset && scale.offset < 0))
    return false;
  auto isAtLeast = [&](int64_t x, int64_t value) {
    return evaluate(form, scale, x) >= getThreshold(form, value - form.zeroPoint);
  };
  for (int64_t end : {stairs.domain.low, stairs.domain.high})
    if (!(std::abs(evaluate(form, scale, end)) <= kMaxValue))
      return false;
  if (stairs.first < form.bounds.low || stairs.last > form.bounds.high)
    return false;
  if (stairs.first > form.bounds.low && !isAtLeast(stairs.domain.low, stairs.first))
    return false;
  if (stairs.last < form.bounds.high && isAtLeast(stairs.domain.high, stairs.last + 1))
    return false;
  for (size_t i = 0; i < stairs.steps.size(); ++i) {
    int64_t value = stairs.first + 1 + int64_t(i);
    if (!isAtLeast(stairs.steps[i], value) || isAtLeast(stairs.steps[i] - 1, value))
      return false;
  }
  return true;
}

std::optional<FloatScale> findFloatScale(const Staircase &stairs, const FloatForm &form,
                                         double slope) {
  if (stairs.steps.empty()) {
    FloatScale constant = {0, 0, float(stairs.first - form.zeroPoint)};
    if (proveFloatScale(stairs, form, constant))
      return constant;
  }
  if (!(slope >= 0 && slope < 1e6))
    return std::nullopt;
  std::vector<Constraint> constraints = getConstraints(stairs, form);
  float up = float(slope), down = up;
  for (int i = 0; i <= 2 * kReach; ++i) {
    FloatScale found = {up, 0, 0};
    if (form.split)
      found = splitScale(slope * (1 + (i % 2 == 0 ? i / 2 : -(i + 1) / 2) * kSplitUnit));
    else if (i % 2 == 1)
      found.scale = up = std::nextafter(up, kInfinity);
    else if (i > 0)
      found.scale = down = std::nextafter(down, 0.0f);
    Offsets offsets = getOffsets(constraints, form.signedOffset,
                                 double(found.scale) + double(form.split ? found.rest : 0));
    if (offsets.low > offsets.high)
      continue;
    float middle = float(getMiddle(offsets));
    for (float offset :
         {middle, std::nextafter(middle, kInfinity), std::nextafter(middle, -kInfinity)}) {
      found.offset = offset;
      if (proveFloatScale(stairs, form, found))
        return found;
    }
  }
  return std::nullopt;
}

} // namespace kvant::codegen
