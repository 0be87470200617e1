// RUN: quant-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @conv_2d(
// CHECK: qnn.conv_2d %arg0, %arg1, %arg2 {activation = #qnn.activation<relu6>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 1, 0, 1>, stride = array<i64: 2, 2>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<1x4x4x8xf32>
// CHECK: qnn.conv_2d %arg0, %arg1 {dilation = array<i64: 2, 2>, padding = array<i64: 2, 2, 2, 2>, stride = array<i64: 1, 1>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x8x8x8xf32>
func.func @conv_2d(%x: tensor<1x8x8x3xf32>, %f: tensor<8x3x3x3xf32>, %b: tensor<8xf32>) {
  %0 = qnn.conv_2d %x, %f, %b {activation = #qnn.activation<relu6>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 1, 0, 1>, stride = array<i64: 2, 2>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<1x4x4x8xf32>
  %1 = qnn.conv_2d %x, %f {dilation = array<i64: 2, 2>, padding = array<i64: 2, 2, 2, 2>, stride = array<i64: 1, 1>} : (tensor<1x8x8x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x8x8x8xf32>
  return
}

// CHECK-LABEL: func.func @conv_2d_grouped(
// CHECK: qnn.conv_2d %arg0, %arg1 {dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x8x8x6xf32>, tensor<4x1x1x3xf32>) -> tensor<1x8x8x4xf32>
func.func @conv_2d_grouped(%x: tensor<1x8x8x6xf32>, %f: tensor<4x1x1x3xf32>) {
  %0 = qnn.conv_2d %x, %f {dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x8x8x6xf32>, tensor<4x1x1x3xf32>) -> tensor<1x8x8x4xf32>
  return
}

// CHECK-LABEL: func.func @conv_2d_quantized(
// CHECK: qnn.conv_2d %arg0, %arg1, %arg2 {dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, qnn.name = "conv", qnn.rounding = "tflite", stride = array<i64: 1, 1>} : (tensor<1x4x4x3x!quant.uniform<i8:f32, 5.000000e-01:-3>>, tensor<2x1x1x3x!quant.uniform<i8<-127:127>:f32:0, {2.500000e-01,1.250000e-01}>>, tensor<2x!quant.uniform<i32:f32:0, {1.250000e-01,6.250000e-02}>>) -> tensor<1x4x4x2x!quant.uniform<u8:f32, 1.000000e+00:128>>
func.func @conv_2d_quantized(%x: tensor<1x4x4x3x!quant.uniform<i8:f32, 5.000000e-01:-3>>, %f: tensor<2x1x1x3x!quant.uniform<i8<-127:127>:f32:0, {2.500000e-01,1.250000e-01}>>, %b: tensor<2x!quant.uniform<i32:f32:0, {1.250000e-01,6.250000e-02}>>) {
  %0 = qnn.conv_2d %x, %f, %b {dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, qnn.name = "conv", qnn.rounding = "tflite", stride = array<i64: 1, 1>} : (tensor<1x4x4x3x!quant.uniform<i8:f32, 5.000000e-01:-3>>, tensor<2x1x1x3x!quant.uniform<i8<-127:127>:f32:0, {2.500000e-01,1.250000e-01}>>, tensor<2x!quant.uniform<i32:f32:0, {1.250000e-01,6.250000e-02}>>) -> tensor<1x4x4x2x!quant.uniform<u8:f32, 1.000000e+00:128>>
  return
}

// CHECK-LABEL: func.func @depthwise_conv_2d(
// CHECK: qnn.depthwise_conv_2d %arg0, %arg1, %arg2 {dilation = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>} : (tensor<1x8x8x3xf32>, tensor<1x3x3x6xf32>, tensor<6xf32>) -> tensor<1x8x8x6xf32>
func.func @depthwise_conv_2d(%x: tensor<1x8x8x3xf32>, %f: tensor<1x3x3x6xf32>, %b: tensor<6xf32>) {
  %0 = qnn.depthwise_conv_2d %x, %f, %b {dilation = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>} : (tensor<1x8x8x3xf32>, tensor<1x3x3x6xf32>, tensor<6xf32>) -> tensor<1x8x8x6xf32>
  return
}

// CHECK-LABEL: func.func @transpose_conv_2d(
// CHECK: qnn.transpose_conv_2d %arg0, %arg1, %arg2 {padding = array<i64: 1, 0, 0, -1>, stride = array<i64: 2, 2>} : (tensor<1x4x4x3xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<1x8x10x8xf32>
func.func @transpose_conv_2d(%x: tensor<1x4x4x3xf32>, %f: tensor<8x3x3x3xf32>, %b: tensor<8xf32>) {
  %0 = qnn.transpose_conv_2d %x, %f, %b {padding = array<i64: 1, 0, 0, -1>, stride = array<i64: 2, 2>} : (tensor<1x4x4x3xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<1x8x10x8xf32>
  return
}

// CHECK-LABEL: func.func @fully_connected(
// CHECK: qnn.fully_connected %arg0, %arg1, %arg2 : (tensor<2x4x16xf32>, tensor<5x16xf32>, tensor<5xf32>) -> tensor<2x4x5xf32>
// CHECK: qnn.fully_connected %arg0, %arg1 {activation = #qnn.activation<relu>} : (tensor<2x4x16xf32>, tensor<5x16xf32>) -> tensor<8x5xf32>
func.func @fully_connected(%x: tensor<2x4x16xf32>, %f: tensor<5x16xf32>, %b: tensor<5xf32>) {
  %0 = qnn.fully_connected %x, %f, %b : (tensor<2x4x16xf32>, tensor<5x16xf32>, tensor<5xf32>) -> tensor<2x4x5xf32>
  %1 = qnn.fully_connected %x, %f {activation = #qnn.activation<relu>} : (tensor<2x4x16xf32>, tensor<5x16xf32>) -> tensor<8x5xf32>
  return
}

// CHECK-LABEL: func.func @fully_connected_weight_only(
// CHECK: qnn.fully_connected %arg0, %arg1 : (tensor<1x4xf32>, tensor<2x4x!quant.uniform<i8:f32:0, {2.500000e-01,1.250000e-01}>>) -> tensor<1x2xf32>
func.func @fully_connected_weight_only(%x: tensor<1x4xf32>, %f: tensor<2x4x!quant.uniform<i8:f32:0, {2.500000e-01,1.250000e-01}>>) {
  %0 = qnn.fully_connected %x, %f : (tensor<1x4xf32>, tensor<2x4x!quant.uniform<i8:f32:0, {2.500000e-01,1.250000e-01}>>) -> tensor<1x2xf32>
  return
}

// CHECK-LABEL: func.func @batch_matmul(
// CHECK: qnn.batch_matmul %arg0, %arg1 {adj_y} : (tensor<2x1x3x4xf32>, tensor<5x6x4xf32>) -> tensor<2x5x3x6xf32>
func.func @batch_matmul(%x: tensor<2x1x3x4xf32>, %y: tensor<5x6x4xf32>) {
  %0 = qnn.batch_matmul %x, %y {adj_y} : (tensor<2x1x3x4xf32>, tensor<5x6x4xf32>) -> tensor<2x5x3x6xf32>
  return
}

// CHECK-LABEL: func.func @batch_norm(
// CHECK: qnn.batch_norm %arg0, %arg1, %arg1, %arg1, %arg1 {epsilon = 1.000000e-03 : f32} : (tensor<1x4x4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
func.func @batch_norm(%x: tensor<1x4x4x3xf32>, %p: tensor<3xf32>) {
  %0 = qnn.batch_norm %x, %p, %p, %p, %p {epsilon = 1.000000e-03 : f32} : (tensor<1x4x4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
  return
}
