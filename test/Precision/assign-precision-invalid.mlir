// RUN: not quant-opt %s --kvant-assign-precision 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not quant-opt %s --kvant-assign-precision=budget=energy=1 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not quant-opt %s --kvant-assign-precision=budget=drop=2 2>&1 | FileCheck %s --check-prefix=FRACTION
// RUN: not quant-opt %s --kvant-assign-precision=budget=size=0.5 2>&1 | FileCheck %s --check-prefix=SENSITIVITY

// NONE: kvant-assign-precision: budget: expected latency=F, size=F, sqnr=DB or drop=F, got ""
// KIND: budget: expected latency=F, size=F, sqnr=DB or drop=F, got "energy=1"
// FRACTION: budget: drop: expected a fraction from 0 to 1, got 2
// SENSITIVITY: operation "r" has no sensitivity; run kvant-measure-sensitivity before
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = qnn.relu %x {qnn.name = "r",
      qnn.decision = {candidate, scheme = "static_wi8_ai8", reason = "candidate"}}
      : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}
