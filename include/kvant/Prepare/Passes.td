// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of Prepare: qnn to qnn, the same function, in the form that quantization wants.
#ifndef KVANT_PREPARE_PASSES
#define KVANT_PREPARE_PASSES

include "mlir/Pass/PassBase.td"

def FoldBatchNorm : Pass<"kvant-fold-batch-norm", "::mlir::func::FuncOp"> {
  let summary = "fold batch normalisation and per-channel arithmetic into weights";
  let description = [{
    Folds a `qnn.batch_norm` with constant parameters, and chains of `qnn.add`, `qnn.sub`,
    `qnn.mul` and `qnn.div` by a constant per channel (or one for all), into the filter and
    bias of the convolution or fully connected operation before them. The producer must be
    float, have constant weights, no fused activation and no other user.

    A batch normalisation that no producer can take becomes a multiplication and an
    addition, which have integer kernels. One whose parameters are not constants stays.

    ```mlir
    %0 = qnn.conv_2d %x, %filter, %bias {...}
    %1 = qnn.mul %0, %scale
    %2 = qnn.add %1, %offset {activation = #qnn.activation<relu>}
    // becomes
    %2 = qnn.conv_2d %x, %scaled_filter, %new_bias {activation = #qnn.activation<relu>, ...}
    ```
  }];
  let dependentDialects = ["::kvant::qnn::QnnDialect"];
  let statistics = [
    Statistic<"numFolded", "folded", "Number of operations folded into weights">
  ];
}

def FuseActivations : Pass<"kvant-fuse-activations", "::mlir::func::FuncOp"> {
  let summary = "fuse relu, relu6 and relu_n1_to_1 into the operation before them";
  let description = [{
    Sets the `activation` attribute of a float operation whose only user is `qnn.relu`,
    `qnn.relu6` or `qnn.relu_n1_to_1`. An activation that it already has must combine with
    the new one to one of the three (relu then relu6 is relu6). On quantized tensors the
    two operations round twice, so they stay apart.

    ```mlir
    %0 = qnn.add %x, %y
    %1 = qnn.relu %0
    // becomes
    %1 = qnn.add %x, %y {activation = #qnn.activation<relu>}
    ```
  }];
  let dependentDialects = ["::kvant::qnn::QnnDialect"];
}

def FusePads : Pass<"kvant-fuse-pads", "::mlir::func::FuncOp"> {
  let summary = "fuse padding into the window operation after it";
  let description = [{
    Adds a `qnn.pad` of height and width to the `padding` of the operations that read it:

    - convolutions and depthwise convolutions, when the value is zero;
    - max pools, when every window keeps an element of the input and either the value is
      the lowest float or -inf, or it is zero and the input is known not to be negative.

    Average pools count explicit padding, but not their own, so they keep the pad.
  }];
  let dependentDialects = ["::kvant::qnn::QnnDialect"];
}

def RemoveIdentities : Pass<"kvant-remove-identities", "::mlir::func::FuncOp"> {
  let summary = "remove operations that do nothing";
  let description = [{
    Removes reshapes to the same shape, transposes that keep the order, concatenations of
    one tensor, empty pads, slices of everything, tiles of one, pools of one element,
    conversions to the same type, additions of zero and the like. Chains of reshapes or
    transposes become one, transposes that move only dimensions of 1 and reductions over
    such dimensions become reshapes.
  }];
  let dependentDialects = ["::kvant::qnn::QnnDialect"];
}

def FoldConstants : Pass<"kvant-fold-constants", "::mlir::func::FuncOp"> {
  let summary = "evaluate operations on constants";
  let description = [{
    Evaluates operations whose operands are all constants: elementwise f32 arithmetic, data
    movement, quantize, dequantize (float16 weights arrive behind one) and casts. Results
    of more than `max-elements` elements are left alone.
  }];
  let dependentDialects = ["::kvant::qnn::QnnDialect"];
  let options = [
    Option<"maxElements", "max-elements", "int64_t", "1 << 26",
           "Most elements that a folded result may have">
  ];
}

def ExposeTensors : Pass<"kvant-expose-tensors", "::mlir::ModuleOp"> {
  let summary = "return every named tensor from @main";
  let description = [{
    Appends every named tensor that operations of `@main` compute to its results, each with
    its name as result attribute `qnn.name`. Tensors that are returned already and
    constants are not repeated. For comparing a program tensor by tensor with another
    implementation; needs a function `@main` of one block.
  }];
  let dependentDialects = ["::kvant::qnn::QnnDialect"];
}

#endif // KVANT_PREPARE_PASSES
