// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layouts that the lowering of each kernel has index arithmetic for.
#include "KernelOperands.h"

#include "dialects/Kernel/Kernel.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// Lines shorter than this make bad register tiles.
constexpr int64_t kMinLine = 16;

/// True if all is known of the places, and the elements of a pixel follow each other.
bool hasPlainPixels(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!type.hasStaticShape() || failed(type.getStridesAndOffset(strides, offset)) ||
      ShapedType::isDynamic(offset) || strides.empty())
    return false;
  return llvm::none_of(
             strides, [](int64_t stride) { return ShapedType::isDynamic(stride) || stride < 0; }) &&
         (strides.back() == 1 || type.getShape().back() == 1);
}

int64_t getPixelStride(MemRefType type) { return type.getStridesAndOffset().first[2]; }

template <typename OpT> bool canTake(OpT conv, OpOperand &use, MemRefType type) {
  if (type.getRank() != 4)
    return false;
  if (&use == &conv.getInitMutable())
    return !conv.getHalo();
  if (&use != &conv.getInputMutable())
    return llvm::is_contained(conv.getElements(), use.get());
  if (isa<kernel::DepthwiseConvOp>(conv) || !conv.isInteger())
    return true;
  int64_t channels = type.getShape()[3];
  return conv.getWindow()[1] == 1 || getPixelStride(type) == channels ||
         channels % kernel::getDotGroup(conv.getLanes()) == 0;
}

} // namespace

bool canTakeLayout(OpOperand &use, MemRefType type) {
  if (type.getLayout().isIdentity())
    return true;
  if (!hasPlainPixels(type))
    return false;
  return TypeSwitch<Operation *, bool>(use.getOwner())
      .Case<kernel::DotConvOp, kernel::DepthwiseConvOp>(
          [&](auto conv) { return canTake(conv, use, type); })
      .Case([](kernel::ElementwiseOp) { return true; })
      .Case([&](kernel::PadOp pad) { return &use == &pad.getInputMutable(); })
      .Default(false);
}

bool wantsEvenLines(OpOperand &use) {
  auto conv = dyn_cast<kernel::DotConvOp>(use.getOwner());
  return conv && &use == &conv.getInputMutable() && conv.isPointwise() &&
         conv.getOutShape()[2] < kMinLine;
}

bool readsBehind(OpOperand &use) {
  auto conv = dyn_cast<kernel::DotConvOp>(use.getOwner());
  if (!conv || &use != &conv.getInputMutable() || !conv.isInteger())
    return false;
  return conv.getInputType().getShape()[3] % kernel::getDotGroup(conv.getLanes()) != 0;
}

Value getContiguousBase(Value buffer) {
  while (!cast<MemRefType>(buffer.getType()).getLayout().isIdentity()) {
    auto view = buffer.getDefiningOp<ViewLikeOpInterface>();
    if (!view)
      return {};
    buffer = view.getViewSource();
  }
  return buffer;
}

} // namespace kvant::codegen
