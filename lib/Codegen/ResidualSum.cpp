// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Proof of and search for rescaled sums of two bytes.
#include "kvant/Codegen/ResidualSum.h"

#include <cmath>

namespace kvant::codegen {

namespace {

/// Scales on each side of a slope that the search looks at, in units of the last place.
constexpr int kReach = 32;

/// Pairs whose offsets come this close to the nearest one decide; scales within reach do not
/// bring others there.
constexpr double kNear = 1.0 / 256;

/// Sums keep away from the ends of 32 bits by this factor.
constexpr int64_t kMaxSum = INT32_MAX / 2;

/// offset >= bound - scaleA * a - scaleB * b, or < with `isUpper`.
struct SumConstraint {
  double a, b, bound;
  bool isUpper;

  double getOffset(double scaleA, double scaleB) const { return bound - scaleA * a - scaleB * b; }
};

struct OffsetRange {
  double low = -INFINITY, high = INFINITY;
};

OffsetRange getOffsets(llvm::ArrayRef<SumConstraint> constraints, double scaleA, double scaleB) {
  OffsetRange range;
  for (const SumConstraint &c : constraints) {
    double offset = c.getOffset(scaleA, scaleB);
    if (c.isUpper)
      range.high = std::min(range.high, offset);
    else
      range.low = std::max(range.low, offset);
  }
  return range;
}

/// What the table asks for next to where it changes. `threshold` says from where on a real
/// number becomes an integer.
std::vector<SumConstraint> getConstraints(const SumTable &table,
                                          llvm::function_ref<double(int64_t)> threshold,
                                          double slopeA, double slopeB) {
  std::vector<SumConstraint> all;
  size_t next = 0;
  for (int64_t a = table.a.low; a <= table.a.high; ++a)
    for (int64_t b = table.b.low; b <= table.b.high; ++b) {
      int64_t value = table.values[next++];
      if (value > table.bounds.low)
        all.push_back({double(a), double(b), threshold(value), false});
      if (value < table.bounds.high)
        all.push_back({double(a), double(b), threshold(value + 1), true});
    }
  OffsetRange range = getOffsets(all, slopeA, slopeB);
  std::vector<SumConstraint> near;
  for (const SumConstraint &c : all) {
    double offset = c.getOffset(slopeA, slopeB);
    if (c.isUpper ? offset <= range.high + kNear : offset >= range.low - kNear)
      near.push_back(c);
  }
  return near;
}

/// Calls `attempt` with steps away from both slopes, the nearest first, until it is true.
void searchAround(llvm::function_ref<bool(int, int)> attempt) {
  for (int reach = 0; reach <= kReach; ++reach)
    for (int i = -reach; i <= reach; ++i)
      for (int j = -reach; j <= reach; ++j)
        if (std::max(std::abs(i), std::abs(j)) == reach && attempt(i, j))
          return;
}

float moveBy(float value, int steps) {
  for (; steps > 0; --steps)
    value = std::nextafter(value, INFINITY);
  for (; steps < 0; ++steps)
    value = std::nextafter(value, -INFINITY);
  return value;
}

template <typename Evaluate> bool equalsTable(const SumTable &table, Evaluate evaluate) {
  size_t next = 0;
  for (int64_t a = table.a.low; a <= table.a.high; ++a)
    for (int64_t b = table.b.low; b <= table.b.high; ++b)
      if (std::clamp(evaluate(a, b), table.bounds.low, table.bounds.high) != table.values[next++])
        return false;
  return true;
}

template <typename Evaluate> Interval getCorners(const SumTable &table, Evaluate evaluate) {
  Interval reached = {INT64_MAX, INT64_MIN};
  for (int64_t a : {table.a.low, table.a.high})
    for (int64_t b : {table.b.low, table.b.high}) {
      reached.low = std::min(reached.low, evaluate(a, b));
      reached.high = std::max(reached.high, evaluate(a, b));
    }
  return reached;
}

/// The greatest magnitude of a * scaleA + b * scaleB + offset.
double getMagnitude(const SumTable &table, double scaleA, double scaleB, double offset) {
  auto most = [](const Interval &x) { return double(std::max(std::abs(x.low), std::abs(x.high))); };
  return most(table.a) * std::abs(scaleA) + most(table.b) * std::abs(scaleB) + std::abs(offset);
}

} // namespace

SumTable makeSumTable(llvm::function_ref<int64_t(int64_t, int64_t)> function, Interval a,
                      Interval b) {
  SumTable table = {a, b, {}, {INT64_MAX, INT64_MIN}};
  table.values.reserve((a.high - a.low + 1) * (b.high - b.low + 1));
  for (int64_t x = a.low; x <= a.high; ++x)
    for (int64_t y = b.low; y <= b.high; ++y) {
      int64_t value = function(x, y);
      table.values.push_back(int16_t(value));
      table.bounds.low = std::min(table.bounds.low, value);
      table.bounds.high = std::max(table.bounds.high, value);
    }
  return table;
}

int64_t evaluateSum(const FloatForm &form, const FloatSum &sum, int64_t a, int64_t b) {
  float value = std::fma(float(a), sum.scaleA, std::fma(float(b), sum.scaleB, sum.offset));
  return int64_t(form.truncates ? std::trunc(value) : std::nearbyint(value)) + form.zeroPoint;
}

int64_t evaluateSum(const IntegerSum &sum, int64_t a, int64_t b) {
  return (a * sum.scaleA + b * sum.scaleB + sum.offset) >> sum.shift;
}

Interval getReached(const SumTable &table, const FloatForm &form, const FloatSum &sum) {
  return getCorners(table, [&](int64_t a, int64_t b) { return evaluateSum(form, sum, a, b); });
}

Interval getReached(const SumTable &table, const IntegerSum &sum) {
  return getCorners(table, [&](int64_t a, int64_t b) { return evaluateSum(sum, a, b); });
}

bool proveSum(const SumTable &table, const FloatForm &form, const FloatSum &sum) {
  if (!(getMagnitude(table, sum.scaleA, sum.scaleB, sum.offset) < double(kMaxSum)))
    return false;
  return equalsTable(table, [&](int64_t a, int64_t b) { return evaluateSum(form, sum, a, b); });
}

bool proveSum(const SumTable &table, const IntegerSum &sum) {
  if (!(getMagnitude(table, double(sum.scaleA), double(sum.scaleB), double(sum.offset)) <
        double(INT32_MAX)))
    return false;
  return equalsTable(table, [&](int64_t a, int64_t b) { return evaluateSum(sum, a, b); });
}

std::optional<FloatSum> findFloatSum(const SumTable &table, const FloatForm &form, double slopeA,
                                     double slopeB) {
  std::vector<SumConstraint> constraints = getConstraints(
      table,
      [&](int64_t value) { return double(value - form.zeroPoint) - (form.truncates ? 0 : 0.5); },
      slopeA, slopeB);
  std::optional<FloatSum> found;
  searchAround([&](int i, int j) {
    FloatSum sum = {moveBy(float(slopeA), i), moveBy(float(slopeB), j), 0};
    OffsetRange offsets = getOffsets(constraints, sum.scaleA, sum.scaleB);
    if (!std::isfinite(offsets.low) || !std::isfinite(offsets.high))
      return true;
    float middle = float((offsets.low + offsets.high) / 2);
    for (int step : {0, 1, -1}) {
      sum.offset = moveBy(middle, step);
      bool fits = llvm::all_of(constraints, [&](const SumConstraint &c) {
        int64_t a = int64_t(c.a), b = int64_t(c.b);
        size_t at = (a - table.a.low) * (table.b.high - table.b.low + 1) + (b - table.b.low);
        return std::clamp(evaluateSum(form, sum, a, b), table.bounds.low, table.bounds.high) ==
               table.values[at];
      });
      if (fits && proveSum(table, form, sum)) {
        found = sum;
        return true;
      }
    }
    return false;
  });
  return found;
}

std::optional<IntegerSum> findIntegerSum(const SumTable &table, double slopeA, double slopeB,
                                         int64_t limit) {
  std::vector<SumConstraint> constraints =
      getConstraints(table, [](int64_t value) { return double(value); }, slopeA, slopeB);
  OffsetRange real = getOffsets(constraints, slopeA, slopeB);
  if (!std::isfinite(real.low) || !std::isfinite(real.high))
    return std::nullopt;
  double magnitude = getMagnitude(table, slopeA, slopeB, real.low);
  if (!std::isfinite(magnitude) || magnitude <= 0 || magnitude >= 1 << 14)
    return std::nullopt;
  // As many places as the limit leaves.
  int64_t shift = int64_t(std::floor(std::log2(double(limit) / (magnitude + 1))));
  if (shift < 0)
    return std::nullopt;
  double unit = std::ldexp(1.0, int(shift));
  std::optional<IntegerSum> found;
  searchAround([&](int i, int j) {
    IntegerSum sum = {std::llround(slopeA * unit) + i, std::llround(slopeB * unit) + j, 0, shift};
    OffsetRange offsets =
        getOffsets(constraints, double(sum.scaleA) / unit, double(sum.scaleB) / unit);
    // Sums are integers: at least the one end, less than the other.
    int64_t low = std::llround(std::ceil(offsets.low * unit));
    int64_t high = std::llround(std::ceil(offsets.high * unit)) - 1;
    if (low > high)
      return false;
    sum.offset = low + (high - low) / 2;
    if (!proveSum(table, sum))
      return false;
    found = sum;
    return true;
  });
  return found;
}

} // namespace kvant::codegen
