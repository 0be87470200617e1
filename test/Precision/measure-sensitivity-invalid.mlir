// RUN: not quant-opt %s --kvant-measure-sensitivity 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not quant-opt %s --kvant-measure-sensitivity=data=%t.absent 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not quant-opt %s --kvant-measure-sensitivity='data=x input-shift=inf' 2>&1 | FileCheck %s --check-prefix=SHIFT

// DATA: kvant-measure-sensitivity: expected samples (option data)
// ABSENT: measure-sensitivity-invalid.mlir.tmp.absent
// SHIFT: input-shift: expected a number, got "inf"
func.func @main(%x: tensor<1x4xf32> {qnn.range = [array<f32: 0.0, 1.0>]}) -> tensor<1x4xf32> {
  %0 = qnn.relu %x {qnn.range = [array<f32: 0.0, 1.0>],
      qnn.decision = {candidate, scheme = "static_wi8_ai8", reason = "candidate"}}
      : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}
