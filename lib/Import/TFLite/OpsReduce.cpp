// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions over axes, and the index of an extreme.
#include "OpImporter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace kvant::tflite {

template <typename OpTy> static LogicalResult importReduce(OpImporter &op) {
  if (failed(op.expectArity(2)))
    return failure();
  auto options = op.getOptions<ReducerOptions>();
  auto input = op.getInput(0);
  if (failed(options) || failed(input))
    return failure();
  auto axes = op.getConstantInts(1, "the list of axes");
  if (failed(axes))
    return failure();
  for (int64_t &axis : *axes) {
    auto normal = op.normalizeAxis(axis, cast<RankedTensorType>(input->getType()).getRank());
    if (failed(normal))
      return failure();
    axis = *normal;
  }
  llvm::sort(*axes);
  axes->erase(std::unique(axes->begin(), axes->end()), axes->end());
  if (failed(op.refuseOnBatch(*input, llvm::is_contained(*axes, 0))))
    return failure();
  SmallVector<NamedAttribute> attributes{op.attr("axes", *axes)};
  if ((*options)->keep_dims())
    attributes.push_back(op.unit("keep_dims"));
  return op.finish<OpTy>(*input, attributes);
}

template <typename OpTy> static LogicalResult importArg(OpImporter &op) {
  if (failed(op.expectArity(2)))
    return failure();
  auto input = op.getInput(0);
  if (failed(input))
    return failure();
  auto axis = op.getConstantInt(1, "the axis");
  if (failed(axis))
    return failure();
  axis = op.normalizeAxis(*axis, cast<RankedTensorType>(input->getType()).getRank());
  if (failed(axis) || failed(op.refuseOnBatch(*input, *axis == 0)))
    return failure();
  return op.finish<OpTy>(*input, {op.attr("axis", *axis)});
}

void registerReduceOps(OpTable &table) {
  table.add(BuiltinOperator::MEAN, importReduce<qnn::MeanOp>);
  table.add(BuiltinOperator::SUM, importReduce<qnn::ReduceSumOp>);
  table.add(BuiltinOperator::REDUCE_MAX, importReduce<qnn::ReduceMaxOp>);
  table.add(BuiltinOperator::ARG_MAX, importArg<qnn::ArgMaxOp>);
  table.add(BuiltinOperator::ARG_MIN, importArg<qnn::ArgMinOp>);
}

} // namespace kvant::tflite
