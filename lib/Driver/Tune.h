// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Register tiles by measurement on this machine: what --tune does.
#ifndef KVANT_LIB_DRIVER_TUNE_H
#define KVANT_LIB_DRIVER_TUNE_H

#include "TileFile.h"
#include "mlir/IR/BuiltinOps.h"
#include <functional>

namespace kvant {

/// A tile that was timed against that of the cost function.
struct MeasuredTile {
  codegen::Tile tile;
  double speedup; ///< over the tile of the cost function
};

/// True if code for `target` runs on this machine, so that its tiles can be measured here.
bool canMeasure(const codegen::Target &target);

/// Times kernels of `shape` with the tiles that the cost function takes for good. Between two
/// runs a model reads `traffic` bytes of other weights, and so does this.
llvm::Expected<MeasuredTile> measureTile(mlir::MLIRContext &context, const codegen::Target &target,
                                         const codegen::DotShape &shape, int64_t traffic);

/// What tuning a program did.
struct TuneResult {
  int64_t measured = 0; ///< shapes that were added to the file
  std::string warning;  ///< about shapes that are neither in the file nor measured; or empty
};

/// Adds to `file` what it lacks for `module`, a program of TOSA operations.
llvm::Expected<TuneResult> tune(mlir::ModuleOp module, const codegen::Target &target,
                                TileFile &file,
                                const std::function<void(llvm::StringRef)> &progress);

} // namespace kvant

#endif // KVANT_LIB_DRIVER_TUNE_H
