// RUN: quant-opt %s --kvant-qnn-to-tosa -split-input-file -verify-diagnostics

!x = !quant.uniform<i8:f32, 0.5:3>
func.func @div(%x: tensor<4x!x>) -> tensor<4x!x> {
  // expected-error @+1 {{'qnn.div' op has no integer form; keep it float}}
  %0 = qnn.div %x, %x : (tensor<4x!x>, tensor<4x!x>) -> tensor<4x!x>
  return %0 : tensor<4x!x>
}

// -----

!x = !quant.uniform<i16:f32, 0.5>
func.func @wide(%x: tensor<4x!x>) -> tensor<4x!x> {
  // expected-error @+1 {{'qnn.add' op expected a left operand of 8-bit storage, got 'tensor<4x!quant.uniform<i16:f32, 5.000000e-01>>'}}
  %0 = qnn.add %x, %x : (tensor<4x!x>, tensor<4x!x>) -> tensor<4x!x>
  return %0 : tensor<4x!x>
}

// -----

!x = !quant.uniform<i8:f32, 1.0e10>
!y = !quant.uniform<i8:f32, 1.0>
func.func @ratio(%x: tensor<4x!x>) -> tensor<4x!y> {
  // expected-error @+1 {{'qnn.requantize' op expected a ratio of scales in [0, 2^29), got 1.000000e+10}}
  %0 = qnn.requantize %x : (tensor<4x!x>) -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// -----

// expected-error @+1 {{'func.func' op expected argument 0 to be a ranked tensor of static shape, got 'tensor<?xf32>'}}
func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

// -----

func.func @foreign(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'math.exp' op has no lowering to TOSA; expected operations of qnn, tosa and func.return}}
  %0 = math.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @+1 {{'func.func' op expected one block, got 2}}
func.func @blocks(%x: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^bb1
^bb1:
  return %x : tensor<4xf32>
}

// -----

!x = !quant.uniform<i8:f32, 0.5:3>
func.func @row(%x: tensor<1x5000x!x>) -> tensor<1x5000x!quant.uniform<i8:f32, 0.00390625:-128>> {
  // expected-error @+1 {{'qnn.softmax' op expected at most 4096 elements in a row, got 5000}}
  %0 = qnn.softmax %x : (tensor<1x5000x!x>) -> tensor<1x5000x!quant.uniform<i8:f32, 0.00390625:-128>>
  return %0 : tensor<1x5000x!quant.uniform<i8:f32, 0.00390625:-128>>
}

// -----

func.func @resize(%x: tensor<1x64x64x1xf32>) -> tensor<1x2x2x1xf32> {
  // expected-error @+1 {{'qnn.resize_bilinear' op expected a ratio of sizes below 16 down and up to 256 up, got 64x64 to 2x2}}
  %0 = qnn.resize_bilinear %x {size = array<i64: 2, 2>} : (tensor<1x64x64x1xf32>) -> tensor<1x2x2x1xf32>
  return %0 : tensor<1x2x2x1xf32>
}

// -----

func.func @mirror(%x: tensor<2xf32>) -> tensor<5xf32> {
  // expected-error @+1 {{padding}}
  %0 = qnn.mirror_pad %x {padding = array<i64: 3, 0>, mode = #qnn.mirror_mode<reflect>} : (tensor<2xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}
