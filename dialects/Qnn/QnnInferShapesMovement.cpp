// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Result shapes of the operations that only move elements.
#include "dialects/Qnn/QnnShapes.h"

using namespace mlir;
using namespace kvant::qnn;
using namespace kvant::qnn::shapes;

using InferredShapes = SmallVectorImpl<SmallVector<int64_t>>;

static LogicalResult padShape(Operation *op, ShapeRef input, ShapeRef padding,
                              InferredShapes &shapes) {
  if (failed(checkList(op, "padding", padding, 2 * input.size(), 0)))
    return failure();
  Shape shape(input);
  for (auto [index, dim] : llvm::enumerate(shape))
    dim += padding[2 * index] + padding[2 * index + 1];
  return append(op, shapes, shape);
}

LogicalResult PadOp::inferResultShapes(InferredShapes &shapes) {
  return padShape(*this, shapeOf(getInput()), getPadding(), shapes);
}

LogicalResult MirrorPadOp::inferResultShapes(InferredShapes &shapes) {
  ShapeRef input = shapeOf(getInput()), padding = getPadding();
  if (failed(padShape(*this, input, padding, shapes)))
    return failure();
  int64_t edge = getMode() == MirrorMode::Reflect ? 1 : 0;
  for (auto [index, amount] : llvm::enumerate(padding))
    if (amount > input[index / 2] - edge)
      return emitOpError() << "expected padding of " << input[index / 2] - edge
                           << " at most along dimension " << index / 2 << ", got " << amount;
  return success();
}

LogicalResult ConcatOp::inferResultShapes(InferredShapes &shapes) {
  if (getInputs().empty())
    return emitOpError("expected one input at least, got none");
  Shape shape(shapeOf(getInputs().front()));
  int64_t axis = getAxis();
  if (failed(checkAxis(*this, axis, shape.size())))
    return failure();
  for (Value input : getInputs().drop_front()) {
    ShapeRef next = shapeOf(input);
    bool fits = next.size() == shape.size();
    for (size_t i = 0; fits && i < shape.size(); ++i)
      fits = static_cast<int64_t>(i) == axis || next[i] == shape[i];
    if (!fits)
      return emitOpError() << "expected inputs that differ along axis " << axis << " only, got "
                           << toString(shapeOf(getInputs().front())) << " and " << toString(next);
    shape[axis] += next[axis];
    if (shape[axis] > kMaxElements)
      break;
  }
  return append(*this, shapes, shape);
}

LogicalResult SplitOp::inferResultShapes(InferredShapes &shapes) {
  ShapeRef input = shapeOf(getInput()), sizes = getSizes();
  int64_t axis = getAxis();
  if (failed(checkAxis(*this, axis, input.size())) ||
      failed(checkList(*this, "sizes", sizes, sizes.size(), 1)))
    return failure();
  if (sizes.size() != getNumResults())
    return emitOpError() << "expected one size for each of the " << getNumResults()
                         << " results, got " << sizes.size();
  int64_t sum = 0;
  for (int64_t size : sizes)
    sum = std::min(sum + size, kMaxElements + 1);
  if (sum != input[axis])
    return emitOpError() << "expected sizes that add up to " << input[axis] << ", got "
                         << toString(sizes);
  for (int64_t size : sizes) {
    Shape shape(input);
    shape[axis] = size;
    if (failed(append(*this, shapes, shape)))
      return failure();
  }
  return success();
}

LogicalResult SliceOp::inferResultShapes(InferredShapes &shapes) {
  ShapeRef input = shapeOf(getInput()), begin = getBegin(), size = getSize();
  if (failed(checkList(*this, "begin", begin, input.size(), 0)) ||
      failed(checkList(*this, "size", size, input.size(), 1)))
    return failure();
  for (auto [index, dim] : llvm::enumerate(input))
    if (begin[index] + size[index] > dim)
      return emitOpError() << "expected a box inside the input, got [" << begin[index] << ", "
                           << begin[index] + size[index] << ") along dimension " << index
                           << " of size " << dim;
  return append(*this, shapes, Shape(size));
}

LogicalResult StridedSliceOp::inferResultShapes(InferredShapes &shapes) {
  ShapeRef input = shapeOf(getInput()), begin = getBegin(), end = getEnd(), stride = getStride();
  int64_t rank = input.size();
  if (failed(checkList(*this, "begin", begin, rank, 0)) ||
      failed(checkList(*this, "end", end, rank, -1)) ||
      failed(checkList(*this, "stride", stride, rank, -kMaxElements)) ||
      failed(checkAxes(*this, "shrink_axes", getShrinkAxes(), rank)))
    return failure();
  Shape shape;
  for (int64_t i = 0; i < rank; ++i) {
    if (stride[i] == 0)
      return emitOpError() << "expected no zero in 'stride', got " << toString(stride);
    bool forward = stride[i] > 0;
    if (begin[i] >= input[i] || (forward ? end[i] > input[i] : end[i] >= input[i]))
      return emitOpError() << "expected 'begin' and 'end' inside dimension " << i << " of size "
                           << input[i] << ", got " << begin[i] << " and " << end[i];
    int64_t span = forward ? end[i] - begin[i] : begin[i] - end[i];
    int64_t step = forward ? stride[i] : -stride[i];
    if (span < 1)
      return emitOpError() << "expected one element at least along dimension " << i
                           << ", got begin " << begin[i] << ", end " << end[i] << ", stride "
                           << stride[i];
    int64_t count = (span + step - 1) / step;
    if (!llvm::is_contained(getShrinkAxes(), i))
      shape.push_back(count);
    else if (count != 1)
      return emitOpError() << "expected one element along the shrunk axis " << i << ", got "
                           << count;
  }
  return append(*this, shapes, shape);
}

LogicalResult ReshapeOp::inferResultShapes(InferredShapes &shapes) {
  ShapeRef input = shapeOf(getInput()), shape = getShape();
  if (failed(checkList(*this, "shape", shape, shape.size(), 1)))
    return failure();
  if (countElements(shape) != countElements(input))
    return emitOpError() << "expected a shape of " << countElements(input) << " elements, got "
                         << toString(shape);
  return append(*this, shapes, Shape(shape));
}

LogicalResult TransposeOp::inferResultShapes(InferredShapes &shapes) {
  ShapeRef input = shapeOf(getInput()), perms = getPerms();
  if (failed(checkList(*this, "perms", perms, input.size(), 0, input.size() - 1)))
    return failure();
  Shape shape;
  SmallVector<bool> seen(input.size(), false);
  for (int64_t perm : perms) {
    if (seen[perm])
      return emitOpError() << "expected a permutation in 'perms', got " << toString(perms);
    seen[perm] = true;
    shape.push_back(input[perm]);
  }
  return append(*this, shapes, shape);
}

LogicalResult PackOp::inferResultShapes(InferredShapes &shapes) {
  if (getInputs().empty())
    return emitOpError("expected one input at least, got none");
  Shape shape(shapeOf(getInputs().front()));
  int64_t axis = getAxis();
  if (failed(checkAxis(*this, axis, shape.size() + 1)))
    return failure();
  for (Value input : getInputs())
    if (shapeOf(input) != ShapeRef(shape))
      return emitOpError() << "expected inputs of one shape, got " << toString(shape) << " and "
                           << toString(shapeOf(input));
  shape.insert(shape.begin() + axis, getInputs().size());
  return append(*this, shapes, shape);
}

LogicalResult UnpackOp::inferResultShapes(InferredShapes &shapes) {
  Shape shape(shapeOf(getInput()));
  int64_t axis = getAxis();
  if (failed(checkAxis(*this, axis, shape.size())))
    return failure();
  if (shape[axis] != getNumResults())
    return emitOpError() << "expected " << shape[axis] << " results, got " << getNumResults();
  shape.erase(shape.begin() + axis);
  for (unsigned i = 0, e = getNumResults(); i < e; ++i)
    if (failed(append(*this, shapes, shape)))
      return failure();
  return success();
}

LogicalResult TileOp::inferResultShapes(InferredShapes &shapes) {
  ShapeRef input = shapeOf(getInput()), multiples = getMultiples();
  if (failed(checkList(*this, "multiples", multiples, input.size(), 1)))
    return failure();
  Shape shape(input);
  for (auto [dim, multiple] : llvm::zip_equal(shape, multiples))
    dim *= multiple;
  return append(*this, shapes, shape);
}

LogicalResult GatherOp::inferResultShapes(InferredShapes &shapes) {
  ShapeRef input = shapeOf(getInput()), indices = shapeOf(getIndices());
  int64_t axis = getAxis(), batch = getBatchDims();
  if (failed(checkAxis(*this, axis, input.size())))
    return failure();
  int64_t most = std::min<int64_t>(axis, indices.size());
  if (batch < 0 || batch > most)
    return emitOpError() << "expected 'batch_dims' in [0, " << most << "], got " << batch;
  if (input.take_front(batch) != indices.take_front(batch))
    return emitOpError() << "expected " << batch << " equal leading dimensions, got "
                         << toString(input) << " and " << toString(indices);
  Shape shape(input.take_front(axis));
  llvm::append_range(shape, indices.drop_front(batch));
  llvm::append_range(shape, input.drop_front(axis + 1));
  return append(*this, shapes, shape);
}

LogicalResult SpaceToDepthOp::inferResultShapes(InferredShapes &shapes) {
  int64_t block = getBlockSize();
  if (failed(checkRank(*this, getInput(), "input", 4)) ||
      failed(checkList(*this, "block_size", {block}, 1, 1)))
    return failure();
  ShapeRef input = shapeOf(getInput());
  if (input[1] % block != 0 || input[2] % block != 0)
    return emitOpError() << "expected height and width to be multiples of " << block << ", got "
                         << input[1] << " and " << input[2];
  // The blocks divide height and width, so block * block fits the limit on
  // elements.
  return append(*this, shapes,
                {input[0], input[1] / block, input[2] / block, input[3] * block * block});
}

LogicalResult DepthToSpaceOp::inferResultShapes(InferredShapes &shapes) {
  int64_t block = getBlockSize();
  if (failed(checkRank(*this, getInput(), "input", 4)) ||
      failed(checkList(*this, "block_size", {block}, 1, 1)))
    return failure();
  ShapeRef input = shapeOf(getInput());
  if (input[3] % (block * block) != 0)
    return emitOpError() << "expected channels that are a multiple of " << block * block << ", got "
                         << input[3];
  return append(*this, shapes,
                {input[0], input[1] * block, input[2] * block, input[3] / (block * block)});
}
