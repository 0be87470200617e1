// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel dialect itself.
#ifndef KVANT_DIALECTS_KERNEL_KERNELDIALECT
#define KVANT_DIALECTS_KERNEL_KERNELDIALECT

include "mlir/IR/OpBase.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::kvant::kernel";
  let summary = "Convolutions over packed operands, ready to be turned into loops";
  let description = [{
    The fast road of code generation: one operation for all that a dot-product instruction
    computes, one for depthwise convolution, and the padding in front of them. Operations are
    in destination-passing style, on tensors before bufferization and on memrefs after it.
    Weights are packed for the target when the operation is formed (`kvant-form-kernels`); what
    follows the accumulator (requantization, residual addition, clamp) is a region of scalar
    arithmetic that is vectorised in the register tile (`kvant-lower-kernels`).

    `kernel.min_shift` on a `tosa.apply_scale` in such a region is the least shift that its
    third operand holds. `kernel.tiles` on a `kernel.dot_conv` maps levels to rows and
    vectors of their register tile, where these are not left to the cost function.
    `kernel.chain` on one is how many groups of a run (from its first on) can be multiplied and
    summed up in 16 bits, if more than two.
  }];
  let useDefaultAttributePrinterParser = 0;
}

#endif // KVANT_DIALECTS_KERNEL_KERNELDIALECT
