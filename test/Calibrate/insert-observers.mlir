// RUN: quant-opt %s --kvant-insert-observers | FileCheck %s
// RUN: quant-opt %s --kvant-insert-observers --kvant-lower-observers | FileCheck %s --check-prefix=LOWER
// RUN: quant-opt %s --kvant-insert-observers --kvant-lower-observers=only=true \
// RUN:   | FileCheck %s --check-prefix=ONLY

// Constants have no probe; names are unique, and made up where there are none.

// CHECK-LABEL: func.func @main
// CHECK: observe.probe %[[X:.*]] {id = 0 : i64, name = "x"}
// CHECK-NOT: observe.probe
// CHECK: %[[A:.*]] = qnn.add
// CHECK-NEXT: observe.probe %[[A]] {id = 1 : i64, name = "a"}
// CHECK: %[[B:.*]] = qnn.relu
// CHECK-NEXT: observe.probe %[[B]] {id = 2 : i64, name = "a#2"}
// CHECK: %[[C:.*]] = qnn.relu
// CHECK-NEXT: observe.probe %[[C]] {id = 3 : i64, name = "relu.3"}
// CHECK: qnn.arg_max
// CHECK-NOT: observe.probe

// LOWER-LABEL: func.func @main
// LOWER-SAME: (%[[X:.*]]: tensor<1x4xf32> {qnn.name = "x"}) -> (tensor<1xi32> {qnn.name = "y"}, tensor<1x4xf32> {qnn.name = "x"}, tensor<1x4xf32> {qnn.name = "a"}, tensor<1x4xf32> {qnn.name = "a#2"}, tensor<1x4xf32> {qnn.name = "relu.3"})
// LOWER-NOT: observe
// LOWER: return %{{.*}}, %[[X]], %{{.*}}, %{{.*}}, %{{.*}}

// ONLY-LABEL: func.func @main
// ONLY-SAME: -> (tensor<1x4xf32> {qnn.name = "x"}, tensor<1x4xf32> {qnn.name = "a"}, tensor<1x4xf32> {qnn.name = "a#2"}, tensor<1x4xf32> {qnn.name = "relu.3"})
func.func @main(%x: tensor<1x4xf32> {qnn.name = "x"}) -> (tensor<1xi32> {qnn.name = "y"}) {
  %c = qnn.constant dense<1.0> : tensor<1x4xf32> : tensor<1x4xf32>
  %0 = qnn.add %x, %c {qnn.name = "a"} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = qnn.relu %0 {qnn.name = "a"} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %2 = qnn.relu %1 : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %3 = qnn.arg_max %2 {axis = 1 : i64} : (tensor<1x4xf32>) -> tensor<1xi32>
  return %3 : tensor<1xi32>
}
