// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-fuse-pads))' | FileCheck %s

// CHECK-LABEL: @convolutions(
// CHECK-NOT: qnn.pad
// CHECK: qnn.conv_2d %arg0, %arg1 {{.*}}padding = array<i64: 1, 3, 3, 4>
// CHECK: qnn.depthwise_conv_2d %arg0, %arg2 {{.*}}padding = array<i64: 0, 2, 3, 4>
func.func @convolutions(%x: tensor<1x4x4x2xf32>, %f: tensor<2x3x3x2xf32>, %d: tensor<1x3x3x2xf32>) -> (tensor<1x6x9x2xf32>, tensor<1x4x9x2xf32>) {
  %p = qnn.pad %x {padding = array<i64: 0, 0, 0, 2, 3, 4, 0, 0>} : (tensor<1x4x4x2xf32>) -> tensor<1x6x11x2xf32>
  %0 = qnn.conv_2d %p, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 1, 1, 0, 0>} : (tensor<1x6x11x2xf32>, tensor<2x3x3x2xf32>) -> tensor<1x6x9x2xf32>
  %1 = qnn.depthwise_conv_2d %p, %d {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x6x11x2xf32>, tensor<1x3x3x2xf32>) -> tensor<1x4x9x2xf32>
  return %0, %1 : tensor<1x6x9x2xf32>, tensor<1x4x9x2xf32>
}

// CHECK-LABEL: @max_pools(
// CHECK: %[[RELU:.*]] = qnn.relu %arg0
// CHECK: qnn.max_pool_2d %[[RELU]] {{.*}}padding = array<i64: 1, 1, 1, 1>
// CHECK: qnn.max_pool_2d %arg0 {{.*}}padding = array<i64: 1, 1, 1, 1>
func.func @max_pools(%x: tensor<1x4x4x2xf32>) -> (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) {
  %r = qnn.relu %x : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %p = qnn.pad %r {padding = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>} : (tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32>
  %0 = qnn.max_pool_2d %p {kernel = array<i64: 3, 3>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x6x6x2xf32>) -> tensor<1x4x4x2xf32>
  %q = qnn.pad %x {padding = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>, value = 0xFF800000 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32>
  %1 = qnn.max_pool_2d %q {kernel = array<i64: 3, 3>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x6x6x2xf32>) -> tensor<1x4x4x2xf32>
  return %0, %1 : tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>
}

!u8 = !quant.uniform<u8:f32, 0.5>
// CHECK-LABEL: @quantized(
// CHECK-NOT: qnn.pad
// CHECK: qnn.max_pool_2d %arg0 {{.*}}padding = array<i64: 1, 0, 1, 0>
func.func @quantized(%x: tensor<1x4x4x2x!u8>) -> tensor<1x4x4x2x!u8> {
  %p = qnn.pad %x {padding = array<i64: 0, 0, 1, 0, 1, 0, 0, 0>} : (tensor<1x4x4x2x!u8>) -> tensor<1x5x5x2x!u8>
  %0 = qnn.max_pool_2d %p {kernel = array<i64: 2, 2>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x5x5x2x!u8>) -> tensor<1x4x4x2x!u8>
  return %0 : tensor<1x4x4x2x!u8>
}

// A value that is not zero, padded channels, a maximum that may be the zero, windows that
// hold padding alone, and averages.
// CHECK-LABEL: @kept(
// CHECK-COUNT-5: qnn.pad
func.func @kept(%x: tensor<1x4x4x2xf32>, %f: tensor<2x3x3x2xf32>, %g: tensor<2x1x1x3xf32>) -> (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>, tensor<1x6x6x2xf32>, tensor<1x4x4x2xf32>) {
  %0 = qnn.pad %x {padding = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>, value = 1.0 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32>
  %1 = qnn.conv_2d %0, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x6x6x2xf32>, tensor<2x3x3x2xf32>) -> tensor<1x4x4x2xf32>
  %2 = qnn.pad %x {padding = array<i64: 0, 0, 0, 0, 0, 0, 0, 1>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x3xf32>
  %3 = qnn.conv_2d %2, %g {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x4x4x2xf32>
  %4 = qnn.pad %x {padding = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>} : (tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32>
  %5 = qnn.max_pool_2d %4 {kernel = array<i64: 3, 3>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x6x6x2xf32>) -> tensor<1x4x4x2xf32>
  %6 = qnn.pad %x {padding = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>, value = 0xFF800000 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32>
  %7 = qnn.max_pool_2d %6 {kernel = array<i64: 1, 1>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x6x6x2xf32>) -> tensor<1x6x6x2xf32>
  %8 = qnn.pad %x {padding = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>, qnn.name = "pad"} : (tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32>
  %9 = qnn.avg_pool_2d %8 {kernel = array<i64: 3, 3>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x6x6x2xf32>) -> tensor<1x4x4x2xf32>
  return %1, %3, %5, %7, %9 : tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>, tensor<1x6x6x2xf32>, tensor<1x4x4x2xf32>
}
