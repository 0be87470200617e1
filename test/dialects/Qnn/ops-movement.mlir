// RUN: quant-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @pads(
// CHECK: qnn.pad %arg0 {padding = array<i64: 0, 1, 2, 0>, value = -1.000000e+00 : f32} : (tensor<2x3xf32>) -> tensor<3x5xf32>
// CHECK: qnn.mirror_pad %arg0 {mode = #qnn.mirror_mode<reflect>, padding = array<i64: 1, 1, 2, 2>} : (tensor<2x3xf32>) -> tensor<4x7xf32>
// CHECK: qnn.mirror_pad %arg0 {mode = #qnn.mirror_mode<symmetric>, padding = array<i64: 2, 0, 0, 3>} : (tensor<2x3xf32>) -> tensor<4x6xf32>
func.func @pads(%x: tensor<2x3xf32>) {
  %0 = qnn.pad %x {padding = array<i64: 0, 1, 2, 0>, value = -1.000000e+00 : f32} : (tensor<2x3xf32>) -> tensor<3x5xf32>
  %1 = qnn.mirror_pad %x {mode = #qnn.mirror_mode<reflect>, padding = array<i64: 1, 1, 2, 2>} : (tensor<2x3xf32>) -> tensor<4x7xf32>
  %2 = qnn.mirror_pad %x {mode = #qnn.mirror_mode<symmetric>, padding = array<i64: 2, 0, 0, 3>} : (tensor<2x3xf32>) -> tensor<4x6xf32>
  return
}

// CHECK-LABEL: func.func @join_and_cut(
// CHECK: qnn.concat %arg0, %arg1 {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
// CHECK: qnn.pack %arg0, %arg0 {axis = 2 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3x2xf32>
// CHECK: qnn.split %arg0 {axis = 1 : i64, sizes = array<i64: 1, 2>} : (tensor<2x3xf32>) -> (tensor<2x1xf32>, tensor<2x2xf32>)
// CHECK: qnn.unpack %arg0 {axis = 0 : i64, qnn.name = ["a", "b"]} : (tensor<2x3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
// CHECK: qnn.slice %arg0 {begin = array<i64: 1, 0>, size = array<i64: 1, 2>} : (tensor<2x3xf32>) -> tensor<1x2xf32>
// CHECK: qnn.strided_slice %arg0 {begin = array<i64: 1, 2>, end = array<i64: 2, -1>, shrink_axes = array<i64: 0>, stride = array<i64: 1, -2>} : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @join_and_cut(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>) {
  %0 = qnn.concat %x, %y {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %1 = qnn.pack %x, %x {axis = 2 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3x2xf32>
  %2:2 = qnn.split %x {axis = 1 : i64, sizes = array<i64: 1, 2>} : (tensor<2x3xf32>) -> (tensor<2x1xf32>, tensor<2x2xf32>)
  %3:2 = qnn.unpack %x {axis = 0 : i64, qnn.name = ["a", "b"]} : (tensor<2x3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  %4 = qnn.slice %x {begin = array<i64: 1, 0>, size = array<i64: 1, 2>} : (tensor<2x3xf32>) -> tensor<1x2xf32>
  %5 = qnn.strided_slice %x {begin = array<i64: 1, 2>, end = array<i64: 2, -1>, shrink_axes = array<i64: 0>, stride = array<i64: 1, -2>} : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// CHECK-LABEL: func.func @rearrange(
// CHECK: qnn.reshape %arg0 {shape = array<i64: 8, 8>} : (tensor<1x4x4x4xf32>) -> tensor<8x8xf32>
// CHECK: qnn.transpose %arg0 {perms = array<i64: 3, 0, 2, 1>} : (tensor<1x4x4x4xf32>) -> tensor<4x1x4x4xf32>
// CHECK: qnn.tile %arg0 {multiples = array<i64: 2, 1, 3, 1>} : (tensor<1x4x4x4xf32>) -> tensor<2x4x12x4xf32>
// CHECK: qnn.gather %arg0, %arg1 {axis = 2 : i64, batch_dims = 1 : i64} : (tensor<1x4x4x4xf32>, tensor<1x2xi32>) -> tensor<1x4x2x4xf32>
// CHECK: qnn.gather %arg0, %arg1 {axis = 3 : i64} : (tensor<1x4x4x4xf32>, tensor<1x2xi32>) -> tensor<1x4x4x1x2xf32>
// CHECK: qnn.space_to_depth %arg0 {block_size = 2 : i64} : (tensor<1x4x4x4xf32>) -> tensor<1x2x2x16xf32>
// CHECK: qnn.depth_to_space %arg0 {block_size = 2 : i64} : (tensor<1x4x4x4xf32>) -> tensor<1x8x8x1xf32>
func.func @rearrange(%x: tensor<1x4x4x4xf32>, %i: tensor<1x2xi32>) {
  %0 = qnn.reshape %x {shape = array<i64: 8, 8>} : (tensor<1x4x4x4xf32>) -> tensor<8x8xf32>
  %1 = qnn.transpose %x {perms = array<i64: 3, 0, 2, 1>} : (tensor<1x4x4x4xf32>) -> tensor<4x1x4x4xf32>
  %2 = qnn.tile %x {multiples = array<i64: 2, 1, 3, 1>} : (tensor<1x4x4x4xf32>) -> tensor<2x4x12x4xf32>
  %3 = qnn.gather %x, %i {axis = 2 : i64, batch_dims = 1 : i64} : (tensor<1x4x4x4xf32>, tensor<1x2xi32>) -> tensor<1x4x2x4xf32>
  %4 = qnn.gather %x, %i {axis = 3 : i64} : (tensor<1x4x4x4xf32>, tensor<1x2xi32>) -> tensor<1x4x4x1x2xf32>
  %5 = qnn.space_to_depth %x {block_size = 2 : i64} : (tensor<1x4x4x4xf32>) -> tensor<1x2x2x16xf32>
  %6 = qnn.depth_to_space %x {block_size = 2 : i64} : (tensor<1x4x4x4xf32>) -> tensor<1x8x8x1xf32>
  return
}

// CHECK-LABEL: func.func @quantized(
// CHECK: qnn.transpose %arg0 {perms = array<i64: 1, 0>} : (tensor<2x3x!quant.uniform<u8:f32, 5.000000e-01:128>>) -> tensor<3x2x!quant.uniform<u8:f32, 5.000000e-01:128>>
// CHECK: qnn.concat %arg0, %arg0 {axis = 0 : i64} : (tensor<2x3x!quant.uniform<u8:f32, 5.000000e-01:128>>, tensor<2x3x!quant.uniform<u8:f32, 5.000000e-01:128>>) -> tensor<4x3x!quant.uniform<u8:f32, 1.000000e+00>>
func.func @quantized(%x: tensor<2x3x!quant.uniform<u8:f32, 5.000000e-01:128>>) {
  %0 = qnn.transpose %x {perms = array<i64: 1, 0>} : (tensor<2x3x!quant.uniform<u8:f32, 5.000000e-01:128>>) -> tensor<3x2x!quant.uniform<u8:f32, 5.000000e-01:128>>
  %1 = qnn.concat %x, %x {axis = 0 : i64} : (tensor<2x3x!quant.uniform<u8:f32, 5.000000e-01:128>>, tensor<2x3x!quant.uniform<u8:f32, 5.000000e-01:128>>) -> tensor<4x3x!quant.uniform<u8:f32, 1.000000e+00>>
  return
}

// CHECK-LABEL: func.func @scalar(
// CHECK: qnn.reshape %arg0 {shape = array<i64: 1, 1>} : (tensor<f32>) -> tensor<1x1xf32>
func.func @scalar(%x: tensor<f32>) {
  %0 = qnn.reshape %x {shape = array<i64: 1, 1>} : (tensor<f32>) -> tensor<1x1xf32>
  return
}
