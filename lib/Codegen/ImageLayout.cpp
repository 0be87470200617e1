// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index arithmetic of images in buffers.
#include "ImageLayout.h"

using namespace mlir;

namespace kvant::codegen {

ImageLayout::ImageLayout(ArrayRef<int64_t> out, MemRefType type, ArrayRef<int64_t> start)
    : images(out[0]), lines(out[1]), columns(out[2]), channels(out[3]) {
  auto [strides, offset] = type.getStridesAndOffset();
  image = strides[0];
  line = strides[1];
  pixel = strides[2];
  first = offset + start[0] * line + start[1] * pixel;
}

Value ImageLayout::getPlace(KernelBuilder &kb, Value atImage, Value atLine, Value atColumn) const {
  Value place = kb.add(kb.mul(atImage, image), kb.mul(atLine, line));
  return kb.add(kb.add(place, kb.mul(atColumn, pixel)), first);
}

Value ImageLayout::getPlace(KernelBuilder &kb, Value index) const {
  Value place = kb.add(kb.mul(index, pixel), first);
  if (isEven())
    return place;
  Value atLine = kb.divide(index, columns);
  place = kb.add(place, kb.mul(atLine, line - columns * pixel));
  if (images == 1)
    return place;
  return kb.add(place, kb.mul(kb.divide(atLine, lines), image - lines * line));
}

} // namespace kvant::codegen
