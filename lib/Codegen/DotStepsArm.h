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

protected:
  /// Elements of a run in one group, bytes that a register holds of it, and channels in one.
  static constexpr int64_t kGroup = kernel::getDotGroup(/*lanes=*/4);
  static constexpr int64_t kRegister = 16;
  static constexpr int64_t kChannels = 4;

  mlir::Value zero() { return kb.splat(0, 4, kb.i32()); }

  /// One group of weights of channels 2 * `half` and on of a vector: [channel, element].
  mlir::Value getPair(const DotChunk &chunk, int64_t group, int64_t column, int64_t half) {
    return getWeights(chunk, group, column, half * kRegister, kRegister);
  }

  /// Groups of four elements in a group of a chunk that hold any of the run.
  int64_t getQuarters(const DotChunk &chunk, int64_t group) {
    return group + 1 == chunk.groups && chunk.lastValid <= kGroup / 2 ? 1 : 2;
  }

  mlir::Value sdot(mlir::Value sum, mlir::Value weights, mlir::Value x) {
    return kb.intrinsic("llvm.aarch64.neon.sdot", sum.getType(), {sum, weights, x});
  }
};

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_DOTSTEPSARM_H
