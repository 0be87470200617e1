// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operations of the observe dialect.
#ifndef KVANT_DIALECTS_OBSERVE_OBSERVEOPS
#define KVANT_DIALECTS_OBSERVE_OBSERVEOPS

include "dialects/Observe/ObserveDialect.td"

def Observe_ProbeOp : Op<Observe_Dialect, "probe"> {
  let summary = "marks a tensor whose statistics are wanted";
  let description = [{
    `id` numbers the probes of a module; `name` is the tensor's name in the source model,
    under which its statistics are reported.

    ```mlir
    observe.probe %x {id = 0 : i64, name = "conv1"} : tensor<1x8x8x3xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input, I64Attr:$id, StrAttr:$name);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
}

#endif // KVANT_DIALECTS_OBSERVE_OBSERVEOPS
