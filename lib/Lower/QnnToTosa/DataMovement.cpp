// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that move stored values without computing on them.
#include "Lowering.h"

#include <cmath>
#include <numeric>

using namespace mlir;

namespace kvant::lower {

static ArrayRef<int64_t> resultShape(Operation *op, unsigned index = 0) {
  return cast<ShapedType>(op->getResult(index).getType()).getShape();
}

static int64_t product(ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1), std::multiplies<int64_t>());
}

/// `x` (the lowered `from`) in the scale of `to`. TFLite moves bytes and wants equal scales, so
/// there nothing is done.
static LoweredValue matchScale(Operation *op, TosaEmitter &emit, Value x, Value from, Value to) {
  if (isQuantized(from) != isQuantized(to))
    return op->emitOpError("expected operands and results all quantized or none");
  if (!isQuantized(from) || qnn::roundsLikeTFLite(op) ||
      getElementTypeOrSelf(from.getType()) == getElementTypeOrSelf(to.getType()))
    return x;
  FailureOr<Uniform> in = getUniform8(op, from, "an operand");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, to, "a result");
  if (failed(out))
    return failure();
  return requantize(op, emit, x, *in, *out);
}

/// Lowers an operation of one operand and one result by `move`.
template <typename OpTy, typename Move> static void addMove(LoweringRegistry &registry, Move move) {
  registry.add<OpTy>([move](OpTy op, const Lowering &l) -> LoweredValue {
    LoweredValue moved = move(op, l.emit, l[0]);
    if (failed(moved))
      return failure();
    return matchScale(op, l.emit, *moved, op->getOperand(0), op->getResult(0));
  });
}

/// TFLite joins unsigned tensors of unequal scales by floats; each operand is a table then.
static LoweredValue matchScaleOfConcat(qnn::ConcatOp op, const Lowering &l, unsigned i) {
  Value from = op.getInputs()[i], to = op.getOutput();
  if (!isQuantized(from) || !isQuantized(to) || !qnn::roundsLikeTFLite(op) ||
      getElementTypeOrSelf(from.getType()) == getElementTypeOrSelf(to.getType()))
    return matchScale(op, l.emit, l[i], from, to);
  FailureOr<Uniform> in = getUniform8(op, from, "an operand");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, to, "a result");
  if (failed(out))
    return failure();
  if (!in->wasUnsigned)
    return op.emitOpError("expected operands with the scale of the result, as TFLite has it");
  float scale = float(in->scale) * (1.f / float(out->scale));
  float bias = -float(in->zeroPoint + 128) * scale;
  SmallVector<int8_t> table;
  for (int stored = 0; stored < 256; ++stored) {
    int64_t value = int64_t(std::round(float(stored) * scale + bias)) + out->zeroPoint + 128;
    table.push_back(int8_t(std::clamp<int64_t>(value, 0, 255) - 128));
  }
  return l.emit.table(l[i], table);
}

static LoweredValue lowerConcat(qnn::ConcatOp op, const Lowering &l) {
  SmallVector<Value> parts;
  for (unsigned i = 0; i < op.getInputs().size(); ++i) {
    LoweredValue part = matchScaleOfConcat(op, l, i);
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  return l.emit.concat(parts, op.getAxis());
}

static LoweredValue lowerPack(qnn::PackOp op, const Lowering &l) {
  SmallVector<Value> parts;
  for (auto [i, input] : llvm::enumerate(op.getInputs())) {
    LoweredValue part = matchScale(op, l.emit, l[i], input, op.getOutput());
    if (failed(part))
      return failure();
    SmallVector<int64_t> shape(TosaEmitter::shapeOf(*part));
    shape.insert(shape.begin() + op.getAxis(), 1);
    parts.push_back(l.emit.reshape(*part, shape));
  }
  return l.emit.concat(parts, op.getAxis());
}

static Results lowerSplit(qnn::SplitOp op, const Lowering &l) {
  SmallVector<Value> results;
  int64_t at = 0;
  for (auto [i, output] : llvm::enumerate(op.getOutputs())) {
    SmallVector<int64_t> size(resultShape(op, i)), begin(size.size(), 0);
    begin[op.getAxis()] = at;
    at += size[op.getAxis()];
    LoweredValue part =
        matchScale(op, l.emit, l.emit.slice(l[0], begin, size), op.getInput(), output);
    if (failed(part))
      return failure();
    results.push_back(*part);
  }
  return results;
}

static Results lowerUnpack(qnn::UnpackOp op, const Lowering &l) {
  SmallVector<Value> results;
  for (auto [i, output] : llvm::enumerate(op.getOutputs())) {
    SmallVector<int64_t> size(TosaEmitter::shapeOf(l[0])), begin(size.size(), 0);
    begin[op.getAxis()] = i;
    size[op.getAxis()] = 1;
    Value part = l.emit.reshape(l.emit.slice(l[0], begin, size), resultShape(op, i));
    LoweredValue scaled = matchScale(op, l.emit, part, op.getInput(), output);
    if (failed(scaled))
      return failure();
    results.push_back(*scaled);
  }
  return results;
}

static LoweredValue movePad(qnn::PadOp op, TosaEmitter &emit, Value x) {
  Type element = TosaEmitter::elementOf(x);
  double value = op.getValue().convertToFloat();
  if (std::optional<Uniform> in = getUniform(op.getInput().getType()))
    value = std::clamp(std::round(value / in->scale) + double(in->zeroPoint), double(in->low),
                       double(in->high));
  Value constant = isa<FloatType>(element)
                       ? emit.floats({1}, ArrayRef<float>{float(value)})
                       : emit.ints(element, {1}, ArrayRef<int64_t>{int64_t(value)});
  // Dimensions of size 1 without padding go, and one without padding joins the one before it:
  // upstream's strict check takes the paddings of three dimensions at most (a shape of 6).
  SmallVector<int64_t> dims, padding;
  ArrayRef<int64_t> shape = TosaEmitter::shapeOf(x), given = op.getPadding();
  for (auto [i, size] : llvm::enumerate(shape)) {
    bool padded = given[2 * i] != 0 || given[2 * i + 1] != 0;
    if (!padded && (size == 1 || !dims.empty())) {
      if (!dims.empty()) {
        dims.back() *= size;
        padding[padding.size() - 2] *= size;
        padding.back() *= size;
      }
      continue;
    }
    dims.push_back(size);
    padding.append({given[2 * i], given[2 * i + 1]});
  }
  Value padded = emit.reshape(x, dims);
  if (dims.size() <= 3) {
    padded = emit.pad(padded, padding, constant);
    return emit.reshape(padded, resultShape(op));
  }
  // One dimension at a time, as the middle of three.
  for (size_t i = 0; i < dims.size(); ++i) {
    int64_t before = padding[2 * i], after = padding[2 * i + 1];
    if (before == 0 && after == 0)
      continue;
    ArrayRef<int64_t> all(dims);
    Value middle =
        emit.reshape(padded, {product(all.take_front(i)), dims[i], product(all.drop_front(i + 1))});
    dims[i] += before + after;
    padded = emit.reshape(emit.pad(middle, {0, 0, before, after, 0, 0}, constant), dims);
  }
  return emit.reshape(padded, resultShape(op));
}

static LoweredValue moveMirrorPad(qnn::MirrorPadOp op, TosaEmitter &emit, Value x) {
  int64_t skip = op.getMode() == qnn::MirrorMode::Reflect ? 1 : 0;
  for (int64_t axis = 0, rank = TosaEmitter::rankOf(x); axis < rank; ++axis) {
    int64_t before = op.getPadding()[2 * axis], after = op.getPadding()[2 * axis + 1];
    SmallVector<int64_t> size(TosaEmitter::shapeOf(x)), begin(rank, 0);
    int64_t length = size[axis];
    if (before + skip > length || after + skip > length)
      return op.emitOpError("expected padding of at most the size of dimension ")
             << axis << ", got " << before << " and " << after;
    SmallVector<Value> parts;
    auto mirrored = [&](int64_t first, int64_t count) {
      begin[axis] = first;
      size[axis] = count;
      return emit.reverse(emit.slice(x, begin, size), axis);
    };
    if (before > 0)
      parts.push_back(mirrored(skip, before));
    parts.push_back(x);
    if (after > 0)
      parts.push_back(mirrored(length - skip - after, after));
    x = emit.concat(parts, axis);
  }
  return x;
}

static LoweredValue moveStridedSlice(qnn::StridedSliceOp op, TosaEmitter &emit, Value x) {
  for (int64_t axis = 0, rank = TosaEmitter::rankOf(x); axis < rank; ++axis) {
    int64_t begin = op.getBegin()[axis], end = op.getEnd()[axis], stride = op.getStride()[axis];
    SmallVector<int64_t> indices;
    for (int64_t i = begin; stride > 0 ? i < end : i > end; i += stride)
      indices.push_back(i);
    if (llvm::is_contained(op.getShrinkAxes(), axis))
      indices.resize(1, begin);
    if (stride == 1 || indices.size() == 1) {
      SmallVector<int64_t> size(TosaEmitter::shapeOf(x)), from(rank, 0);
      from[axis] = begin;
      size[axis] = indices.size();
      x = emit.slice(x, from, size);
    } else {
      x = emit.take(x, axis, indices);
    }
  }
  return emit.reshape(x, resultShape(op));
}

/// Input [batch, middle, K, inner] and indices [batch, W], as tosa.gather wants them: the
/// middle dimensions become channels.
static LoweredValue lowerGather(qnn::GatherOp op, const Lowering &l) {
  TosaEmitter &emit = l.emit;
  ArrayRef<int64_t> dims = TosaEmitter::shapeOf(l[0]);
  ArrayRef<int64_t> indexDims = TosaEmitter::shapeOf(l[1]);
  int64_t axis = op.getAxis(), batchDims = op.getBatchDims(), rank = dims.size();
  int64_t count = dims[axis];
  SmallVector<int64_t> perms;
  for (int64_t i = 0; i < batchDims; ++i)
    perms.push_back(i);
  perms.push_back(axis);
  for (int64_t i = batchDims; i < rank; ++i)
    if (i != axis)
      perms.push_back(i);
  int64_t batch = product(dims.take_front(batchDims));
  int64_t channels = product(dims) / batch / count;
  int64_t picks = product(indexDims.drop_front(batchDims));
  Value values = emit.reshape(emit.transpose(l[0], perms), {batch, count, channels});
  Value indices =
      emit.clamp(emit.reshape(emit.cast(l[1], emit.i32()), {batch, picks}), 0, count - 1);
  Value picked = emit.gather(values, indices);
  // [batch..., picks..., middle..., inner...] to [batch..., middle..., picks..., inner...].
  SmallVector<int64_t> shape(dims.take_front(batchDims));
  llvm::append_range(shape, indexDims.drop_front(batchDims));
  int64_t numPicks = indexDims.size() - batchDims, numMiddle = axis - batchDims;
  llvm::append_range(shape, dims.slice(batchDims, numMiddle));
  llvm::append_range(shape, dims.drop_front(axis + 1));
  SmallVector<int64_t> back;
  auto appendRange = [&](int64_t from, int64_t size) {
    for (int64_t i = 0; i < size; ++i)
      back.push_back(from + i);
  };
  appendRange(0, batchDims);
  appendRange(batchDims + numPicks, numMiddle);
  appendRange(batchDims, numPicks);
  appendRange(batchDims + numPicks + numMiddle, rank - axis - 1);
  Value result = emit.transpose(emit.reshape(picked, shape), back);
  return matchScale(op, emit, result, op.getInput(), op.getOutput());
}

static LoweredValue moveSpaceToDepth(qnn::SpaceToDepthOp op, TosaEmitter &emit, Value x) {
  ArrayRef<int64_t> dims = TosaEmitter::shapeOf(x);
  int64_t block = op.getBlockSize();
  Value split = emit.reshape(x, {dims[0], dims[1] / block, block, dims[2] / block, block, dims[3]});
  return emit.reshape(emit.transpose(split, {0, 1, 3, 2, 4, 5}), resultShape(op));
}

static LoweredValue moveDepthToSpace(qnn::DepthToSpaceOp op, TosaEmitter &emit, Value x) {
  ArrayRef<int64_t> dims = TosaEmitter::shapeOf(x);
  int64_t block = op.getBlockSize();
  Value split =
      emit.reshape(x, {dims[0], dims[1], dims[2], block, block, dims[3] / (block * block)});
  return emit.reshape(emit.transpose(split, {0, 1, 3, 2, 4, 5}), resultShape(op));
}

void registerDataMovement(LoweringRegistry &registry) {
  registry.add<qnn::ConcatOp>(lowerConcat);
  registry.add<qnn::PackOp>(lowerPack);
  registry.add<qnn::SplitOp>(lowerSplit);
  registry.add<qnn::UnpackOp>(lowerUnpack);
  registry.add<qnn::GatherOp>(lowerGather);
  addMove<qnn::PadOp>(registry, movePad);
  addMove<qnn::MirrorPadOp>(registry, moveMirrorPad);
  addMove<qnn::StridedSliceOp>(registry, moveStridedSlice);
  addMove<qnn::SpaceToDepthOp>(registry, moveSpaceToDepth);
  addMove<qnn::DepthToSpaceOp>(registry, moveDepthToSpace);
  addMove<qnn::SliceOp>(registry, [](qnn::SliceOp op, TosaEmitter &emit, Value x) -> LoweredValue {
    return emit.slice(x, op.getBegin(), op.getSize());
  });
  addMove<qnn::ReshapeOp>(registry,
                          [](qnn::ReshapeOp op, TosaEmitter &emit, Value x) -> LoweredValue {
                            return emit.reshape(x, resultShape(op));
                          });
  addMove<qnn::TransposeOp>(registry,
                            [](qnn::TransposeOp op, TosaEmitter &emit, Value x) -> LoweredValue {
                              return emit.transpose(x, op.getPerms());
                            });
  addMove<qnn::TileOp>(registry, [](qnn::TileOp op, TosaEmitter &emit, Value x) -> LoweredValue {
    return emit.tile(x, op.getMultiples());
  });
}

} // namespace kvant::lower
