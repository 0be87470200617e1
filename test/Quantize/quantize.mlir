// RUN: quant-opt %s --split-input-file --kvant-quantize --kvant-verify-quantized | FileCheck %s
// RUN: quant-opt %s --split-input-file --kvant-quantize=io=int8 --kvant-verify-quantized \
// RUN:   | FileCheck %s --check-prefix=INT8
// RUN: quant-opt %s --split-input-file --kvant-quantize=io=uint8 --kvant-verify-quantized \
// RUN:   | FileCheck %s --check-prefix=UINT8

// Weights per channel; the dead channel's scale is raised until its bias fits. The bias has the
// scale input * weights. 0.1 * 127 = 12.7 covers the range [-6.4, 6.3] of the input.

// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[X:.*]]: tensor<1x2xf32> {qnn.name = "x"}) -> (tensor<1x3xf32> {qnn.name = "y"})
// CHECK: %[[Q:.*]] = qnn.quantize %[[X]] : (tensor<1x2xf32>) -> tensor<1x2x!quant.uniform<i8:f32, 0.05000000074505806>>
// CHECK-DAG: %[[W:.*]] = qnn.constant{{.*}}[127, -64], [0, 0], [1, 127]]{{.*}} : tensor<3x2x!quant.uniform<i8<-127:127>:f32:0, {0.0078740157186985015,1.869949670663118E-7,7.8740157186985015E-4}>>
// CHECK-DAG: %[[B:.*]] = qnn.constant{{.*}}[2540, 213909497, -76200]{{.*}}tensor<3x!quant.uniform<i32:f32:0, {{.*}}>>
// CHECK: %[[F:.*]] = qnn.fully_connected %[[Q]], %[[W]], %[[B]]
// CHECK-SAME: -> tensor<1x3x!quant.uniform<i8:f32, 0.039215687662363052:-128>>
// CHECK: %[[R:.*]] = qnn.dequantize %[[F]]
// CHECK: return %[[R]] : tensor<1x3xf32>

// INT8-LABEL: func.func @main
// INT8-SAME: (%[[X:.*]]: tensor<1x2x!quant.uniform<i8:f32, 0.05{{[0-9]*}}>> {qnn.name = "x", qnn.quant = !quant.uniform<i8:f32, 0.05{{[0-9]*}}>}) -> (tensor<1x3x!quant.uniform<i8:f32, 0.039{{[0-9]*}}:-128>> {qnn.name = "y", qnn.quant = !quant.uniform<i8:f32, 0.039{{[0-9]*}}:-128>})
// INT8-NOT: quantize
// INT8: %[[F:.*]] = qnn.fully_connected %[[X]]
// INT8: return %[[F]]

// UINT8-LABEL: func.func @main
// UINT8-SAME: (%[[X:.*]]: tensor<1x2x!quant.uniform<u8:f32, 0.05{{[0-9]*}}:128>> {{.*}}) -> (tensor<1x3x!quant.uniform<u8:f32, 0.039{{[0-9]*}}>>
// UINT8: %[[S:.*]] = qnn.requantize %[[X]]
// UINT8: %[[F:.*]] = qnn.fully_connected %[[S]]
// UINT8: %[[U:.*]] = qnn.requantize %[[F]]
// UINT8: return %[[U]]
func.func @main(%x: tensor<1x2xf32> {qnn.name = "x", qnn.range = [array<f32: -6.4, 6.35>]})
    -> (tensor<1x3xf32> {qnn.name = "y"}) {
  %w = qnn.constant dense<[[1.0, -0.5], [0.0, 0.0], [0.001, 0.1]]> : tensor<3x2xf32> : tensor<3x2xf32>
  %b = qnn.constant dense<[1.0, 2.0, -3.0]> : tensor<3xf32> : tensor<3xf32>
  %0 = qnn.fully_connected %x, %w, %b {activation = #qnn<activation<relu>>, qnn.name = "y",
      qnn.range = [array<f32: 0.0, 10.0>],
      qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

// What shares a scale has the union of the ranges; a fixed scale that does not cover them is
// converted once.

// CHECK-LABEL: func.func @main
// CHECK: %[[Q:.*]] = qnn.quantize %arg0 : (tensor<1x4xf32>) -> tensor<1x4x!quant.uniform<i8:f32, 0.039215687662363052:-77>>
// CHECK: %[[T:.*]] = qnn.tanh %[[Q]] {{.*}} -> tensor<1x4x!quant.uniform<i8:f32, 7.812500e-03>>
// CHECK: %[[R:.*]] = qnn.requantize %[[T]] : {{.*}} -> tensor<1x4x!quant.uniform<i8:f32, 0.039215687662363052:-77>>
// CHECK: %[[C:.*]] = qnn.concat %[[Q]], %[[R]]
// CHECK-SAME: -> tensor<1x8x!quant.uniform<i8:f32, 0.039215687662363052:-77>>
func.func @main(%x: tensor<1x4xf32> {qnn.range = [array<f32: -2.0, 8.0>]}) -> tensor<1x8xf32> {
  %0 = qnn.tanh %x {qnn.range = [array<f32: -0.9, 1.0>],
      qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = qnn.concat %x, %0 {axis = 1 : i64, qnn.range = [array<f32: -2.0, 8.0>],
      qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x8xf32>
  return %1 : tensor<1x8xf32>
}

// -----

// A fixed scale that covers what shares it is taken over.

// CHECK-LABEL: func.func @main
// CHECK: qnn.softmax {{.*}} -> tensor<1x4x!quant.uniform<i8:f32, 3.906250e-03:-128>>
// CHECK-NOT: requantize
// CHECK: qnn.reshape {{.*}} -> tensor<4x!quant.uniform<i8:f32, 3.906250e-03:-128>>
func.func @main(%x: tensor<1x4xf32> {qnn.range = [array<f32: -2.0, 8.0>]}) -> tensor<4xf32> {
  %0 = qnn.softmax %x {qnn.range = [array<f32: 0.0, 1.0>],
      qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = qnn.reshape %0 {shape = array<i64: 4>, qnn.range = [array<f32: 0.0, 1.0>],
      qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<1x4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// A float operation reads the dequantized tensor, an integer one the stored one; a tensor of
// zeros gets scale 1.

// CHECK-LABEL: func.func @main
// CHECK: %[[Q:.*]] = qnn.quantize %arg0
// CHECK: %[[A:.*]] = qnn.relu %[[Q]] {{.*}} -> tensor<4x!quant.uniform<i8:f32, 1.000000e+00>>
// CHECK: %[[F:.*]] = qnn.dequantize %[[A]]
// CHECK: %[[E:.*]] = qnn.exp %[[F]] {{.*}} : (tensor<4xf32>) -> tensor<4xf32>
// CHECK: %[[QE:.*]] = qnn.quantize %[[E]]
// CHECK: qnn.add %[[A]], %[[QE]]
func.func @main(%x: tensor<4xf32> {qnn.range = [array<f32: -2.0, 0.0>]}) -> tensor<4xf32> {
  %0 = qnn.relu %x {qnn.range = [array<f32: 0.0, 0.0>],
      qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<4xf32>) -> tensor<4xf32>
  %1 = qnn.exp %0 {qnn.range = [array<f32: 1.0, 1.0>],
      qnn.decision = {scheme = "float32", reason = "test"}} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = qnn.add %0, %1 {qnn.range = [array<f32: 0.0, 1.0>],
      qnn.decision = {scheme = "static_wi8_ai8", reason = "test"}}
      : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
