// RUN: quant-opt %s --split-input-file --kvant-quantize --verify-diagnostics

func.func @main(%x: tensor<4xf32> {qnn.range = [array<f32: 0.0, 1.0>]}) -> tensor<4xf32> {
  // expected-error@below {{'qnn.relu' op expected a calibrated range of its result (qnn.range) to quantize it; run kvant-calibrate before}}
  %0 = qnn.relu %x {qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error@below {{expected a calibrated range of argument #0 (qnn.range) to quantize it}}
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qnn.relu %x {qnn.range = [array<f32: 0.0, 1.0>],
      qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @main(%x: tensor<1x2xf32> {qnn.range = [array<f32: -1.0, 1.0>]}) -> tensor<1x1xf32> {
  %w = qnn.constant dense<[[1.0, 0x7FC00000]]> : tensor<1x2xf32> : tensor<1x2xf32>
  // expected-error@below {{expected finite numbers in operand #1 to quantize it, it has NaN or infinity}}
  %0 = qnn.fully_connected %x, %w {qnn.range = [array<f32: 0.0, 1.0>],
      qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// -----

// expected-error@below {{expected a function @main with one block}}
module {
  func.func @other() {
    return
  }
}
