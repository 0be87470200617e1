// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The qnn dialect: include this to build, match or verify its operations.
#ifndef KVANT_DIALECTS_QNN_QNN_H
#define KVANT_DIALECTS_QNN_QNN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <optional>
#include <string>

namespace kvant::qnn {

/// What an operand is to quantization.
enum class OperandRole {
  Activation, ///< quantized with a calibrated scale
  Weights,    ///< a constant with its own scales
  Bias,       ///< a constant with scale input_scale * weight_scale, 32 bits
  Unquantized ///< indices, shapes, masks: never quantized
};

/// A per-tensor scale (> 0, finite) and zero point (in the range of the storage
/// type).
struct ScaleZeroPoint {
  double scale;
  int64_t zeroPoint;
};

/// Names of the discardable attributes that the dialect defines; see its
/// description.
constexpr llvm::StringLiteral kNameAttr = "qnn.name";
constexpr llvm::StringLiteral kRoundingAttr = "qnn.rounding";
constexpr llvm::StringLiteral kDecisionAttr = "qnn.decision";
constexpr llvm::StringLiteral kRangeAttr = "qnn.range";
constexpr llvm::StringLiteral kQuantAttr = "qnn.quant";
constexpr llvm::StringLiteral kSourceAttr = "qnn.source";

/// The name of `op` in the source model (its first result's), or "" if it has
/// none.
llvm::StringRef getName(mlir::Operation *op);

/// True if `op` must requantize exactly as TFLite's reference kernels do.
bool roundsLikeTFLite(mlir::Operation *op);

/// The quantized element type of `value`, or null if its elements are not
/// quantized.
mlir::quant::QuantizedType getQuantizedType(mlir::Value value);

namespace detail {
llvm::LogicalResult verifyInferredShapes(mlir::Operation *op);
llvm::LogicalResult verifyQuantizedOperands(mlir::Operation *op);
bool acceptsSchemeDefault(mlir::Operation *op, llvm::StringRef scheme, std::string &reason);
int64_t getCostDefault(mlir::Operation *op);
} // namespace detail

} // namespace kvant::qnn

#include "dialects/Qnn/QnnDialect.h.inc"
#include "dialects/Qnn/QnnEnums.h.inc"
#include "dialects/Qnn/QnnInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Qnn/QnnAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/Qnn/QnnOps.h.inc"

#endif // KVANT_DIALECTS_QNN_QNN_H
