// RUN: quant-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @pools(
// CHECK: qnn.avg_pool_2d %arg0 {kernel = array<i64: 3, 3>, padding = array<i64: 0, 1, 0, 1>, stride = array<i64: 2, 2>} : (tensor<1x8x8x3xf32>) -> tensor<1x4x4x3xf32>
// CHECK: qnn.max_pool_2d %arg0 {activation = #qnn.activation<relu_n1_to_1>, kernel = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x8x8x3xf32>) -> tensor<1x4x4x3xf32>
func.func @pools(%x: tensor<1x8x8x3xf32>) {
  %0 = qnn.avg_pool_2d %x {kernel = array<i64: 3, 3>, padding = array<i64: 0, 1, 0, 1>, stride = array<i64: 2, 2>} : (tensor<1x8x8x3xf32>) -> tensor<1x4x4x3xf32>
  %1 = qnn.max_pool_2d %x {activation = #qnn.activation<relu_n1_to_1>, kernel = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x8x8x3xf32>) -> tensor<1x4x4x3xf32>
  return
}

// CHECK-LABEL: func.func @resizes(
// CHECK: qnn.resize_bilinear %arg0 {half_pixel_centers, size = array<i64: 8, 8>} : (tensor<1x4x4x3xf32>) -> tensor<1x8x8x3xf32>
// CHECK: qnn.resize_nearest %arg0 {align_corners, size = array<i64: 7, 7>} : (tensor<1x4x4x3xf32>) -> tensor<1x7x7x3xf32>
func.func @resizes(%x: tensor<1x4x4x3xf32>) {
  %0 = qnn.resize_bilinear %x {half_pixel_centers, size = array<i64: 8, 8>} : (tensor<1x4x4x3xf32>) -> tensor<1x8x8x3xf32>
  %1 = qnn.resize_nearest %x {align_corners, size = array<i64: 7, 7>} : (tensor<1x4x4x3xf32>) -> tensor<1x7x7x3xf32>
  return
}
