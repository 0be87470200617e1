// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loops over what one output sums up.
#ifndef KVANT_LIB_CODEGEN_DOTREDUCTION_H
#define KVANT_LIB_CODEGEN_DOTREDUCTION_H

#include "DotSteps.h"

namespace kvant::codegen {

/// `lines` times `runs` runs of `run` elements each, `xLine` and `xRun` elements apart.
struct DotReduction {
  int64_t lines, runs, run;
  int64_t xLine, xRun;
  int64_t taps;     ///< of a run: see getSharedTaps
  int64_t xTap;     ///< elements from one of them to the next
  int64_t rest = 0; ///< elements behind each run, which share groups: see kernel::WindowRuns
};

/// Adds the products of a tile to `sums`, which `steps` has started: of the input from `x` and of
/// the weights from `w` on.
void emitReduction(KernelBuilder &kb, DotSteps &steps, const DotTile &tile,
                   const DotReduction &reduction, llvm::SmallVectorImpl<mlir::Value> &sums,
                   mlir::Value x, mlir::Value w);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_DOTREDUCTION_H
