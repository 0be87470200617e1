// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kernel.elementwise to one loop over vectors of bytes.
#include "KernelLowering.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// Vectors of bytes that one round computes on NEON, where addresses and branches count.
constexpr int64_t kArmUnroll = 2;

} // namespace

void lowerElementwise(KernelBuilder &kb, kernel::ElementwiseOp op) {
  int64_t count = cast<ShapedType>(op.getInit().getType()).getNumElements();
  EpilogueBuffers buffers;
  Value input = kb.flatten(op.getInput());
  for (Value element : op.getElements())
    buffers.elements.push_back(kb.flatten(element));
  buffers.result = kb.flatten(op.getInit());

  auto emit = [&](Value at, int64_t size) {
    EpiloguePlace place{at, SmallVector<Value>(buffers.elements.size(), at)};
    emitEpilogue(kb, op.getEpilogue(), buffers, {.channel = at, .channels = size, .valid = size},
                 {{kb.load(input, at, size), {place}}});
  };
  int64_t width = kb.level.vectorBits / 8;
  if (count < width) {
    for (int64_t done = 0; done < count;) {
      int64_t piece = llvm::bit_floor(uint64_t(count - done));
      emit(kb.index(done), piece);
      done += piece;
    }
    return;
  }
  int64_t unroll = kb.isArm() && count >= kArmUnroll * width ? kArmUnroll : 1;
  int64_t step = unroll * width;
  kb.loop(llvm::divideCeil(count, step), [&](Value index) {
    Value at = kb.mul(index, step);
    // The last round moves back to end with the buffer: it computes some elements again.
    if (count % step != 0)
      at = kb.min(at, count - step);
    for (int64_t i = 0; i < unroll; ++i)
      emit(kb.add(at, i * width), width);
  });
}

} // namespace kvant::codegen
