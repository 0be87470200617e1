// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantized constants in place of float ones.
#ifndef KVANT_LIB_QUANTIZE_CONSTANTS_H
#define KVANT_LIB_QUANTIZE_CONSTANTS_H

#include "dialects/Qnn/Qnn.h"
#include "mlir/IR/Builders.h"

namespace kvant::quantize {

/// A constant of `type` with the values of the float constant `value`.
mlir::Value quantizeConstant(mlir::OpBuilder &builder, mlir::Value value,
                             mlir::quant::UniformQuantizedType type);

/// Replaces the operands of `op` whose role is weights or bias by quantized constants. The
/// activation operand 0 has `inputType` and the result `resultType`; `inputMean` holds the
/// means of the input's channels, or nothing if the bias is not to be corrected. Emits an error
/// and fails if a constant cannot be read.
mlir::LogicalResult quantizeWeightsAndBias(mlir::OpBuilder &builder, qnn::QuantizableOpInterface op,
                                           mlir::quant::UniformQuantizedType inputType,
                                           mlir::quant::UniformQuantizedType resultType,
                                           llvm::ArrayRef<double> inputMean);

} // namespace kvant::quantize

#endif // KVANT_LIB_QUANTIZE_CONSTANTS_H
