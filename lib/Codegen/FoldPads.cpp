// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-fold-pads: kernels write into the middle of the buffer that a convolution wants padded.
#include "kvant/Codegen/Passes.h"

#include "KernelOperands.h"
#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace kvant::codegen {
#define GEN_PASS_DEF_FOLDPADS
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// Calls `visit` with `op` if it is a convolution of either family.
template <typename FnT> bool visitConv(Operation *op, FnT visit) {
  if (auto dot = dyn_cast<kernel::DotConvOp>(op))
    return visit(dot);
  if (auto depthwise = dyn_cast<kernel::DepthwiseConvOp>(op))
    return visit(depthwise);
  return false;
}

/// True if a kernel can read `use` from the middle of a larger buffer at no loss.
bool canReadMiddle(OpOperand &use) {
  return visitConv(use.getOwner(), [&](auto conv) {
    if (&use != &conv.getInputMutable())
      return llvm::is_contained(conv.getElements(), use.get());
    return !wantsEvenLines(use);
  });
}

/// Makes the kernel read `value` with its place moved by `by` rows and columns.
void readMiddle(OpOperand &use, Value value, ArrayRef<int64_t> by) {
  use.set(value);
  if (by[0] == 0 && by[1] == 0)
    return;
  visitConv(use.getOwner(), [&](auto conv) {
    if (&use == &conv.getInputMutable()) {
      SmallVector<int64_t> start = conv.getInputStart();
      conv.setInputOrigin(ArrayRef<int64_t>{start[0] + by[0], start[1] + by[1]});
    } else {
      size_t index = use.getOperandNumber() - conv.getElements().getBeginOperandIndex();
      SmallVector<int64_t> starts;
      for (size_t i = 0; i != conv.getElements().size(); ++i)
        llvm::append_range(starts, conv.getElementStart(i));
      starts[2 * index] += by[0];
      starts[2 * index + 1] += by[1];
      conv.setElementOrigins(starts);
    }
    return true;
  });
}

/// What pads of one value have in common.
struct Halo {
  SmallVector<int64_t, 4> sides = {0, 0, 0, 0};
  TypedAttr value;
  SmallVector<kernel::PadOp> pads;

  /// False if the padding of `pad` cannot be part of the producer's result.
  bool add(kernel::PadOp pad) {
    if (pad.getFlipSign() || (value && value != pad.getValue()))
      return false;
    for (OpOperand &use : pad.getResult(0).getUses())
      if (!visitConv(use.getOwner(), [&](auto conv) { return &use == &conv.getInputMutable(); }))
        return false;
    value = pad.getValue();
    auto input = cast<ShapedType>(pad.getInput().getType());
    auto init = cast<ShapedType>(pad.getInit().getType());
    for (int axis = 0; axis != 2; ++axis) {
      int64_t low = pad.getLow()[axis];
      int64_t high = init.getShape()[axis + 1] - input.getShape()[axis + 1] - low;
      sides[2 * axis] = std::max(sides[2 * axis], low);
      sides[2 * axis + 1] = std::max(sides[2 * axis + 1], high);
    }
    pads.push_back(pad);
    return true;
  }
};

class FoldPads : public impl::FoldPadsBase<FoldPads> {
  void runOnOperation() override {
    SmallVector<Operation *> convolutions;
    getOperation().walk([&](Operation *op) {
      if (isa<kernel::DotConvOp, kernel::DepthwiseConvOp>(op) && op->getNumResults() == 1)
        convolutions.push_back(op);
    });
    for (Operation *op : convolutions)
      visitConv(op, [&](auto conv) { return fold(conv); });
  }

  template <typename OpT> bool fold(OpT conv) {
    Value result = conv.getResult(0);
    Halo halo;
    for (OpOperand &use : result.getUses()) {
      if (auto pad = dyn_cast<kernel::PadOp>(use.getOwner())) {
        if (&use != &pad.getInputMutable() || !halo.add(pad))
          return false;
      } else if (!canReadMiddle(use)) {
        return false;
      }
    }
    if (halo.pads.empty())
      return false;

    auto type = cast<RankedTensorType>(result.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[1] += halo.sides[0] + halo.sides[1];
    shape[2] += halo.sides[2] + halo.sides[3];
    OpBuilder builder(conv);
    Value init = tensor::EmptyOp::create(builder, conv.getLoc(), shape, type.getElementType());
    conv.getInitMutable().assign(init);
    conv.setHalo(ArrayRef<int64_t>(halo.sides));
    conv.setHaloValueAttr(halo.value);
    result.setType(init.getType());

    SmallVector<OpOperand *> uses;
    for (OpOperand &use : result.getUses())
      if (!isa<kernel::PadOp>(use.getOwner()))
        uses.push_back(&use);
    for (OpOperand *use : uses)
      readMiddle(*use, result, {halo.sides[0], halo.sides[2]});
    for (kernel::PadOp pad : halo.pads) {
      for (OpOperand &use : llvm::make_early_inc_range(pad.getResult(0).getUses()))
        readMiddle(use, result, {halo.sides[0] - pad.getLow()[0], halo.sides[2] - pad.getLow()[1]});
      pad.erase();
      ++numFolded;
    }
    return true;
  }
};

} // namespace
} // namespace kvant::codegen
