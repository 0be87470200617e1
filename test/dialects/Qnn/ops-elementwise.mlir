// RUN: quant-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @binary(
// CHECK: qnn.sub %arg0, %arg1 : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
// CHECK: qnn.mul %arg0, %arg1 : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
// CHECK: qnn.div %arg0, %arg1 : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
// CHECK: qnn.minimum %arg0, %arg1 : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
// CHECK: qnn.maximum %arg0, %arg1 : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
// CHECK: qnn.squared_difference %arg0, %arg1 : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
// CHECK: qnn.add %arg1, %arg0 {activation = #qnn.activation<relu>} : (tensor<3xf32>, tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
func.func @binary(%x: tensor<1x4x4x3xf32>, %y: tensor<3xf32>) {
  %0 = qnn.sub %x, %y : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
  %1 = qnn.mul %x, %y : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
  %2 = qnn.div %x, %y : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
  %3 = qnn.minimum %x, %y : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
  %4 = qnn.maximum %x, %y : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
  %5 = qnn.squared_difference %x, %y : (tensor<1x4x4x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
  %6 = qnn.add %y, %x {activation = #qnn.activation<relu>} : (tensor<3xf32>, tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  return
}

// CHECK-LABEL: func.func @binary_integers(
// CHECK: qnn.add %arg0, %arg1 : (tensor<4xi32>, tensor<1xi32>) -> tensor<4xi32>
func.func @binary_integers(%x: tensor<4xi32>, %y: tensor<1xi32>) {
  %0 = qnn.add %x, %y : (tensor<4xi32>, tensor<1xi32>) -> tensor<4xi32>
  return
}

// CHECK-LABEL: func.func @binary_quantized(
// CHECK: qnn.mul %arg0, %arg1 : (tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x!quant.uniform<i8:f32, 2.500000e-01:7>>) -> tensor<4x!quant.uniform<i8:f32, 1.000000e+00:-128>>
func.func @binary_quantized(%x: tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>, %y: tensor<4x!quant.uniform<i8:f32, 2.500000e-01:7>>) {
  %0 = qnn.mul %x, %y : (tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x!quant.uniform<i8:f32, 2.500000e-01:7>>) -> tensor<4x!quant.uniform<i8:f32, 1.000000e+00:-128>>
  return
}

// CHECK-LABEL: func.func @unary(
// CHECK: qnn.relu %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.relu6 %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.relu_n1_to_1 %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.logistic %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.tanh %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.hard_swish %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.elu %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.abs %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.neg %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.exp %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.log %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.sqrt %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.rsqrt %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.sin %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.cos %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.gelu %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.softmax %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.log_softmax %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.l2_normalize %arg0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.gelu %arg0 {approximate} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.leaky_relu %arg0 {alpha = 1.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.softmax %arg0 {beta = 2.000000e+00 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: qnn.l2_normalize %arg0 {epsilon = 1.000000e-03 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @unary(%x: tensor<2x3xf32>) {
  %0 = qnn.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = qnn.relu6 %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = qnn.relu_n1_to_1 %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = qnn.logistic %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %4 = qnn.tanh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %5 = qnn.hard_swish %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %6 = qnn.elu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %7 = qnn.abs %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %8 = qnn.neg %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %9 = qnn.exp %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %10 = qnn.log %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %11 = qnn.sqrt %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %12 = qnn.rsqrt %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %13 = qnn.sin %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %14 = qnn.cos %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %15 = qnn.gelu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %16 = qnn.softmax %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %17 = qnn.log_softmax %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %18 = qnn.l2_normalize %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %19 = qnn.gelu %x {approximate} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %20 = qnn.leaky_relu %x {alpha = 1.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %21 = qnn.softmax %x {beta = 2.000000e+00 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %22 = qnn.l2_normalize %x {epsilon = 1.000000e-03 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: func.func @prelu(
// CHECK: qnn.prelu %arg0, %arg1 : (tensor<1x4x4x3xf32>, tensor<1x1x3xf32>) -> tensor<1x4x4x3xf32>
func.func @prelu(%x: tensor<1x4x4x3xf32>, %a: tensor<1x1x3xf32>) {
  %0 = qnn.prelu %x, %a : (tensor<1x4x4x3xf32>, tensor<1x1x3xf32>) -> tensor<1x4x4x3xf32>
  return
}

// CHECK-LABEL: func.func @reductions(
// CHECK: qnn.mean %arg0 {axes = array<i64: 1, 2>, keep_dims} : (tensor<2x3x4xf32>) -> tensor<2x1x1xf32>
// CHECK: qnn.reduce_sum %arg0 {axes = array<i64: 1>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
// CHECK: qnn.reduce_max %arg0 {axes = array<i64: 0, 1, 2>} : (tensor<2x3x4xf32>) -> tensor<f32>
// CHECK: qnn.arg_max %arg0 {axis = 2 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3xi64>
// CHECK: qnn.arg_min %arg0 {axis = 0 : i64} : (tensor<2x3x4xf32>) -> tensor<3x4xi32>
func.func @reductions(%x: tensor<2x3x4xf32>) {
  %0 = qnn.mean %x {axes = array<i64: 1, 2>, keep_dims} : (tensor<2x3x4xf32>) -> tensor<2x1x1xf32>
  %1 = qnn.reduce_sum %x {axes = array<i64: 1>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  %2 = qnn.reduce_max %x {axes = array<i64: 0, 1, 2>} : (tensor<2x3x4xf32>) -> tensor<f32>
  %3 = qnn.arg_max %x {axis = 2 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3xi64>
  %4 = qnn.arg_min %x {axis = 0 : i64} : (tensor<2x3x4xf32>) -> tensor<3x4xi32>
  return
}

// CHECK-LABEL: func.func @type_changes(
// CHECK: qnn.quantize %arg0 : (tensor<4xf32>) -> tensor<4x!quant.uniform<u8:f32, 2.500000e-01:128>>
// CHECK: qnn.dequantize %arg3 : (tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4xf32>
// CHECK: qnn.dequantize %arg1 : (tensor<4xf16>) -> tensor<4xf32>
// CHECK: qnn.requantize %arg3 : (tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x!quant.uniform<i8:f32, 1.000000e+00:3>>
// CHECK: qnn.cast %arg2 : (tensor<4xi32>) -> tensor<4xf32>
func.func @type_changes(%x: tensor<4xf32>, %h: tensor<4xf16>, %i: tensor<4xi32>, %q: tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>) {
  %0 = qnn.quantize %x : (tensor<4xf32>) -> tensor<4x!quant.uniform<u8:f32, 2.500000e-01:128>>
  %1 = qnn.dequantize %q : (tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4xf32>
  %2 = qnn.dequantize %h : (tensor<4xf16>) -> tensor<4xf32>
  %3 = qnn.requantize %q : (tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x!quant.uniform<i8:f32, 1.000000e+00:3>>
  %4 = qnn.cast %i : (tensor<4xi32>) -> tensor<4xf32>
  return
}
