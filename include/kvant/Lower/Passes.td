// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes of the stage Lower: from qnn to TOSA, the portable form.
#ifndef KVANT_LOWER_PASSES
#define KVANT_LOWER_PASSES

include "mlir/Pass/PassBase.td"

def QnnToTosa : Pass<"kvant-qnn-to-tosa", "mlir::ModuleOp"> {
  let summary = "Lower qnn to TOSA, integer and float";
  let description = [{
    Replaces every qnn operation by TOSA 1.0 operations that compute exactly what
    `docs/numerics.md` says. A quantized tensor becomes one of its storage integers: 8-bit
    tensors are `i8`, `u8` ones hold `stored - 128` inside a function and are converted where
    they enter and leave it (`bitwise_xor` with 0x80), so outside they keep their bytes.
    The argument or result attribute `qnn.quant` keeps the quantized type of an outer tensor.

    An operation with `qnn.rounding = "tflite"` gives the bits of TFLite's reference kernels;
    another one rounds once (SINGLE_ROUND), without extensions of TOSA.

    Refused, naming the operation: what has no integer meaning (a quantized `div`), 16-bit
    activations, operands of which only some are quantized.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::tosa::TosaDialect"];
}

def VerifyTosa : Pass<"kvant-verify-tosa", "mlir::ModuleOp"> {
  let summary = "Check that only func and TOSA are left";
  let description = [{
    Closes the stage: every operation must be one of `func` or `tosa`, and every type one that
    TOSA knows. With `integer-only`, floats are an error too. Whether each operation is used as
    the specification allows is checked by upstream's `tosa-attach-target` and `tosa-validate`,
    which run after this pass in the pipeline.
  }];
  let options = [
    Option<"integerOnly", "integer-only", "bool", /*default=*/"false",
           "Refuse tensors of floats">,
  ];
}

def StripAttributes : Pass<"kvant-strip-attributes", "mlir::ModuleOp"> {
  let summary = "Remove the attributes of Kvant's dialects";
  let description = [{
    Removes the discardable attributes `qnn.*` and `kvant.*` (names, outer types, the source)
    from every operation, argument and result, so that tools that know only upstream's dialects
    read the program. What is left computes the same.
  }];
}

#endif // KVANT_LOWER_PASSES
