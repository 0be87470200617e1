// RUN: quant-opt %s --split-input-file --verify-diagnostics

func.func @case0(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 4 values in 'padding', got 2}}
  %r = qnn.pad %x {padding = array<i64: 0, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case1(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected values of 'padding' in [0, 2147483647], got -1}}
  %r = qnn.pad %x {padding = array<i64: 0, 0, -1, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case2(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected a number in 'value', got NaN}}
  %r = qnn.pad %x {padding = array<i64: 0, 0, 0, 0>, value = 0x7FC00000 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case3(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected result #0 of 1 to 2147483647 elements}}
  %r = qnn.pad %x {padding = array<i64: 0, 2147483645, 0, 2>} : (tensor<2x3xf32>) -> tensor<2147483647x5xf32>
  return
}

// -----

func.func @case4(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected padding of 2 at most along dimension 1, got 3}}
  %r = qnn.mirror_pad %x {padding = array<i64: 0, 0, 3, 0>, mode = #qnn.mirror_mode<reflect>} : (tensor<2x3xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @case5(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected padding of 3 at most along dimension 1, got 4}}
  %r = qnn.mirror_pad %x {padding = array<i64: 0, 0, 4, 0>, mode = #qnn.mirror_mode<symmetric>} : (tensor<2x3xf32>) -> tensor<2x7xf32>
  return
}

// -----

func.func @case6() {
  // expected-error @below {{expected one input at least, got none}}
  %r = qnn.concat {axis = 0 : i64} : () -> tensor<1xf32>
  return
}

// -----

func.func @case7(%x: tensor<2x3xf32>, %y: tensor<3x3xf32>) {
  // expected-error @below {{expected inputs that differ along axis 1 only, got [2, 3] and [3, 3]}}
  %r = qnn.concat %x, %y {axis = 1 : i64} : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @case8(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 'axis' in [0, 2), got 2}}
  %r = qnn.concat %x, %x {axis = 2 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @case9(%x: tensor<2x3xf32>, %y: tensor<2x3xi32>) {
  // expected-error @below {{expected operands and results that are all quantized or of one type, got 'f32' and 'i32'}}
  %r = qnn.concat %x, %y {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x3xi32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @case10(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected sizes that add up to 3, got [2]}}
  %r = qnn.split %x {axis = 1 : i64, sizes = array<i64: 2>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case11(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected one size for each of the 1 results, got 2}}
  %r = qnn.split %x {axis = 1 : i64, sizes = array<i64: 1, 2>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case12(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected values of 'sizes' in [1, 2147483647], got 0}}
  %r = qnn.split %x {axis = 1 : i64, sizes = array<i64: 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case13(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected a box inside the input, got [2, 4) along dimension 1 of size 3}}
  %r = qnn.slice %x {begin = array<i64: 0, 2>, size = array<i64: 2, 2>} : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @case14(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 2 values in 'begin', got 1}}
  %r = qnn.slice %x {begin = array<i64: 0>, size = array<i64: 2, 2>} : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @case15(%x: tensor<4xf32>) {
  // expected-error @below {{expected no zero in 'stride', got [0]}}
  %r = qnn.strided_slice %x {begin = array<i64: 0>, end = array<i64: 4>, stride = array<i64: 0>} : (tensor<4xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case16(%x: tensor<4xf32>) {
  // expected-error @below {{expected 'begin' and 'end' inside dimension 0 of size 4, got 0 and 5}}
  %r = qnn.strided_slice %x {begin = array<i64: 0>, end = array<i64: 5>, stride = array<i64: 2>} : (tensor<4xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case17(%x: tensor<4xf32>) {
  // expected-error @below {{expected one element at least along dimension 0, got begin 2, end 2, stride 1}}
  %r = qnn.strided_slice %x {begin = array<i64: 2>, end = array<i64: 2>, stride = array<i64: 1>} : (tensor<4xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case18(%x: tensor<4xf32>) {
  // expected-error @below {{expected one element along the shrunk axis 0, got 2}}
  %r = qnn.strided_slice %x {begin = array<i64: 0>, end = array<i64: 4>, stride = array<i64: 2>, shrink_axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @case19(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected a shape of 6 elements, got [4, 2]}}
  %r = qnn.reshape %x {shape = array<i64: 4, 2>} : (tensor<2x3xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @case20(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected values of 'shape' in [1, 2147483647], got -1}}
  %r = qnn.reshape %x {shape = array<i64: -1, 2>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @case21(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected result #0 of shape [6], got [3, 2]}}
  %r = qnn.reshape %x {shape = array<i64: 6>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @case22(%x: tensor<1xf32>) {
  // expected-error @below {{expected result #0 of rank 8 at most, got rank 9}}
  %r = qnn.reshape %x {shape = array<i64: 1, 1, 1, 1, 1, 1, 1, 1, 1>} : (tensor<1xf32>) -> tensor<1x1x1x1x1x1x1x1x1xf32>
  return
}

// -----

func.func @case23(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected a permutation in 'perms', got [1, 1]}}
  %r = qnn.transpose %x {perms = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @case24(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected values of 'perms' in [0, 1], got 2}}
  %r = qnn.transpose %x {perms = array<i64: 1, 2>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @case25(%x: tensor<2x!quant.uniform<i8:f32, 5.000000e-01>>) {
  // expected-error @below {{expected operands and results with the same elements}}
  %r = qnn.transpose %x {perms = array<i64: 0>} : (tensor<2x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x!quant.uniform<i8:f32, 0.25>>
  return
}

// -----

func.func @case26(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @below {{expected inputs of one shape, got [2] and [3]}}
  %r = qnn.pack %x, %y {axis = 0 : i64} : (tensor<2xf32>, tensor<3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @case27(%x: tensor<2xf32>) {
  // expected-error @below {{expected 'axis' in [0, 2), got 2}}
  %r = qnn.pack %x {axis = 2 : i64} : (tensor<2xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @case28(%x: tensor<2xf32>) {
  // expected-error @below {{expected 2 results, got 1}}
  %r = qnn.unpack %x {axis = 0 : i64} : (tensor<2xf32>) -> tensor<f32>
  return
}

// -----

func.func @case29(%x: tensor<2xf32>) {
  // expected-error @below {{expected 'axis' in [0, 1), got 1}}
  %r = qnn.unpack %x {axis = 1 : i64} : (tensor<2xf32>) -> tensor<f32>
  return
}

// -----

func.func @case30(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected values of 'multiples' in [1, 2147483647], got 0}}
  %r = qnn.tile %x {multiples = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case31(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected a result of 1 to 2147483647 elements}}
  %r = qnn.tile %x {multiples = array<i64: 2147483647, 2147483647>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case32(%x: tensor<2x3xf32>, %i: tensor<4xi32>) {
  // expected-error @below {{expected 'axis' in [0, 2), got 2}}
  %r = qnn.gather %x, %i {axis = 2 : i64} : (tensor<2x3xf32>, tensor<4xi32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @case33(%x: tensor<2x3xf32>, %i: tensor<4xi32>) {
  // expected-error @below {{expected 1 equal leading dimensions, got [2, 3] and [4]}}
  %r = qnn.gather %x, %i {axis = 1 : i64, batch_dims = 1 : i64} : (tensor<2x3xf32>, tensor<4xi32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @case34(%x: tensor<2x3xf32>, %i: tensor<4xi32>) {
  // expected-error @below {{expected 'batch_dims' in [0, 0], got 1}}
  %r = qnn.gather %x, %i {axis = 0 : i64, batch_dims = 1 : i64} : (tensor<2x3xf32>, tensor<4xi32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @case35(%x: tensor<2x3xf32>, %i: tensor<4xf32>) {
  // expected-error @below {{operand #1 must be}}
  %r = qnn.gather %x, %i {axis = 0 : i64} : (tensor<2x3xf32>, tensor<4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @case36(%x: tensor<1x3x4x1xf32>) {
  // expected-error @below {{expected height and width to be multiples of 2, got 3 and 4}}
  %r = qnn.space_to_depth %x {block_size = 2 : i64} : (tensor<1x3x4x1xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @case37(%x: tensor<1x4x4x1xf32>) {
  // expected-error @below {{expected values of 'block_size' in [1, 2147483647], got 0}}
  %r = qnn.space_to_depth %x {block_size = 0 : i64} : (tensor<1x4x4x1xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @case38(%x: tensor<1x4x4x2xf32>) {
  // expected-error @below {{expected channels that are a multiple of 4, got 2}}
  %r = qnn.depth_to_space %x {block_size = 2 : i64} : (tensor<1x4x4x2xf32>) -> tensor<1x8x8x1xf32>
  return
}
