// RUN: quant-opt %s --pass-pipeline="builtin.module(func.func(kvant-separate-buffers))" | FileCheck %s

// CHECK-LABEL: @two_uses
// CHECK: %[[A:.*]] = tensor.empty() : tensor<4xf32>
// CHECK: linalg.copy {{.*}} outs(%[[A]] : tensor<4xf32>)
// CHECK: %[[B:.*]] = tensor.empty() : tensor<4xf32>
// CHECK: linalg.copy {{.*}} outs(%[[B]] : tensor<4xf32>)
// CHECK-NOT: tensor.empty
func.func @two_uses(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  %a = linalg.copy ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %b = linalg.copy ins(%y : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}
