// RUN: quant-opt %s --split-input-file --verify-diagnostics

func.func @case0(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected values of 'stride' in [1, 2147483647], got 0}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 0, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case1(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected 2 values in 'stride', got 1}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case2(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected values of 'dilation' in [1, 2147483647], got 0}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 0>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case3(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected values of 'dilation' in [1, 2147483647], got 9223372036854775807}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 9223372036854775807, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case4(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected values of 'padding' in [0, 2147483647], got -1}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, -1, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case5(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected 4 values in 'padding', got 2}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case6(%x: tensor<8x8x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected 'input' of rank 4, got rank 3}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<8x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<6x6x8xf32>
  return
}

// -----

func.func @case7(%x: tensor<1x8x8x3xf32>, %f: tensor<3x3x3xf32>) {
  // expected-error @below {{expected 'filter' of rank 4, got rank 3}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<3x3x3xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case8(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x2xf32>) {
  // expected-error @below {{expected the input's channels to be a multiple of the filter's, got 3 and 2}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x2xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case9(%x: tensor<1x8x8x6xf32>, %f: tensor<3x3x3x3xf32>) {
  // expected-error @below {{expected output channels that divide into 2 groups, got 3}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x6xf32>, tensor<3x3x3x3xf32>) -> tensor<1x6x6x3xf32>
  return
}

// -----

func.func @case10(%x: tensor<1x2x8x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected a window that fits its padded input, got a window of 3 over 2 elements of height}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x2x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case11(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected result #0 of shape [1, 6, 6, 8], got [1, 7, 6, 8]}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x7x6x8xf32>
  return
}

// -----

func.func @case12(%x: tensor<1x?x8x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected operand #0 of static shape, got 'tensor<1x?x8x3xf32>'}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x?x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case13(%x: tensor<1x8x0x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected operand #0 of 1 to 2147483647 elements, got 'tensor<1x8x0x3xf32>'}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x0x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case14(%x: tensor<1x65536x65536x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected operand #0 of 1 to 2147483647 elements, got}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x65536x65536x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case15(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x3xf32>, %b: tensor<7xf32>) {
  // expected-error @below {{expected 'bias' of shape [8], got [7]}}
  %r = qnn.conv_2d %x, %f, %b {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>, tensor<7xf32>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case16(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x3xf16>) {
  // expected-error @below {{expected 'filter' to fit an input of 'f32', got 'f16'}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf16>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case17(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected operands and results that are all quantized or of one type, got 'f32' and 'f16'}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf16>
  return
}

// -----

func.func @case18(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected 'filter' to fit an input of '!quant.uniform<i8:f32, 5.000000e-01>', got 'f32'}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case19(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, %f: tensor<8x3x3x3x!quant.uniform<i8:f32, 5.000000e-01>>) {
  // expected-error @below {{expected operands and results that are all quantized or of one type}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<8x3x3x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @case20(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32:3, {0.5,0.5,0.5}>>) {
  // expected-error @below {{expected 'filter' with scales along dimension 0, got dimension 3}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x1x1x3x!quant.uniform<i8:f32:3, {0.5,0.5,0.5}>>) -> tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case21(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32:0, {0.5,0.5,0.5}>>) {
  // expected-error @below {{expected 2 scales along dimension 0, got 3}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x1x1x3x!quant.uniform<i8:f32:0, {0.5,0.5,0.5}>>) -> tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case22(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32:4, {0.5,0.5}>>) {
  // expected-error @below {{expected a quantized dimension in [0, 4), got 4}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x1x1x3x!quant.uniform<i8:f32:4, {0.5,0.5}>>) -> tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case23(%x: tensor<1x8x8x3x!quant.uniform<i8:f32:3, {0.5,0.5,0.5}>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>) {
  // expected-error @below {{expected one scale for the whole of operand #0}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32:3, {0.5,0.5,0.5}>>, tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case24(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>) {
  // expected-error @below {{expected one scale for the whole of result #0}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x8x8x2x!quant.uniform<i8:f32:3, {0.5,0.5}>>
  return
}

// -----

func.func @case25(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>, %b: tensor<2x!quant.uniform<i8:f32, 0.25>>) {
  // expected-error @below {{expected 'bias' of 32 bits, got '!quant.uniform<i8:f32, 2.500000e-01>'}}
  %r = qnn.conv_2d %x, %f, %b {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case26(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>, %b: tensor<2x!quant.uniform<i32:f32, 0.25:1>>) {
  // expected-error @below {{expected 'bias' with zero points of 0}}
  %r = qnn.conv_2d %x, %f, %b {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x!quant.uniform<i32:f32, 0.25:1>>) -> tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case27(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>, %b: tensor<2x!quant.uniform<i32:f32:0, {0.25,0.5}>>) {
  // expected-error @below {{expected the scale of 'bias' to be that of input times filter, 2.500000e-01, got 5.000000e-01 for channel 1}}
  %r = qnn.conv_2d %x, %f, %b {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x!quant.uniform<i32:f32:0, {0.25,0.5}>>) -> tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case28(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>, %b: tensor<2xf32>) {
  // expected-error @below {{expected 'bias' to fit an input of '!quant.uniform<i8:f32, 5.000000e-01>', got 'f32'}}
  %r = qnn.conv_2d %x, %f, %b {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2xf32>) -> tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case29(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:300>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>) {
  // expected-error @below {{expected zero points in the range of the storage type, [-128, 127]}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 0.5:300>>, tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case30(%x: tensor<1x8x8x3x!quant.uniform<i8:f32, 1.0e-40>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>) {
  // expected-error @below {{expected scales that are positive normal 32-bit floats}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.uniform<i8:f32, 1.0e-40>>, tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case31(%x: tensor<1x8x8x3x!quant.any<i8:f32>>, %f: tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>) {
  // expected-error @below {{expected one scale for the whole of operand #0}}
  %r = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3x!quant.any<i8:f32>>, tensor<2x1x1x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case32(%x: tensor<1x8x8x3xf32>, %f: tensor<2x3x3x3xf32>) {
  // expected-error @below {{expected a filter of shape [1, KH, KW, C * M], got [2, 3, 3, 3]}}
  %r = qnn.depthwise_conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<2x3x3x3xf32>) -> tensor<1x6x6x3xf32>
  return
}

// -----

func.func @case33(%x: tensor<1x8x8x3xf32>, %f: tensor<1x3x3x4xf32>) {
  // expected-error @below {{expected the filter's channels to be a multiple of the input's, got 4 and 3}}
  %r = qnn.depthwise_conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<1x3x3x4xf32>) -> tensor<1x6x6x4xf32>
  return
}

// -----

func.func @case34(%x: tensor<1x8x8x3xf32>, %f: tensor<1x3x3x3xf32>) {
  // expected-error @below {{expected values of 'stride' in [1, 2147483647], got -1}}
  %r = qnn.depthwise_conv_2d %x, %f {stride = array<i64: 1, -1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<1x3x3x3xf32>) -> tensor<1x6x6x3xf32>
  return
}

// -----

func.func @case35(%x: tensor<1x8x8x3xf32>, %f: tensor<1x3x3x6xf32>, %b: tensor<3xf32>) {
  // expected-error @below {{expected 'bias' of shape [6], got [3]}}
  %r = qnn.depthwise_conv_2d %x, %f, %b {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x3xf32>, tensor<1x3x3x6xf32>, tensor<3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @case36(%x: tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>, %f: tensor<1x3x3x2x!quant.uniform<i8:f32:0, {0.5}>>) {
  // expected-error @below {{expected 'filter' with scales along dimension 3, got dimension 0}}
  %r = qnn.depthwise_conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x8x8x2x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<1x3x3x2x!quant.uniform<i8:f32:0, {0.5}>>) -> tensor<1x6x6x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return
}

// -----

func.func @case37(%x: tensor<1x4x4x3xf32>, %f: tensor<8x3x3x2xf32>) {
  // expected-error @below {{expected a filter of 3 input channels, got 2}}
  %r = qnn.transpose_conv_2d %x, %f {stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x3xf32>, tensor<8x3x3x2xf32>) -> tensor<1x8x8x8xf32>
  return
}

// -----

func.func @case38(%x: tensor<1x4x4x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected no negative padding at the top or left, got [-1, 0, 0, 0]}}
  %r = qnn.transpose_conv_2d %x, %f {stride = array<i64: 2, 2>, padding = array<i64: -1, 0, 0, 0>} : (tensor<1x4x4x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x8x8x8xf32>
  return
}

// -----

func.func @case39(%x: tensor<1x1x4x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected a result of 1 to 2147483647 elements, got shape [1, -1, 9, 8]}}
  %r = qnn.transpose_conv_2d %x, %f {stride = array<i64: 2, 2>, padding = array<i64: 2, 2, 0, 0>} : (tensor<1x1x4x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x8x8x8xf32>
  return
}

// -----

func.func @case40(%x: tensor<1x4x4x3xf32>, %f: tensor<8x3x3x3xf32>) {
  // expected-error @below {{expected a result of 1 to 2147483647 elements}}
  %r = qnn.transpose_conv_2d %x, %f {stride = array<i64: 2147483647, 2147483647>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x8x8x8xf32>
  return
}

// -----

func.func @case41(%x: tensor<1x4xf32>, %f: tensor<2x4x1xf32>) {
  // expected-error @below {{expected 'filter' of rank 2, got rank 3}}
  %r = qnn.fully_connected %x, %f : (tensor<1x4xf32>, tensor<2x4x1xf32>) -> tensor<1x2xf32>
  return
}

// -----

func.func @case42(%x: tensor<1x4xf32>, %f: tensor<2x3xf32>) {
  // expected-error @below {{expected an input that divides into rows of 3 elements, got 4 elements}}
  %r = qnn.fully_connected %x, %f : (tensor<1x4xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  return
}

// -----

func.func @case43(%x: tensor<1x4xf32>, %f: tensor<2x4xf32>) {
  // expected-error @below {{expected result #0 of shape [1, 2], got [1, 3]}}
  %r = qnn.fully_connected %x, %f : (tensor<1x4xf32>, tensor<2x4xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @case44(%x: tensor<1x4xf32>, %f: tensor<2x4xf32>, %b: tensor<1x2xf32>) {
  // expected-error @below {{expected 'bias' of shape [2], got [1, 2]}}
  %r = qnn.fully_connected %x, %f, %b : (tensor<1x4xf32>, tensor<2x4xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return
}

// -----

func.func @case45(%x: tensor<4xf32>, %y: tensor<4x2xf32>) {
  // expected-error @below {{expected operands of rank 2 at least, got ranks 1 and 2}}
  %r = qnn.batch_matmul %x, %y : (tensor<4xf32>, tensor<4x2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case46(%x: tensor<3x4xf32>, %y: tensor<3x2xf32>) {
  // expected-error @below {{expected operands with the same inner dimension, got 4 and 3}}
  %r = qnn.batch_matmul %x, %y : (tensor<3x4xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @case47(%x: tensor<2x3x4xf32>, %y: tensor<3x4x2xf32>) {
  // expected-error @below {{expected shapes that broadcast, got [2] and [3]}}
  %r = qnn.batch_matmul %x, %y : (tensor<2x3x4xf32>, tensor<3x4x2xf32>) -> tensor<2x3x2xf32>
  return
}

// -----

func.func @case48(%x: tensor<3x4xf32>, %y: tensor<4x2xf16>) {
  // expected-error @below {{expected operands and results that are all quantized or of one type, got 'f32' and 'f16'}}
  %r = qnn.batch_matmul %x, %y : (tensor<3x4xf32>, tensor<4x2xf16>) -> tensor<3x2xf32>
  return
}

// -----

func.func @case49(%x: tensor<1x4xf32>, %p: tensor<3xf32>) {
  // expected-error @below {{expected parameters of shape [4], got [3]}}
  %r = qnn.batch_norm %x, %p, %p, %p, %p {epsilon = 1.0e-3 : f32} : (tensor<1x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @case50(%x: tensor<1x4xf32>, %p: tensor<4xf32>) {
  // expected-error @below {{expected a finite number of 0 or more in 'epsilon'}}
  %r = qnn.batch_norm %x, %p, %p, %p, %p {epsilon = -1.0 : f32} : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @case51(%x: tensor<f32>, %p: tensor<1xf32>) {
  // expected-error @below {{expected 'input' of rank 1 at least, got rank 0}}
  %r = qnn.batch_norm %x, %p, %p, %p, %p {epsilon = 1.0 : f32} : (tensor<f32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<f32>
  return
}

// -----

func.func @calibrated_filter(%x: tensor<1x4xf32>, %f: tensor<2x4x!quant.any<i8:f32>>) {
  // expected-error @below {{expected uniformly quantized elements}}
  %r = qnn.fully_connected %x, %f : (tensor<1x4xf32>, tensor<2x4x!quant.any<i8:f32>>) -> tensor<1x2xf32>
  return
}
