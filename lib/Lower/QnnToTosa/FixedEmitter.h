// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// 32-bit fixed-point arithmetic on tensors, in TOSA's base profile: what FixedPoint.h does at
// compile time, for values that are known only when the program runs.
#ifndef KVANT_LIB_LOWER_QNNTOTOSA_FIXEDEMITTER_H
#define KVANT_LIB_LOWER_QNNTOTOSA_FIXEDEMITTER_H

#include "TosaEmitter.h"

namespace kvant::lower {

struct FixedEmitter {
  TosaEmitter &emit;

  mlir::Value constant(mlir::Value like, int64_t value) { return emit.splat(like, double(value)); }
  /// SQRDMULH without its one saturating case.
  mlir::Value mulHigh(mlir::Value a, mlir::Value b) { return emit.mul(a, b, 31); }
  mlir::Value mulHigh(mlir::Value a, int64_t b) { return mulHigh(a, constant(a, b)); }
  mlir::Value shiftLeft(mlir::Value x, mlir::Value by) {
    return emit.binary<mlir::tosa::LogicalLeftShiftOp>(x, by);
  }
  mlir::Value shiftLeft(mlir::Value x, int64_t by) { return shiftLeft(x, constant(x, by)); }
  /// x >> by towards minus infinity.
  mlir::Value shiftRight(mlir::Value x, mlir::Value by) {
    return emit.shiftRight(x, by, /*round=*/false);
  }
  mlir::Value shiftRight(mlir::Value x, int64_t by) { return shiftRight(x, constant(x, by)); }
  mlir::Value leadingZeros(mlir::Value x) { return emit.unary<mlir::tosa::ClzOp>(x); }
  mlir::Value add(mlir::Value a, int64_t b) { return emit.add(a, constant(a, b)); }

  /// x << by for x >= 0, saturated.
  mlir::Value shiftLeftSaturated(mlir::Value x, mlir::Value by);
  /// x / 2^by, ties away from zero.
  mlir::Value shiftRightAway(mlir::Value x, mlir::Value by);
  /// 1 / (1 + x) in Q0.31 for x in [0, 1): three Newton steps from the best line.
  mlir::Value reciprocal(mlir::Value x);
  /// log(x) in Q5.26 for x >= 1 in Q12.19: a rational function around the nearest power of 2.
  mlir::Value log(mlir::Value x);

  /// 1 / sqrt(x) for x >= 0 as value / 2^31 / 2^shift; of 0 as of 1.
  struct InverseRoot {
    mlir::Value value, shift;
  };
  InverseRoot inverseRoot(mlir::Value x);
};

} // namespace kvant::lower

#endif // KVANT_LIB_LOWER_QNNTOTOSA_FIXEDEMITTER_H
