// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What operations compute on known elements: shared by the folders and by passes that
// evaluate larger constants.
#ifndef KVANT_DIALECTS_QNN_QNNEVALUATE_H
#define KVANT_DIALECTS_QNN_QNNEVALUATE_H

#include "dialects/Qnn/Qnn.h"
#include "llvm/ADT/ArrayRef.h"
#include <optional>
#include <vector>

namespace kvant::qnn {

/// The elements of the result of an elementwise operation on f32 tensors, given the
/// row-major elements of its operands; nothing if `op` is of another kind. Maths functions
/// are evaluated in double precision and rounded once, so that hosts agree.
std::optional<std::vector<float>>
evaluateElementwise(mlir::Operation *op, llvm::ArrayRef<llvm::ArrayRef<float>> operands);

/// For an operation that only moves elements of its first operand: the row-major index in
/// that operand of each element of the result. Nothing if `op` is of another kind.
std::optional<std::vector<int64_t>> getSourceIndices(mlir::Operation *op);

/// clamp(round(value / scale) + zero_point), halves away from zero, as TFLite's QUANTIZE.
/// NaN gives the zero point. `channel` chooses the scale of a per-axis type; nothing for
/// types with other kinds of scales.
std::optional<int64_t> quantizeElement(mlir::quant::QuantizedType type, float value,
                                       int64_t channel);
/// scale * (stored - zero_point); `channel` and the result as for quantizeElement.
std::optional<float> dequantizeElement(mlir::quant::QuantizedType type, int64_t stored,
                                       int64_t channel);

/// The channel to which element `index` of `tensor` belongs under its quantized type.
int64_t getChannel(mlir::RankedTensorType tensor, int64_t index);

} // namespace kvant::qnn

#endif // KVANT_DIALECTS_QNN_QNNEVALUATE_H
