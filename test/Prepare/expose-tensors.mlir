// RUN: quant-opt %s --kvant-expose-tensors | FileCheck %s

// CHECK: func.func @main(%arg0: tensor<4xf32> {qnn.name = "in"})
// CHECK-SAME: -> (tensor<2xf32> {qnn.name = "out"}, tensor<4x!quant.uniform<i8:f32, 5.000000e-01>> {qnn.name = "q"}, tensor<2xf32> {qnn.name = "b"})
func.func @main(%x: tensor<4xf32> {qnn.name = "in"}) -> (tensor<2xf32> {qnn.name = "out"}) {
  %c = qnn.constant {qnn.name = "weights"} dense<1.0> : tensor<4xf32> : tensor<4xf32>
  // CHECK: %[[Q:.*]] = qnn.quantize
  %0 = qnn.quantize %x {qnn.name = "q"} : (tensor<4xf32>) -> tensor<4x!quant.uniform<i8:f32, 0.5>>
  %1 = qnn.dequantize %0 : (tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4xf32>
  %2 = qnn.add %1, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  // CHECK: %[[S:.*]]:2 = qnn.split
  %3:2 = qnn.split %2 {axis = 0 : i64, sizes = array<i64: 2, 2>, qnn.name = ["out", "b"]} : (tensor<4xf32>) -> (tensor<2xf32>, tensor<2xf32>)
  // CHECK: return %[[S]]#0, %[[Q]], %[[S]]#1
  return %3#0 : tensor<2xf32>
}
