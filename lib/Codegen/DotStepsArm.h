// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the inner steps of the dot-product family on AArch64 share. All levels read the same
// weights: eight elements of each channel, four channels to a vector of results.
#ifndef KVANT_LIB_CODEGEN_DOTSTEPSARM_H
#define KVANT_LIB_CODEGEN_DOTSTEPSARM_H

#include "DotSteps.h"
#include "dialects/Kernel/Kernel.h"

namespace kvant::codegen {

class ArmSteps : public DotSteps {
public:
  using DotSteps::DotSteps;

  int64_t getGroup() const override { return kGroup; }
  int64_t getUnroll() const override { return kRegister / kGroup; }

  mlir::Value getNextWeights(const DotChunk &chunk) override {
    return next ? next : DotSteps::getNextWeights(chunk);
  }

protected:
  /// Elements of a run in one group, bytes that a register holds of it, and channels in one.
  static constexpr int64_t kGroup = kernel::getDotGroup(/*lanes=*/4);
  static constexpr int64_t kRegister = 16;
  static constexpr int64_t kChannels = 4;
  /// Vectors whose weights one LD1 of four registers loads.
  static constexpr int64_t kLoadedVectors = 2;

  mlir::Value zero() { return kb.splat(0, 4, kb.i32()); }

  /// Prepares for `advanceWeights` and `overPairs`, once for a tile whose weights are loaded for so
  /// many vectors at a time.
  void startWeights(int64_t together);
  /// Counts up `next` by the length of what was loaded last, or from the last weights of a group to
  /// the next group.
  void advanceWeights(int64_t length, bool isLast);
  /// Calls `body` with each register of weights of the groups of a chunk, which holds two channels
  /// of a group: with the group, and with the register's place among two for each column.
  void overPairs(const DotChunk &chunk,
                 llvm::function_ref<void(int64_t, int64_t, mlir::Value)> body);

  /// Groups of four elements in a group of a chunk that hold any of the run.
  int64_t getQuarters(const DotChunk &chunk, int64_t group) {
    return group + 1 == chunk.groups && chunk.lastValid <= kGroup / 2 ? 1 : 2;
  }

  mlir::Value sdot(mlir::Value sum, mlir::Value weights, mlir::Value x) {
    return kb.intrinsic("llvm.aarch64.neon.sdot", sum.getType(), {sum, weights, x});
  }

  mlir::Value next; ///< address of the weights to be read, if they are one after the other

private:
  void overGroup(const DotChunk &chunk, int64_t group,
                 llvm::function_ref<void(int64_t, mlir::Value)> body);

  mlir::Value skip; ///< from the last weights of a group to the next group, if not their length
};

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_DOTSTEPSARM_H
