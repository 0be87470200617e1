// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and matrix products.
#include "OpImporter.h"

using namespace mlir;

namespace kvant::tflite {

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Input, filter and bias of a convolution, in the order of the format.
struct ConvOperands {
  Value input, filter, bias;
  SmallVector<Value> list() const {
    SmallVector<Value> values{input, filter};
    if (bias)
      values.push_back(bias);
    return values;
  }
};

static FailureOr<ConvOperands> getConvOperands(OpImporter &op, unsigned input, unsigned filter,
                                               unsigned bias, int64_t filterRank) {
  ConvOperands operands;
  auto value = op.getInput(input);
  if (failed(value))
    return failure();
  operands.input = *value;
  value = op.getWeights(filter, operands.input);
  if (failed(value) || failed(op.expectRank(*value, filterRank, "a filter")))
    return failure();
  operands.filter = *value;
  value = op.getBias(bias, operands.input, operands.filter);
  if (failed(value))
    return failure();
  operands.bias = *value;
  return operands;
}

/// CONV_2D and DEPTHWISE_CONV_2D differ in the filter's layout only.
template <typename OpTy, typename Options> static LogicalResult importConv(OpImporter &op) {
  if (failed(op.expectArity(2, 3)))
    return failure();
  auto options = op.getOptions<Options>();
  auto operands = getConvOperands(op, 0, 1, 2, 4);
  if (failed(options) || failed(operands) || failed(op.expectRank(operands->input, 4, "an input")))
    return failure();
  SmallVector<int64_t> stride{(*options)->stride_h(), (*options)->stride_w()};
  SmallVector<int64_t> dilation{(*options)->dilation_h_factor(), (*options)->dilation_w_factor()};
  auto padding = op.getPadding((*options)->padding(), shapeOf(operands->input).slice(1, 2),
                               shapeOf(operands->filter).slice(1, 2), stride, dilation);
  auto activation = op.getActivation((*options)->fused_activation_function());
  if (failed(padding) || failed(activation))
    return failure();
  return op.finish<OpTy>(operands->list(),
                         {op.attr("stride", stride), op.attr("dilation", dilation),
                          op.attr("padding", *padding), op.attr(*activation)});
}

static LogicalResult importDepthwiseConv2D(OpImporter &op) {
  // Files may leave the multiplier at 0; then the filter's shape alone decides.
  if (const auto *options = op.getOperator().builtin_options_as_DepthwiseConv2DOptions();
      options && options->depth_multiplier() != 0 && op.getNumInputs() >= 2 && op.hasInput(0) &&
      op.hasInput(1)) {
    SmallVector<int64_t> input = op.getReader().getShape(op.getInputTensor(0));
    SmallVector<int64_t> filter = op.getReader().getShape(op.getInputTensor(1));
    if (input.size() == 4 && filter.size() == 4 &&
        filter[3] != input[3] * options->depth_multiplier())
      return op.emitError() << "expected a filter of " << input[3] << " * "
                            << options->depth_multiplier() << " channels, got " << filter[3];
  }
  return importConv<qnn::DepthwiseConv2DOp, DepthwiseConv2DOptions>(op);
}

static LogicalResult importTransposeConv(OpImporter &op) {
  if (failed(op.expectArity(3, 4)))
    return failure();
  auto options = op.getOptions<TransposeConvOptions>();
  auto size = op.getConstantInts(0, "the output shape");
  if (failed(options) || failed(size))
    return failure();
  auto operands = getConvOperands(op, 2, 1, 3, 4);
  if (failed(operands) || failed(op.expectRank(operands->input, 4, "an input")))
    return failure();
  if (size->size() != 4 || failed(op.expectPositive(*size, "output shape")))
    return size->size() == 4
               ? failure()
               : op.emitError() << "expected an output shape of 4 elements, got " << size->size();
  SmallVector<int64_t> stride{(*options)->stride_h(), (*options)->stride_w()};
  ArrayRef<int64_t> input = shapeOf(operands->input), filter = shapeOf(operands->filter);
  // The padding is that of the convolution from the output back to the input.
  auto forward = op.getPadding((*options)->padding(), ArrayRef<int64_t>(*size).slice(1, 2),
                               filter.slice(1, 2), stride, {1, 1});
  auto activation = op.getActivation((*options)->fused_activation_function());
  if (failed(forward) || failed(activation))
    return failure();
  SmallVector<int64_t> padding;
  for (unsigned i = 0; i < 2; ++i) {
    int64_t before = (*forward)[2 * i];
    padding.append(
        {before, (input[i + 1] - 1) * stride[i] + filter[i + 1] - before - (*size)[i + 1]});
  }
  return op.finish<qnn::TransposeConv2DOp>(
      operands->list(),
      {op.attr("stride", stride), op.attr("padding", padding), op.attr(*activation)});
}

static LogicalResult importFullyConnected(OpImporter &op) {
  if (failed(op.expectArity(2, 3)))
    return failure();
  auto options = op.getOptions<FullyConnectedOptions>();
  auto operands = getConvOperands(op, 0, 1, 2, 2);
  if (failed(options) || failed(operands))
    return failure();
  if ((*options)->weights_format() != FullyConnectedOptionsWeightsFormat::DEFAULT)
    return op.emitError() << "shuffled weights are not supported; supported: DEFAULT";
  auto activation = op.getActivation((*options)->fused_activation_function());
  if (failed(activation))
    return failure();
  ArrayRef<int64_t> input = shapeOf(operands->input);
  int64_t depth = shapeOf(operands->filter)[1];
  bool keepsShape = (*options)->keep_num_dims();
  if (keepsShape && (input.empty() || input.back() != depth))
    return op.emitError() << "expected an input whose last dimension is " << depth;
  if (!keepsShape && input.size() != 2) {
    int64_t elements = cast<RankedTensorType>(operands->input.getType()).getNumElements();
    if (elements % depth != 0)
      return op.emitError() << "expected an input that divides into rows of " << depth
                            << " elements, got " << elements << " elements";
    auto rows = op.reshape(operands->input, {elements / depth, depth});
    if (failed(rows))
      return failure();
    operands->input = *rows;
  }
  return op.finish<qnn::FullyConnectedOp>(operands->list(), {op.attr(*activation)});
}

static LogicalResult importBatchMatMul(OpImporter &op) {
  if (failed(op.expectArity(2)))
    return failure();
  auto options = op.getOptions<BatchMatMulOptions>();
  auto lhs = op.getInput(0);
  if (failed(options) || failed(lhs))
    return failure();
  auto rhs = op.getWeights(1, *lhs);
  if (failed(rhs))
    return failure();
  SmallVector<NamedAttribute> attributes;
  if ((*options)->adj_x())
    attributes.push_back(op.unit("adj_x"));
  if ((*options)->adj_y())
    attributes.push_back(op.unit("adj_y"));
  return op.finish<qnn::BatchMatMulOp>({*lhs, *rhs}, attributes);
}

void registerConvOps(OpTable &table) {
  table.add(BuiltinOperator::CONV_2D, importConv<qnn::Conv2DOp, Conv2DOptions>);
  table.add(BuiltinOperator::DEPTHWISE_CONV_2D, importDepthwiseConv2D);
  table.add(BuiltinOperator::TRANSPOSE_CONV, importTransposeConv);
  table.add(BuiltinOperator::FULLY_CONNECTED, importFullyConnected);
  table.add(BuiltinOperator::BATCH_MATMUL, importBatchMatMul);
}

} // namespace kvant::tflite
