// RUN: quant-opt %s --kvant-convert-io=io=float32 | FileCheck %s --check-prefix=FLOAT
// RUN: quant-opt %s --kvant-convert-io=io=int8 | FileCheck %s --check-prefix=INT8
// RUN: quant-opt %s --kvant-convert-io=io=uint8 | FileCheck %s --check-prefix=UINT8

// FLOAT-LABEL: func.func @main(
// FLOAT-SAME: %[[X:.*]]: tensor<1x4xf32> {qnn.name = "x"}) -> (tensor<1x4xf32> {qnn.name = "y"})
// FLOAT: %[[Q:.*]] = qnn.quantize %[[X]] {qnn.rounding = "tflite"}
// FLOAT: %[[Y:.*]] = qnn.relu %[[Q]]
// FLOAT: %[[F:.*]] = qnn.dequantize %[[Y]] {qnn.rounding = "tflite"}
// FLOAT: return %[[F]]

// INT8: qnn.requantize
// INT8-SAME: !quant.uniform<i8:f32, 5.000000e-01:-118>
// INT8-SAME: !quant.uniform<u8:f32, 5.000000e-01:10>

// The types are that already: nothing changes.
// UINT8-NOT: quantize
// UINT8: return
func.func @main(%x: tensor<1x4x!quant.uniform<u8:f32, 0.5:10>> {qnn.name = "x"})
    -> (tensor<1x4x!quant.uniform<u8:f32, 0.5:10>> {qnn.name = "y"}) {
  %0 = qnn.relu %x {qnn.rounding = "tflite"}
      : (tensor<1x4x!quant.uniform<u8:f32, 0.5:10>>) -> tensor<1x4x!quant.uniform<u8:f32, 0.5:10>>
  return %0 : tensor<1x4x!quant.uniform<u8:f32, 0.5:10>>
}
