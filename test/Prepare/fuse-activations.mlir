// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-fuse-activations))' | FileCheck %s

// CHECK-LABEL: @fused(
// CHECK: %[[R:.*]] = qnn.add %arg0, %arg0 {activation = #qnn.activation<relu>, qnn.name = "relu"}
// CHECK-NEXT: return %[[R]]
func.func @fused(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qnn.add %x, %x {qnn.name = "add"} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = qnn.relu %0 {qnn.name = "relu"} : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @combined(
// CHECK: qnn.sub {{.*}}#qnn.activation<relu6>
// CHECK: qnn.mul {{.*}}#qnn.activation<relu6>
// CHECK: qnn.div {{.*}}#qnn.activation<relu_n1_to_1>
// CHECK-NEXT: return
func.func @combined(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = qnn.sub %x, %x {activation = #qnn.activation<relu>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = qnn.relu6 %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = qnn.mul %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = qnn.relu6 %2 : (tensor<4xf32>) -> tensor<4xf32>
  %4 = qnn.relu %3 : (tensor<4xf32>) -> tensor<4xf32>
  %5 = qnn.div %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %6 = qnn.relu_n1_to_1 %5 : (tensor<4xf32>) -> tensor<4xf32>
  return %1, %4, %6 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// Two users; clamps to [0, 1] that no attribute says; a producer that takes none.
// CHECK-LABEL: @kept(
// CHECK-COUNT-3: qnn.relu %
func.func @kept(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = qnn.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = qnn.relu %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = qnn.mul %x, %x {activation = #qnn.activation<relu_n1_to_1>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = qnn.relu %2 : (tensor<4xf32>) -> tensor<4xf32>
  %4 = qnn.tanh %x : (tensor<4xf32>) -> tensor<4xf32>
  %5 = qnn.relu %4 : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1, %3, %5 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

!a = !quant.uniform<i8:f32, 0.5>
// CHECK-LABEL: @quantized(
// CHECK: qnn.add
// CHECK: qnn.relu
func.func @quantized(%x: tensor<4x!a>) -> tensor<4x!a> {
  %0 = qnn.add %x, %x : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  %1 = qnn.relu %0 : (tensor<4x!a>) -> tensor<4x!a>
  return %1 : tensor<4x!a>
}
