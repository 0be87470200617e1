// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Choice of signedness between kernels.
#include "KernelSignedness.h"

#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// The value that a kernel yields, or the place where an epilogue reads an element, with the
/// top bit inverted.
Value flipSign(OpBuilder &builder, Location loc, Value byte) {
  Value top = arith::ConstantIntOp::create(builder, loc, builder.getI8Type(), -128);
  return arith::XOrIOp::create(builder, loc, byte, top);
}

/// True if `use` can take unsigned bytes for signed ones; `gains` if that saves work.
bool canTakeUnsigned(OpOperand &use, bool &gains) {
  if (auto pad = dyn_cast<kernel::PadOp>(use.getOwner())) {
    // A pad that flips nothing can become part of the kernel (kvant-fold-pads).
    gains |= pad.getFlipSign();
    return pad.getFlipSign() && &use == &pad.getInputMutable();
  }
  auto check = [&](auto conv) {
    if (llvm::is_contained(conv.getElements(), use.get()))
      return use.getOperandNumber() != 0;
    if (&use != &conv.getInputMutable() || conv.getInputOffset() != 128)
      return false;
    gains = true;
    return true;
  };
  if (auto dot = dyn_cast<kernel::DotConvOp>(use.getOwner()))
    return check(dot);
  if (auto depthwise = dyn_cast<kernel::DepthwiseConvOp>(use.getOwner()))
    return check(depthwise);
  return false;
}

template <typename OpT> void takeUnsigned(OpT conv, OpOperand &use) {
  if (&use == &conv.getInputMutable()) {
    conv.setInputOffset(0);
    conv.setInputUnsigned(true);
    return;
  }
  Block &block = conv.getEpilogue().front();
  unsigned first = conv.getElements().getBeginOperandIndex();
  BlockArgument element =
      block.getArgument(1 + conv.getChannels().size() + use.getOperandNumber() - first);
  OpBuilder builder = OpBuilder::atBlockBegin(&block);
  Value flipped = flipSign(builder, conv.getLoc(), element);
  element.replaceAllUsesExcept(flipped, flipped.getDefiningOp());
}

template <typename OpT> void makeUnsigned(OpT producer) {
  Value result = producer.getResult(0);
  bool gains = false;
  if (!cast<ShapedType>(result.getType()).getElementType().isInteger(8) ||
      !llvm::all_of(result.getUses(),
                    [&](OpOperand &use) { return canTakeUnsigned(use, gains); }) ||
      !gains)
    return;
  for (OpOperand &use : result.getUses()) {
    if (auto pad = dyn_cast<kernel::PadOp>(use.getOwner()))
      pad.setFlipSign(false);
    else if (auto dot = dyn_cast<kernel::DotConvOp>(use.getOwner()))
      takeUnsigned(dot, use);
    else
      takeUnsigned(cast<kernel::DepthwiseConvOp>(use.getOwner()), use);
  }
  Operation *yield = producer.getEpilogue().front().getTerminator();
  OpBuilder builder(yield);
  yield->setOperand(0, flipSign(builder, producer.getLoc(), yield->getOperand(0)));
}

} // namespace

void chooseSignedness(func::FuncOp function) {
  function.walk([](kernel::DotConvOp op) { makeUnsigned(op); });
  function.walk([](kernel::DepthwiseConvOp op) { makeUnsigned(op); });
}

} // namespace kvant::codegen
