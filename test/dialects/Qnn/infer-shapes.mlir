// RUN: quant-opt %s | FileCheck %s

// The verifier compares inferred shapes with declared ones, so what parses is inferred so.
// Here are the corners; invalid-*.mlir has the other side of each.

// CHECK-LABEL: @windows
func.func @windows(%x: tensor<1x7x7x1xf32>, %f: tensor<1x3x3x1xf32>, %wide: tensor<1x1x7x1xf32>) {
  // Rounds down: (7 - 3) / 3 + 1.
  // CHECK: -> tensor<1x2x2x1xf32>
  %0 = qnn.conv_2d %x, %f {stride = array<i64: 3, 3>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x7x7x1xf32>, tensor<1x3x3x1xf32>) -> tensor<1x2x2x1xf32>
  // A dilated window as large as the padded input.
  // CHECK: -> tensor<1x1x3x1xf32>
  %1 = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 4, 3>, padding = array<i64: 1, 1, 1, 1>} : (tensor<1x7x7x1xf32>, tensor<1x3x3x1xf32>) -> tensor<1x1x3x1xf32>
  // A stride beyond the input.
  // CHECK: -> tensor<1x1x1x1xf32>
  %2 = qnn.max_pool_2d %wide {kernel = array<i64: 1, 1>, stride = array<i64: 100, 100>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x1x7x1xf32>) -> tensor<1x1x1x1xf32>
  // (7 - 1) * 2 + 3 - 1 - (-1).
  // CHECK: -> tensor<1x15x15x1xf32>
  %3 = qnn.transpose_conv_2d %x, %f {stride = array<i64: 2, 2>, padding = array<i64: 1, -1, 1, -1>} : (tensor<1x7x7x1xf32>, tensor<1x3x3x1xf32>) -> tensor<1x15x15x1xf32>
  return
}

// CHECK-LABEL: @matrices
func.func @matrices(%x: tensor<2x3x4xf32>, %f: tensor<5x4xf32>, %g: tensor<5x8xf32>, %scalars: tensor<1x1xf32>) {
  // CHECK: -> tensor<2x3x5xf32>
  %0 = qnn.fully_connected %x, %f : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<2x3x5xf32>
  // CHECK: -> tensor<6x5xf32>
  %1 = qnn.fully_connected %x, %f : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<6x5xf32>
  // Rows need not end where the last dimension does.
  // CHECK: -> tensor<3x5xf32>
  %2 = qnn.fully_connected %x, %g : (tensor<2x3x4xf32>, tensor<5x8xf32>) -> tensor<3x5xf32>
  // CHECK: -> tensor<2x4x4xf32>
  %3 = qnn.batch_matmul %x, %x {adj_x} : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x4x4xf32>
  return
}

// CHECK-LABEL: @slices
func.func @slices(%x: tensor<5x4xf32>) {
  // CHECK: -> tensor<3x1xf32>
  %0 = qnn.strided_slice %x {begin = array<i64: 0, 3>, end = array<i64: 5, 2>, stride = array<i64: 2, -1>} : (tensor<5x4xf32>) -> tensor<3x1xf32>
  // Backwards to the very first element.
  // CHECK: -> tensor<5x2xf32>
  %1 = qnn.strided_slice %x {begin = array<i64: 4, 3>, end = array<i64: -1, -1>, stride = array<i64: -1, -2>} : (tensor<5x4xf32>) -> tensor<5x2xf32>
  // CHECK: -> tensor<f32>
  %2 = qnn.strided_slice %x {begin = array<i64: 4, 3>, end = array<i64: 5, 4>, stride = array<i64: 1, 1>, shrink_axes = array<i64: 0, 1>} : (tensor<5x4xf32>) -> tensor<f32>
  return
}

// CHECK-LABEL: @indices
func.func @indices(%x: tensor<2x3x4xf32>, %one: tensor<i32>, %many: tensor<2x5xi64>) {
  // A scalar index drops the axis.
  // CHECK: -> tensor<2x4xf32>
  %0 = qnn.gather %x, %one {axis = 1 : i64} : (tensor<2x3x4xf32>, tensor<i32>) -> tensor<2x4xf32>
  // CHECK: -> tensor<2x5x4xf32>
  %1 = qnn.gather %x, %many {axis = 1 : i64, batch_dims = 1 : i64} : (tensor<2x3x4xf32>, tensor<2x5xi64>) -> tensor<2x5x4xf32>
  return
}

// CHECK-LABEL: @scalars
func.func @scalars(%x: tensor<f32>, %y: tensor<1xf32>) {
  // CHECK: -> tensor<1xf32>
  %0 = qnn.add %x, %y : (tensor<f32>, tensor<1xf32>) -> tensor<1xf32>
  // CHECK: -> tensor<f32>
  %1 = qnn.mean %x {axes = array<i64>} : (tensor<f32>) -> tensor<f32>
  // CHECK: -> tensor<3xf32>
  %2 = qnn.pack %x, %x, %x {axis = 0 : i64} : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<3xf32>
  // CHECK: -> tensor<f32>
  %3 = qnn.transpose %x {perms = array<i64>} : (tensor<f32>) -> tensor<f32>
  return
}
