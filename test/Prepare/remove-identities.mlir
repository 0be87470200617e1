// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-remove-identities))' | FileCheck %s

// CHECK-LABEL: @nothing_left(
// CHECK-NEXT: return %arg0
func.func @nothing_left(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %0 = qnn.reshape %x {shape = array<i64: 1, 4, 4, 2>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %1 = qnn.transpose %0 {perms = array<i64: 0, 1, 2, 3>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %2 = qnn.concat %1 {axis = 0 : i64} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %3 = qnn.pad %2 {padding = array<i64: 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %4 = qnn.slice %3 {begin = array<i64: 0, 0, 0, 0>, size = array<i64: 1, 4, 4, 2>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %5 = qnn.tile %4 {multiples = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %6 = qnn.max_pool_2d %5 {kernel = array<i64: 1, 1>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %7 = qnn.resize_bilinear %6 {size = array<i64: 4, 4>, half_pixel_centers} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %8 = qnn.split %7 {axis = 3 : i64, sizes = array<i64: 2>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %9 = qnn.strided_slice %8 {begin = array<i64: 0, 0, 0, 0>, end = array<i64: -1, 4, 4, 2>, stride = array<i64: -1, 1, 1, 1>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %10 = qnn.mean %9 {axes = array<i64: 0>, keep_dims} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %11 = qnn.transpose %10 {perms = array<i64: 3, 1, 2, 0>} : (tensor<1x4x4x2xf32>) -> tensor<2x4x4x1xf32>
  %12 = qnn.transpose %11 {perms = array<i64: 3, 1, 2, 0>} : (tensor<2x4x4x1xf32>) -> tensor<1x4x4x2xf32>
  %zero = qnn.constant dense<0.0> : tensor<2xf32> : tensor<2xf32>
  %13 = qnn.add %12, %zero : (tensor<1x4x4x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %13 : tensor<1x4x4x2xf32>
}

// CHECK-LABEL: @reshapes(
// CHECK: %[[A:.*]] = qnn.reshape %arg0 {qnn.name = "b", shape = array<i64: 8>}
// CHECK: %[[T:.*]] = qnn.reshape %arg1 {shape = array<i64: 2, 1, 3>}
// CHECK: %[[P:.*]] = qnn.reshape %arg1 {shape = array<i64: 1, 1, 2, 3>}
// CHECK: return %[[A]], %[[T]], %[[P]]
func.func @reshapes(%x: tensor<2x4xf32>, %y: tensor<1x2x3xf32>) -> (tensor<8xf32>, tensor<2x1x3xf32>, tensor<1x1x2x3xf32>) {
  %0 = qnn.reshape %x {shape = array<i64: 4, 2>, qnn.name = "a"} : (tensor<2x4xf32>) -> tensor<4x2xf32>
  %1 = qnn.reshape %0 {shape = array<i64: 8>, qnn.name = "b"} : (tensor<4x2xf32>) -> tensor<8xf32>
  %2 = qnn.transpose %y {perms = array<i64: 1, 0, 2>} : (tensor<1x2x3xf32>) -> tensor<2x1x3xf32>
  %3 = qnn.pack %y {axis = 0 : i64} : (tensor<1x2x3xf32>) -> tensor<1x1x2x3xf32>
  return %1, %2, %3 : tensor<8xf32>, tensor<2x1x3xf32>, tensor<1x1x2x3xf32>
}

!a = !quant.uniform<i8:f32, 0.5>
!b = !quant.uniform<i8:f32, 0.25>
// Backwards, clamped, rescaled or of another type: something happens.
// CHECK-LABEL: @kept(
// CHECK: qnn.strided_slice
// CHECK: qnn.max_pool_2d
// CHECK: qnn.concat
// CHECK: qnn.add {{.*}}activation
func.func @kept(%x: tensor<1x4x4x2xf32>, %q: tensor<4x!a>) -> (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>, tensor<4x!b>, tensor<1x4x4x2xf32>) {
  %0 = qnn.strided_slice %x {begin = array<i64: 0, 3, 0, 0>, end = array<i64: 1, -1, 4, 2>, stride = array<i64: 1, -1, 1, 1>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %1 = qnn.max_pool_2d %x {kernel = array<i64: 1, 1>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, activation = #qnn.activation<relu>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %2 = qnn.concat %q {axis = 0 : i64} : (tensor<4x!a>) -> tensor<4x!b>
  %zero = qnn.constant dense<0.0> : tensor<2xf32> : tensor<2xf32>
  %3 = qnn.add %x, %zero {activation = #qnn.activation<relu>} : (tensor<1x4x4x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %0, %1, %2, %3 : tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>, tensor<4x!b>, tensor<1x4x4x2xf32>
}
