// RUN: quant-opt %s --kvant-record-interface="name=toy" | FileCheck %s

// CHECK: kvant.inputs = [
// CHECK-SAME: {name = "image", scale = 5.000000e-01 : f64, type = tensor<1x4xi8>, unsigned = true, zero_point = 7 : i64}
// An input without a name gets one from its position.
// CHECK-SAME: {name = "arg1", type = tensor<1x4xi8>}]
// CHECK-SAME: kvant.integer_only = true
// CHECK-SAME: kvant.name = "toy"
// CHECK-SAME: kvant.outputs = [{name = "scores", type = tensor<1x4xi8>}]

// What the caller hands in must not be written to.
// CHECK: func.func private @main(%{{.*}}: tensor<1x4xi8> {bufferization.writable = false}
// CHECK-NOT: qnn.name
func.func @main(%arg0: tensor<1x4xi8> {qnn.name = "image", qnn.quant = !quant.uniform<u8:f32, 5.000000e-01:7>},
                %arg1: tensor<1x4xi8>) -> (tensor<1x4xi8> {qnn.name = "scores"}) {
  %0 = tosa.maximum %arg0, %arg1 : (tensor<1x4xi8>, tensor<1x4xi8>) -> tensor<1x4xi8>
  return %0 : tensor<1x4xi8>
}
