// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-fold-batch-norm))' --split-input-file | FileCheck %s

// scale / sqrt(variance + epsilon) = [2, 1], offset - mean * that = [1 - 2 * 0.5, 2].
// CHECK-LABEL: @explicit(
// CHECK-DAG: %[[F:.*]] = qnn.constant dense<{{\[}}{{\[\[\[}}2.000000e+00, 4.000000e+00]]], {{\[\[\[}}3.000000e+00, 4.000000e+00]]]]> : tensor<2x1x1x2xf32>
// CHECK-DAG: %[[B:.*]] = qnn.constant dense<[0.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK: %[[R:.*]] = qnn.conv_2d %arg0, %[[F]], %[[B]] {{.*}}qnn.name = "bn"
// CHECK-NEXT: return %[[R]]
func.func @explicit(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %f = qnn.constant dense<[[[[1.0, 2.0]]], [[[3.0, 4.0]]]]> : tensor<2x1x1x2xf32> : tensor<2x1x1x2xf32>
  %scale = qnn.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %offset = qnn.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %mean = qnn.constant dense<[0.5, 0.0]> : tensor<2xf32> : tensor<2xf32>
  %variance = qnn.constant dense<[0.0, 3.75]> : tensor<2xf32> : tensor<2xf32>
  %0 = qnn.conv_2d %x, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, qnn.name = "conv"} : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %1 = qnn.batch_norm %0, %scale, %offset, %mean, %variance {epsilon = 0.25 : f32, qnn.name = "bn"} : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %1 : tensor<1x4x4x2xf32>
}

// -----

// ((x * f + 1) * s + o, relu) with a scalar divisor in between.
// CHECK-LABEL: @chain(
// CHECK-DAG: %[[F:.*]] = qnn.constant dense<{{\[\[\[\[}}1.000000e+00, 4.000000e+00]]]]> : tensor<1x1x1x2xf32>
// CHECK-DAG: %[[B:.*]] = qnn.constant dense<[6.000000e+00, 7.000000e+00]> : tensor<2xf32>
// CHECK: %[[R:.*]] = qnn.depthwise_conv_2d %arg0, %[[F]], %[[B]] {activation = #qnn.activation<relu>
// CHECK-NEXT: return %[[R]]
func.func @chain(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %f = qnn.constant dense<2.0> : tensor<1x1x1x2xf32> : tensor<1x1x1x2xf32>
  %b = qnn.constant dense<1.0> : tensor<2xf32> : tensor<2xf32>
  %s = qnn.constant dense<[[[[1.0, 4.0]]]]> : tensor<1x1x1x2xf32> : tensor<1x1x1x2xf32>
  %d = qnn.constant dense<2.0> : tensor<f32> : tensor<f32>
  %o = qnn.constant dense<[5.5, 5.0]> : tensor<2xf32> : tensor<2xf32>
  %0 = qnn.depthwise_conv_2d %x, %f, %b {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %1 = qnn.mul %s, %0 : (tensor<1x1x1x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %2 = qnn.div %1, %d : (tensor<1x4x4x2xf32>, tensor<f32>) -> tensor<1x4x4x2xf32>
  %3 = qnn.add %2, %o {activation = #qnn.activation<relu>} : (tensor<1x4x4x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %3 : tensor<1x4x4x2xf32>
}

// -----

// 3 - (2 x + 0): the sign of the weights turns.
// CHECK-LABEL: @subtract_from(
// CHECK-DAG: %[[F:.*]] = qnn.constant dense<-2.000000e+00> : tensor<2x4xf32>
// CHECK-DAG: %[[B:.*]] = qnn.constant dense<3.000000e+00> : tensor<2xf32>
// CHECK: qnn.fully_connected %arg0, %[[F]], %[[B]]
// CHECK-NEXT: return
func.func @subtract_from(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %f = qnn.constant dense<2.0> : tensor<2x4xf32> : tensor<2x4xf32>
  %c = qnn.constant dense<3.0> : tensor<1xf32> : tensor<1xf32>
  %0 = qnn.fully_connected %x, %f : (tensor<1x4xf32>, tensor<2x4xf32>) -> tensor<1x2xf32>
  %1 = qnn.sub %c, %0 : (tensor<1xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// -----

// A second user, an activation in between and a constant per row keep the arithmetic.
// CHECK-LABEL: @kept(
// CHECK: %[[A:.*]] = qnn.fully_connected
// CHECK: qnn.mul %[[A]]
// CHECK: %[[C:.*]] = qnn.fully_connected {{.*}}activation = #qnn.activation<relu>
// CHECK: qnn.mul %[[C]]
// CHECK: %[[E:.*]] = qnn.fully_connected
// CHECK: qnn.mul %[[E]]
func.func @kept(%x: tensor<3x2xf32>) -> (tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>) {
  %f = qnn.constant dense<2.0> : tensor<3x2xf32> : tensor<3x2xf32>
  %c = qnn.constant dense<3.0> : tensor<3xf32> : tensor<3xf32>
  %r = qnn.constant dense<[[1.0], [2.0], [3.0]]> : tensor<3x1xf32> : tensor<3x1xf32>
  %0 = qnn.fully_connected %x, %f : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x3xf32>
  %1 = qnn.mul %0, %c : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
  %2 = qnn.fully_connected %x, %f {activation = #qnn.activation<relu>} : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x3xf32>
  %3 = qnn.mul %2, %c : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
  %4 = qnn.fully_connected %x, %f : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x3xf32>
  %5 = qnn.mul %4, %r : (tensor<3x3xf32>, tensor<3x1xf32>) -> tensor<3x3xf32>
  return %0, %1, %3, %5 : tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>
}

// -----

// CHECK-LABEL: @alone(
// CHECK-DAG: %[[S:.*]] = qnn.constant dense<2.000000e+00> : tensor<3xf32>
// CHECK-DAG: %[[O:.*]] = qnn.constant dense<-1.000000e+00> : tensor<3xf32>
// CHECK: %[[P:.*]] = qnn.mul %arg0, %[[S]]
// CHECK: qnn.add %[[P]], %[[O]] {qnn.name = "bn"}
func.func @alone(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %one = qnn.constant dense<1.0> : tensor<3xf32> : tensor<3xf32>
  %zero = qnn.constant dense<0.0> : tensor<3xf32> : tensor<3xf32>
  %0 = qnn.batch_norm %x, %one, %one, %one, %zero {epsilon = 0.25 : f32, qnn.name = "bn"} : (tensor<1x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

// A variance of minus epsilon has no finite factor, and parameters may be computed.
// CHECK-LABEL: @not_constant(
// CHECK-COUNT-2: qnn.batch_norm
func.func @not_constant(%x: tensor<1x3xf32>, %p: tensor<3xf32>) -> (tensor<1x3xf32>, tensor<1x3xf32>) {
  %one = qnn.constant dense<1.0> : tensor<3xf32> : tensor<3xf32>
  %bad = qnn.constant dense<-0.25> : tensor<3xf32> : tensor<3xf32>
  %0 = qnn.batch_norm %x, %one, %one, %one, %bad {epsilon = 0.25 : f32} : (tensor<1x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  %1 = qnn.batch_norm %x, %one, %p, %one, %one {epsilon = 0.25 : f32} : (tensor<1x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  return %0, %1 : tensor<1x3xf32>, tensor<1x3xf32>
}
