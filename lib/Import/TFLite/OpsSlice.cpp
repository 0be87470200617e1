// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators that join tensors or take parts of them.
#include "OpImporter.h"

#include "kvant/Support/Constants.h"

using namespace mlir;

namespace kvant::tflite {

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static FailureOr<SmallVector<Value>> getAllInputs(OpImporter &op) {
  unsigned count = std::max(op.getNumInputs(), 1u);
  if (failed(op.expectArity(count, count, op.getNumOutputs())))
    return failure();
  SmallVector<Value> inputs;
  for (unsigned i = 0, e = op.getNumInputs(); i < e; ++i) {
    auto input = op.getInput(i);
    if (failed(input))
      return failure();
    inputs.push_back(*input);
  }
  return inputs;
}

static LogicalResult refuseAnyOnBatch(OpImporter &op, ArrayRef<Value> values, bool touches) {
  for (Value value : values)
    if (failed(op.refuseOnBatch(value, touches)))
      return failure();
  return success();
}

static LogicalResult importConcatenation(OpImporter &op) {
  auto inputs = getAllInputs(op);
  auto options = op.getOptions<ConcatenationOptions>();
  auto type = op.getOutputElementType();
  if (failed(inputs) || failed(options) || failed(type))
    return failure();
  auto axis = op.normalizeAxis((*options)->axis(), typeOf(inputs->front()).getRank());
  if (failed(axis) || failed(refuseAnyOnBatch(op, *inputs, *axis == 0)))
    return failure();
  auto value = op.create<qnn::ConcatOp>(*inputs, {op.attr("axis", *axis)}, *type);
  if (failed(value))
    return failure();
  return op.finishWithActivation(*value, (*options)->fused_activation_function());
}

static LogicalResult finishSplit(OpImporter &op, Value input, int64_t axis,
                                 ArrayRef<int64_t> sizes) {
  if (sizes.size() != op.getNumOutputs())
    return op.emitError() << "expected " << sizes.size() << " outputs, got " << op.getNumOutputs();
  if (failed(op.refuseOnBatch(input, axis == 0)))
    return failure();
  SmallVector<Type> types;
  for (unsigned i = 0, e = op.getNumOutputs(); i < e; ++i) {
    auto type = op.getOutputElementType(i);
    if (failed(type))
      return failure();
    types.push_back(*type);
  }
  auto split = op.createOp(qnn::SplitOp::getOperationName(), input,
                           {op.attr("axis", axis), op.attr("sizes", sizes)}, types);
  return failed(split) ? failure() : op.setOutputs((*split)->getResults());
}

static LogicalResult importSplit(OpImporter &op) {
  if (failed(op.expectArity(2, 2, op.getNumOutputs())))
    return failure();
  auto options = op.getOptions<SplitOptions>();
  auto axis = op.getConstantInt(0, "the axis");
  auto input = op.getInput(1);
  if (failed(options) || failed(axis) || failed(input))
    return failure();
  axis = op.normalizeAxis(*axis, typeOf(*input).getRank());
  int64_t count = (*options)->num_splits();
  if (failed(axis) || failed(op.expectPositive(count, "number of splits")))
    return failure();
  int64_t size = typeOf(*input).getDimSize(*axis);
  if (size % count != 0)
    return op.emitError() << "expected dimension " << *axis << " to divide into " << count
                          << " equal parts, got size " << size;
  return finishSplit(op, *input, *axis, SmallVector<int64_t>(count, size / count));
}

static LogicalResult importSplitV(OpImporter &op) {
  if (failed(op.expectArity(3, 3, op.getNumOutputs())))
    return failure();
  auto input = op.getInput(0);
  if (failed(input))
    return failure();
  auto sizes = op.getConstantInts(1, "the list of sizes");
  auto axis = op.getConstantInt(2, "the axis");
  if (failed(sizes) || failed(axis))
    return failure();
  axis = op.normalizeAxis(*axis, typeOf(*input).getRank());
  if (failed(axis))
    return failure();
  int64_t *open = nullptr, sum = 0;
  for (int64_t &size : *sizes) {
    if (size == -1 && !open)
      open = &size;
    else
      sum += size;
  }
  if (open)
    *open = typeOf(*input).getDimSize(*axis) - sum;
  return finishSplit(op, *input, *axis, *sizes);
}

static LogicalResult importSlice(OpImporter &op) {
  if (failed(op.expectArity(3)))
    return failure();
  auto input = op.getInput(0);
  if (failed(input))
    return failure();
  auto begin = op.getConstantInts(1, "the begin");
  auto size = op.getConstantInts(2, "the size");
  if (failed(begin) || failed(size))
    return failure();
  auto type = typeOf(*input);
  if (int64_t(begin->size()) != type.getRank() || int64_t(size->size()) != type.getRank())
    return op.emitError() << "expected begin and size of " << type.getRank() << " elements, got "
                          << begin->size() << " and " << size->size();
  for (auto [i, extent] : llvm::enumerate(*size)) {
    if (extent == -1)
      extent = type.getDimSize(i) - (*begin)[i];
    // The whole of the first dimension is the batch, whatever its size.
    if (i == 0 && op.changesBatch() && op.isBatched(*input)) {
      if (failed(op.refuseOnBatch(*input, (*begin)[0] != 0 ||
                                              (extent != type.getDimSize(0) &&
                                               op.scaleBatch(extent) != type.getDimSize(0)))))
        return failure();
      extent = type.getDimSize(0);
    }
  }
  return op.finish<qnn::SliceOp>(*input, {op.attr("begin", *begin), op.attr("size", *size)});
}

/// The masks of a strided slice, one bit per entry of its begin, end and
/// stride.
struct SliceMasks {
  int32_t begin, end, ellipsis, newAxis, shrink;
};

/// A strided slice with one entry per dimension of the input.
struct DenseSlice {
  SmallVector<int64_t> begin, end, stride, shrink;
  /// The result's shape with the new axes; `std::nullopt` stands for the next
  /// real one.
  SmallVector<bool> isNewAxis;

  void addWhole(int64_t size) {
    begin.push_back(0);
    end.push_back(size);
    stride.push_back(1);
    isNewAxis.push_back(false);
  }
};

/// One sparse entry on a dimension of `size`; negative numbers count from the
/// end, and what lies outside is clamped.
static LogicalResult addEntry(OpImporter &op, DenseSlice &slice, int64_t size, int64_t begin,
                              int64_t end, int64_t stride, bool wholeBegin, bool wholeEnd,
                              bool shrink) {
  if (stride == 0)
    return op.emitError() << "expected strides other than 0";
  bool forward = stride > 0;
  auto normalize = [&](int64_t at) {
    if (at < 0)
      at += size;
    return forward ? std::clamp<int64_t>(at, 0, size) : std::clamp<int64_t>(at, -1, size - 1);
  };
  int64_t from = wholeBegin ? (forward ? 0 : size - 1) : normalize(begin);
  int64_t to = wholeEnd ? (forward ? size : -1) : normalize(end);
  if (shrink) {
    from = begin < 0 ? begin + size : begin;
    if (wholeBegin)
      from = 0;
    if (from < 0 || from >= size)
      return op.emitError() << "expected an index in [" << -size << ", " << size << "), got "
                            << begin;
    to = from + 1;
    stride = 1;
    slice.shrink.push_back(slice.begin.size());
  }
  slice.begin.push_back(from);
  slice.end.push_back(to);
  slice.stride.push_back(stride);
  if (!shrink)
    slice.isNewAxis.push_back(false);
  return success();
}

static FailureOr<DenseSlice> densify(OpImporter &op, ArrayRef<int64_t> shape,
                                     ArrayRef<int64_t> begin, ArrayRef<int64_t> end,
                                     ArrayRef<int64_t> stride, SliceMasks masks) {
  DenseSlice slice;
  auto bit = [](int32_t mask, unsigned i) { return (mask >> i & 1) != 0; };
  unsigned newAxes = 0, entries = begin.size();
  for (unsigned i = 0; i < entries; ++i)
    if (bit(masks.newAxis, i) && !bit(masks.ellipsis, i))
      ++newAxes;
  bool seenEllipsis = false;
  for (unsigned i = 0; i < entries; ++i) {
    unsigned dim = slice.begin.size();
    if (bit(masks.ellipsis, i)) {
      if (seenEllipsis)
        return op.emitError() << "expected at most one ellipsis";
      seenEllipsis = true;
      // The entries behind the ellipsis that read a dimension each.
      unsigned behind = 0;
      for (unsigned j = i + 1; j < entries; ++j)
        behind += !bit(masks.newAxis, j);
      for (; dim + behind < shape.size(); ++dim)
        slice.addWhole(shape[dim]);
      continue;
    }
    if (bit(masks.newAxis, i)) {
      slice.isNewAxis.push_back(true);
      continue;
    }
    if (dim >= shape.size())
      return op.emitError() << "expected at most " << shape.size() << " entries, got "
                            << entries - newAxes;
    if (failed(addEntry(op, slice, shape[dim], begin[i], end[i], stride[i], bit(masks.begin, i),
                        bit(masks.end, i), bit(masks.shrink, i))))
      return failure();
  }
  for (unsigned dim = slice.begin.size(); dim < shape.size(); ++dim)
    slice.addWhole(shape[dim]);
  return slice;
}

static LogicalResult importStridedSlice(OpImporter &op) {
  if (failed(op.expectArity(4)))
    return failure();
  auto options = op.getOptions<StridedSliceOptions>();
  auto input = op.getInput(0);
  if (failed(options) || failed(input))
    return failure();
  auto begin = op.getConstantInts(1, "the begin");
  auto end = op.getConstantInts(2, "the end");
  auto stride = op.getConstantInts(3, "the strides");
  if (failed(begin) || failed(end) || failed(stride))
    return failure();
  if (begin->size() != end->size() || begin->size() != stride->size() ||
      begin->size() > 2 * kMaxRank)
    return op.emitError() << "expected begin, end and strides of one length, got " << begin->size()
                          << ", " << end->size() << " and " << stride->size();
  if ((*options)->offset())
    for (auto [to, from] : llvm::zip_equal(*end, *begin))
      to += from;
  ArrayRef<int64_t> shape = typeOf(*input).getShape();
  auto slice =
      densify(op, shape, *begin, *end, *stride,
              {(*options)->begin_mask(), (*options)->end_mask(), (*options)->ellipsis_mask(),
               (*options)->new_axis_mask(), (*options)->shrink_axis_mask()});
  if (failed(slice))
    return failure();
  if (op.changesBatch() && op.isBatched(*input)) {
    bool whole = slice->begin[0] == 0 && slice->stride[0] == 1 &&
                 (slice->end[0] == shape[0] || op.scaleBatch(slice->end[0]) == shape[0]) &&
                 !llvm::is_contained(slice->shrink, 0) && !slice->isNewAxis.front();
    if (failed(op.refuseOnBatch(*input, !whole)))
      return failure();
    slice->end[0] = shape[0];
  }
  SmallVector<NamedAttribute> attributes{op.attr("begin", slice->begin), op.attr("end", slice->end),
                                         op.attr("stride", slice->stride),
                                         op.attr("shrink_axes", slice->shrink)};
  if (!llvm::is_contained(slice->isNewAxis, true))
    return op.finish<qnn::StridedSliceOp>(*input, attributes);
  auto type = op.getOutputElementType();
  if (failed(type))
    return failure();
  auto part = op.create<qnn::StridedSliceOp>(*input, attributes, *type);
  if (failed(part))
    return failure();
  SmallVector<int64_t> expanded;
  ArrayRef<int64_t> rest = typeOf(*part).getShape();
  for (bool isNew : slice->isNewAxis) {
    expanded.push_back(isNew ? 1 : rest.front());
    if (!isNew)
      rest = rest.drop_front();
  }
  return op.finish<qnn::ReshapeOp>(*part, {op.attr("shape", expanded)});
}

static LogicalResult importPack(OpImporter &op) {
  auto inputs = getAllInputs(op);
  auto options = op.getOptions<PackOptions>();
  if (failed(inputs) || failed(options))
    return failure();
  if ((*options)->values_count() != int64_t(inputs->size()))
    return op.emitError() << "expected " << (*options)->values_count() << " inputs, got "
                          << inputs->size();
  auto axis = op.normalizeAxis((*options)->axis(), typeOf(inputs->front()).getRank() + 1);
  if (failed(axis) || failed(refuseAnyOnBatch(op, *inputs, *axis == 0)))
    return failure();
  return op.finish<qnn::PackOp>(*inputs, {op.attr("axis", *axis)});
}

static LogicalResult importUnpack(OpImporter &op) {
  if (failed(op.expectArity(1, 1, op.getNumOutputs())))
    return failure();
  auto options = op.getOptions<UnpackOptions>();
  auto input = op.getInput(0);
  if (failed(options) || failed(input))
    return failure();
  if ((*options)->num() != int64_t(op.getNumOutputs()))
    return op.emitError() << "expected " << (*options)->num() << " outputs, got "
                          << op.getNumOutputs();
  auto axis = op.normalizeAxis((*options)->axis(), typeOf(*input).getRank());
  if (failed(axis) || failed(op.refuseOnBatch(*input, *axis == 0)))
    return failure();
  SmallVector<Type> types;
  for (unsigned i = 0, e = op.getNumOutputs(); i < e; ++i) {
    auto type = op.getOutputElementType(i);
    if (failed(type))
      return failure();
    types.push_back(*type);
  }
  auto unpack =
      op.createOp(qnn::UnpackOp::getOperationName(), *input, {op.attr("axis", *axis)}, types);
  return failed(unpack) ? failure() : op.setOutputs((*unpack)->getResults());
}

static LogicalResult importGather(OpImporter &op) {
  if (failed(op.expectArity(2)))
    return failure();
  auto options = op.getOptions<GatherOptions>();
  auto input = op.getInput(0), indices = op.getInput(1);
  if (failed(options) || failed(input) || failed(indices))
    return failure();
  auto axis = op.normalizeAxis((*options)->axis(), typeOf(*input).getRank());
  if (failed(axis))
    return failure();
  int64_t batchDims = (*options)->batch_dims();
  if (batchDims < 0)
    batchDims += typeOf(*indices).getRank();
  if (failed(op.refuseOnBatch(*input, *axis == 0)))
    return failure();
  // Indices that are known now are refused now.
  if (auto constant = ConstantReader::create(*indices);
      constant && isa<IntegerType>(constant->getElementType()))
    for (int64_t index : constant->getInts())
      if (index < 0 || index >= typeOf(*input).getDimSize(*axis))
        return op.emitError() << "expected indices in [0, " << typeOf(*input).getDimSize(*axis)
                              << "), got " << index;
  return op.finish<qnn::GatherOp>({*input, *indices},
                                  {op.attr("axis", *axis), op.attr("batch_dims", batchDims)});
}

void registerSliceOps(OpTable &table) {
  table.add(BuiltinOperator::CONCATENATION, importConcatenation);
  table.add(BuiltinOperator::SPLIT, importSplit);
  table.add(BuiltinOperator::SPLIT_V, importSplitV);
  table.add(BuiltinOperator::SLICE, importSlice);
  table.add(BuiltinOperator::STRIDED_SLICE, importStridedSlice);
  table.add(BuiltinOperator::PACK, importPack);
  table.add(BuiltinOperator::UNPACK, importUnpack);
  table.add(BuiltinOperator::GATHER, importGather);
}

} // namespace kvant::tflite
