// RUN: quant-opt %s --kvant-verify-tosa | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(kvant-verify-tosa{integer-only})' | FileCheck %s

// CHECK-LABEL: func.func @integers(
func.func @integers(%x: tensor<4xi32>) -> tensor<4xi32> {
  %0 = tosa.add %x, %x : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}
