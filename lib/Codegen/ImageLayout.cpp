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
  if (images == 1)
    return place;
  return kb.add(place, kb.mul(kb.divide(atLine, lines), image - lines * line));
}

SmallVector<Value> ImageLayout::getPlaces(KernelBuilder &kb, Value index, int64_t count,
                                          bool wholeLines) const {
  SmallVector<Value> places;
  // Instructions count on AArch64; x86 multiplies while it waits for the dot products.
  if ((images != 1 || !kb.isArm()) && !isDense()) {
    for (int64_t i = 0; i < count; ++i)
      places.push_back(wholeLines && i % columns != 0 ? kb.add(places.back(), pixel)
                                                      : getPlace(kb, kb.add(index, i)));
    return places;
  }
  // A pixel lies behind the end of a line or not: a comparison and not a division for each.
  Value column =
      wholeLines ? kb.index(0) : kb.add(index, kb.mul(kb.divide(index, columns), -columns));
  Value place = getPlace(kb, index);
  int64_t gap = isDense() ? 0 : line - columns * pixel;
  for (int64_t i = 0; i < count; ++i) {
    Value before = kb.add(place, i / columns * gap);
    if (gap != 0 && i % columns != 0)
      before = kb.selectBelow(column, columns - i % columns, before, kb.add(before, gap));
    places.push_back(kb.add(before, i * pixel));
  }
  return places;
}

} // namespace kvant::codegen
