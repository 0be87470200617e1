// A TOSA program gets the form of an imported model: @main, names, a static batch.
// RUN: quant-translate --import-mlir %s | FileCheck %s
// RUN: quant-translate --import-mlir --batch 5 %s | FileCheck %s --check-prefix=BATCH
// RUN: quant-translate --import-mlir %s | quant-translate --import-mlir | FileCheck %s

// CHECK: module attributes {qnn.source = {file = "{{.*}}", format = "mlir"}}
// CHECK: func.func @main(%arg0: tensor<1x4xf32> {qnn.name = "image"}, %arg1: tensor<4xi8> {qnn.name = "arg1"})
// CHECK-SAME: -> (tensor<1x4xf32> {qnn.name = "output0"}, tensor<4xi8> {qnn.name = "mask"})
// CHECK: tosa.abs %arg0 : (tensor<1x4xf32>) -> tensor<1x4xf32>
// BATCH: func.func @main(%arg0: tensor<5x4xf32> {qnn.name = "image"}, %arg1: tensor<4xi8>
// BATCH-SAME: -> (tensor<5x4xf32>
func.func @forward(%x: tensor<?x4xf32> {qnn.name = "image"}, %m: tensor<4xi8>)
    -> (tensor<?x4xf32>, tensor<4xi8> {qnn.name = "mask"}) {
  %0 = tosa.abs %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0, %m : tensor<?x4xf32>, tensor<4xi8>
}
