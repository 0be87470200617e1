// RUN: not quant-opt %s --kvant-assign-precision=budget=latency=0.1 2>&1 | FileCheck %s

// CHECK: budget latency=0.1 cannot be met: the least latency is 0.312 of the float program's
func.func @main(%x: tensor<1x32xf32>) -> tensor<1x32xf32> {
  %w = qnn.constant dense<1.0> : tensor<32x32xf32> : tensor<32x32xf32>
  %0 = qnn.fully_connected %x, %w {qnn.decision = {candidate, scheme = "static_wi8_ai8",
      reason = "candidate", sqnr_db = 20.0, flips = 0.5}}
      : (tensor<1x32xf32>, tensor<32x32xf32>) -> tensor<1x32xf32>
  return %0 : tensor<1x32xf32>
}
