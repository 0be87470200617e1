// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vocabulary in which kernels are written: short names for vector operations.
#ifndef KVANT_LIB_CODEGEN_KERNELBUILDER_H
#define KVANT_LIB_CODEGEN_KERNELBUILDER_H

#include "kvant/Codegen/Target.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace kvant::codegen {

/// On an scf.for: its rounds may run in any order and at the same time. Only the last two may
/// write the same bytes, the same values: a last tile moves back onto the one before.
inline constexpr llvm::StringLiteral kParallelLoopAttr = "kvant.parallel";

class KernelBuilder {
public:
  KernelBuilder(mlir::OpBuilder &builder, mlir::Location loc, const Level &level)
      : builder(builder), loc(loc), level(level) {}

  bool isArm() const { return level.vectorBits == 128; }

  mlir::VectorType vectorOf(int64_t count, mlir::Type element) const;
  mlir::Type i8() const { return builder.getI8Type(); }
  mlir::Type i16() const { return builder.getI16Type(); }
  mlir::Type i32() const { return builder.getI32Type(); }
  mlir::Type i64() const { return builder.getI64Type(); }
  mlir::Type f32() const { return builder.getF32Type(); }

  /// Index arithmetic; constants are folded.
  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b);
  mlir::Value mul(mlir::Value a, int64_t b);
  mlir::Value divide(mlir::Value a, int64_t b);
  mlir::Value min(mlir::Value a, int64_t b);
  /// `below` if `value` is less than `bound`, else `other`.
  mlir::Value selectBelow(mlir::Value value, int64_t bound, mlir::Value below, mlir::Value other);

  /// A loop of `count` rounds over values that are carried from round to round; no loop for
  /// one round. The body returns the new values.
  llvm::SmallVector<mlir::Value>
  loop(int64_t count, llvm::ArrayRef<mlir::Value> carried,
       llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, llvm::ArrayRef<mlir::Value>)>
           body);
  /// A loop whose rounds are independent of each other.
  void loop(int64_t count, llvm::function_ref<void(mlir::Value)> body);

  /// `index` of `count`, counted from the end if `backward`.
  mlir::Value turn(mlir::Value index, int64_t count, bool backward);

  /// A buffer as one dimension. What is a view with gaps becomes all of the buffer that it lies
  /// in: its places are counted from the start of that, as the offset of its type is.
  mlir::Value flatten(mlir::Value buffer);
  mlir::Value load(mlir::Value flat, mlir::Value at, int64_t count);
  /// Four vectors by one instruction of NEON.
  llvm::SmallVector<mlir::Value> loadFour(llvm::StringRef name, mlir::VectorType type,
                                          mlir::Value address);
  /// Eight words as four vectors that each repeat two of them, by LD4R.
  llvm::SmallVector<mlir::Value> loadRepeatedPairs(mlir::Value flat, mlir::Value at);
  void store(mlir::Value vector, mlir::Value flat, mlir::Value at);
  /// Only the first `valid` of `count` elements are in the buffer; the rest reads as zero.
  mlir::Value loadPart(mlir::Value flat, mlir::Value at, int64_t count, int64_t valid);
  void storePart(mlir::Value vector, mlir::Value flat, mlir::Value at, int64_t valid);

  /// An address in a buffer, for code that steps through it: addresses that are made from one
  /// by `advance` are not taken apart again behind `conceal`, so that instructions can count
  /// them up while they load. Vectors of one register are computed as a whole in front of it.
  mlir::Value getAddress(mlir::Value flat, mlir::Value at);
  mlir::Value advance(mlir::Value address, int64_t bytes);
  mlir::Value advance(mlir::Value address, mlir::Value bytes);
  mlir::Value conceal(mlir::Value value);
  /// The same, and what depends on the result does not come before the vector `after`: so few
  /// loads are in flight that all fit in registers.
  mlir::Value conceal(mlir::Value value, mlir::Value after);
  /// A register of four words whose first is `word`, which instructions take by element. LLVM
  /// would load it into all four, for which there is no displacement.
  mlir::Value concealedWord(mlir::Value word);
  mlir::Value loadBytes(mlir::Value address, int64_t offset, int64_t count);

  mlir::Value splat(int64_t value, int64_t count, mlir::Type element);
  mlir::Value constantBytes(llvm::ArrayRef<int8_t> bytes);
  mlir::Value broadcast(mlir::Value scalar, int64_t count);
  mlir::Value bitcast(mlir::Value vector, int64_t count, mlir::Type element);
  mlir::Value signExtend(mlir::Value vector, mlir::Type element);
  mlir::Value zeroExtend(mlir::Value vector, mlir::Type element);
  mlir::Value shuffle(mlir::Value a, mlir::Value b, llvm::ArrayRef<int64_t> mask);
  /// All lanes are lane `lane` of `vector`.
  mlir::Value splatLane(mlir::Value vector, int64_t lane, int64_t count);
  mlir::Value slice(mlir::Value vector, int64_t first, int64_t count);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> vectors);
  mlir::Value interleave(mlir::Value a, mlir::Value b);
  /// VPDPBUSD: to each 32-bit lane of `sum` are added four unsigned bytes of `x` times signed ones
  /// of `w`.
  mlir::Value dotBytes(mlir::Value sum, mlir::Value x, mlir::Value w);
  mlir::Value intrinsic(llvm::StringRef name, mlir::Type result,
                        llvm::ArrayRef<mlir::Value> arguments);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  const Level &level;
};

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_KERNELBUILDER_H
