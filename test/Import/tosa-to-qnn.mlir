// Float TOSA as qnn: layouts, paddings, names, clamps, softmax, alignments of a resize.
// RUN: quant-opt --kvant-tosa-to-qnn --split-input-file %s | FileCheck %s

// CHECK-LABEL: func.func @convolutions
// A bias of one element is that of all channels; an operation is named by its location.
// CHECK-DAG: %[[BIAS:.*]] = qnn.constant dense<5.0{{.*}}> : tensor<4xf32>
// The filter [KH, KW, C, M] of TOSA is [1, KH, KW, C * M] here.
// CHECK-DAG: %[[W:.*]] = qnn.constant dense<{{.*}}> : tensor<1x1x2x8xf32>
// CHECK: %[[CONV:.*]] = qnn.conv_2d %arg0, %arg1, %[[BIAS]] {dilation = array<i64: 1, 2>, padding = array<i64: 1, 0, 2, 1>, qnn.name = "stem", stride = array<i64: 2, 1>}
// CHECK: %[[RELU:.*]] = qnn.relu6 %[[CONV]] {qnn.name = "clamp_0"}
// CHECK: qnn.depthwise_conv_2d %[[RELU]], %[[W]], {{.*}} {dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, qnn.name = "depthwise_conv2d_0", stride = array<i64: 1, 1>}
// CHECK-NOT: tosa
func.func @convolutions(%x: tensor<1x6x6x3xf32>, %w: tensor<4x3x2x3xf32>) -> tensor<1x3x6x8xf32> {
  %b = "tosa.const"() <{values = dense<5.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %0 = tosa.conv2d %x, %w, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 2>, pad = array<i64: 1, 0, 2, 1>, stride = array<i64: 2, 1>} : (tensor<1x6x6x3xf32>, tensor<4x3x2x3xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x7x4xf32> loc("stem")
  %1 = tosa.clamp %0 {max_val = 6.0 : f32, min_val = 0.0 : f32} : (tensor<1x3x7x4xf32>) -> tensor<1x3x7x4xf32>
  %f = "tosa.const"() <{values = dense<[[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]], [[9.0, 10.0], [11.0, 12.0], [13.0, 14.0], [15.0, 16.0]]]]> : tensor<1x2x4x2xf32>}> : () -> tensor<1x2x4x2xf32>
  %c = "tosa.const"() <{values = dense<1.0> : tensor<8xf32>}> : () -> tensor<8xf32>
  %2 = tosa.depthwise_conv2d %1, %f, %c, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x3x7x4xf32>, tensor<1x2x4x2xf32>, tensor<8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x6x8xf32>
  return %2 : tensor<1x3x6x8xf32>
}

// -----

// CHECK-LABEL: func.func @transpose_conv
// CHECK: qnn.transpose_conv_2d %arg0, %arg1, %arg2 {padding = array<i64: 1, -1, 0, 2>, qnn.name = "transpose_conv2d_0", stride = array<i64: 2, 2>} : {{.*}} -> tensor<1x7x5x4xf32>
func.func @transpose_conv(%x: tensor<1x3x3x2xf32>, %w: tensor<4x3x3x2xf32>, %b: tensor<4xf32>) -> tensor<1x7x5x4xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %0 = tosa.transpose_conv2d %x, %w, %b, %z, %z {acc_type = f32, out_pad = array<i64: -1, 1, 0, -2>, stride = array<i64: 2, 2>} : (tensor<1x3x3x2xf32>, tensor<4x3x3x2xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x7x5x4xf32>
  return %0 : tensor<1x7x5x4xf32>
}

// -----

// CHECK-LABEL: func.func @matmuls
// A constant right side is a filter, transposed.
// CHECK: %[[W:.*]] = qnn.constant dense<{{\[\[}}1.0{{.*}}, 3.0{{.*}}, 5.0{{.*}}], [2.0{{.*}}, 4.0{{.*}}, 6.0{{.*}}]]> : tensor<2x3xf32>
// CHECK: %[[FC:.*]] = qnn.fully_connected %arg0, %[[W]] {qnn.name = "matmul_0"} : (tensor<1x4x3xf32>, tensor<2x3xf32>) -> tensor<1x4x2xf32>
// CHECK: qnn.batch_matmul %[[FC]], %arg1 {qnn.name = "matmul_1"}
func.func @matmuls(%x: tensor<1x4x3xf32>, %y: tensor<1x2x5xf32>) -> tensor<1x4x5xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %w = "tosa.const"() <{values = dense<[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]> : tensor<1x3x2xf32>}> : () -> tensor<1x3x2xf32>
  %0 = tosa.matmul %x, %w, %z, %z : (tensor<1x4x3xf32>, tensor<1x3x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x2xf32>
  %1 = tosa.matmul %0, %y, %z, %z : (tensor<1x4x2xf32>, tensor<1x2x5xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x5xf32>
  return %1 : tensor<1x4x5xf32>
}

// -----

// CHECK-LABEL: func.func @clamps
// CHECK: %[[A:.*]] = qnn.relu %arg0 {qnn.name = "clamp_0"}
// CHECK: %[[B:.*]] = qnn.relu_n1_to_1 %[[A]] {qnn.name = "clamp_1"}
// CHECK: %[[C:.*]] = qnn.minimum %[[B]], %{{.*}} : (tensor<2x3xf32>, tensor<1xf32>)
// CHECK: %[[D:.*]] = qnn.maximum %[[C]], %{{.*}} {qnn.name = "clamp_2"}
// CHECK: qnn.minimum %[[D]], %{{.*}} {qnn.name = "clamp_3"}
func.func @clamps(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = tosa.clamp %x {max_val = 0x7F800000 : f32, min_val = 0.0 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = tosa.clamp %0 {max_val = 1.0 : f32, min_val = -1.0 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = tosa.clamp %1 {max_val = 0.5 : f32, min_val = -0.25 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = tosa.clamp %2 {max_val = 0.125 : f32, min_val = -3.40282347E+38 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %3 : tensor<2x3xf32>
}

// -----

// CHECK-LABEL: func.func @softmax
// CHECK-NEXT: %[[S:.*]] = qnn.softmax %arg0 {qnn.name = "probabilities"} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: return %[[S]]
func.func @softmax(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %0 = tosa.reduce_max %x {axis = 1 : i32} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  %1 = tosa.sub %x, %0 : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x3xf32>
  %2 = tosa.exp %1 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = tosa.reduce_sum %2 {axis = 1 : i32} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  %4 = tosa.reciprocal %3 : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %5 = tosa.mul %2, %4, %s : (tensor<2x3xf32>, tensor<2x1xf32>, tensor<1xi8>) -> tensor<2x3xf32> loc("probabilities")
  return %5 : tensor<2x3xf32>
}

// -----

// Along another axis it is no softmax of qnn.
// CHECK-LABEL: func.func @softmax_of_columns
// CHECK: qnn.reduce_max %arg0 {axes = array<i64: 0>, keep_dims, qnn.name = "reduce_max_0"}
// CHECK: qnn.exp
// CHECK: qnn.div
// CHECK: qnn.mul
func.func @softmax_of_columns(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %0 = tosa.reduce_max %x {axis = 0 : i32} : (tensor<2x3xf32>) -> tensor<1x3xf32>
  %1 = tosa.sub %x, %0 : (tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
  %2 = tosa.exp %1 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = tosa.reduce_sum %2 {axis = 0 : i32} : (tensor<2x3xf32>) -> tensor<1x3xf32>
  %4 = tosa.reciprocal %3 : (tensor<1x3xf32>) -> tensor<1x3xf32>
  %5 = tosa.mul %2, %4, %s : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<1xi8>) -> tensor<2x3xf32>
  return %5 : tensor<2x3xf32>
}

// -----

// CHECK-LABEL: func.func @movement
// CHECK: qnn.pad %arg0 {padding = array<i64: 0, 0, 1, 2>, qnn.name = "pad_0", value = -1.500000e+00 : f32}
// CHECK: qnn.slice {{.*}} {begin = array<i64: 0, 1>, qnn.name = "slice_0", size = array<i64: 2, 4>}
// CHECK: qnn.tile {{.*}} {multiples = array<i64: 1, 3>, qnn.name = "tile_0"}
// CHECK: qnn.transpose {{.*}} {perms = array<i64: 1, 0>, qnn.name = "transpose_0"}
// CHECK: qnn.concat {{.*}} {axis = 0 : i64, qnn.name = "concat_0"}
// CHECK: qnn.reshape {{.*}} {qnn.name = "reshape_0", shape = array<i64: 1, 24, 2>}
// CHECK: qnn.gather {{.*}} {axis = 1 : i64, batch_dims = 1 : i64, qnn.name = "gather_0"}
// CHECK: qnn.arg_max {{.*}} {axis = 2 : i64, qnn.name = "argmax_0"}
func.func @movement(%x: tensor<2x3xf32>, %i: tensor<1x5xi32>) -> tensor<1x5xi32> {
  %v = "tosa.const"() <{values = dense<-1.5> : tensor<1xf32>}> : () -> tensor<1xf32>
  %p = tosa.const_shape {values = dense<[0, 0, 1, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %0 = tosa.pad %x, %p, %v : (tensor<2x3xf32>, !tosa.shape<4>, tensor<1xf32>) -> tensor<2x6xf32>
  %b = tosa.const_shape {values = dense<[0, 1]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %s = tosa.const_shape {values = dense<[2, 4]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %1 = tosa.slice %0, %b, %s : (tensor<2x6xf32>, !tosa.shape<2>, !tosa.shape<2>) -> tensor<2x4xf32>
  %m = tosa.const_shape {values = dense<[1, 3]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %2 = tosa.tile %1, %m : (tensor<2x4xf32>, !tosa.shape<2>) -> tensor<2x12xf32>
  %3 = tosa.transpose %2 {perms = array<i32: 1, 0>} : (tensor<2x12xf32>) -> tensor<12x2xf32>
  %4 = tosa.concat %3, %3 {axis = 0 : i32} : (tensor<12x2xf32>, tensor<12x2xf32>) -> tensor<24x2xf32>
  %r = tosa.const_shape {values = dense<[1, 24, 2]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %5 = tosa.reshape %4, %r : (tensor<24x2xf32>, !tosa.shape<3>) -> tensor<1x24x2xf32>
  %6 = tosa.gather %5, %i : (tensor<1x24x2xf32>, tensor<1x5xi32>) -> tensor<1x5x2xf32>
  %7 = tosa.argmax %6 {axis = 2 : i32} : (tensor<1x5x2xf32>) -> tensor<1x5xi32>
  return %7 : tensor<1x5xi32>
}

// -----

// CHECK-LABEL: func.func @resizes
// CHECK: qnn.resize_bilinear %arg0 {half_pixel_centers, qnn.name = "resize_0", size = array<i64: 4, 4>}
// CHECK: qnn.resize_nearest {{.*}} {align_corners, qnn.name = "resize_1", size = array<i64: 7, 7>}
func.func @resizes(%x: tensor<1x2x2x1xf32>) -> tensor<1x7x7x1xf32> {
  %s = tosa.const_shape {values = dense<[4, 2, 4, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %o = tosa.const_shape {values = dense<[-1, -1]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %b = tosa.const_shape {values = dense<[1, 1]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %0 = tosa.resize %x, %s, %o, %b {mode = BILINEAR} : (tensor<1x2x2x1xf32>, !tosa.shape<4>, !tosa.shape<2>, !tosa.shape<2>) -> tensor<1x4x4x1xf32>
  %s1 = tosa.const_shape {values = dense<[4, 2, 4, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %o1 = tosa.const_shape {values = dense<[0, 0]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %b1 = tosa.const_shape {values = dense<[0, 0]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %1 = tosa.resize %0, %s1, %o1, %b1 {mode = NEAREST_NEIGHBOR} : (tensor<1x4x4x1xf32>, !tosa.shape<4>, !tosa.shape<2>, !tosa.shape<2>) -> tensor<1x7x7x1xf32>
  return %1 : tensor<1x7x7x1xf32>
}
