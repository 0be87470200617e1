// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activations and normalizations.
#include "OpImporter.h"
#include <cmath>

using namespace mlir;

namespace kvant::tflite {

/// An operator of one input whose attributes `read` takes from the options.
template <typename OpTy, typename Options, typename Read>
static LogicalResult importWith(OpImporter &op, Read read) {
  if (failed(op.expectArity(1)))
    return failure();
  auto options = op.getOptions<Options>();
  auto input = op.getInput(0);
  if (failed(options) || failed(input))
    return failure();
  SmallVector<NamedAttribute> attributes;
  if (failed(read(**options, attributes)))
    return failure();
  return op.finish<OpTy>(*input, attributes);
}

template <typename OpTy> static LogicalResult importPlain(OpImporter &op) {
  if (failed(op.expectArity(1)))
    return failure();
  auto input = op.getInput(0);
  return failed(input) ? failure() : op.finish<OpTy>(*input);
}

static LogicalResult expectFinite(OpImporter &op, float value, StringRef what) {
  if (!std::isfinite(value))
    return op.emitError() << "expected a finite " << what << ", got " << double(value);
  return success();
}

static LogicalResult importSoftmax(OpImporter &op) {
  return importWith<qnn::SoftmaxOp, SoftmaxOptions>(
      op, [&](const SoftmaxOptions &options, SmallVectorImpl<NamedAttribute> &attributes) {
        attributes.push_back(op.attr("beta", options.beta()));
        return expectFinite(op, options.beta(), "beta");
      });
}

static LogicalResult importLeakyRelu(OpImporter &op) {
  return importWith<qnn::LeakyReluOp, LeakyReluOptions>(
      op, [&](const LeakyReluOptions &options, SmallVectorImpl<NamedAttribute> &attributes) {
        attributes.push_back(op.attr("alpha", options.alpha()));
        return expectFinite(op, options.alpha(), "alpha");
      });
}

static LogicalResult importGelu(OpImporter &op) {
  return importWith<qnn::GeluOp, GeluOptions>(
      op, [&](const GeluOptions &options, SmallVectorImpl<NamedAttribute> &attributes) {
        if (options.approximate())
          attributes.push_back(op.unit("approximate"));
        return success();
      });
}

static LogicalResult importPRelu(OpImporter &op) {
  if (failed(op.expectArity(2)))
    return failure();
  auto input = op.getInput(0);
  if (failed(input))
    return failure();
  auto alpha = op.getWeights(1, *input);
  if (failed(alpha))
    return failure();
  return op.finish<qnn::PReluOp>({*input, *alpha});
}

static LogicalResult importL2Normalization(OpImporter &op) {
  if (failed(op.expectArity(1)))
    return failure();
  auto options = op.getOptions<L2NormOptions>();
  auto input = op.getInput(0);
  auto type = op.getOutputElementType();
  if (failed(options) || failed(input) || failed(type))
    return failure();
  // TFLite bounds the norm, not its square, by 1e-6.
  auto value = op.create<qnn::L2NormalizeOp>(*input, {op.attr("epsilon", 1e-12f)}, *type);
  if (failed(value))
    return failure();
  return op.finishWithActivation(*value, (*options)->fused_activation_function());
}

void registerActivationOps(OpTable &table) {
  table.add(BuiltinOperator::RELU, importPlain<qnn::ReluOp>);
  table.add(BuiltinOperator::RELU6, importPlain<qnn::Relu6Op>);
  table.add(BuiltinOperator::RELU_N1_TO_1, importPlain<qnn::ReluN1To1Op>);
  table.add(BuiltinOperator::LOGISTIC, importPlain<qnn::LogisticOp>);
  table.add(BuiltinOperator::TANH, importPlain<qnn::TanhOp>);
  table.add(BuiltinOperator::ELU, importPlain<qnn::EluOp>);
  table.add(BuiltinOperator::HARD_SWISH, importPlain<qnn::HardSwishOp>);
  table.add(BuiltinOperator::LOG_SOFTMAX, importPlain<qnn::LogSoftmaxOp>);
  table.add(BuiltinOperator::SOFTMAX, importSoftmax);
  table.add(BuiltinOperator::LEAKY_RELU, importLeakyRelu);
  table.add(BuiltinOperator::GELU, importGelu);
  table.add(BuiltinOperator::PRELU, importPRelu);
  table.add(BuiltinOperator::L2_NORMALIZATION, importL2Normalization);
}

} // namespace kvant::tflite
