// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds TOSA operations on statically shaped tensors.
#include "TosaEmitter.h"

#include "kvant/Support/Constants.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Matchers.h"
#include <functional>
#include <numeric>

using namespace mlir;

namespace kvant::lower {

ArrayRef<int64_t> TosaEmitter::shapeOf(Value value) {
  return mlir::cast<RankedTensorType>(value.getType()).getShape();
}

Type TosaEmitter::elementOf(Value value) {
  return mlir::cast<RankedTensorType>(value.getType()).getElementType();
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

Value TosaEmitter::constant(ElementsAttr value) {
  return tosa::ConstOp::create(builder, location, value.getType(), value);
}

Value TosaEmitter::ints(Type element, ArrayRef<int64_t> shape, ArrayRef<int64_t> values) {
  return constant(makeIntConstant(RankedTensorType::get(shape, element), values));
}

Value TosaEmitter::floats(ArrayRef<int64_t> shape, ArrayRef<float> values) {
  return constant(makeFloatConstant(RankedTensorType::get(shape, f32()), values));
}

Value TosaEmitter::splat(Value like, double value) {
  Type element = elementOf(like);
  SmallVector<int64_t> ones(rankOf(like), 1);
  auto type = RankedTensorType::get(ones, element);
  if (isa<FloatType>(element))
    return constant(makeFloatConstant(type, ArrayRef<float>{float(value)}));
  return constant(makeIntConstant(type, ArrayRef<int64_t>{int64_t(value)}));
}

Value TosaEmitter::zeroPoint(Type element, int64_t value) {
  auto type = RankedTensorType::get({1}, element);
  if (isa<FloatType>(element))
    return constant(makeFloatConstant(type, ArrayRef<float>{float(value)}));
  return constant(makeIntConstant(type, ArrayRef<int64_t>{value}));
}

Value TosaEmitter::shape(ArrayRef<int64_t> values) {
  auto type = tosa::shapeType::get(builder.getContext(), values.size());
  return tosa::ConstShapeOp::create(builder, location, type, builder.getIndexTensorAttr(values));
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

Value TosaEmitter::withRank(Value x, int64_t rank) {
  SmallVector<int64_t> shape(rank - rankOf(x), 1);
  llvm::append_range(shape, shapeOf(x));
  return reshape(x, shape);
}

void TosaEmitter::alignRanks(Value &lhs, Value &rhs) {
  int64_t rank = std::max(rankOf(lhs), rankOf(rhs));
  lhs = withRank(lhs, rank);
  rhs = withRank(rhs, rank);
}

Type TosaEmitter::broadcastType(Value lhs, Value rhs, Type element) {
  SmallVector<int64_t> shape(shapeOf(lhs));
  for (auto [dim, other] : llvm::zip(shape, shapeOf(rhs)))
    dim = std::max(dim, other);
  return RankedTensorType::get(shape, element);
}

Value TosaEmitter::mul(Value lhs, Value rhs, int shift) {
  alignRanks(lhs, rhs);
  return tosa::MulOp::create(builder, location, broadcastType(lhs, rhs, elementOf(lhs)), lhs, rhs,
                             zeroPoint(i8(), shift));
}

Value TosaEmitter::shiftRight(Value lhs, Value rhs, bool round) {
  alignRanks(lhs, rhs);
  return tosa::ArithmeticRightShiftOp::create(
      builder, location, broadcastType(lhs, rhs, elementOf(lhs)), lhs, rhs, round);
}

Value TosaEmitter::greater(Value lhs, Value rhs) {
  alignRanks(lhs, rhs);
  return tosa::GreaterOp::create(builder, location, broadcastType(lhs, rhs, builder.getI1Type()),
                                 lhs, rhs);
}

Value TosaEmitter::greaterEqual(Value lhs, Value rhs) {
  alignRanks(lhs, rhs);
  return tosa::GreaterEqualOp::create(builder, location,
                                      broadcastType(lhs, rhs, builder.getI1Type()), lhs, rhs);
}

Value TosaEmitter::select(Value condition, Value yes, Value no) {
  int64_t rank = std::max({rankOf(condition), rankOf(yes), rankOf(no)});
  condition = withRank(condition, rank);
  yes = withRank(yes, rank);
  no = withRank(no, rank);
  auto type = mlir::cast<RankedTensorType>(broadcastType(yes, no, elementOf(yes)));
  SmallVector<int64_t> shape(type.getShape());
  for (auto [dim, other] : llvm::zip(shape, shapeOf(condition)))
    dim = std::max(dim, other);
  return tosa::SelectOp::create(
      builder, location, RankedTensorType::get(shape, type.getElementType()), condition, yes, no);
}

Value TosaEmitter::cast(Value x, Type element) {
  if (elementOf(x) == element)
    return x;
  return tosa::CastOp::create(builder, location, RankedTensorType::get(shapeOf(x), element), x);
}

Value TosaEmitter::clamp(Value x, int64_t low, int64_t high) {
  Type element = elementOf(x);
  // The base profile has no clamp of 32-bit integers.
  if (element.isInteger(32))
    return minimum(maximum(x, splat(x, double(low))), splat(x, double(high)));
  return tosa::ClampOp::create(builder, location, x.getType(), x,
                               builder.getIntegerAttr(element, low),
                               builder.getIntegerAttr(element, high));
}

Value TosaEmitter::clampFloat(Value x, float low, float high) {
  Type element = elementOf(x);
  return tosa::ClampOp::create(builder, location, x.getType(), x,
                               builder.getFloatAttr(element, low),
                               builder.getFloatAttr(element, high));
}

Value TosaEmitter::negate(Value x) {
  Value zero = zeroPoint(elementOf(x));
  return tosa::NegateOp::create(builder, location, x.getType(), x, zero, zero);
}

Value TosaEmitter::table(Value x, ArrayRef<int8_t> entries) {
  auto type = RankedTensorType::get({int64_t(entries.size())}, i8());
  return tosa::TableOp::create(builder, location, x.getType(), x,
                               constant(makeConstant(type, entries)));
}

Value TosaEmitter::rescale(Value x, Type element, ArrayRef<Multiplier> multipliers,
                           int64_t inputZeroPoint, int64_t outputZeroPoint, bool doubleRound) {
  SmallVector<int64_t> values, shifts;
  // The extension is only asked for where the second rounding happens.
  bool roundsTwice = false;
  bool perChannel = false;
  for (Multiplier m : multipliers) {
    values.push_back(m.value);
    shifts.push_back(m.shift);
    roundsTwice |= doubleRound && m.shift > 31;
    perChannel |= m.value != multipliers[0].value || m.shift != multipliers[0].shift;
  }
  if (!perChannel) {
    values.resize(1);
    shifts.resize(1);
  }
  int64_t count = values.size();
  return tosa::RescaleOp::create(
      builder, location, RankedTensorType::get(shapeOf(x), element), x,
      ints(i32(), {count}, values), ints(i8(), {count}, shifts),
      zeroPoint(elementOf(x), inputZeroPoint), zeroPoint(element, outputZeroPoint),
      /*scale32=*/true,
      roundsTwice ? tosa::RoundingMode::DOUBLE_ROUND : tosa::RoundingMode::SINGLE_ROUND, perChannel,
      /*input_unsigned=*/false, /*output_unsigned=*/false);
}

Value TosaEmitter::clampIfNarrow(Value x, std::pair<int64_t, int64_t> range) {
  unsigned bits = elementOf(x).getIntOrFloatBitWidth();
  int64_t lowest = -(int64_t(1) << (bits - 1)), highest = (int64_t(1) << (bits - 1)) - 1;
  if (range.first <= lowest && range.second >= highest)
    return x;
  return clamp(x, range.first, range.second);
}

Value TosaEmitter::widen(Value x, int64_t zeroPoint) {
  Value wide = cast(x, i32());
  return zeroPoint == 0 ? wide : sub(wide, splat(wide, double(zeroPoint)));
}

//===----------------------------------------------------------------------===//
// Shapes and data movement
//===----------------------------------------------------------------------===//

Value TosaEmitter::reshape(Value x, ArrayRef<int64_t> newShape) {
  if (shapeOf(x) == newShape)
    return x;
  auto type = RankedTensorType::get(newShape, elementOf(x));
  // Constants keep their bytes: a resource is shared, not copied.
  ElementsAttr value;
  if (matchPattern(x, m_Constant(&value))) {
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
      return constant(DenseResourceElementsAttr::get(type, resource.getRawHandle()));
    if (auto dense = dyn_cast<DenseElementsAttr>(value))
      return constant(dense.reshape(type));
  }
  return tosa::ReshapeOp::create(builder, location, type, x, shape(newShape));
}

Value TosaEmitter::transpose(Value x, ArrayRef<int64_t> perms) {
  if (llvm::is_sorted(perms))
    return x;
  SmallVector<int64_t> newShape;
  SmallVector<int32_t> narrow;
  for (int64_t perm : perms) {
    newShape.push_back(shapeOf(x)[perm]);
    narrow.push_back(int32_t(perm));
  }
  return tosa::TransposeOp::create(builder, location, RankedTensorType::get(newShape, elementOf(x)),
                                   x, narrow);
}

Value TosaEmitter::slice(Value x, ArrayRef<int64_t> begin, ArrayRef<int64_t> size) {
  if (shapeOf(x) == size)
    return x;
  return tosa::SliceOp::create(builder, location, RankedTensorType::get(size, elementOf(x)), x,
                               shape(begin), shape(size));
}

Value TosaEmitter::concat(ArrayRef<Value> xs, int64_t axis) {
  if (xs.size() == 1)
    return xs[0];
  SmallVector<int64_t> newShape(shapeOf(xs[0]));
  newShape[axis] = 0;
  for (Value x : xs)
    newShape[axis] += shapeOf(x)[axis];
  return tosa::ConcatOp::create(
      builder, location, RankedTensorType::get(newShape, elementOf(xs[0])), xs, uint32_t(axis));
}

Value TosaEmitter::pad(Value x, ArrayRef<int64_t> padding, Value value) {
  SmallVector<int64_t> newShape(shapeOf(x));
  for (auto [i, dim] : llvm::enumerate(newShape))
    dim += padding[2 * i] + padding[2 * i + 1];
  if (shapeOf(x) == ArrayRef<int64_t>(newShape))
    return x;
  return tosa::PadOp::create(builder, location, RankedTensorType::get(newShape, elementOf(x)), x,
                             shape(padding), value);
}

Value TosaEmitter::tile(Value x, ArrayRef<int64_t> multiples) {
  if (llvm::all_of(multiples, [](int64_t m) { return m == 1; }))
    return x;
  SmallVector<int64_t> newShape(shapeOf(x));
  for (auto [dim, multiple] : llvm::zip(newShape, multiples))
    dim *= multiple;
  return tosa::TileOp::create(builder, location, RankedTensorType::get(newShape, elementOf(x)), x,
                              shape(multiples));
}

Value TosaEmitter::reverse(Value x, int64_t axis) {
  return tosa::ReverseOp::create(builder, location, x.getType(), x, uint32_t(axis));
}

Value TosaEmitter::gather(Value values, Value indices) {
  SmallVector<int64_t> newShape = {shapeOf(values)[0], shapeOf(indices)[1], shapeOf(values)[2]};
  return tosa::GatherOp::create(
      builder, location, RankedTensorType::get(newShape, elementOf(values)), values, indices);
}

static int64_t product(ArrayRef<int64_t> dims) {
  return std::accumulate(dims.begin(), dims.end(), int64_t(1), std::multiplies<int64_t>());
}

Value TosaEmitter::take(Value x, int64_t axis, ArrayRef<int64_t> indices) {
  ArrayRef<int64_t> dims = shapeOf(x);
  int64_t outer = product(dims.take_front(axis)), inner = product(dims.drop_front(axis + 1));
  SmallVector<int64_t> newShape(dims);
  newShape[axis] = indices.size();
  SmallVector<int64_t> all;
  for (int64_t i = 0; i < outer; ++i)
    llvm::append_range(all, indices);
  Value index = ints(i32(), {outer, int64_t(indices.size())}, all);
  return reshape(gather(reshape(x, {outer, dims[axis], inner}), index), newShape);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

Value TosaEmitter::reduceSum(Value x, int64_t axis) {
  SmallVector<int64_t> newShape(shapeOf(x));
  newShape[axis] = 1;
  return tosa::ReduceSumOp::create(builder, location, RankedTensorType::get(newShape, elementOf(x)),
                                   x, uint32_t(axis));
}

Value TosaEmitter::reduceMax(Value x, int64_t axis) {
  SmallVector<int64_t> newShape(shapeOf(x));
  newShape[axis] = 1;
  return tosa::ReduceMaxOp::create(builder, location, RankedTensorType::get(newShape, elementOf(x)),
                                   x, uint32_t(axis));
}

} // namespace kvant::lower
