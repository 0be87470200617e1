// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-fold-constants))' | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-fold-constants{max-elements=1}))' | FileCheck %s --check-prefix=BOUND

// CHECK-LABEL: @float16_weights(
// CHECK-NEXT: %[[F:.*]] = qnn.constant {qnn.name = "w"} dense<{{\[\[}}1.000000e+00, -2.500000e+00]]> : tensor<1x2xf32>
// CHECK-NEXT: qnn.fully_connected %arg0, %[[F]]
// BOUND-LABEL: @float16_weights(
// BOUND: qnn.dequantize
func.func @float16_weights(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %h = qnn.constant dense<[[1.0, -2.5]]> : tensor<1x2xf16> : tensor<1x2xf16>
  %f = qnn.dequantize %h {qnn.name = "w"} : (tensor<1x2xf16>) -> tensor<1x2xf32>
  %0 = qnn.fully_connected %x, %f : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// More elements than a folder takes, through several operations.
// CHECK-LABEL: @large(
// CHECK-NEXT: %[[C:.*]] = qnn.constant dense<-4.000000e+00> : tensor<10x12xf32>
// CHECK-NEXT: return %[[C]]
func.func @large() -> tensor<10x12xf32> {
  %0 = qnn.constant dense<2.0> : tensor<12x10xf32> : tensor<12x10xf32>
  %1 = qnn.transpose %0 {perms = array<i64: 1, 0>} : (tensor<12x10xf32>) -> tensor<10x12xf32>
  %2 = qnn.mul %1, %1 : (tensor<10x12xf32>, tensor<10x12xf32>) -> tensor<10x12xf32>
  %3 = qnn.neg %2 : (tensor<10x12xf32>) -> tensor<10x12xf32>
  return %3 : tensor<10x12xf32>
}

// CHECK-LABEL: @integers(
// CHECK-DAG: qnn.constant dense<[1.000000e+00, -1.000000e+00]> : tensor<2xf32>
// CHECK-DAG: qnn.constant dense<[2, -1]> : tensor<2xi32>
// CHECK-DAG: qnn.constant dense<{{\[\[}}1, 3], [2, 4]]> : tensor<2x2xi8> : tensor<2x2x!quant
// CHECK-DAG: qnn.constant dense<[127, 0, -4]> : tensor<3xi8> : tensor<3x!quant
// CHECK-DAG: qnn.constant dense<[6.400000e+01, -6.400000e+01]> : tensor<2xf32>
func.func @integers() -> (tensor<2xf32>, tensor<2xi32>, tensor<2x2x!quant.uniform<i8:f32, 0.5>>, tensor<3x!quant.uniform<i8:f32, 0.5>>, tensor<2xf32>) {
  %0 = qnn.constant dense<[1, -1]> : tensor<2xi32> : tensor<2xi32>
  %1 = qnn.cast %0 : (tensor<2xi32>) -> tensor<2xf32>
  %2 = qnn.constant dense<[2.75, -1.5]> : tensor<2xf32> : tensor<2xf32>
  %3 = qnn.cast %2 : (tensor<2xf32>) -> tensor<2xi32>
  %4 = qnn.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi8> : tensor<2x2x!quant.uniform<i8:f32, 0.5>>
  %5 = qnn.transpose %4 {perms = array<i64: 1, 0>} : (tensor<2x2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2x2x!quant.uniform<i8:f32, 0.5>>
  %6 = qnn.constant dense<[1.0e9, 0.0, -1.75]> : tensor<3xf32> : tensor<3xf32>
  %7 = qnn.quantize %6 : (tensor<3xf32>) -> tensor<3x!quant.uniform<i8:f32, 0.5>>
  %8 = qnn.constant dense<[-128, 0]> : tensor<2xi8> : tensor<2x!quant.uniform<u8:f32, 1.0:64>>
  %9 = qnn.dequantize %8 : (tensor<2x!quant.uniform<u8:f32, 1.0:64>>) -> tensor<2xf32>
  return %1, %3, %5, %7, %9 : tensor<2xf32>, tensor<2xi32>, tensor<2x2x!quant.uniform<i8:f32, 0.5>>, tensor<3x!quant.uniform<i8:f32, 0.5>>, tensor<2xf32>
}

// What an integer cannot hold stays to be computed.
// CHECK-LABEL: @kept(
// CHECK: qnn.cast
func.func @kept() -> tensor<1xi8> {
  %0 = qnn.constant dense<300.0> : tensor<1xf32> : tensor<1xf32>
  %1 = qnn.cast %0 : (tensor<1xf32>) -> tensor<1xi8>
  return %1 : tensor<1xi8>
}
