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

#endif // KVANT_PRECISION_PASSES
