// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index arithmetic of images in buffers.
#include "ImageLayout.h"

using namespace mlir;

namespace kvant::codegen {

Value ImageLayout::getPlace(KernelBuilder &kb, Value atImage, Value atLine, Value atColumn) const {
  Value place = kb.add(kb.mul(atImage, image), kb.mul(atLine, line));
  return kb.add(kb.add(place, kb.mul(atColumn, pixel)), first);
}

Value ImageLayout::getPlace(KernelBuilder &kb, Value index) const {
  Value place = kb.add(kb.mul(index, pixel), first);
  if (isDense())
    return place;
  Value atLine = kb.divide(index, columns);
  place = kb.add(place, kb.mul(atLine, line - columns * pixel));
  return kb.add(place, kb.mul(kb.divide(atLine, lines), image - lines * line));
}

} // namespace kvant::codegen
