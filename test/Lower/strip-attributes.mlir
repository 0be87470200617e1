// RUN: quant-opt %s --kvant-strip-attributes | FileCheck %s
// RUN: quant-opt %s --kvant-strip-attributes --mlir-print-op-generic | mlir-opt -o /dev/null

// CHECK: module {
// CHECK: func.func @main(%{{.*}}: tensor<4xi8>) -> tensor<4xi8>
module attributes {qnn.source = {format = "tflite"}} {
  func.func @main(%x: tensor<4xi8> {qnn.name = "x", qnn.quant = !quant.uniform<i8:f32, 0.5>})
      -> (tensor<4xi8> {qnn.name = "y"}) {
    return %x : tensor<4xi8>
  }
}
