// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights as SMMLA and SDOT of one row read them.
#include "DotStepsArm.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace kvant::codegen {

void ArmSteps::startWeights(int64_t together) {
  if (tile.packedVectors == tile.vectors)
    return;
  int64_t last = tile.vectors % together == 0 ? together : tile.vectors % together;
  int64_t behind = tile.packedVectors - tile.vectors + last;
  skip =
      kb.conceal(arith::ConstantIntOp::create(kb.builder, kb.loc, behind * kChannels * kGroup, 64));
}

void ArmSteps::advanceWeights(int64_t length, bool isLast) {
  next = kb.conceal(isLast && skip ? kb.advance(next, skip) : kb.advance(next, length));
}

void ArmSteps::overPairs(const DotChunk &chunk,
                         llvm::function_ref<void(int64_t, int64_t, Value)> body) {
  next = chunk.streamed ? chunk.w : Value();
  for (int64_t group = 0; group < chunk.groups; ++group)
    overGroup(chunk, group, [&](int64_t index, Value weights) { body(group, index, weights); });
}

void ArmSteps::overGroup(const DotChunk &chunk, int64_t group,
                         llvm::function_ref<void(int64_t, Value)> body) {
  int64_t column = 0;
  // LD1 of four registers counts up its address by their length or by a register.
  while (next && column < tile.vectors) {
    int64_t count = std::min(tile.vectors - column, kLoadedVectors);
    SmallVector<Value> loaded;
    if (count == kLoadedVectors)
      loaded = kb.loadFour("llvm.aarch64.neon.ld1x4", kb.vectorOf(kRegister, kb.i8()), next);
    else
      loaded = {kb.loadBytes(next, 0, kRegister), kb.loadBytes(next, kRegister, kRegister)};
    advanceWeights(count * kChannels * kGroup, /*isLast=*/column + count == tile.vectors);
    for (auto [index, weights] : llvm::enumerate(loaded))
      body(column * 2 + int64_t(index), weights);
    column += count;
  }
  for (; column < tile.getColumns(); ++column)
    for (int64_t half = 0; half < 2; ++half)
      body(column * 2 + half, getWeights(chunk, group, column, half * kRegister, kRegister));
}

} // namespace kvant::codegen
