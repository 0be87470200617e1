// RUN: quant-opt %s --split-input-file --verify-diagnostics

func.func @case0(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @below {{expected shapes that broadcast, got [2, 3] and [2]}}
  %r = qnn.add %x, %y : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case1(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @below {{expected shapes that broadcast, got [2, 3] and [2]}}
  %r = qnn.sub %x, %y : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case2(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @below {{expected shapes that broadcast, got [2, 3] and [2]}}
  %r = qnn.mul %x, %y : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case3(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @below {{expected shapes that broadcast, got [2, 3] and [2]}}
  %r = qnn.div %x, %y : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case4(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @below {{expected shapes that broadcast, got [2, 3] and [2]}}
  %r = qnn.minimum %x, %y : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case5(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @below {{expected shapes that broadcast, got [2, 3] and [2]}}
  %r = qnn.maximum %x, %y : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case6(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @below {{expected shapes that broadcast, got [2, 3] and [2]}}
  %r = qnn.squared_difference %x, %y : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @case7(%x: tensor<2xf32>, %y: tensor<2xi32>) {
  // expected-error @below {{expected operands and results that are all quantized or of one type, got 'f32' and 'i32'}}
  %r = qnn.add %x, %y : (tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
  return
}

// -----

func.func @case8(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [2, 1]}}
  %r = qnn.mul %x, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @case9(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.relu %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case10(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.relu6 %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case11(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.relu_n1_to_1 %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case12(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.logistic %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case13(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.tanh %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case14(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.hard_swish %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case15(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.elu %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case16(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.abs %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case17(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.neg %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case18(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.exp %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case19(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.log %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case20(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.sqrt %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case21(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.rsqrt %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case22(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.sin %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case23(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.cos %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case24(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.gelu %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @case25(%x: tensor<2xf32>) {
  // expected-error @below {{expected operands and results that are all quantized or of one type, got 'f32' and 'f16'}}
  %r = qnn.tanh %x : (tensor<2xf32>) -> tensor<2xf16>
  return
}

// -----

func.func @case26(%x: tensor<2xf32>) {
  // expected-error @below {{expected a finite number in 'alpha'}}
  %r = qnn.leaky_relu %x {alpha = 0x7F800000 : f32} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case27(%x: tensor<2x3xf32>, %a: tensor<2x2x3xf32>) {
  // expected-error @below {{expected 'alpha' that broadcasts to the input's shape [2, 3], got [2, 2, 3]}}
  %r = qnn.prelu %x, %a : (tensor<2x3xf32>, tensor<2x2x3xf32>) -> tensor<2x2x3xf32>
  return
}

// -----

func.func @case28(%x: tensor<f32>) {
  // expected-error @below {{expected 'input' of rank 1 at least, got rank 0}}
  %r = qnn.softmax %x : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @case29(%x: tensor<2xf32>) {
  // expected-error @below {{expected a finite number in 'beta'}}
  %r = qnn.softmax %x {beta = 0x7FC00000 : f32} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case30(%x: tensor<f32>) {
  // expected-error @below {{expected 'input' of rank 1 at least, got rank 0}}
  %r = qnn.log_softmax %x : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @case31(%x: tensor<2xf32>) {
  // expected-error @below {{expected a finite number of 0 or more in 'epsilon'}}
  %r = qnn.l2_normalize %x {epsilon = -1.0 : f32} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case32(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 'axes' to be distinct, ascending and in [0, 2), got [2]}}
  %r = qnn.mean %x {axes = array<i64: 2>} : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case33(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 'axes' to be distinct, ascending and in [0, 2), got [1, 0]}}
  %r = qnn.mean %x {axes = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @case34(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 'axes' to be distinct, ascending and in [0, 2), got [2]}}
  %r = qnn.reduce_sum %x {axes = array<i64: 2>} : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case35(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 'axes' to be distinct, ascending and in [0, 2), got [1, 0]}}
  %r = qnn.reduce_sum %x {axes = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @case36(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 'axes' to be distinct, ascending and in [0, 2), got [2]}}
  %r = qnn.reduce_max %x {axes = array<i64: 2>} : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case37(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 'axes' to be distinct, ascending and in [0, 2), got [1, 0]}}
  %r = qnn.reduce_max %x {axes = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @case38(%x: tensor<2x!quant.uniform<i8:f32, 5.000000e-01>>) {
  // expected-error @below {{expected operands and results with the same elements}}
  %r = qnn.reduce_max %x {axes = array<i64: 0>} : (tensor<2x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<!quant.uniform<i8:f32, 0.25>>
  return
}

// -----

func.func @case39(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 'axis' in [0, 2), got 2}}
  %r = qnn.arg_max %x {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<2xi32>
  return
}

// -----

func.func @case40(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 'axis' in [0, 2), got -1}}
  %r = qnn.arg_min %x {axis = -1 : i64} : (tensor<2x3xf32>) -> tensor<3xi32>
  return
}

// -----

func.func @case41(%x: tensor<2x3xf32>) {
  // expected-error @below {{result #0 must be}}
  %r = qnn.arg_min %x {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<3xf32>
  return
}
