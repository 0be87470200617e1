// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The epilogue of a kernel on vectors.
#ifndef KVANT_LIB_CODEGEN_VECTOREPILOGUE_H
#define KVANT_LIB_CODEGEN_VECTOREPILOGUE_H

#include "KernelBuilder.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

namespace kvant::codegen {

/// A requantization of vectors of i32 (`shift`: of i8) by the level's own instructions where
/// they are exact: no shift is less than `minShift`.
mlir::Value emitApplyScale(KernelBuilder &kb, mlir::Value value, mlir::Value multiplier,
                           mlir::Value shift, bool doubleRound, int64_t minShift);

/// The buffers around an epilogue, flattened.
struct EpilogueBuffers {
  llvm::SmallVector<mlir::Value> channels, elements;
  mlir::Value result;
};

/// A vector of accumulators of neighbouring channels of one pixel.
struct EpilogueRow {
  mlir::Value accumulators;
  mlir::Value at; ///< index of the first in the result
};

/// Emits `region` on each of `rows`, whose channels begin at `channel`, and stores the first
/// `valid` lanes.
void emitEpilogue(KernelBuilder &kb, mlir::Region &region, const EpilogueBuffers &buffers,
                  mlir::Value channel, int64_t valid, llvm::ArrayRef<EpilogueRow> rows);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_VECTOREPILOGUE_H
