// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The observe dialect itself.
#ifndef KVANT_DIALECTS_OBSERVE_OBSERVEDIALECT
#define KVANT_DIALECTS_OBSERVE_OBSERVEDIALECT

include "mlir/IR/OpBase.td"

def Observe_Dialect : Dialect {
  let name = "observe";
  let cppNamespace = "::kvant::observe";
  let summary = "Calibration probes";
  let description = [{
    Marks the tensors of a program whose statistics are wanted. Calibration inserts the
    probes, runs the program and removes them again.
  }];
}

#endif // KVANT_DIALECTS_OBSERVE_OBSERVEDIALECT
