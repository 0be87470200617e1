// RUN: quant-opt %s --split-input-file --kvant-verify-quantized --verify-diagnostics

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@below {{expected operand #0 of an operation decided to be static_wi8_ai8 to be 8-bit quantized with one scale, got 'tensor<4xf32>'}}
  %0 = qnn.relu %x {qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @main(%x: tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4x!quant.uniform<i8:f32, 0.25>> {
  // expected-error@below {{expected no quantized tensor at an operation decided to be float}}
  %0 = qnn.relu %x {qnn.decision = {scheme = "float32", reason = "test"}}
      : (tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4x!quant.uniform<i8:f32, 0.25>>
  return %0 : tensor<4x!quant.uniform<i8:f32, 0.25>>
}

// -----

func.func @main(%x: tensor<1x2x!quant.uniform<i8:f32, 0.5>>) -> tensor<1x1x!quant.uniform<i8:f32, 0.5>> {
  %w = qnn.constant dense<[[1, 2]]> : tensor<1x2xi8> : tensor<1x2x!quant.uniform<i8<-127:127>:f32:0, {0.5}>>
  %b = qnn.constant dense<[1]> : tensor<1xi32> : tensor<1x!quant.uniform<i32:f32:0, {0.5}>>
  // expected-error@below {{expected the scale of 'bias' to be that of input times filter}}
  %0 = qnn.fully_connected %x, %w, %b {qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<1x2x!quant.uniform<i8:f32, 0.5>>, tensor<1x2x!quant.uniform<i8<-127:127>:f32:0, {0.5}>>,
         tensor<1x!quant.uniform<i32:f32:0, {0.5}>>) -> tensor<1x1x!quant.uniform<i8:f32, 0.5>>
  return %0 : tensor<1x1x!quant.uniform<i8:f32, 0.5>>
}

// -----

func.func @main(%x: tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4x!quant.uniform<i8:f32, 0.5>> {
  // expected-error@below {{expected the fixed scale 7.812500e-03 and zero point 0 of its result}}
  %0 = qnn.tanh %x {qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4x!quant.uniform<i8:f32, 0.5>>
  return %0 : tensor<4x!quant.uniform<i8:f32, 0.5>>
}
