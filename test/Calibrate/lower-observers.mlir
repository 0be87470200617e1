// RUN: quant-opt %s --kvant-lower-observers | FileCheck %s

// Results come in the order of the probes' ids, not of their places.

// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[X:.*]]: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32> {qnn.name = "first"}, tensor<1x4xf32> {qnn.name = "second"})
// CHECK-NOT: observe.probe
// CHECK: %[[Y:.*]] = qnn.relu %[[X]]
// CHECK: return %[[Y]], %[[Y]], %[[X]]
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  observe.probe %x {id = 1 : i64, name = "second"} : tensor<1x4xf32>
  %0 = qnn.relu %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  observe.probe %0 {id = 0 : i64, name = "first"} : tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}
