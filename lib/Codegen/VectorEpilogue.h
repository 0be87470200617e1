// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The epilogue of a kernel on vectors.
#ifndef KVANT_LIB_CODEGEN_VECTOREPILOGUE_H
#define KVANT_LIB_CODEGEN_VECTOREPILOGUE_H

#include "KernelBuilder.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

namespace kvant::codegen {

/// What is known of the operands of a tosa.apply_scale.
struct ScaleTraits {
  bool doubleRound;
  bool nonNegative; ///< results for negative values may be one more
  int64_t minShift; ///< no shift is less
};

/// A requantization of vectors of i32 (`shift`: of i8) by the level's own instructions where
/// they are exact.
mlir::Value emitApplyScale(KernelBuilder &kb, mlir::Value value, mlir::Value multiplier,
                           mlir::Value shift, const ScaleTraits &traits);

/// The buffers around an epilogue, flattened.
struct EpilogueBuffers {
  llvm::SmallVector<mlir::Value> channels, elements;
  mlir::Value result;
};

/// A vector of accumulators and the places of the result, as indices, where equal parts of it go.
struct EpilogueRow {
  mlir::Value accumulators;
  llvm::SmallVector<mlir::Value, 1> at;
};

/// What the lanes of all rows have in common.
struct EpilogueLayout {
  mlir::Value channel; ///< of the first lane
  int64_t channels;    ///< lane i holds channel i modulo this
  int64_t valid;       ///< elements of each part that exist in the result
  /// The results of a row follow those of the row before.
  bool adjacent = false;
  /// Lane i holds element getInterleavedElement(i) of the row.
  bool interleaved = false;
};

/// Emits `region` on each of `rows` and stores the results.
void emitEpilogue(KernelBuilder &kb, mlir::Region &region, const EpilogueBuffers &buffers,
                  const EpilogueLayout &layout, llvm::ArrayRef<EpilogueRow> rows);

/// Vectors of accumulators that are best passed to emitEpilogue as one, if they are of
/// neighbouring channels.
int64_t getEpilogueVectors(const KernelBuilder &kb, mlir::Region &region);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_VECTOREPILOGUE_H
