// RUN: not quant-opt %s --kvant-convert-io=io=int4 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not quant-opt %s --kvant-convert-io=io=int8 2>&1 | FileCheck %s --check-prefix=FLOAT

// NAME: error: kvant-convert-io: io: expected float32, int8 or uint8, got "int4"
// FLOAT: expected a quantized argument #0 for io=int8, got 'tensor<4xf32>'
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qnn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
