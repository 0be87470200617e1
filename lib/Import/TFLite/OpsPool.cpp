// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pooling and resizing of images.
#include "OpImporter.h"

using namespace mlir;

namespace kvant::tflite {

template <typename OpTy> static LogicalResult importPool(OpImporter &op) {
  if (failed(op.expectArity(1)))
    return failure();
  auto options = op.getOptions<Pool2DOptions>();
  auto input = op.getInput(0);
  if (failed(options) || failed(input) || failed(op.expectRank(*input, 4, "an input")))
    return failure();
  SmallVector<int64_t> stride{(*options)->stride_h(), (*options)->stride_w()};
  SmallVector<int64_t> kernel{(*options)->filter_height(), (*options)->filter_width()};
  ArrayRef<int64_t> shape = cast<RankedTensorType>(input->getType()).getShape();
  auto padding = op.getPadding((*options)->padding(), shape.slice(1, 2), kernel, stride, {1, 1});
  auto activation = op.getActivation((*options)->fused_activation_function());
  if (failed(padding) || failed(activation))
    return failure();
  return op.finish<OpTy>(*input, {op.attr("kernel", kernel), op.attr("stride", stride),
                                  op.attr("padding", *padding), op.attr(*activation)});
}

template <typename OpTy, typename Options> static LogicalResult importResize(OpImporter &op) {
  if (failed(op.expectArity(2)))
    return failure();
  auto options = op.getOptions<Options>();
  auto input = op.getInput(0);
  if (failed(options) || failed(input))
    return failure();
  auto size = op.getConstantInts(1, "the size");
  if (failed(size))
    return failure();
  if (size->size() != 2)
    return op.emitError() << "expected a size of 2 elements, got " << size->size();
  if (failed(op.expectPositive(*size, "size")))
    return failure();
  SmallVector<NamedAttribute> attributes{op.attr("size", *size)};
  if ((*options)->align_corners())
    attributes.push_back(op.unit("align_corners"));
  if ((*options)->half_pixel_centers())
    attributes.push_back(op.unit("half_pixel_centers"));
  return op.finish<OpTy>(*input, attributes);
}

void registerPoolOps(OpTable &table) {
  table.add(BuiltinOperator::AVERAGE_POOL_2D, importPool<qnn::AvgPool2DOp>);
  table.add(BuiltinOperator::MAX_POOL_2D, importPool<qnn::MaxPool2DOp>);
  table.add(BuiltinOperator::RESIZE_BILINEAR,
            importResize<qnn::ResizeBilinearOp, ResizeBilinearOptions>);
  table.add(BuiltinOperator::RESIZE_NEAREST_NEIGHBOR,
            importResize<qnn::ResizeNearestOp, ResizeNearestNeighborOptions>);
}

} // namespace kvant::tflite
