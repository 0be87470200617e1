// RUN: quant-opt %s --split-input-file --verify-diagnostics

func.func @case0(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected values of 'kernel' in [1, 2147483647], got 0}}
  %r = qnn.avg_pool_2d %x {kernel = array<i64: 0, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return
}

// -----

func.func @case1(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected a window that fits its padded input, got a window of 5 over 4 elements of height}}
  %r = qnn.avg_pool_2d %x {kernel = array<i64: 5, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return
}

// -----

func.func @case2(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected operands and results with the same elements, got 'f32' and 'f16'}}
  %r = qnn.avg_pool_2d %x {kernel = array<i64: 2, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf16>
  return
}

// -----

func.func @case3(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected values of 'stride' in [1, 2147483647], got 0}}
  %r = qnn.max_pool_2d %x {kernel = array<i64: 2, 2>, stride = array<i64: 0, 0>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return
}

// -----

func.func @case4(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected 4 values in 'padding', got 3}}
  %r = qnn.max_pool_2d %x {kernel = array<i64: 2, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 0>} : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return
}

// -----

func.func @case5(%x: tensor<1x4x4x3x!quant.uniform<i8:f32, 5.000000e-01>>) {
  // expected-error @below {{expected operands and results with the same elements}}
  %r = qnn.max_pool_2d %x {kernel = array<i64: 2, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x2x2x3x!quant.uniform<i8:f32, 0.25>>
  return
}

// -----

func.func @case6(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected one of 'align_corners' and 'half_pixel_centers' at most}}
  %r = qnn.resize_bilinear %x {size = array<i64: 8, 8>, align_corners, half_pixel_centers} : (tensor<1x4x4x3xf32>) -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @case7(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected 2 values in 'size', got 1}}
  %r = qnn.resize_bilinear %x {size = array<i64: 8>} : (tensor<1x4x4x3xf32>) -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @case8(%x: tensor<4x4x3xf32>) {
  // expected-error @below {{expected 'input' of rank 4, got rank 3}}
  %r = qnn.resize_nearest %x {size = array<i64: 8, 8>} : (tensor<4x4x3xf32>) -> tensor<8x8x3xf32>
  return
}

// -----

func.func @case9(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected values of 'size' in [1, 2147483647], got 0}}
  %r = qnn.resize_nearest %x {size = array<i64: 8, 0>} : (tensor<1x4x4x3xf32>) -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @window_in_the_padding(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected padding smaller than the kernel, got 2 for a kernel of 2}}
  %r = qnn.max_pool_2d %x {kernel = array<i64: 2, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 2, 0>} : (tensor<1x4x4x3xf32>) -> tensor<1x2x3x3xf32>
  return
}
