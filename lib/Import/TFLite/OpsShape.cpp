// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators that change the shape or the order of elements: reshapes,
// transposes, pads, tiles, and blocks of space and depth.
#include "OpImporter.h"

using namespace mlir;

namespace kvant::tflite {

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static LogicalResult finishReshape(OpImporter &op, Value input, ArrayRef<int64_t> shape) {
  return op.finish<qnn::ReshapeOp>(input, {op.attr("shape", shape)});
}

/// A constant shape says the file's batch in its first element.
static void followBatch(OpImporter &op, Value input, SmallVectorImpl<int64_t> &shape) {
  if (!op.changesBatch() || !op.isBatched(input) || shape.empty() || shape[0] < 1)
    return;
  if (op.scaleBatch(shape[0]) != shape[0] && !llvm::is_contained(shape, -1))
    shape[0] = op.scaleBatch(shape[0]);
}

static LogicalResult importReshape(OpImporter &op) {
  if (failed(op.expectArity(1, 2)))
    return failure();
  auto input = op.getInput(0);
  if (failed(input))
    return failure();
  SmallVector<int64_t> shape;
  const auto *options = op.getOperator().builtin_options_as_ReshapeOptions();
  if (op.hasInput(1)) {
    auto constant = op.getConstantInts(1, "the new shape");
    if (failed(constant))
      return failure();
    shape = *constant;
  } else if (options && options->new_shape()) {
    shape.assign(options->new_shape()->begin(), options->new_shape()->end());
  } else {
    return op.emitError() << "expected a new shape as input 1 or in the options";
  }
  followBatch(op, *input, shape);

  int64_t elements = typeOf(*input).getNumElements(), known = 1;
  int64_t *open = nullptr;
  for (int64_t &size : shape) {
    if (size == -1 && !open) {
      open = &size;
      continue;
    }
    if (size < 1)
      return op.emitError() << "expected positive sizes and at most one -1 in "
                               "the new shape, got "
                            << size;
    if (known > elements / size)
      return op.emitError() << "expected a new shape of " << elements << " elements, got more";
    known *= size;
  }
  if (open) {
    if (elements % known != 0)
      return op.emitError() << "expected a new shape that divides " << elements << " elements, got "
                            << known << " per element of the open dimension";
    *open = elements / known;
  }
  return finishReshape(op, *input, shape);
}

static LogicalResult importSqueeze(OpImporter &op) {
  if (failed(op.expectArity(1)))
    return failure();
  auto options = op.getOptions<SqueezeOptions>();
  auto input = op.getInput(0);
  if (failed(options) || failed(input))
    return failure();
  ArrayRef<int64_t> shape = typeOf(*input).getShape();
  SmallVector<bool> drop(shape.size(), false);
  const auto *dims = (*options)->squeeze_dims();
  if (!dims || dims->size() == 0) {
    for (auto [i, size] : llvm::enumerate(shape))
      drop[i] = size == 1;
  } else {
    for (int64_t dim : *dims) {
      auto axis = op.normalizeAxis(dim, shape.size(), "squeezed dimensions");
      if (failed(axis))
        return failure();
      if (shape[*axis] != 1)
        return op.emitError() << "expected dimension " << *axis << " of size 1, got "
                              << shape[*axis];
      drop[*axis] = true;
    }
  }
  SmallVector<int64_t> result;
  for (auto [size, dropped] : llvm::zip_equal(shape, drop))
    if (!dropped)
      result.push_back(size);
  return finishReshape(op, *input, result);
}

static LogicalResult importExpandDims(OpImporter &op) {
  if (failed(op.expectArity(2)))
    return failure();
  auto input = op.getInput(0);
  if (failed(input))
    return failure();
  auto axis = op.getConstantInt(1, "the axis");
  if (failed(axis))
    return failure();
  SmallVector<int64_t> shape(typeOf(*input).getShape());
  axis = op.normalizeAxis(*axis, shape.size() + 1);
  if (failed(axis) || failed(op.refuseOnBatch(*input, *axis == 0)))
    return failure();
  shape.insert(shape.begin() + *axis, 1);
  return finishReshape(op, *input, shape);
}

static LogicalResult importTranspose(OpImporter &op) {
  if (failed(op.expectArity(2)))
    return failure();
  auto input = op.getInput(0);
  if (failed(input))
    return failure();
  auto perms = op.getConstantInts(1, "the permutation");
  if (failed(perms))
    return failure();
  int64_t rank = typeOf(*input).getRank();
  if (int64_t(perms->size()) != rank)
    return op.emitError() << "expected a permutation of " << rank << " elements, got "
                          << perms->size();
  for (int64_t &perm : *perms) {
    auto normal = op.normalizeAxis(perm, rank, "elements of the permutation");
    if (failed(normal))
      return failure();
    perm = *normal;
  }
  if (failed(op.refuseOnBatch(*input, rank > 0 && perms->front() != 0)))
    return failure();
  return op.finish<qnn::TransposeOp>(*input, {op.attr("perms", *perms)});
}

/// Pairs of sizes before and after, one pair for each dimension of `input`.
static FailureOr<SmallVector<int64_t>> getPads(OpImporter &op, Value input) {
  const Reader &reader = op.getReader();
  int32_t tensor = op.getInputTensor(1);
  SmallVector<int64_t> shape = reader.getShape(tensor);
  int64_t rank = typeOf(input).getRank();
  if (shape != SmallVector<int64_t>{rank, 2})
    return op.emitError() << "expected paddings of shape [" << rank << ", 2], got "
                          << reader.describeTensor(tensor);
  auto pads = op.getConstantMatrix(1, "the paddings");
  if (failed(pads))
    return failure();
  for (int64_t pad : *pads)
    if (pad < 0)
      return op.emitError() << "expected no negative padding, got " << pad;
  if (rank > 0 && failed(op.refuseOnBatch(input, (*pads)[0] != 0 || (*pads)[1] != 0)))
    return failure();
  return pads;
}

static LogicalResult importPad(OpImporter &op) {
  // PAD has two operands; PADV2 a third, the value.
  if (failed(op.expectArity(2, 3)))
    return failure();
  auto input = op.getInput(0);
  if (failed(input))
    return failure();
  auto pads = getPads(op, *input);
  if (failed(pads))
    return failure();
  float value = 0;
  if (op.hasInput(2)) {
    auto reals = op.getConstantReals(2, "the padding value");
    if (failed(reals))
      return failure();
    if (reals->size() != 1)
      return op.emitError() << "expected one padding value, got " << reals->size();
    value = float(reals->front());
    if (double(value) != reals->front())
      return op.emitError() << "expected a padding value that a 32-bit float holds, got "
                            << reals->front();
  }
  return op.finish<qnn::PadOp>(*input, {op.attr("padding", *pads), op.attr("value", value)});
}

static LogicalResult importMirrorPad(OpImporter &op) {
  if (failed(op.expectArity(2)))
    return failure();
  auto options = op.getOptions<MirrorPadOptions>();
  auto input = op.getInput(0);
  if (failed(options) || failed(input))
    return failure();
  auto pads = getPads(op, *input);
  if (failed(pads))
    return failure();
  if ((*options)->mode() != MirrorPadMode::REFLECT &&
      (*options)->mode() != MirrorPadMode::SYMMETRIC)
    return op.emitError() << "mode " << int((*options)->mode())
                          << " is not supported; supported: REFLECT (0), SYMMETRIC (1)";
  auto mode = (*options)->mode() == MirrorPadMode::REFLECT ? qnn::MirrorMode::Reflect
                                                           : qnn::MirrorMode::Symmetric;
  MLIRContext *context = op.getBuilder().getContext();
  return op.finish<qnn::MirrorPadOp>(
      *input, {op.attr("padding", *pads),
               op.getBuilder().getNamedAttr("mode", qnn::MirrorModeAttr::get(context, mode))});
}

static LogicalResult importTile(OpImporter &op) {
  if (failed(op.expectArity(2)))
    return failure();
  auto input = op.getInput(0);
  if (failed(input))
    return failure();
  auto multiples = op.getConstantInts(1, "the multiples");
  if (failed(multiples) || failed(op.expectPositive(*multiples, "multiple")))
    return failure();
  if (!multiples->empty() && failed(op.refuseOnBatch(*input, multiples->front() != 1)))
    return failure();
  return op.finish<qnn::TileOp>(*input, {op.attr("multiples", *multiples)});
}

template <typename OpTy, typename Options> static LogicalResult importBlocks(OpImporter &op) {
  if (failed(op.expectArity(1)))
    return failure();
  auto options = op.getOptions<Options>();
  auto input = op.getInput(0);
  if (failed(options) || failed(input))
    return failure();
  int64_t block = (*options)->block_size();
  if (failed(op.expectPositive(block, "block size")))
    return failure();
  return op.finish<OpTy>(*input, {op.attr("block_size", block)});
}

void registerShapeOps(OpTable &table) {
  table.add(BuiltinOperator::RESHAPE, importReshape);
  table.add(BuiltinOperator::SQUEEZE, importSqueeze);
  table.add(BuiltinOperator::EXPAND_DIMS, importExpandDims);
  table.add(BuiltinOperator::TRANSPOSE, importTranspose);
  table.add(BuiltinOperator::PAD, importPad);
  table.add(BuiltinOperator::PADV2, importPad);
  table.add(BuiltinOperator::MIRROR_PAD, importMirrorPad);
  table.add(BuiltinOperator::TILE, importTile);
  table.add(BuiltinOperator::SPACE_TO_DEPTH,
            importBlocks<qnn::SpaceToDepthOp, SpaceToDepthOptions>);
  table.add(BuiltinOperator::DEPTH_TO_SPACE,
            importBlocks<qnn::DepthToSpaceOp, DepthToSpaceOptions>);
}

} // namespace kvant::tflite
