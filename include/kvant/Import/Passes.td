// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of Import: from another compiler's program to qnn.
#ifndef KVANT_IMPORT_PASSES
#define KVANT_IMPORT_PASSES

include "mlir/Pass/PassBase.td"

def TosaToQnn : Pass<"kvant-tosa-to-qnn", "::mlir::ModuleOp"> {
  let summary = "raise a float TOSA program to qnn, so that it can be quantized";
  let description = [{
    Replaces every operation of a float TOSA program by its qnn form: convolutions, matrix
    products (with constant weights as `qnn.fully_connected`), pools, arithmetic, clamps as
    relu, relu6 or relu_n1_to_1, data movement, reductions, and the five operations of a
    softmax as one. Operations get the name of their location (`loc("name")`), else their
    mnemonic and a number, in `qnn.name`.

    Shapes, paddings and axes must be constants. An operation that has no qnn form, integer
    arithmetic included, is refused by name. Operations of qnn stay as they are.

    ```mlir
    %0 = tosa.conv2d %x, %w, %b, %zero, %zero {...}
    %1 = tosa.clamp %0 {max_val = 6.0 : f32, min_val = 0.0 : f32}
    // becomes
    %0 = qnn.conv_2d %x, %w, %b {...}
    %1 = qnn.relu6 %0
    ```
  }];
  let dependentDialects = ["::kvant::qnn::QnnDialect"];
}

#endif // KVANT_IMPORT_PASSES
