// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products of which both operands are computed.
#include "FormMatmul.h"

#include "KernelEpilogue.h"
#include "KernelTile.h"
#include "dialects/Kernel/Kernel.h"
#include "kvant/Codegen/AccumulatorRange.h"
#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

class MatmulFormer {
public:
  MatmulFormer(tosa::MatMulOp matmul, const Target &target)
      : matmul(matmul), target(target), level(target.levels.back()), builder(matmul.getContext()),
        loc(matmul.getLoc()) {}

  bool form();

private:
  bool read();
  /// [N, H, C] as images of one line: [N, 1, H, C].
  Value toImages(Value matrices);
  Value empty(ArrayRef<int64_t> shape, Type element) {
    return tensor::EmptyOp::create(builder, loc, shape, element);
  }
  Value makeWeights();
  Value makeBias(Value weights);
  /// The left operand where its groups may be read to their end.
  Value makeInput();
  kernel::DotConvOp createConv(Value input, Value weights, Value bias, ValueRange channels,
                               ValueRange elements, Value init);
  /// The accumulators that any operands give.
  Interval getRange() const;

  tosa::MatMulOp matmul;
  const Target &target;
  const Level &level; ///< that the layout is chosen for; the others take it as it is
  OpBuilder builder;
  Location loc;
  int64_t images, rows, depth, columns;
  int64_t leftZp, rightZp;
  int64_t lanes, block, group;
  bool isUnsigned; ///< the instruction takes unsigned bytes of the left operand
};

bool MatmulFormer::read() {
  auto left = dyn_cast<RankedTensorType>(matmul.getA().getType());
  auto right = dyn_cast<RankedTensorType>(matmul.getB().getType());
  auto result = dyn_cast<RankedTensorType>(matmul.getOutput().getType());
  std::optional<ConstantReader> leftReader = ConstantReader::create(matmul.getAZp());
  std::optional<ConstantReader> rightReader = ConstantReader::create(matmul.getBZp());
  if (!left || !right || !result || !left.hasStaticShape() || !right.hasStaticShape() ||
      left.getNumElements() == 0 || right.getNumElements() == 0 ||
      !left.getElementType().isInteger(8) || !right.getElementType().isInteger(8) ||
      !result.getElementType().isInteger(32) || !leftReader || !rightReader)
    return false;
  images = left.getShape()[0];
  rows = left.getShape()[1];
  depth = left.getShape()[2];
  columns = right.getShape()[2];
  if (right.getShape()[0] != images || right.getShape()[1] != depth)
    return false;
  leftZp = leftReader->getInt(0);
  rightZp = rightReader->getInt(0);
  Interval range = getRange();
  if (!llvm::isInt<32>(range.low) || !llvm::isInt<32>(range.high))
    return false;

  lanes = getDotLanes(level, columns);
  group = kernel::getDotGroup(lanes);
  DotShape shape{true, {images, 1, rows, columns}, depth, {1, 1}, {1, 1}, {1, 1}};
  block = lanes * chooseVectors(target.levels, getTileProblem(level, shape));
  isUnsigned = level.dot == DotKind::Vnni;
  return true;
}

Interval MatmulFormer::getRange() const {
  Interval range{INT64_MAX, INT64_MIN};
  for (int64_t a : {INT8_MIN, INT8_MAX})
    for (int64_t b : {INT8_MIN, INT8_MAX}) {
      int64_t sum = depth * (a - leftZp) * (b - rightZp);
      range = {std::min(range.low, sum), std::max(range.high, sum)};
    }
  return range;
}

Value MatmulFormer::toImages(Value matrices) {
  auto type = cast<RankedTensorType>(matrices.getType());
  ArrayRef<int64_t> shape = type.getShape();
  auto expanded = RankedTensorType::get({shape[0], 1, shape[1], shape[2]}, type.getElementType());
  SmallVector<ReassociationIndices> groups = {{0, 1}, {2}, {3}};
  return tensor::ExpandShapeOp::create(builder, loc, expanded, matrices, groups);
}

Value MatmulFormer::makeWeights() {
  int64_t size = images * llvm::alignTo(depth, group) * llvm::alignTo(columns, lanes);
  Value init = empty({size}, builder.getI8Type());
  return kernel::PackOp::create(builder, loc, TypeRange{init.getType()}, matmul.getB(), init, lanes,
                                block)
      .getResult(0);
}

kernel::DotConvOp MatmulFormer::createConv(Value input, Value weights, Value bias,
                                           ValueRange channels, ValueRange elements, Value init) {
  SmallVector<int64_t> ones = {1, 1};
  bool signedInput = isUnsigned && !input.getDefiningOp<kernel::PadOp>() &&
                     !input.getDefiningOp<arith::ConstantOp>();
  return kernel::DotConvOp::create(
      builder, loc, TypeRange{init.getType()}, input, weights, bias, channels, elements, init, ones,
      ones, ones, lanes, block, /*input_offset=*/signedInput ? 128 : 0, rightZp,
      /*input_unsigned=*/isUnsigned && !signedInput, /*full_range=*/true,
      /*input_origin=*/DenseI64ArrayAttr(), /*element_origins=*/DenseI64ArrayAttr(),
      /*halo=*/DenseI64ArrayAttr(), /*halo_value=*/TypedAttr(), /*forward=*/false,
      /*backward=*/false, /*uniform=*/false, /*weights_by_image=*/images > 1);
}

/// -(zero point + offset) * sum(w - rightZp) of each column: a product with a row of ones.
Value MatmulFormer::makeBias(Value weights) {
  int64_t padded = llvm::alignTo(columns, lanes), run = llvm::alignTo(depth, group);
  int64_t factor = -(leftZp + (isUnsigned ? 128 : 0));
  auto biasType = RankedTensorType::get({images * padded}, builder.getI32Type());
  auto constant = [&](RankedTensorType type, int64_t value) -> Value {
    return arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(type, builder.getIntegerAttr(type.getElementType(), value)));
  };
  if (factor == 0)
    return constant(biasType, 0);
  // Rows that fill the last group up are zero, and none of the matrix.
  Value start = constant(biasType, (run - depth) * rightZp);
  Value ones = constant(RankedTensorType::get({images, 1, 1, run}, builder.getI8Type()), 1);
  kernel::DotConvOp sums =
      createConv(ones, weights, start, {}, {}, empty({images, 1, 1, padded}, builder.getI32Type()));
  Block &block = sums.getEpilogue().emplaceBlock();
  OpBuilder inner = OpBuilder::atBlockBegin(&block);
  Value sum = block.addArgument(builder.getI32Type(), loc);
  Value by = arith::ConstantIntOp::create(inner, loc, builder.getI32Type(), factor);
  kernel::YieldOp::create(inner, loc, arith::MulIOp::create(inner, loc, sum, by).getResult());
  SmallVector<ReassociationIndices> all = {{0, 1, 2, 3}};
  return tensor::CollapseShapeOp::create(builder, loc, sums.getResult(0), all);
}

Value MatmulFormer::makeInput() {
  Value input = toImages(matmul.getA());
  if (depth % 8 == 0)
    return input;
  Value init = empty({images, 1, rows, depth}, builder.getI8Type());
  return kernel::PadOp::create(builder, loc, TypeRange{init.getType()}, input, init,
                               ArrayRef<int64_t>{0, 0}, builder.getI8IntegerAttr(0), isUnsigned)
      .getResult(0);
}

bool MatmulFormer::form() {
  if (!read())
    return false;
  Epilogue epilogue(matmul);
  builder.setInsertionPoint(epilogue.getLast());
  Region region;
  region.emplaceBlock();
  OpBuilder inner(builder.getContext());
  epilogue.build(inner, region.front());
  int64_t padded = llvm::alignTo(columns, lanes);
  SmallVector<Value> channels, elements;
  for (const ChannelConstant &constant : epilogue.channels) {
    auto type = RankedTensorType::get({padded}, constant.elementType);
    std::vector<int64_t> values = constant.integers;
    values.resize(padded, values.back());
    channels.push_back(
        arith::ConstantOp::create(builder, loc, cast<TypedAttr>(makeIntConstant(type, values))));
  }
  for (Value element : epilogue.elements)
    elements.push_back(toImages(element));

  auto resultType = cast<RankedTensorType>(epilogue.getResult().getType());
  Value weights = makeWeights(), bias = makeBias(weights), input = makeInput();
  kernel::DotConvOp conv =
      createConv(input, weights, bias, channels, elements,
                 empty({images, 1, rows, columns}, resultType.getElementType()));
  conv.getEpilogue().takeBody(region);
  std::vector<Interval> ranges(columns, getRange());
  conv->setAttr(kernel::kAccumulatorRangeAttr, makeRangeAttr(builder, ranges));
  SmallVector<ReassociationIndices> groups = {{0, 1}, {2}, {3}};
  Value result =
      tensor::CollapseShapeOp::create(builder, loc, resultType, conv.getResult(0), groups);
  epilogue.getResult().replaceAllUsesWith(result);
  epilogue.eraseChain();
  return true;
}

} // namespace

bool formMatmul(tosa::MatMulOp matmul, const Target &target) {
  return MatmulFormer(matmul, target).form();
}

} // namespace kvant::codegen
