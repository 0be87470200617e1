// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The qnn dialect itself.
#ifndef KVANT_DIALECTS_QNN_QNNDIALECT
#define KVANT_DIALECTS_QNN_QNNDIALECT

include "mlir/IR/OpBase.td"

def Qnn_Dialect : Dialect {
  let name = "qnn";
  let cppNamespace = "::kvant::qnn";
  let summary = "Neural-network operations that quantization has something to say about";
  let description = [{
    Operations in NHWC layout with float semantics on statically shaped ranked tensors. An
    element type is a float, an integer (indices, arg_max) or an upstream `!quant.uniform`
    type: then the tensor stands for the real values `scale * (stored - zero_point)`, and
    an operation on it means "the float operation, with operands dequantized and the result
    quantized". How the result is rounded is part of the program: see `qnn.rounding`.

    Discardable attributes of this dialect:

    | attribute | on | meaning |
    |---|---|---|
    | `qnn.name` | operation, argument, result | the name of the source model (string). On an operation with several results, an array of strings. Recipes, `.npz` files, headers and reports use it |
    | `qnn.rounding` | operation | `"tflite"`: requantize exactly as TFLite's reference kernels; absent or `"single"`: round once, as TOSA's SINGLE_ROUND |
    | `qnn.decision` | operation | dictionary `{scheme, reason}`: what Precision decided and why |
    | `qnn.range` | operation, argument | array of one `[min, max]` (f32 array) per result: the calibrated range |
    | `qnn.quant` | argument, result | the `!quant.uniform` type of an outer integer tensor, kept through lowering for the header |
    | `qnn.source` | module | dictionary `{format, file, description}` of the imported model |
  }];
  let dependentDialects = ["::mlir::quant::QuantDialect"];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

#endif // KVANT_DIALECTS_QNN_QNNDIALECT
