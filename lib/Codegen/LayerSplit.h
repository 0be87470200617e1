// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which loops of a layer divide it into parts that may run at the same time.
#ifndef KVANT_LIB_CODEGEN_LAYERSPLIT_H
#define KVANT_LIB_CODEGEN_LAYERSPLIT_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include <optional>

namespace kvant::codegen {

/// A loop whose rounds are dealt out to the parts of a layer.
struct SplitLoop {
  mlir::scf::ForOp loop;
  int64_t rounds = 0;
  /// The last two rounds belong to one part, since both may write the same bytes.
  bool keepLastTwo = false;

  int64_t getMostParts() const { return keepLastTwo ? rounds - 1 : rounds; }
  /// Time with one part divided by `parts` times the time of the largest part.
  double getEfficiency(int64_t parts) const;
};

/// Rounds that may run at the same time, once those before them are done.
struct SplitPhase {
  int64_t begin, end;
  int64_t parts; ///< one: they may not, or are not worth it
};

struct LayerSplit {
  /// At most one in each operation of the layer's block. What stands beside them in the block
  /// and writes belongs to the first part, or to the last.
  llvm::SmallVector<SplitLoop> loops;
  llvm::SmallVector<mlir::Operation *> first;
  int64_t parts = 1; ///< more are not worth their start
  /// Later rounds are at lower addresses. Parts are always dealt out from the start of memory,
  /// so that a thread finds in its cache what it wrote in the layer before.
  bool reversed = false;
  /// The rounds of the only loop, where it overwrites its input; what stands beside it in the
  /// block and writes then belongs to the last phase, which has one part.
  llvm::SmallVector<SplitPhase> phases;
};

/// How the operations of `layer` are divided, or nothing if they are not worth it or depend on
/// each other. `vectorBits` is the width of a register, `partWork` the operations on registers that
/// a part has at least.
std::optional<LayerSplit> planSplit(mlir::Block &layer, unsigned vectorBits, int64_t partWork);

/// Whether `op`, or an operation in it, writes to a buffer.
bool writesBuffer(mlir::Operation *op);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_LAYERSPLIT_H
