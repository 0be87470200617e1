// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rescaled sums of two bytes that are proven to equal a table.
#ifndef KVANT_CODEGEN_RESIDUALSUM_H
#define KVANT_CODEGEN_RESIDUALSUM_H

#include "kvant/Codegen/FloatScale.h"

namespace kvant::codegen {

/// A function of two integers of 8 bits: a residual addition with all its requantizations.
struct SumTable {
  Interval a, b;
  std::vector<int16_t> values; ///< row-major, a row for each value of a
  Interval bounds;             ///< least and greatest value
};

SumTable makeSumTable(llvm::function_ref<int64_t(int64_t, int64_t)> function, Interval a,
                      Interval b);

/// y = fma(float(a), scaleA, fma(float(b), scaleB, offset)), rounded as the form says, plus its
/// zero point, clamped to its bounds.
struct FloatSum {
  float scaleA, scaleB, offset;
};

/// y = (a * scaleA + b * scaleB + offset) >> shift, clamped to the bounds of the table.
struct IntegerSum {
  int64_t scaleA, scaleB, offset;
  int64_t shift;
};

/// Proofs by comparison of all pairs; nothing in it may leave 32 bits.
bool proveSum(const SumTable &table, const FloatForm &form, const FloatSum &sum);
bool proveSum(const SumTable &table, const IntegerSum &sum);

/// Searches for parameters that can be proven, with scales near `slopeA` and `slopeB`.
std::optional<FloatSum> findFloatSum(const SumTable &table, const FloatForm &form, double slopeA,
                                     double slopeB);
/// No sum leaves `limit`.
std::optional<IntegerSum> findIntegerSum(const SumTable &table, double slopeA, double slopeB,
                                         int64_t limit = INT32_MAX);

/// The result before the bounds are applied.
int64_t evaluateSum(const FloatForm &form, const FloatSum &sum, int64_t a, int64_t b);
int64_t evaluateSum(const IntegerSum &sum, int64_t a, int64_t b);
/// What it reaches then, over the whole table: its ends are at corners.
Interval getReached(const SumTable &table, const FloatForm &form, const FloatSum &sum);
Interval getReached(const SumTable &table, const IntegerSum &sum);

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_RESIDUALSUM_H
