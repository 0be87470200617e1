// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of the stage Precision.
#ifndef KVANT_PRECISION_PASSES
#define KVANT_PRECISION_PASSES

include "mlir/Pass/PassBase.td"

def Decide : Pass<"kvant-decide", "::mlir::ModuleOp"> {
  let summary = "Write on every operation the scheme it gets, and why";
  let description = [{
    Writes `qnn.decision = {scheme, reason}` on every operation that quantization has something
    to say about. `scheme` is what all get that no rule of `recipe` names; of several rules
    that match an operation the last one wins. An operation that has no integer kernel for its
    scheme (QuantizableOpInterface::acceptsScheme) gets `float32` and the reason. An operation
    that only moves values stays in float between float operations: quantizing it would gain
    nothing and cost two conversions.

    With `scheme=mixed` this is the starting point of kvant-measure-sensitivity and
    kvant-assign-precision: all that can be integer is.

    A rule that matches no operation is an error: it is a misspelt name. So is a rule that
    asks for integers where there is no kernel.

    ```mlir
    %0 = qnn.div %a, %b : ...
    // becomes
    %0 = qnn.div %a, %b {qnn.decision = {reason = "division has no integer kernel",
                                         scheme = "float32"}} : ...
    ```
  }];
  let options = [
    Option<"scheme", "scheme", "std::string", /*default=*/"\"\"",
           "static_wi8_ai8, float32 or mixed; by default the recipe's, or static_wi8_ai8">,
    Option<"recipe", "recipe", "std::string", /*default=*/"\"\"", "A recipe: a JSON file">
  ];
  let statistics = [
    Statistic<"numInteger", "integer", "Operations decided to be integer">,
    Statistic<"numFloat", "float", "Operations decided to stay float">
  ];
}

def MeasureSensitivity : Pass<"kvant-measure-sensitivity", "::mlir::ModuleOp"> {
  let summary = "Run the program with only one operation quantized, for each candidate";
  let description = [{
    For every candidate of kvant-decide{scheme=mixed}: quantizes a copy of the program in which
    all others are float, compiles it with the code generator of the product, runs it over the
    samples and compares with the float program. Adds to `qnn.decision`

    - `sqnr_db`: 10 log10(power of the float outputs / power of the difference), all outputs,
    - `flips`: the share of samples whose top-1 (largest element of the first output) changes.

    Needs the ranges of kvant-calibrate. The samples may be those of the calibration.
  }];
  let options = [
    Option<"data", "data", "std::string", /*default=*/"\"\"", "Samples: a .npz or .npy file">,
    Option<"samples", "samples", "int64_t", /*default=*/"32",
           "Use only the first so many samples; 0 for all">,
    Option<"inputScale", "input-scale", "std::string", /*default=*/"\"\"",
           "Scale of integer samples for a float input: scale * raw + shift">,
    Option<"inputShift", "input-shift", "std::string", /*default=*/"\"\"",
           "Shift of integer samples for a float input">
  ];
}

def AssignPrecision : Pass<"kvant-assign-precision", "::mlir::ModuleOp"> {
  let summary = "Choose int8 or float32 for each candidate under a budget";
  let description = [{
    Needs the sensitivities of kvant-measure-sensitivity. `budget` is one of

    - `latency=F`, `size=F`: at most the fraction F of the float program's; the noise is made
      as small as it can be,
    - `sqnr=D`: at least D dB at the outputs, `drop=F`: the top-1 of at most the fraction F of
      the samples changes (with `labels` in the data: at most F of top-1 is lost); the latency
      is made as small as it can be.

    Noise adds up: that of a choice is the sum of 10^(-sqnr_db / 10) over the integer
    operations. Latency is counted in steps of a float multiply-add: of an operation, 1 per
    multiply-add in float and 1/4 in integers; of elementwise work 1 and 1/2; of converting a
    tensor between two operations, 1 per element. Size is that of the weights: 4 bytes per
    element against 1 and a scale per channel.

    On a chain of operations the choice is exact for this model: dynamic programming over all
    Pareto-optimal pairs of cost and noise. On other graphs it is greedy with local search, and
    the gap to a lower bound is printed. Budgets `sqnr` and `drop` are not trusted to the
    model: choices between all-integer and all-float are compiled and measured, and the
    cheapest that holds is taken. What holds on a hundred samples may miss the budget on others
    by a few points: the budget is a target, not a promise about data not seen.

    Prints the choice (and with `table` each operation's sensitivity) to the standard error
    stream, and gives each operation its scheme with the reason in `qnn.decision`.
  }];
  let options = [
    Option<"budget", "budget", "std::string", /*default=*/"\"\"",
           "latency=F, size=F, sqnr=DB or drop=F">,
    Option<"table", "table", "bool", /*default=*/"true",
           "Print the sensitivity, cost and choice of each operation">,
    Option<"data", "data", "std::string", /*default=*/"\"\"", "Samples: a .npz or .npy file">,
    Option<"samples", "samples", "int64_t", /*default=*/"0",
           "Use only the first so many samples; 0 for all">,
    Option<"inputScale", "input-scale", "std::string", /*default=*/"\"\"",
           "Scale of integer samples for a float input: scale * raw + shift">,
    Option<"inputShift", "input-shift", "std::string", /*default=*/"\"\"",
           "Shift of integer samples for a float input">
  ];
}

#endif // KVANT_PRECISION_PASSES
