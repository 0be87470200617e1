// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the families of operations plug into the pass: one function per operation, registered
// by its type.
#ifndef KVANT_LIB_LOWER_QNNTOTOSA_LOWERING_H
#define KVANT_LIB_LOWER_QNNTOTOSA_LOWERING_H

#include "TosaEmitter.h"

#include "dialects/Qnn/Qnn.h"
#include "llvm/ADT/DenseMap.h"
#include <functional>

namespace kvant::lower {

/// What a lowering function gets: the emitter (placed before the operation), and the operands
/// as already lowered. The types of the operation itself are still those of qnn.
struct Lowering {
  TosaEmitter &emit;
  llvm::ArrayRef<mlir::Value> operands;

  mlir::Value operator[](unsigned index) const { return operands[index]; }
};

using Results = llvm::FailureOr<llvm::SmallVector<mlir::Value>>;
using LowerFunction = std::function<Results(mlir::Operation *, const Lowering &)>;

class LoweringRegistry {
public:
  /// Registers `lower` (Results or FailureOr<Value> of (OpTy, const Lowering &)) for OpTy.
  template <typename OpTy, typename Function> void add(Function lower) {
    functions[OpTy::getOperationName()] = [lower](mlir::Operation *op,
                                                  const Lowering &l) -> Results {
      return wrap(lower(llvm::cast<OpTy>(op), l));
    };
  }
  const LowerFunction *lookup(mlir::Operation *op) const {
    auto found = functions.find(op->getName().getStringRef());
    return found == functions.end() ? nullptr : &found->second;
  }

private:
  static Results wrap(llvm::FailureOr<mlir::Value> value) {
    if (llvm::failed(value))
      return llvm::failure();
    return llvm::SmallVector<mlir::Value>{*value};
  }
  static Results wrap(Results values) { return values; }

  llvm::StringMap<LowerFunction> functions;
};

using LoweredValue = llvm::FailureOr<mlir::Value>;

// One per family.
void registerBinary(LoweringRegistry &registry);
void registerContraction(LoweringRegistry &registry);
void registerDataMovement(LoweringRegistry &registry);
void registerPool(LoweringRegistry &registry);
void registerQuantize(LoweringRegistry &registry);
void registerReduce(LoweringRegistry &registry);
void registerResize(LoweringRegistry &registry);
void registerSoftmax(LoweringRegistry &registry);
void registerUnary(LoweringRegistry &registry);

/// Quantized tensors become tensors of their storage type, 64-bit integers 32-bit ones; other
/// types stay.
mlir::RankedTensorType lowerType(mlir::Type type);

/// True if `value`'s elements are quantized.
inline bool isQuantized(mlir::Value value) { return bool(qnn::getQuantizedType(value)); }

/// The per-tensor 8-bit parameters of a value, or an error on `op` that says what it has.
llvm::FailureOr<Uniform> getUniform8(mlir::Operation *op, mlir::Value value, llvm::StringRef what);

/// The multiplier for `scale` under the rounding of `op`, or an error on `op`.
llvm::FailureOr<Multiplier> getMultiplierFor(mlir::Operation *op, double scale);

/// Applies a fused activation to floats.
mlir::Value applyActivation(TosaEmitter &emit, mlir::Value x, qnn::Activation activation);

/// i8 with parameters `from` to i8 with `to`, as `op` rounds. The same value if they are equal.
LoweredValue requantize(mlir::Operation *op, TosaEmitter &emit, mlir::Value x, const Uniform &from,
                        const Uniform &to);

} // namespace kvant::lower

#endif // KVANT_LIB_LOWER_QNNTOTOSA_LOWERING_H
