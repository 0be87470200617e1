// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds TOSA operations on statically shaped tensors: result types are computed, ranks are
// made equal, zero points and shapes become the constant operands that TOSA wants.
#ifndef KVANT_LIB_LOWER_QNNTOTOSA_TOSAEMITTER_H
#define KVANT_LIB_LOWER_QNNTOTOSA_TOSAEMITTER_H

#include "Scale.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Builders.h"

namespace kvant::lower {

class TosaEmitter {
public:
  TosaEmitter(mlir::OpBuilder &builder, mlir::Location location)
      : builder(builder), location(location) {}

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLocation() { return location; }
  mlir::Type i8() { return builder.getI8Type(); }
  mlir::Type i32() { return builder.getI32Type(); }
  mlir::Type f32() { return builder.getF32Type(); }

  static llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);
  static mlir::Type elementOf(mlir::Value value);
  static int64_t rankOf(mlir::Value value) { return shapeOf(value).size(); }

  // Constants.
  mlir::Value constant(mlir::ElementsAttr value);
  mlir::Value ints(mlir::Type element, llvm::ArrayRef<int64_t> shape,
                   llvm::ArrayRef<int64_t> values);
  mlir::Value floats(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<float> values);
  /// One number as a tensor that broadcasts against `like`, of its element type.
  mlir::Value splat(mlir::Value like, double value);
  /// The operand of one element that holds a zero point (0 for floats).
  mlir::Value zeroPoint(mlir::Type element, int64_t value = 0);
  mlir::Value shape(llvm::ArrayRef<int64_t> values);

  // Elementwise. Operands of different rank get leading dimensions of size 1.
  template <typename OpTy> mlir::Value unary(mlir::Value x) {
    return OpTy::create(builder, location, x.getType(), x);
  }
  template <typename OpTy> mlir::Value binary(mlir::Value lhs, mlir::Value rhs) {
    alignRanks(lhs, rhs);
    return OpTy::create(builder, location, broadcastType(lhs, rhs, elementOf(lhs)), lhs, rhs);
  }
  mlir::Value add(mlir::Value lhs, mlir::Value rhs) { return binary<mlir::tosa::AddOp>(lhs, rhs); }
  mlir::Value sub(mlir::Value lhs, mlir::Value rhs) { return binary<mlir::tosa::SubOp>(lhs, rhs); }
  mlir::Value maximum(mlir::Value lhs, mlir::Value rhs) {
    return binary<mlir::tosa::MaximumOp>(lhs, rhs);
  }
  mlir::Value minimum(mlir::Value lhs, mlir::Value rhs) {
    return binary<mlir::tosa::MinimumOp>(lhs, rhs);
  }
  /// lhs * rhs; for i32 with `shift`, (lhs * rhs + 2^(shift-1)) >> shift in 64 bits.
  mlir::Value mul(mlir::Value lhs, mlir::Value rhs, int shift = 0);
  mlir::Value shiftRight(mlir::Value lhs, mlir::Value rhs, bool round);
  mlir::Value greater(mlir::Value lhs, mlir::Value rhs);
  mlir::Value greaterEqual(mlir::Value lhs, mlir::Value rhs);
  mlir::Value select(mlir::Value condition, mlir::Value yes, mlir::Value no);
  mlir::Value cast(mlir::Value x, mlir::Type element);
  mlir::Value clamp(mlir::Value x, int64_t low, int64_t high);
  mlir::Value clampFloat(mlir::Value x, float low, float high);
  mlir::Value negate(mlir::Value x);
  mlir::Value table(mlir::Value x, llvm::ArrayRef<int8_t> entries);

  /// tosa.rescale with one multiplier, or one for each element of the last dimension.
  mlir::Value rescale(mlir::Value x, mlir::Type element, llvm::ArrayRef<Multiplier> multipliers,
                      int64_t inputZeroPoint, int64_t outputZeroPoint, bool doubleRound);
  /// clamp, unless [low, high] is the whole range of the 8-bit element type.
  mlir::Value clampIfNarrow(mlir::Value x, std::pair<int64_t, int64_t> range);
  /// stored - zeroPoint as i32.
  mlir::Value widen(mlir::Value x, int64_t zeroPoint);

  // Shapes and data movement.
  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> perms);
  mlir::Value slice(mlir::Value x, llvm::ArrayRef<int64_t> begin, llvm::ArrayRef<int64_t> size);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> xs, int64_t axis);
  mlir::Value pad(mlir::Value x, llvm::ArrayRef<int64_t> padding, mlir::Value value);
  mlir::Value tile(mlir::Value x, llvm::ArrayRef<int64_t> multiples);
  mlir::Value reverse(mlir::Value x, int64_t axis);
  /// Elements `indices` along `axis`: constants, so out of range is our own error.
  mlir::Value take(mlir::Value x, int64_t axis, llvm::ArrayRef<int64_t> indices);
  /// tosa.gather: values [N, K, C], indices [N, W].
  mlir::Value gather(mlir::Value values, mlir::Value indices);

  // Reductions; the axis stays with size 1.
  mlir::Value reduceSum(mlir::Value x, int64_t axis);
  mlir::Value reduceMax(mlir::Value x, int64_t axis);

private:
  void alignRanks(mlir::Value &lhs, mlir::Value &rhs);
  mlir::Value withRank(mlir::Value x, int64_t rank);
  mlir::Type broadcastType(mlir::Value lhs, mlir::Value rhs, mlir::Type element);

  mlir::OpBuilder &builder;
  mlir::Location location;
};

} // namespace kvant::lower

#endif // KVANT_LIB_LOWER_QNNTOTOSA_TOSAEMITTER_H
