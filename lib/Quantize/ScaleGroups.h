// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which tensors share a scale, and the type that each gets.
#ifndef KVANT_LIB_QUANTIZE_SCALEGROUPS_H
#define KVANT_LIB_QUANTIZE_SCALEGROUPS_H

#include "dialects/Qnn/Qnn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace kvant::quantize {

/// True if the decision on `op` makes it an integer operation.
bool isInteger(mlir::Operation *op);
/// True if `value` is a float32 tensor that `use` reads as an activation.
bool isActivationUse(mlir::OpOperand &use);
/// True if `value` is a float32 tensor.
bool isFloatTensor(mlir::Value value);

/// The quantized types of all tensors that integer operations of a function touch.
class ScaleGroups {
public:
  /// Emits an error and fails if a tensor without a range needs a scale.
  mlir::LogicalResult build(mlir::func::FuncOp function);

  /// The type in which integer operations read `value`.
  mlir::quant::UniformQuantizedType getType(mlir::Value value) const;
  /// The type that the operation gives its result: getType, unless its definition fixes
  /// another.
  mlir::quant::UniformQuantizedType getResultType(mlir::OpResult result) const;
  /// The type of a constant that an integer operation reads as an activation.
  mlir::quant::UniformQuantizedType getConstantType(mlir::OpOperand &use) const;

private:
  struct Range {
    double min = 0.0, max = 0.0;
    bool known = false;
    void include(double low, double high);
  };
  struct Group {
    Range range;
    llvm::SmallVector<qnn::ScaleZeroPoint, 1> fixed;
    mlir::quant::UniformQuantizedType type;
  };

  unsigned getNode(mlir::Value value);
  unsigned find(unsigned node) const;
  void unite(mlir::Value a, mlir::Value b);
  mlir::LogicalResult collectRanges();
  void chooseTypes(mlir::MLIRContext *context);

  llvm::SmallVector<mlir::Value> values; ///< by node
  llvm::SmallVector<unsigned> parents;   ///< by node; a root is its own
  llvm::DenseMap<mlir::Value, unsigned> nodes;
  llvm::DenseMap<unsigned, Group> groups; ///< by root
};

/// The range of a float constant, or nothing if it cannot be read.
std::optional<std::pair<double, double>> getConstantRange(mlir::Value constant);

} // namespace kvant::quantize

#endif // KVANT_LIB_QUANTIZE_SCALEGROUPS_H
