// RUN: quant-opt %s -split-input-file --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=cortex-a76},func.func(kvant-form-kernels,canonicalize))" | FileCheck %s
// RUN: quant-opt %s -split-input-file --pass-pipeline="builtin.module(kvant-attach-target{target=host cpu=znver4},func.func(kvant-form-kernels,canonicalize))" | FileCheck %s --check-prefix=VNNI

// The zero point 5 of the input goes into the bias: 100 - 5 * (3 * 27) = -305; on VNNI the
// bytes are unsigned: 100 - (5 + 128) * 81 = -10673. Saturated first, clamped as bytes. With
// x - 5 between -133 and 122 the accumulator lies between 100 - 133 * 81 and 100 + 122 * 81.

// CHECK-LABEL: @conv
// CHECK-DAG: %[[BIAS:.*]] = arith.constant dense<-305> : tensor<8xi32>
// CHECK-DAG: %[[LOW:.*]] = arith.constant -20 : i8
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 100 : i8
// CHECK-DAG: %[[LEAST:.*]] = arith.constant -128 : i32
// CHECK-DAG: %[[MOST:.*]] = arith.constant 127 : i32
// CHECK: %[[X:.*]] = kernel.pad %arg0 into %{{.*}} {low = array<i64: 1, 1>, value = 5 : i8}
// CHECK: kernel.dot_conv %[[X]] weights %{{.*}} bias %[[BIAS]] into
// CHECK-SAME: block = 8 : i64
// CHECK-SAME: lanes = 4 : i64
// CHECK: ^bb0(%[[ACC:.*]]: i32):
// CHECK-NEXT: %[[S:.*]] = tosa.apply_scale %[[ACC]], %{{.*}}, %{{.*}} {kernel.min_shift = 38 : i32, rounding_mode = SINGLE_ROUND}
// CHECK-NEXT: %[[Z:.*]] = arith.addi %[[S]]
// CHECK-NEXT: %[[A:.*]] = arith.maxsi %[[Z]], %[[LEAST]]
// CHECK-NEXT: %[[B:.*]] = arith.minsi %[[A]], %[[MOST]]
// CHECK-NEXT: %[[N:.*]] = arith.trunci %[[B]] : i32 to i8
// CHECK-NEXT: %[[L:.*]] = arith.maxsi %[[N]], %[[LOW]]
// CHECK-NEXT: %[[R:.*]] = arith.minsi %[[L]], %[[HIGH]]
// CHECK-NEXT: kernel.yield %[[R]] : i8
// CHECK-NOT: tosa.conv2d
// VNNI-LABEL: @conv
// Eight channels need only half a register.
// VNNI-DAG: %[[BIAS:.*]] = arith.constant dense<-10673> : tensor<8xi32>
// VNNI: %[[X:.*]] = kernel.pad %arg0 into %{{.*}} {flip_sign, low = array<i64: 1, 1>, value = -123 : i8}
// VNNI: kernel.dot_conv %[[X]] {{.*}} bias %[[BIAS]] into {{.*}} input_unsigned, kernel.accumulator_range = dense<{{.*}}[-10673,{{.*}}], [9982,{{.*}}lanes = 8 : i64
func.func @conv(%x: tensor<1x8x8x3xi8>) -> tensor<1x8x8x8xi8> {
  %w = "tosa.const"() {values = dense<3> : tensor<8x3x3x3xi8>} : () -> tensor<8x3x3x3xi8>
  %b = "tosa.const"() {values = dense<100> : tensor<8xi32>} : () -> tensor<8xi32>
  %z = "tosa.const"() {values = dense<5> : tensor<1xi8>} : () -> tensor<1xi8>
  %z0 = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %z32 = "tosa.const"() {values = dense<0> : tensor<1xi32>} : () -> tensor<1xi32>
  %m = "tosa.const"() {values = dense<1500000000> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<38> : tensor<1xi8>} : () -> tensor<1xi8>
  %c = tosa.conv2d %x, %w, %b, %z, %z0 {acc_type = i32, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x8x8x3xi8>, tensor<8x3x3x3xi8>, tensor<8xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x8x8x8xi32>
  %r = tosa.rescale %c, %m, %s, %z32, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<1x8x8x8xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<1x8x8x8xi8>
  %k = tosa.clamp %r {min_val = -20 : i8, max_val = 100 : i8} : (tensor<1x8x8x8xi8>) -> tensor<1x8x8x8xi8>
  return %k : tensor<1x8x8x8xi8>
}

// -----

// A residual addition: both rescales of the other operand are computed in the tile, and a
// multiplier that is a power of two is a shift.

// CHECK-LABEL: @residual
// CHECK: kernel.dot_conv %arg0 {{.*}} elements %arg1 into
// CHECK: ^bb0(%{{.*}}: i32, %[[OTHER:.*]]: i8):
// CHECK: arith.extsi %[[OTHER]] : i8 to i32
// CHECK: arith.shli
// CHECK: kernel.yield %{{.*}} : i8
// CHECK-NOT: tosa.rescale
func.func @residual(%x: tensor<1x4x4x8xi8>, %y: tensor<1x4x4x8xi8>) -> tensor<1x4x4x8xi8> {
  %w = "tosa.const"() {values = dense<3> : tensor<8x1x1x8xi8>} : () -> tensor<8x1x1x8xi8>
  %b = "tosa.const"() {values = dense<100> : tensor<8xi32>} : () -> tensor<8xi32>
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %z32 = "tosa.const"() {values = dense<0> : tensor<1xi32>} : () -> tensor<1xi32>
  %m = "tosa.const"() {values = dense<1500000000> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<38> : tensor<1xi8>} : () -> tensor<1xi8>
  %p = "tosa.const"() {values = dense<1073741824> : tensor<1xi32>} : () -> tensor<1xi32>
  %t = "tosa.const"() {values = dense<10> : tensor<1xi8>} : () -> tensor<1xi8>
  %c = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x8xi8>, tensor<8x1x1x8xi8>, tensor<8xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x8xi32>
  %r = tosa.rescale %c, %m, %s, %z32, %z32 {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<1x4x4x8xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x4x4x8xi32>
  %o = tosa.rescale %y, %p, %t, %z, %z32 {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<1x4x4x8xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi32>) -> tensor<1x4x4x8xi32>
  %q = tosa.rescale %o, %m, %s, %z32, %z32 {scale32 = true, rounding_mode = DOUBLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<1x4x4x8xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x4x4x8xi32>
  %a = tosa.add %r, %q : (tensor<1x4x4x8xi32>, tensor<1x4x4x8xi32>) -> tensor<1x4x4x8xi32>
  %f = tosa.rescale %a, %m, %s, %z32, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<1x4x4x8xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<1x4x4x8xi8>
  return %f : tensor<1x4x4x8xi8>
}

// -----

// An argument may end where its memory ends, and three bytes of it make no group of four: the
// kernel gets a copy. What the program itself computed has room behind it.

// CHECK-LABEL: @overread
// CHECK: %[[X:.*]] = kernel.pad %arg0 into %{{.*}} {low = array<i64: 0, 0>
// CHECK: %[[Y:.*]] = kernel.dot_conv %[[X]]
// CHECK: kernel.dot_conv %[[Y]]
// On VNNI the first kernel hands unsigned bytes to the second.
// VNNI-LABEL: @overread
// VNNI: %[[Y:.*]] = kernel.dot_conv
// VNNI: %[[N:.*]] = arith.trunci
// VNNI-NEXT: %[[F:.*]] = arith.xori %[[N]], %{{.*}} : i8
// VNNI-NEXT: kernel.yield %[[F]]
// VNNI: kernel.dot_conv %[[Y]] {{.*}} input_unsigned
func.func @overread(%x: tensor<1x4x4x3xi8>) -> tensor<1x4x4x3xi32> {
  %w = "tosa.const"() {values = dense<3> : tensor<3x1x1x3xi8>} : () -> tensor<3x1x1x3xi8>
  %b = "tosa.const"() {values = dense<1> : tensor<1xi32>} : () -> tensor<1xi32>
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %z32 = "tosa.const"() {values = dense<0> : tensor<1xi32>} : () -> tensor<1xi32>
  %m = "tosa.const"() {values = dense<1500000000> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<38> : tensor<1xi8>} : () -> tensor<1xi8>
  %c = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x3xi8>, tensor<3x1x1x3xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x3xi32>
  %r = tosa.rescale %c, %m, %s, %z32, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<1x4x4x3xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<1x4x4x3xi8>
  %d = tosa.conv2d %r, %w, %b, %z, %z {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x3xi8>, tensor<3x1x1x3xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x3xi32>
  return %d : tensor<1x4x4x3xi32>
}

// -----

// A slice that the kernel skips is gone before signedness is chosen: both readers of the first
// kernel's bytes want them unsigned.

// CHECK-LABEL: @shortcut
// CHECK-NOT: tosa.slice
// VNNI-LABEL: @shortcut
// VNNI-NOT: tosa.slice
// VNNI: %[[Y:.*]] = kernel.dot_conv
// VNNI: arith.xori
// VNNI-DAG: kernel.dot_conv %[[Y]] {{.*}} input_unsigned{{.*}} stride = array<i64: 2, 2>
// VNNI-DAG: kernel.dot_conv %[[Y]] {{.*}} input_unsigned{{.*}} stride = array<i64: 1, 1>
func.func @shortcut(%x: tensor<1x4x4x4xi8>) -> (tensor<1x2x2x4xi32>, tensor<1x4x4x4xi32>) {
  %w = "tosa.const"() {values = dense<3> : tensor<4x1x1x4xi8>} : () -> tensor<4x1x1x4xi8>
  %b = "tosa.const"() {values = dense<1> : tensor<1xi32>} : () -> tensor<1xi32>
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %z32 = "tosa.const"() {values = dense<0> : tensor<1xi32>} : () -> tensor<1xi32>
  %m = "tosa.const"() {values = dense<1500000000> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<38> : tensor<1xi8>} : () -> tensor<1xi8>
  %from = tosa.const_shape {values = dense<0> : tensor<4xindex>} : () -> !tosa.shape<4>
  %size = tosa.const_shape {values = dense<[1, 3, 3, 4]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %c = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x4xi8>, tensor<4x1x1x4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x4xi32>
  %r = tosa.rescale %c, %m, %s, %z32, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<1x4x4x4xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<1x4x4x4xi8>
  %v = tosa.slice %r, %from, %size : (tensor<1x4x4x4xi8>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x3x3x4xi8>
  %d = tosa.conv2d %v, %w, %b, %z, %z {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>, dilation = array<i64: 1, 1>} : (tensor<1x3x3x4xi8>, tensor<4x1x1x4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x2x2x4xi32>
  %e = tosa.conv2d %r, %w, %b, %z, %z {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x4xi8>, tensor<4x1x1x4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x4xi32>
  return %d, %e : tensor<1x2x2x4xi32>, tensor<1x4x4x4xi32>
}

// -----

// Depthwise with multiplier 1 becomes a kernel, and keeps the zero point of its weights.

// CHECK-LABEL: @depthwise
// CHECK: kernel.depthwise_conv %arg0 {{.*}}block = 8 : i64
// CHECK-SAME: lanes = 8 : i64
// CHECK-SAME: weight_zp = 4 : i32
func.func @depthwise(%x: tensor<1x5x5x8xi8>) -> tensor<1x3x3x8xi32> {
  %w = "tosa.const"() {values = dense<3> : tensor<3x3x8x1xi8>} : () -> tensor<3x3x8x1xi8>
  %b = "tosa.const"() {values = dense<1> : tensor<8xi32>} : () -> tensor<8xi32>
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %z4 = "tosa.const"() {values = dense<4> : tensor<1xi8>} : () -> tensor<1xi8>
  %c = tosa.depthwise_conv2d %x, %w, %b, %z, %z4 {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x5x5x8xi8>, tensor<3x3x8x1xi8>, tensor<8xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x3x3x8xi32>
  return %c : tensor<1x3x3x8xi32>
}

// -----

// Weights that are computed, 16-bit inputs and channel multipliers stay for the general road.

// CHECK-LABEL: @left
// CHECK-COUNT-1: tosa.conv2d
// CHECK: tosa.conv2d
// CHECK: tosa.depthwise_conv2d
// CHECK-NOT: kernel.
func.func @left(%x: tensor<1x4x4x3xi8>, %w: tensor<3x1x1x3xi8>, %x16: tensor<1x4x4x3xi16>)
    -> (tensor<1x4x4x3xi32>, tensor<1x4x4x3xi48>, tensor<1x4x4x6xi32>) {
  %b = "tosa.const"() {values = dense<1> : tensor<1xi32>} : () -> tensor<1xi32>
  %b48 = "tosa.const"() {values = dense<1> : tensor<1xi48>} : () -> tensor<1xi48>
  %w8 = "tosa.const"() {values = dense<1> : tensor<3x1x1x3xi8>} : () -> tensor<3x1x1x3xi8>
  %wd = "tosa.const"() {values = dense<1> : tensor<1x1x3x2xi8>} : () -> tensor<1x1x3x2xi8>
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %z16 = "tosa.const"() {values = dense<0> : tensor<1xi16>} : () -> tensor<1xi16>
  %c = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x3xi8>, tensor<3x1x1x3xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x3xi32>
  %d = tosa.conv2d %x16, %w8, %b48, %z16, %z {acc_type = i48, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x3xi16>, tensor<3x1x1x3xi8>, tensor<1xi48>, tensor<1xi16>, tensor<1xi8>) -> tensor<1x4x4x3xi48>
  %e = tosa.depthwise_conv2d %x, %wd, %b, %z, %z {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x3xi8>, tensor<1x1x3x2xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x6xi32>
  return %c, %d, %e : tensor<1x4x4x3xi32>, tensor<1x4x4x3xi48>, tensor<1x4x4x6xi32>
}

// -----

// An average pool has the same weights for all channels: one block of eight is there for both.
// CHECK-LABEL: @uniform
// CHECK: kernel.depthwise_conv {{.*}} uniform, {{.*}} tensor<64xi8>
func.func @uniform(%x: tensor<1x2x2x16xi8>) -> tensor<1x1x1x16xi32> {
  %w = "tosa.const"() {values = dense<1> : tensor<2x2x16x1xi8>} : () -> tensor<2x2x16x1xi8>
  %b = "tosa.const"() {values = dense<0> : tensor<16xi32>} : () -> tensor<16xi32>
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %c = tosa.depthwise_conv2d %x, %w, %b, %z, %z {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x2x2x16xi8>, tensor<2x2x16x1xi8>, tensor<16xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x1x1x16xi32>
  return %c : tensor<1x1x1x16xi32>
}

// -----

// An addition of two tensors of bytes: each is rescaled to more places, the sum back. What does
// not rescale, or has an operand of another shape, goes the general road.

// CHECK-LABEL: @add
// CHECK: kernel.elementwise %arg0 elements %arg1 into
// CHECK: ^bb0(%[[A:.*]]: i8, %[[B:.*]]: i8):
// CHECK-DAG: arith.extsi %[[A]] : i8 to i32
// CHECK-DAG: arith.extsi %[[B]] : i8 to i32
// CHECK-COUNT-2: tosa.apply_scale
// CHECK: kernel.yield %{{.*}} : i8
// CHECK-NOT: tosa.rescale
// CHECK: tosa.clamp
func.func @add(%x: tensor<3x50xi8>, %y: tensor<3x50xi8>) -> (tensor<3x50xi8>, tensor<3x50xi8>) {
  %m0 = "tosa.const"() {values = dense<1073741824> : tensor<1xi32>} : () -> tensor<1xi32>
  %s0 = "tosa.const"() {values = dense<11> : tensor<1xi8>} : () -> tensor<1xi8>
  %m = "tosa.const"() {values = dense<1753413236> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<51> : tensor<1xi8>} : () -> tensor<1xi8>
  %m1 = "tosa.const"() {values = dense<1395864371> : tensor<1xi32>} : () -> tensor<1xi32>
  %s1 = "tosa.const"() {values = dense<12> : tensor<1xi8>} : () -> tensor<1xi8>
  %z = "tosa.const"() {values = dense<5> : tensor<1xi8>} : () -> tensor<1xi8>
  %z32 = "tosa.const"() {values = dense<0> : tensor<1xi32>} : () -> tensor<1xi32>
  %a = tosa.rescale %x, %m0, %s0, %z, %z32 {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<3x50xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi32>) -> tensor<3x50xi32>
  %b = tosa.rescale %y, %m1, %s1, %z, %z32 {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<3x50xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi32>) -> tensor<3x50xi32>
  %c = tosa.add %a, %b : (tensor<3x50xi32>, tensor<3x50xi32>) -> tensor<3x50xi32>
  %r = tosa.rescale %c, %m, %s, %z32, %z {scale32 = true, rounding_mode = DOUBLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<3x50xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<3x50xi8>
  %k = tosa.clamp %x {min_val = -20 : i8, max_val = 100 : i8} : (tensor<3x50xi8>) -> tensor<3x50xi8>
  return %r, %k : tensor<3x50xi8>, tensor<3x50xi8>
}

// -----

// A product of computed matrices: the right one is packed when the program runs, the zero point of
// the left one goes into a bias, which is a product with ones. Ten rows are padded to 16: for the
// six that are none, the zero point of the right one, 7, is added. The accumulator lies between
// 10 * 122 * -135 and 10 * -133 * -135.

// CHECK-LABEL: @matmul
// CHECK-DAG: %[[ONES:.*]] = arith.constant dense<1> : tensor<2x1x1x16xi8>
// CHECK-DAG: %[[REST:.*]] = arith.constant dense<42> : tensor<32xi32>
// CHECK-DAG: %[[FACTOR:.*]] = arith.constant -5 : i32
// CHECK: %[[W:.*]] = kernel.pack %arg1 into %{{.*}} {block = {{.*}} lanes = 4 : i64} : tensor<2x10x16xi8> into tensor<512xi8>
// CHECK: %[[S:.*]] = kernel.dot_conv %[[ONES]] weights %[[W]] bias %[[REST]] into {{.*}} weight_zp = 7 : i32, weights_by_image
// CHECK: arith.muli %{{.*}}, %[[FACTOR]] : i32
// CHECK: %[[BIAS:.*]] = tensor.collapse_shape %[[S]]
// CHECK: %[[X:.*]] = kernel.pad
// CHECK: kernel.dot_conv %[[X]] weights %[[W]] bias %[[BIAS]] into
// CHECK-SAME: kernel.accumulator_range = dense<{{\[}}[-164700,
// CHECK-SAME: weight_zp = 7 : i32, weights_by_image
// CHECK: tosa.apply_scale
// CHECK-NOT: tosa.matmul
// VNNI-LABEL: @matmul
// VNNI: arith.constant -133 : i32
// VNNI: kernel.pad {{.*}} {flip_sign
// VNNI: kernel.dot_conv {{.*}} input_unsigned
func.func @matmul(%x: tensor<2x3x10xi8>, %y: tensor<2x10x16xi8>) -> tensor<2x3x16xi8> {
  %za = "tosa.const"() {values = dense<5> : tensor<1xi8>} : () -> tensor<1xi8>
  %zb = "tosa.const"() {values = dense<7> : tensor<1xi8>} : () -> tensor<1xi8>
  %z32 = "tosa.const"() {values = dense<0> : tensor<1xi32>} : () -> tensor<1xi32>
  %m = "tosa.const"() {values = dense<1500000000> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<41> : tensor<1xi8>} : () -> tensor<1xi8>
  %c = tosa.matmul %x, %y, %za, %zb : (tensor<2x3x10xi8>, tensor<2x10x16xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<2x3x16xi32>
  %r = tosa.rescale %c, %m, %s, %z32, %za {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<2x3x16xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<2x3x16xi8>
  return %r : tensor<2x3x16xi8>
}
