// RUN: quant-opt %s --kvant-assign-precision=budget=latency=0.8 2>&1 | FileCheck %s
// RUN: quant-opt %s --kvant-assign-precision=budget=size=0.5 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: quant-opt %s --kvant-assign-precision=budget=latency=1 2>&1 | FileCheck %s --check-prefix=ALL

// The noisier layer stays float; the conversions between them are counted:
// (1024 / 4 + 1024 + 32 + 32) / 2048 = 0.656.

// CHECK: sensitivity of each operation, quantized alone:
// CHECK: 20.0 {{.*}} float32 fully_connected a
// CHECK: 40.0 {{.*}} int8 fully_connected b
// CHECK: 1 of 2 operations in float; cost 0.656 of the float program's; predicted SQNR 40.0 dB; exact for the model
// CHECK: qnn.decision = {flips = 5.000000e-01 : f64, reason = "20.0 dB and 50.00 % flips alone, too much noise in integers for budget latency=0.8", scheme = "float32", sqnr_db = 2.000000e+01 : f64}, qnn.name = "a"
// CHECK: reason = "40.0 dB and 10.00 % flips alone, cheaper in integers for budget latency=0.8", scheme = "static_wi8_ai8"

// One layer in float and one in integers is 0.656 of the size: both are integer.
// SIZE: 0 of 2 operations in float; cost 0.312 of
// ALL: 2 of 2 operations in float; cost 1.000
func.func @main(%x: tensor<1x32xf32>) -> tensor<1x32xf32> {
  %w = qnn.constant dense<1.0> : tensor<32x32xf32> : tensor<32x32xf32>
  %0 = qnn.fully_connected %x, %w {qnn.name = "a", qnn.decision = {candidate,
      scheme = "static_wi8_ai8", reason = "candidate", sqnr_db = 20.0, flips = 0.5}}
      : (tensor<1x32xf32>, tensor<32x32xf32>) -> tensor<1x32xf32>
  %1 = qnn.fully_connected %0, %w {qnn.name = "b", qnn.decision = {candidate,
      scheme = "static_wi8_ai8", reason = "candidate", sqnr_db = 40.0, flips = 0.1}}
      : (tensor<1x32xf32>, tensor<32x32xf32>) -> tensor<1x32xf32>
  return %1 : tensor<1x32xf32>
}
