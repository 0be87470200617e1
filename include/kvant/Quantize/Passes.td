// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of the stage Quantize.
#ifndef KVANT_QUANTIZE_PASSES
#define KVANT_QUANTIZE_PASSES

include "mlir/Pass/PassBase.td"

def Quantize : Pass<"kvant-quantize", "::mlir::ModuleOp"> {
  let summary = "Apply the decisions: quantized constants, types, and conversions between them";
  let description = [{
    Every operation whose `qnn.decision` says `static_wi8_ai8` becomes an operation on
    quantized tensors; all others stay in float, between `qnn.dequantize` and `qnn.quantize`.
    Nothing is decided here.

    Activations: 8 bits, one scale and zero point per tensor from `qnn.range`, such that zero
    is exact. Tensors that an operation only moves (QuantizableOpInterface::sharesScale) share
    one scale, that of the union of their ranges. Where the definition of an operation fixes
    the scale of its result, the tensors that share it take that scale if their ranges lie
    inside; otherwise a `qnn.requantize` follows the operation. A range of [0, 0] gives scale 1
    and zero point 0.

    Weights: 8 bits from -127 to 127, zero point 0, one scale per output channel where the
    operation has such an axis. Biases: 32 bits, scale input * weights. The scale of a channel
    whose weights are (nearly) zero is raised until its bias fits into 30 bits and its rescale
    factor is at least 2^-22, which costs less than a tenth of a step of the result.

    With `correct-bias` and `observe.channel_mean` on the input, the mean error that rounding
    the weights makes on the calibration samples is taken off the bias.

    `io` says what the float arguments and results of @main become: `float32` leaves them,
    `int8` and `uint8` make them quantized tensors and record the type as `qnn.quant`.

    Needs the ranges of kvant-calibrate; leaves no `qnn.range` behind.
  }];
  let dependentDialects = ["::kvant::qnn::QnnDialect", "::mlir::quant::QuantDialect"];
  let options = [
    Option<"io", "io", "std::string", /*default=*/"\"float32\"",
           "Outer tensors: float32, int8 or uint8">,
    Option<"correctBias", "correct-bias", "bool", /*default=*/"true",
           "Take the mean error of rounded weights off the bias">
  ];
  let statistics = [
    Statistic<"numQuantized", "quantized", "Operations made integer">,
    Statistic<"numConversions", "conversions", "Quantize, dequantize and requantize inserted">
  ];
}

def ConvertIo : Pass<"kvant-convert-io", "::mlir::ModuleOp"> {
  let summary = "Change the types of the inputs and outputs of a quantized program";
  let description = [{
    For a program that came quantized: its quantized arguments and results become what `io`
    says, with the scales that the program has. `float32` adds a `qnn.quantize` behind each
    argument and a `qnn.dequantize` before each result; between `int8` and `uint8` a
    `qnn.requantize` moves the zero point by 128, which is exact. Arguments and results
    without a scale, indices for example, stay as they are.

    Refused: quantized arguments and results of other than 8 bits for `int8` and `uint8`, and
    floats, which have no scale, for both.
  }];
  let dependentDialects = ["::kvant::qnn::QnnDialect", "::mlir::quant::QuantDialect"];
  let options = [
    Option<"io", "io", "std::string", /*default=*/"\"float32\"",
           "Outer tensors: float32, int8 or uint8">
  ];
}

def VerifyQuantized : Pass<"kvant-verify-quantized", "::mlir::ModuleOp"> {
  let summary = "Check what kvant-quantize promises";
  let description = [{
    For every operation that was decided to be `static_wi8_ai8`: activations and results have
    8-bit types with one scale, tensors that must share a scale do, fixed scales are as fixed,
    weights have zero point 0, and a bias has the scale input * weights. An operation decided
    to be `float32` has no quantized operand or result.
  }];
}

#endif // KVANT_QUANTIZE_PASSES
