// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Custom operators, known by name, whose options are a plain struct in the
// file.
#include "OpImporter.h"

#include <cstring>

using namespace mlir;

namespace kvant::tflite {

/// Options of MediaPipe's Convolution2DTransposeBias: three 32-bit integers.
/// The padding is numbered as in TFLite's runtime: 1 is SAME, 2 is VALID.
struct TransposeBiasOptions {
  int32_t padding, strideWidth, strideHeight;
};

static LogicalResult importConvolution2DTransposeBias(OpImporter &op) {
  if (failed(op.expectArity(3)))
    return failure();
  const auto *bytes = op.getOperator().custom_options();
  TransposeBiasOptions options;
  if (!bytes || bytes->size() < sizeof options)
    return op.emitError() << "expected custom options of " << sizeof options << " bytes, got "
                          << (bytes ? bytes->size() : 0);
  std::memcpy(&options, bytes->data(), sizeof options);
  if (options.padding != 1 && options.padding != 2)
    return op.emitError() << "expected padding 1 (SAME) or 2 (VALID), got " << options.padding;
  auto input = op.getInput(0);
  if (failed(input))
    return failure();
  auto filter = op.getWeights(1, *input);
  if (failed(filter) || failed(op.expectRank(*input, 4, "an input")) ||
      failed(op.expectRank(*filter, 4, "a filter")))
    return failure();
  auto bias = op.getBias(2, *input, *filter);
  if (failed(bias))
    return failure();
  SmallVector<int64_t> stride{options.strideHeight, options.strideWidth};
  if (failed(op.expectPositive(stride, "stride")))
    return failure();
  ArrayRef<int64_t> kernel = cast<RankedTensorType>(filter->getType()).getShape().slice(1, 2);
  // SAME gives stride times the input's size: what the windows reach beyond is
  // cut off, half of it in front. A kernel smaller than the stride leaves only
  // bias at the end.
  SmallVector<int64_t> padding;
  for (unsigned i = 0; i < 2; ++i) {
    int64_t excess = options.padding == 1 ? kernel[i] - stride[i] : 0;
    int64_t before = std::max<int64_t>(excess, 0) / 2;
    padding.append({before, excess - before});
  }
  return op.finish<qnn::TransposeConv2DOp>(
      {*input, *filter, *bias},
      {op.attr("stride", stride), op.attr("padding", padding), op.attr(qnn::Activation::None)});
}

void registerCustomOps(OpTable &table) {
  table.custom["Convolution2DTransposeBias"] = importConvolution2DTransposeBias;
}

} // namespace kvant::tflite
