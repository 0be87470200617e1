// RUN: quant-opt %s --kvant-assign-precision=budget=latency=0.7 2>&1 | FileCheck %s

// A residual connection is no chain: the choice is greedy, and the gap to the bound printed.
// CHECK: 2 of 3 operations in float; cost {{[0-9.]*}} of the float program's; predicted SQNR {{[0-9.]*}} dB; at most {{[0-9.]*}} dB below the best for the model
// CHECK: scheme = "float32", sqnr_db = 2.000000e+01 : f64}, qnn.name = "a"
// CHECK: scheme = "static_wi8_ai8", sqnr_db = 4.000000e+01 : f64}, qnn.name = "b"
func.func @main(%x: tensor<1x64xf32>) -> tensor<1x64xf32> {
  %w = qnn.constant dense<1.0> : tensor<64x64xf32> : tensor<64x64xf32>
  %0 = qnn.fully_connected %x, %w {qnn.name = "a", qnn.decision = {candidate,
      scheme = "static_wi8_ai8", reason = "candidate", sqnr_db = 20.0, flips = 0.5}}
      : (tensor<1x64xf32>, tensor<64x64xf32>) -> tensor<1x64xf32>
  %1 = qnn.fully_connected %0, %w {qnn.name = "b", qnn.decision = {candidate,
      scheme = "static_wi8_ai8", reason = "candidate", sqnr_db = 40.0, flips = 0.1}}
      : (tensor<1x64xf32>, tensor<64x64xf32>) -> tensor<1x64xf32>
  %2 = qnn.add %0, %1 {qnn.name = "c", qnn.decision = {candidate,
      scheme = "static_wi8_ai8", reason = "candidate", sqnr_db = 45.0, flips = 0.1}}
      : (tensor<1x64xf32>, tensor<1x64xf32>) -> tensor<1x64xf32>
  return %2 : tensor<1x64xf32>
}
