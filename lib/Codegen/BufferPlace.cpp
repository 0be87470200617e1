// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Buffers traced to the arena, to arguments and to globals.
#include "BufferPlace.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kvant::codegen {

bool BufferPlace::isApart(const BufferPlace &other) const {
  if (!known || !other.known)
    return false;
  if (global != other.global || root != other.root)
    return true;
  return end <= other.begin || other.end <= begin;
}

BufferPlace getBufferPlace(Value buffer) {
  BufferPlace place;
  auto type = dyn_cast<MemRefType>(buffer.getType());
  if (!type || !type.hasStaticShape() || !type.getLayout().isIdentity() ||
      !type.getElementType().isIntOrFloat())
    return place;
  place.end = llvm::divideCeil(type.getNumElements() * type.getElementTypeBitWidth(), 8);
  while (Operation *definition = buffer.getDefiningOp()) {
    if (auto get = dyn_cast<memref::GetGlobalOp>(definition)) {
      place.global = get.getNameAttr();
      place.known = true;
      return place;
    }
    if (auto view = dyn_cast<memref::ViewOp>(definition)) {
      APInt shift;
      if (!matchPattern(view.getByteShift(), m_ConstantInt(&shift)))
        return place;
      place.begin += shift.getSExtValue();
      place.end += shift.getSExtValue();
      buffer = view.getSource();
    } else if (isa<memref::CollapseShapeOp, memref::ExpandShapeOp, memref::CastOp>(definition)) {
      buffer = definition->getOperand(0);
    } else {
      return place;
    }
  }
  place.root = buffer;
  place.known = true;
  return place;
}

} // namespace kvant::codegen
