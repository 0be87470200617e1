// RUN: quant-opt %s --kvant-qnn-to-tosa | FileCheck %s
// RUN: quant-opt %s --pass-pipeline='builtin.module(kvant-qnn-to-tosa,kvant-verify-tosa,tosa-attach-target{profiles=pro_int,pro_fp level=8k extensions=doubleround},tosa-validate{strict-op-spec-alignment})' -o /dev/null

!x = !quant.uniform<i8:f32, 0.5:3>
!y = !quant.uniform<i8:f32, 0.25:-5>
!u = !quant.uniform<u8:f32, 0.5:130>
!w = !quant.uniform<i8<-127:127>:f32:0, {0.5, 0.25, 1.0e-12}>
!b = !quant.uniform<i32:f32:0, {0.25, 0.125, 5.0e-13}>

// One multiplier per channel, one rounding. The last channel is nearly dead: its ratio of
// scales is below 2^-32, so its multiplier has fewer bits. relu6 ends at -5 + 6 / 0.25.
// CHECK-LABEL: func.func @conv(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x4x2xi8> {qnn.quant = !quant.uniform<i8:f32, 5.000000e-01:3>}
// CHECK: %[[ZERO:.*]] = "tosa.const"() <{values = dense<3> : tensor<1xi8>}>
// CHECK: %[[ACC:.*]] = tosa.conv2d %[[X]], %{{.*}}, %{{.*}}, %[[ZERO]], %{{.*}} {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 1, 0, 1>, stride = array<i64: 2, 2>}
// CHECK-SAME: -> tensor<1x2x2x3xi32>
// CHECK-DAG: %[[M:.*]] = "tosa.const"() <{values = dense<[1073741824, 1073741824, 9223372]> : tensor<3xi32>}>
// CHECK-DAG: %[[S:.*]] = "tosa.const"() <{values = dense<[30, 31, 62]> : tensor<3xi8>}>
// CHECK: %[[R:.*]] = tosa.rescale %[[ACC]], %[[M]], %[[S]], %{{.*}}, %{{.*}} {{{.*}}per_channel = true, rounding_mode = SINGLE_ROUND, scale32 = true}
// CHECK: tosa.clamp %[[R]] {max_val = 19 : i8, min_val = -5 : i8}
func.func @conv(%x: tensor<1x4x4x2x!x>) -> tensor<1x2x2x3x!y> {
  %w = qnn.constant dense<1> : tensor<3x3x3x2xi8> : tensor<3x3x3x2x!w>
  %b = qnn.constant dense<[1, 2, 3]> : tensor<3xi32> : tensor<3x!b>
  %y = qnn.conv_2d %x, %w, %b {stride = array<i64: 2, 2>, dilation = array<i64: 1, 1>,
    padding = array<i64: 0, 1, 0, 1>, activation = #qnn.activation<relu6>}
    : (tensor<1x4x4x2x!x>, tensor<3x3x3x2x!w>, tensor<3x!b>) -> tensor<1x2x2x3x!y>
  return %y : tensor<1x2x2x3x!y>
}

// TFLite's requantization rounds twice; the nearly dead channel has multiplier 0.
// CHECK-LABEL: func.func @conv_like_tflite(
// CHECK: "tosa.const"() <{values = dense<[1717986918, 0]> : tensor<2xi32>}>
// CHECK: "tosa.const"() <{values = dense<[34, 31]> : tensor<2xi8>}>
// CHECK: tosa.rescale {{.*}}rounding_mode = DOUBLE_ROUND
func.func @conv_like_tflite(%x: tensor<1x2x2x2x!x>) -> tensor<1x2x2x2x!y> {
  %w = qnn.constant dense<1> : tensor<2x1x1x2xi8>
    : tensor<2x1x1x2x!quant.uniform<i8:f32:0, {0.05, 1.0e-12}>>
  %y = qnn.conv_2d %x, %w {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
    padding = array<i64: 0, 0, 0, 0>, qnn.rounding = "tflite"}
    : (tensor<1x2x2x2x!x>, tensor<2x1x1x2x!quant.uniform<i8:f32:0, {0.05, 1.0e-12}>>)
    -> tensor<1x2x2x2x!y>
  return %y : tensor<1x2x2x2x!y>
}

// The reference kernel multiplies in doubles: one rounding, whatever the attribute says.
// CHECK-LABEL: func.func @fully_connected_like_tflite(
// CHECK: %[[ACC:.*]] = tosa.conv2d {{.*}} -> tensor<2x1x1x3xi32>
// CHECK: %[[R:.*]] = tosa.rescale %[[ACC]]{{.*}}rounding_mode = SINGLE_ROUND
// CHECK: tosa.reshape %[[R]], %{{.*}} -> tensor<2x3xi8>
func.func @fully_connected_like_tflite(%x: tensor<2x4x!x>) -> tensor<2x3x!y> {
  %w = qnn.constant dense<1> : tensor<3x4xi8> : tensor<3x4x!quant.uniform<i8:f32, 0.013>>
  %y = qnn.fully_connected %x, %w {qnn.rounding = "tflite"}
    : (tensor<2x4x!x>, tensor<3x4x!quant.uniform<i8:f32, 0.013>>) -> tensor<2x3x!y>
  return %y : tensor<2x3x!y>
}

// A channel whose scale is so small that every accumulator rounds to the zero point.
// CHECK-LABEL: func.func @dead_channel_like_tflite(
// CHECK: "tosa.const"() <{values = dense<[{{[1-9][0-9]*}}, 0]> : tensor<2xi32>}>
func.func @dead_channel_like_tflite(%x: tensor<2x4x!x>) -> tensor<2x2x!y> {
  %w = qnn.constant dense<1> : tensor<2x4xi8>
    : tensor<2x4x!quant.uniform<i8:f32:0, {0.013, 1.0e-14}>>
  %y = qnn.fully_connected %x, %w {qnn.rounding = "tflite"}
    : (tensor<2x4x!x>, tensor<2x4x!quant.uniform<i8:f32:0, {0.013, 1.0e-14}>>) -> tensor<2x2x!y>
  return %y : tensor<2x2x!y>
}

// The filter's channels are split as TOSA has them; a constant is reshaped at compile time.
// CHECK-LABEL: func.func @depthwise(
// CHECK: %[[F:.*]] = "tosa.const"() <{values = dense<[{{.*}}]> : tensor<1x2x2x3xf32>}>
// CHECK-NOT: tosa.reshape
// CHECK: tosa.depthwise_conv2d %{{.*}}, %[[F]], {{.*}}acc_type = f32
// CHECK: tosa.clamp %{{.*}} {max_val = 3.40282347E+38 : f32, min_val = 0.000000e+00 : f32}
func.func @depthwise(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x3x6xf32> {
  %w = qnn.constant dense<[[[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 2.0, 3.0, 4.0, 5.0, 7.0]]]]>
    : tensor<1x1x2x6xf32> : tensor<1x1x2x6xf32>
  %y = qnn.depthwise_conv_2d %x, %w {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
    padding = array<i64: 0, 0, 0, 0>, activation = #qnn.activation<relu>}
    : (tensor<1x4x4x2xf32>, tensor<1x1x2x6xf32>) -> tensor<1x4x3x6xf32>
  return %y : tensor<1x4x3x6xf32>
}

// Weights stored small under floats become floats at compile time.
// CHECK-LABEL: func.func @weight_only(
// CHECK: "tosa.const"() <{values = dense<{{\[\[\[\[}}1.000000e+00, 2.000000e+00]]], {{\[\[\[}}7.500000e-01, 1.000000e+00]]]]> : tensor<2x1x1x2xf32>}>
// CHECK: tosa.conv2d
func.func @weight_only(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = qnn.constant dense<[[2, 4], [3, 4]]> : tensor<2x2xi8>
    : tensor<2x2x!quant.uniform<i8:f32:0, {0.5, 0.25}>>
  %y = qnn.fully_connected %x, %w
    : (tensor<1x2xf32>, tensor<2x2x!quant.uniform<i8:f32:0, {0.5, 0.25}>>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// What no window reads is cut off: TOSA wants windows to end at the edge.
// CHECK-LABEL: func.func @trim(
// CHECK: %[[S:.*]] = tosa.slice {{.*}} -> tensor<1x3x3x2xf32>
// CHECK: tosa.max_pool2d %[[S]]
func.func @trim(%x: tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32> {
  %0 = qnn.max_pool_2d %x {kernel = array<i64: 1, 1>, stride = array<i64: 2, 2>,
    padding = array<i64: 0, 0, 0, 0>} : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32>
  return %0 : tensor<1x2x2x2xf32>
}

// Padding that no window reads goes before the input does.
// CHECK-LABEL: func.func @trim_padding(
// CHECK-NOT: tosa.slice
// CHECK: tosa.max_pool2d {{.*}}pad = array<i64: 0, 0, 0, 0>
func.func @trim_padding(%x: tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32> {
  %0 = qnn.max_pool_2d %x {kernel = array<i64: 2, 2>, stride = array<i64: 2, 2>,
    padding = array<i64: 0, 1, 0, 1>} : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32>
  return %0 : tensor<1x2x2x2xf32>
}

// Unequal scales meet at twice the larger one, 20 bits up; ranks are made equal.
// CHECK-LABEL: func.func @add(
// CHECK: %[[L:.*]] = tosa.rescale %{{.*}} (tensor<1x4xi8>{{.*}} -> tensor<1x4xi32>
// CHECK: %[[R:.*]] = tosa.rescale %{{.*}} (tensor<4xi8>{{.*}} -> tensor<4xi32>
// CHECK: %[[RR:.*]] = tosa.reshape %[[R]]
// CHECK: %[[SUM:.*]] = tosa.add %[[L]], %[[RR]]
// CHECK: tosa.rescale %[[SUM]]{{.*}}rounding_mode = SINGLE_ROUND{{.*}} -> tensor<1x4xi8>
func.func @add(%x: tensor<1x4x!x>, %y: tensor<4x!y>) -> tensor<1x4x!y> {
  %0 = qnn.add %x, %y : (tensor<1x4x!x>, tensor<4x!y>) -> tensor<1x4x!y>
  return %0 : tensor<1x4x!y>
}

// Equal scales need no rescale of the operands.
// CHECK-LABEL: func.func @add_same_scale(
// CHECK-COUNT-1: tosa.rescale
// CHECK-NOT: tosa.rescale
func.func @add_same_scale(%x: tensor<4x!x>) -> tensor<4x!y> {
  %0 = qnn.add %x, %x : (tensor<4x!x>, tensor<4x!x>) -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// 8-bit tensors of unsigned storage hold stored - 128 inside: zero point 2, and the sign bit
// is flipped at the boundary.
// CHECK-LABEL: func.func @boundary(
// CHECK-SAME: %[[X:.*]]: tensor<4xi8> {qnn.quant = !quant.uniform<u8:f32, 5.000000e-01:130>}
// CHECK: %[[IN:.*]] = tosa.bitwise_xor %[[X]]
// CHECK: %[[ZP:.*]] = "tosa.const"() <{values = dense<2> : tensor<1xi8>}>
// CHECK: %[[R:.*]] = tosa.rescale %[[IN]], %{{.*}}, %{{.*}}, %[[ZP]]
// CHECK: %[[OUT:.*]] = tosa.bitwise_xor %[[R]]
// CHECK: return %[[OUT]]
func.func @boundary(%x: tensor<4x!u>) -> tensor<4x!quant.uniform<u8:f32, 0.25:7>> {
  %0 = qnn.requantize %x : (tensor<4x!u>) -> tensor<4x!quant.uniform<u8:f32, 0.25:7>>
  return %0 : tensor<4x!quant.uniform<u8:f32, 0.25:7>>
}

// CHECK-LABEL: func.func @table(
// CHECK: %[[T:.*]] = "tosa.const"() <{values = dense_resource<{{.*}}> : tensor<256xi8>}>
// CHECK: tosa.table %{{.*}}, %[[T]]
func.func @table(%x: tensor<4x!x>) -> tensor<4x!quant.uniform<i8:f32, 0.0078125>> {
  %0 = qnn.tanh %x : (tensor<4x!x>) -> tensor<4x!quant.uniform<i8:f32, 0.0078125>>
  return %0 : tensor<4x!quant.uniform<i8:f32, 0.0078125>>
}

// Exponentials come from a table of 32-bit entries, the reciprocal from Newton steps.
// CHECK-LABEL: func.func @softmax(
// CHECK: tosa.reduce_max
// CHECK: tosa.gather {{.*}} : (tensor<1x256x1xi32>, tensor<1x8xi32>) -> tensor<1x8x1xi32>
// CHECK: tosa.reduce_sum
// CHECK: tosa.clz
// CHECK-COUNT-8: tosa.mul
// CHECK: tosa.rescale
func.func @softmax(%x: tensor<2x4x!x>) -> tensor<2x4x!quant.uniform<i8:f32, 0.00390625:-128>> {
  %0 = qnn.softmax %x : (tensor<2x4x!x>) -> tensor<2x4x!quant.uniform<i8:f32, 0.00390625:-128>>
  return %0 : tensor<2x4x!quant.uniform<i8:f32, 0.00390625:-128>>
}

// TFLite's average divides the sum of stored values; windows at the edge have fewer.
// CHECK-LABEL: func.func @average_like_tflite(
// CHECK: %[[SUM:.*]] = tosa.depthwise_conv2d
// CHECK-DAG: "tosa.const"() <{values = dense<{{\[\[\[\[}}4], [2]], {{\[\[}}2], [1]]]]> : tensor<1x2x2x1xi32>}>
// CHECK: tosa.intdiv
func.func @average_like_tflite(%x: tensor<1x3x3x2x!x>) -> tensor<1x2x2x2x!x> {
  %0 = qnn.avg_pool_2d %x {kernel = array<i64: 2, 2>, stride = array<i64: 2, 2>,
    padding = array<i64: 0, 1, 0, 1>, qnn.rounding = "tflite"}
    : (tensor<1x3x3x2x!x>) -> tensor<1x2x2x2x!x>
  return %0 : tensor<1x2x2x2x!x>
}

// Where all windows have as many, a multiplier a little above 1 / 4 rounds ties away from zero.
// CHECK-LABEL: func.func @average_of_whole_windows_like_tflite(
// CHECK: %[[SUM:.*]] = tosa.depthwise_conv2d
// CHECK-DAG: %[[M:.*]] = "tosa.const"() <{values = dense<1073741825> : tensor<1xi32>}>
// CHECK-DAG: %[[S:.*]] = "tosa.const"() <{values = dense<32> : tensor<1xi8>}>
// CHECK: tosa.rescale %[[SUM]], %[[M]], %[[S]]
// CHECK-SAME: rounding_mode = SINGLE_ROUND
// CHECK-NOT: tosa.intdiv
func.func @average_of_whole_windows_like_tflite(%x: tensor<1x4x4x2x!x>) -> tensor<1x2x2x2x!x> {
  %0 = qnn.avg_pool_2d %x {kernel = array<i64: 2, 2>, stride = array<i64: 2, 2>,
    padding = array<i64: 0, 0, 0, 0>, qnn.rounding = "tflite"}
    : (tensor<1x4x4x2x!x>) -> tensor<1x2x2x2x!x>
  return %0 : tensor<1x2x2x2x!x>
}

// CHECK-LABEL: func.func @average(
// CHECK: tosa.avg_pool2d
func.func @average(%x: tensor<1x3x3x2x!x>) -> tensor<1x2x2x2x!x> {
  %0 = qnn.avg_pool_2d %x {kernel = array<i64: 2, 2>, stride = array<i64: 2, 2>,
    padding = array<i64: 0, 1, 0, 1>} : (tensor<1x3x3x2x!x>) -> tensor<1x2x2x2x!x>
  return %0 : tensor<1x2x2x2x!x>
}

// 64-bit indices are computed in 32 bits and leave as they were declared.
// CHECK-LABEL: func.func @arg_min(
// CHECK-SAME: -> tensor<2xi32>
// CHECK: %[[N:.*]] = tosa.bitwise_not
// CHECK: tosa.argmax %[[N]] {axis = 1 : i32}
func.func @arg_min(%x: tensor<2x4x!x>) -> tensor<2xi32> {
  %0 = qnn.arg_min %x {axis = 1 : i64} : (tensor<2x4x!x>) -> tensor<2xi32>
  return %0 : tensor<2xi32>
}

// An island of floats between conversions.
// CHECK-LABEL: func.func @mixed(
// CHECK: tosa.cast %{{.*}} : (tensor<4xi8>) -> tensor<4xf32>
// CHECK: tosa.exp
// CHECK: tosa.clamp
// CHECK: tosa.cast %{{.*}} : (tensor<4xf32>) -> tensor<4xi32>
// CHECK: tosa.cast %{{.*}} : (tensor<4xi32>) -> tensor<4xi8>
func.func @mixed(%x: tensor<4x!x>) -> tensor<4x!y> {
  %0 = qnn.dequantize %x : (tensor<4x!x>) -> tensor<4xf32>
  %1 = qnn.exp %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = qnn.quantize %1 : (tensor<4xf32>) -> tensor<4x!y>
  return %2 : tensor<4x!y>
}

// CHECK-LABEL: func.func @gather(
// CHECK: tosa.minimum
// CHECK: tosa.gather {{.*}} : (tensor<1x5x6xf32>, tensor<1x2xi32>) -> tensor<1x2x6xf32>
// CHECK: tosa.transpose {{.*}} -> tensor<2x2x3xf32>
func.func @gather(%x: tensor<2x5x3xf32>, %i: tensor<2xi32>) -> tensor<2x2x3xf32> {
  %0 = qnn.gather %x, %i {axis = 1 : i64} : (tensor<2x5x3xf32>, tensor<2xi32>) -> tensor<2x2x3xf32>
  return %0 : tensor<2x2x3xf32>
}

// Samples before the first element: the sums of tosa.resize, spelled out.
// CHECK-LABEL: func.func @resize_half_pixel(
// CHECK-NOT: tosa.resize
// CHECK-COUNT-4: tosa.mul
// CHECK: tosa.rescale
func.func @resize_half_pixel(%x: tensor<1x2x2x1x!x>) -> tensor<1x4x4x1x!x> {
  %0 = qnn.resize_bilinear %x {size = array<i64: 4, 4>, half_pixel_centers}
    : (tensor<1x2x2x1x!x>) -> tensor<1x4x4x1x!x>
  return %0 : tensor<1x4x4x1x!x>
}

// CHECK-LABEL: func.func @resize_corners(
// CHECK: %[[SCALE:.*]] = tosa.const_shape {values = dense<[3, 1, 3, 1]> : tensor<4xindex>}
// CHECK: %[[SUM:.*]] = tosa.resize %{{.*}}, %[[SCALE]]{{.*}} -> tensor<1x4x4x1xi32>
// CHECK: tosa.rescale %[[SUM]]
func.func @resize_corners(%x: tensor<1x2x2x1x!x>) -> tensor<1x4x4x1x!x> {
  %0 = qnn.resize_bilinear %x {size = array<i64: 4, 4>, align_corners}
    : (tensor<1x2x2x1x!x>) -> tensor<1x4x4x1x!x>
  return %0 : tensor<1x4x4x1x!x>
}
