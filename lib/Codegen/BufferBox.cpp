// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Boxes from strides: each is so many steps in one dimension of the buffer.
#include "BufferBox.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace kvant::codegen {

BufferBox::BufferBox(MemRefType type, MemRefType base) {
  ArrayRef<int64_t> shape = base.getShape();
  size_t rank = shape.size();
  first.assign(rank, 0);
  for (int64_t extent : shape)
    last.push_back(extent - 1);
  SmallVector<int64_t> strides;
  int64_t offset;
  if (rank == 0 || !type.hasStaticShape() || failed(type.getStridesAndOffset(strides, offset)) ||
      ShapedType::isDynamic(offset) || llvm::any_of(strides, [](int64_t stride) {
        return ShapedType::isDynamic(stride) || stride < 1;
      }))
    return;

  SmallVector<int64_t> units(rank, 1);
  for (size_t dim = rank - 1; dim != 0; --dim)
    units[dim - 1] = units[dim] * shape[dim];
  SmallVector<int64_t> start, reach(rank, 0);
  for (int64_t unit : units) {
    start.push_back(offset / unit);
    offset %= unit;
  }
  for (auto [extent, stride] : llvm::zip_equal(type.getShape(), strides)) {
    if (extent == 1)
      continue;
    // The outermost dimension that a step is a whole number of steps in.
    size_t dim = 0;
    while (shape[dim] == 1 || stride % units[dim] != 0)
      if (++dim == rank)
        return;
    reach[dim] += (extent - 1) * (stride / units[dim]);
  }
  for (size_t dim = rank; dim-- != 0;) {
    int64_t end = start[dim] + reach[dim];
    if (end < shape[dim]) {
      first[dim] = start[dim];
      last[dim] = end;
    } else if (dim != 0) {
      // All of this dimension, and on in the one around it.
      reach[dim - 1] += end / shape[dim];
    }
  }
}

bool BufferBox::isDisjoint(const BufferBox &other) const {
  for (size_t dim = 0; dim != first.size(); ++dim)
    if (last[dim] < other.first[dim] || other.last[dim] < first[dim])
      return true;
  return false;
}

} // namespace kvant::codegen
