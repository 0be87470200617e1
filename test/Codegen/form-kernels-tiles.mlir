// RUN: quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=i8mm/int8/1x8x8x40/in16/k1x1/s1x1/d1x1:2x3,dotprod/int8/1x8x8x40/in16/k1x1/s1x1/d1x1:5x2,v8.0/int8/1x8x8x40/in16/k1x1/s1x1/d1x1:1x4,i8mm/int8/1x9x8x40/in16/k1x1/s1x1/d1x1:2x1}))" | FileCheck %s
// RUN: quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=cortex-a76},func.func(kvant-form-kernels{tiles=dotprod/int8/1x8x8x40/in16/k1x1/s1x1/d1x1:5x2}),one-shot-bufferize{bufferize-function-boundaries=1 function-boundary-type-conversion=identity-layout-map},kvant-clone-levels,func.func(kvant-lower-kernels))" | FileCheck %s --check-prefix=ROWS
// RUN: quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels))" | FileCheck %s --check-prefix=NONE

// Three vectors of four lanes make blocks of 12 channels. The tile of v8.0 is wider, so that this
// level is left to the cost function; the shape with nine rows is not here.

// CHECK: kernel.dot_conv
// CHECK-SAME: block = 12 : i64
// CHECK-SAME: kernel.tiles = {dotprod = array<i64: 5, 2>, i8mm = array<i64: 2, 3>}

// What is lowered has these rows: 64 pixels by five are 13 tiles, of which the last begins at 59.

// ROWS-LABEL: @main_dotprod
// ROWS: arith.constant 13 : index
// ROWS: %[[LAST:.*]] = arith.constant 59 : index
// ROWS: arith.minui %{{.*}}, %[[LAST]]

// NONE: kernel.dot_conv
// NONE-NOT: kernel.tiles
func.func @main(%x: tensor<1x8x8x16xi8>) -> tensor<1x8x8x40xi32> {
  %w = "tosa.const"() {values = dense<3> : tensor<40x1x1x16xi8>} : () -> tensor<40x1x1x16xi8>
  %b = "tosa.const"() {values = dense<100> : tensor<40xi32>} : () -> tensor<40xi32>
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %c = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x8x8x16xi8>, tensor<40x1x1x16xi8>, tensor<40xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x8x8x40xi32>
  return %c : tensor<1x8x8x40xi32>
}
