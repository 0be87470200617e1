// RUN: not quant-opt %s --kvant-quantize=io=int4 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not quant-opt %s --kvant-quantize=io=int8 2>&1 | FileCheck %s --check-prefix=RANGE

// NAME: error: kvant-quantize: io: expected float32, int8 or uint8, got "int4"
// RANGE: expected a calibrated range of argument #0 (qnn.range) for io=int8; run kvant-calibrate before
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qnn.exp %x {qnn.decision = {scheme = "float32", reason = "test"}}
      : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
