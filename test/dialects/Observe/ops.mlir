// RUN: quant-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @main
// CHECK: observe.probe %arg0 {id = 0 : i64, name = "input"} : tensor<1x8x8x3xf32>
func.func @main(%x: tensor<1x8x8x3xf32>) -> tensor<1x8x8x3xf32> {
  observe.probe %x {id = 0 : i64, name = "input"} : tensor<1x8x8x3xf32>
  return %x : tensor<1x8x8x3xf32>
}
