// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Additions, products and requantizations of whole tensors of bytes.
#include "FormElementwise.h"

#include "KernelEpilogue.h"
#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

bool isBytes(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getRank() != 0 && type.getNumElements() != 0 &&
         type.getElementType().isInteger(8);
}

/// Forms a kernel of the chain that begins with `first`, if it is one of bytes that rescales. What
/// does not rescale the general road vectorizes as well.
bool form(Operation *first, DenseSet<Operation *> &taken) {
  Value start = first->getOperand(0);
  if (!isBytes(start))
    return false;
  Epilogue epilogue(start, first);
  if (epilogue.isEmpty() || !isBytes(epilogue.getResult()))
    return false;
  bool rescales = false;
  epilogue.visitOperations([&](Operation *op) { rescales |= isa<tosa::RescaleOp>(op); });
  if (!rescales)
    return false;

  Region region;
  region.emplaceBlock();
  OpBuilder inner(first->getContext());
  epilogue.build(inner, region.front());
  // Lanes of one vector may be of any channel.
  if (!epilogue.channels.empty())
    return false;
  OpBuilder builder(epilogue.getLast());
  Location loc = epilogue.getLast()->getLoc();
  auto type = cast<RankedTensorType>(epilogue.getResult().getType());
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  auto kernel =
      kernel::ElementwiseOp::create(builder, loc, TypeRange{type}, start, epilogue.elements, init);
  kernel.getEpilogue().takeBody(region);
  epilogue.getResult().replaceAllUsesWith(kernel.getResult(0));
  epilogue.visitOperations([&](Operation *op) { taken.insert(op); });
  epilogue.eraseChain();
  return true;
}

} // namespace

unsigned formElementwise(func::FuncOp function) {
  SmallVector<Operation *> candidates;
  function.walk([&](Operation *op) {
    if (isa<tosa::RescaleOp, tosa::ClampOp>(op))
      candidates.push_back(op);
  });
  // Those that an earlier chain has taken are gone.
  DenseSet<Operation *> taken;
  unsigned formed = 0;
  for (Operation *op : candidates)
    formed += !taken.contains(op) && form(op, taken);
  return formed;
}

} // namespace kvant::codegen
