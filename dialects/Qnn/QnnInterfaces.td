// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What every pass may ask an operation instead of switching over its name.
#ifndef KVANT_DIALECTS_QNN_QNNINTERFACES
#define KVANT_DIALECTS_QNN_QNNINTERFACES

include "mlir/IR/OpBase.td"

def ShapeInferenceOpInterface : OpInterface<"ShapeInferenceOpInterface"> {
  let cppNamespace = "::kvant::qnn";
  let description = [{
    Infers the shapes of all results from operands and attributes. The verifier of the
    interface compares them with the declared ones, so an operation that verifies has
    right shapes. Arithmetic on sizes is checked: a shape of more than 2^31 - 1 elements
    or a non-positive dimension is an error.
  }];
  let methods = [
    InterfaceMethod<[{
        Appends one shape per result. Emits an error on the operation and fails when no
        result shape exists (a kernel larger than its padded input, say).
      }], "::llvm::LogicalResult", "inferResultShapes",
      (ins "::llvm::SmallVectorImpl<::llvm::SmallVector<int64_t>> &":$shapes)>
  ];
  let verify = [{ return ::kvant::qnn::detail::verifyInferredShapes($_op); }];
}

def QuantizableOpInterface : OpInterface<"QuantizableOpInterface"> {
  let cppNamespace = "::kvant::qnn";
  let description = [{
    Everything that calibration, precision, quantization and lowering need to know about an
    operation. The defaults describe an operation with activation operands only, its own
    result scale, and an integer kernel. Activations and results have one scale each; only
    weights with a channel axis, and biases, may have one per channel.
  }];
  let methods = [
    InterfaceMethod<"The role of operand `index` in quantization.",
      "::kvant::qnn::OperandRole", "getOperandRole", (ins "unsigned":$index), "",
      [{ return ::kvant::qnn::OperandRole::Activation; }]>,
    InterfaceMethod<[{
        The axis of the weights operand along which per-channel scales run, or -1 when the
        operand takes only one scale.
      }], "int64_t", "getWeightChannelAxis", (ins), "", [{ return -1; }]>,
    InterfaceMethod<[{
        True if all activation operands and all results must have the same scale and zero
        point, because the operation only moves, selects or averages stored values.
      }], "bool", "sharesScale", (ins), "", [{ return false; }]>,
    InterfaceMethod<[{
        The result scale and zero point that the definition of the operation fixes for 8-bit
        signed storage (softmax: 1/256 and -128, tanh: 1/128 and 0), if any.
      }], "std::optional<::kvant::qnn::ScaleZeroPoint>", "getFixedOutputScale", (ins), "",
      [{ return std::nullopt; }]>,
    InterfaceMethod<[{
        Whether the operation, as it stands (its attributes included), has an integer kernel
        under `scheme`, for example "static_wi8_ai8". If not, `reason` says why, for the
        summary of a compilation.
      }], "bool", "acceptsScheme",
      (ins "::llvm::StringRef":$scheme, "std::string &":$reason), "",
      [{ return ::kvant::qnn::detail::acceptsSchemeDefault($_op, scheme, reason); }]>,
    InterfaceMethod<[{
        Number of multiply-accumulates of one execution, or of elementwise steps for an
        operation without weights: the unit of the cost model.
      }], "int64_t", "getCost", (ins), "",
      [{ return ::kvant::qnn::detail::getCostDefault($_op); }]>
  ];
  let verify = [{ return ::kvant::qnn::detail::verifyQuantizedOperands($_op); }];
}

#endif // KVANT_DIALECTS_QNN_QNNINTERFACES
