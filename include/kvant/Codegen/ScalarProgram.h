// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar integer arithmetic as something that can be run and bounded.
#ifndef KVANT_CODEGEN_SCALARPROGRAM_H
#define KVANT_CODEGEN_SCALARPROGRAM_H

#include "AccumulatorRange.h"
#include "mlir/IR/Value.h"
#include <optional>

namespace kvant::codegen {

/// What computes one value of an epilogue from given inputs: additions, shifts to the left,
/// minima and maxima, changes of width, and tosa.apply_scale, on i8, i16 and i32. Values are
/// held as the signed integers that their bits stand for.
class ScalarProgram {
public:
  /// The operations between `inputs` and `result`; nothing if there is another kind among
  /// them or another source.
  static std::optional<ScalarProgram> create(mlir::Value result,
                                             llvm::ArrayRef<mlir::Value> inputs);

  /// The result, with the bits that compiled code gives, for inputs inside their types.
  int64_t evaluate(llvm::ArrayRef<int64_t> inputs);

  /// The ends of the result for inputs between `low` and `high`, if no operation wraps and
  /// each is monotone: the result then does not decrease when an input grows.
  std::optional<Interval> getMonotoneRange(llvm::ArrayRef<Interval> inputs);

  /// By how much the result grows with input `index`, but for rounding and clamping; 0 if they
  /// do not depend on each other.
  double getSlope(unsigned index, llvm::ArrayRef<int64_t> inputs);

private:
  enum class Kind { Add, Sub, Shl, Max, Min, Xor, ExtendSigned, ExtendUnsigned, Truncate, Scale };
  struct Step {
    Kind kind;
    unsigned width;       ///< bits of the result
    unsigned sourceWidth; ///< bits of the first operand
    bool twice;           ///< rounds twice
    unsigned a, b, c;     ///< slots of operands
  };

  std::optional<Interval> getRange(const Step &step, llvm::ArrayRef<Interval> slots) const;

  /// Slots are the inputs, then constants, then the results of steps.
  unsigned numInputs = 0, firstResult = 0, result = 0;
  llvm::SmallVector<int64_t> values; ///< of all slots; constants are set
  llvm::SmallVector<Step> steps;
};

/// tosa.apply_scale as TOSA 1.0 defines it, before it is cut to 32 bits.
int64_t applyScale(int64_t value, int64_t multiplier, int64_t shift, bool twice);

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_SCALARPROGRAM_H
