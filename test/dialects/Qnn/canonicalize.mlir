// RUN: quant-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @identities(
// CHECK-NEXT: return %arg0, %arg1, %arg2
func.func @identities(%x: tensor<2x3xf32>, %i: tensor<4xi32>, %q: tensor<2x!quant.uniform<i8:f32, 0.5>>) -> (tensor<2x3xf32>, tensor<4xi32>, tensor<2x!quant.uniform<i8:f32, 0.5>>) {
  %0 = qnn.reshape %x {shape = array<i64: 2, 3>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = qnn.transpose %0 {perms = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %zero = qnn.constant dense<0.0> : tensor<3xf32> : tensor<3xf32>
  %one = qnn.constant dense<1.0> : tensor<f32> : tensor<f32>
  %2 = qnn.add %1, %zero : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %3 = qnn.sub %2, %zero : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %4 = qnn.mul %3, %one : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %5 = qnn.div %4, %one : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %6 = qnn.cast %i : (tensor<4xi32>) -> tensor<4xi32>
  %7 = qnn.requantize %q : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  %8 = qnn.dequantize %7 : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2xf32>
  %9 = qnn.quantize %8 : (tensor<2xf32>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  return %5, %6, %9 : tensor<2x3xf32>, tensor<4xi32>, tensor<2x!quant.uniform<i8:f32, 0.5>>
}

// Neither a broadcast nor a clamp is an identity, and 32 stored bits do not fit a float.
// CHECK-LABEL: @kept(
// CHECK: qnn.add %arg0, %{{.*}} : (tensor<3xf32>, tensor<2x3xf32>)
// CHECK: qnn.mul {{.*}}activation
// CHECK: qnn.dequantize
// CHECK: qnn.quantize
func.func @kept(%x: tensor<3xf32>, %q: tensor<2x!quant.uniform<i32:f32, 0.5>>) -> (tensor<2x3xf32>, tensor<3xf32>, tensor<2x!quant.uniform<i32:f32, 0.5>>) {
  %zero = qnn.constant dense<0.0> : tensor<2x3xf32> : tensor<2x3xf32>
  %one = qnn.constant dense<1.0> : tensor<f32> : tensor<f32>
  %0 = qnn.add %x, %zero : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = qnn.mul %x, %one {activation = #qnn.activation<relu>} : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  %2 = qnn.dequantize %q : (tensor<2x!quant.uniform<i32:f32, 0.5>>) -> tensor<2xf32>
  %3 = qnn.quantize %2 : (tensor<2xf32>) -> tensor<2x!quant.uniform<i32:f32, 0.5>>
  return %0, %1, %3 : tensor<2x3xf32>, tensor<3xf32>, tensor<2x!quant.uniform<i32:f32, 0.5>>
}

// CHECK-LABEL: @arithmetic(
// CHECK-DAG: qnn.constant dense<{{\[\[}}4.000000e+00, 0.000000e+00], [6.000000e+00, 0.000000e+00]]> : tensor<2x2xf32>
// CHECK-DAG: qnn.constant dense<[1.000000e+00, 2.500000e-01]> : tensor<2xf32>
// CHECK-DAG: qnn.constant dense<[-1.170000e-01, 3.000000e+00]> : tensor<2xf32>
// CHECK-DAG: qnn.constant dense<[5.000000e-01, 0.73105{{.*}}]> : tensor<2xf32>
// CHECK-NEXT: return
func.func @arithmetic() -> (tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %a = qnn.constant dense<[[1.0], [3.0]]> : tensor<2x1xf32> : tensor<2x1xf32>
  %b = qnn.constant dense<[3.0, -4.0]> : tensor<2xf32> : tensor<2xf32>
  %0 = qnn.add %a, %b {activation = #qnn.activation<relu6>} : (tensor<2x1xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %c = qnn.constant dense<[1.0, 16.0]> : tensor<2xf32> : tensor<2xf32>
  %1 = qnn.rsqrt %c : (tensor<2xf32>) -> tensor<2xf32>
  %d = qnn.constant dense<[-1.17, 3.0]> : tensor<2xf32> : tensor<2xf32>
  %2 = qnn.leaky_relu %d {alpha = 0.1 : f32} : (tensor<2xf32>) -> tensor<2xf32>
  %e = qnn.constant dense<[0.0, 1.0]> : tensor<2xf32> : tensor<2xf32>
  %3 = qnn.logistic %e : (tensor<2xf32>) -> tensor<2xf32>
  return %0, %1, %2, %3 : tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// CHECK-LABEL: @movement(
// CHECK-DAG: qnn.constant dense<{{\[\[}}1, 4], [2, 5], [3, 6]]> : tensor<3x2xi8> : tensor<3x2x!quant
// CHECK-DAG: qnn.constant dense<1.000000e+00> : tensor<100x200xf32>
// CHECK-DAG: qnn.constant dense_resource<big> : tensor<4x2xf32>
// CHECK-NEXT: return
func.func @movement() -> (tensor<3x2x!quant.uniform<i8:f32, 0.5>>, tensor<100x200xf32>, tensor<4x2xf32>) {
  %0 = qnn.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8> : tensor<2x3x!quant.uniform<i8:f32, 0.5>>
  %1 = qnn.transpose %0 {perms = array<i64: 1, 0>} : (tensor<2x3x!quant.uniform<i8:f32, 0.5>>) -> tensor<3x2x!quant.uniform<i8:f32, 0.5>>
  %2 = qnn.constant dense<1.0> : tensor<200x100xf32> : tensor<200x100xf32>
  %3 = qnn.transpose %2 {perms = array<i64: 1, 0>} : (tensor<200x100xf32>) -> tensor<100x200xf32>
  %4 = qnn.constant dense_resource<big> : tensor<8xf32> : tensor<8xf32>
  %5 = qnn.reshape %4 {shape = array<i64: 4, 2>} : (tensor<8xf32>) -> tensor<4x2xf32>
  return %1, %3, %5 : tensor<3x2x!quant.uniform<i8:f32, 0.5>>, tensor<100x200xf32>, tensor<4x2xf32>
}

// CHECK-LABEL: @type_changes(
// CHECK-DAG: qnn.constant dense<[3, 127, -128]> : tensor<3xi8> : tensor<3x!quant
// CHECK-DAG: qnn.constant dense<[2.000000e+00, -1.270000e+02]> : tensor<2xf32>
// CHECK-DAG: qnn.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
// CHECK-DAG: qnn.constant dense<[true, false]> : tensor<2xi1>
// CHECK-NEXT: return
func.func @type_changes() -> (tensor<3x!quant.uniform<i8:f32, 0.5>>, tensor<2xf32>, tensor<2xf32>, tensor<2xi1>) {
  // Halves away from zero, and saturated.
  %0 = qnn.constant dense<[1.25, 1.0e30, -1.0e30]> : tensor<3xf32> : tensor<3xf32>
  %1 = qnn.quantize %0 : (tensor<3xf32>) -> tensor<3x!quant.uniform<i8:f32, 0.5>>
  %2 = qnn.constant dense<[-126, 1]> : tensor<2xi8> : tensor<2x!quant.uniform<u8:f32, 1.0:128>>
  %3 = qnn.dequantize %2 : (tensor<2x!quant.uniform<u8:f32, 1.0:128>>) -> tensor<2xf32>
  %4 = qnn.constant dense<[1, 1]> : tensor<2xi8> : tensor<2x!quant.uniform<i8:f32:0, {0.5,0.25}>>
  %5 = qnn.dequantize %4 : (tensor<2x!quant.uniform<i8:f32:0, {0.5,0.25}>>) -> tensor<2xf32>
  %6 = qnn.constant dense<[7, 0]> : tensor<2xi32> : tensor<2xi32>
  %7 = qnn.cast %6 : (tensor<2xi32>) -> tensor<2xi1>
  return %1, %3, %5, %7 : tensor<3x!quant.uniform<i8:f32, 0.5>>, tensor<2xf32>, tensor<2xf32>, tensor<2xi1>
}

{-#
  dialect_resources: {
    builtin: {
      big: "0x400000000000803F000000400000404000008040000080BF000000C0000040C0000080C0"
    }
  }
#-}
