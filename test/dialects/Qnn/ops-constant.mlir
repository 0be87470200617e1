// RUN: quant-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @constants(
// CHECK: qnn.constant dense<[1.000000e+00, -2.500000e+00]> : tensor<2xf32> : tensor<2xf32>
// CHECK: qnn.constant dense<7> : tensor<3xi64> : tensor<3xi64>
// CHECK: qnn.constant dense<[1, -1]> : tensor<2xi8> : tensor<2x!quant.uniform<i8<-127:127>:f32:0, {5.000000e-01,2.500000e-01}>>
// CHECK: qnn.constant dense<0> : tensor<2x4xi4> : tensor<2x4x!quant.uniform<i4:f32, 5.000000e-01>>
func.func @constants() {
  %0 = qnn.constant dense<[1.000000e+00, -2.500000e+00]> : tensor<2xf32> : tensor<2xf32>
  %1 = qnn.constant dense<7> : tensor<3xi64> : tensor<3xi64>
  %2 = qnn.constant dense<[1, -1]> : tensor<2xi8> : tensor<2x!quant.uniform<i8<-127:127>:f32:0, {5.000000e-01,2.500000e-01}>>
  %3 = qnn.constant dense<0> : tensor<2x4xi4> : tensor<2x4x!quant.uniform<i4:f32, 5.000000e-01>>
  return
}
