// RUN: quant-opt %s -split-input-file --pass-pipeline="builtin.module(func.func(kvant-fold-pads,canonicalize))" | FileCheck %s

// Two users with different padding and a residual share one buffer: the largest padding on
// each side is the halo, and who wants less reads from the middle.

// CHECK-LABEL: @shared
// CHECK: %[[INIT:.*]] = tensor.empty() : tensor<1x9x21x4xi8>
// CHECK: %[[X:.*]] = kernel.dot_conv %arg0 {{.*}} into %[[INIT]] {{{.*}}halo = array<i64: 2, 3, 1, 3>, halo_value = 7 : i8
// CHECK-SAME: -> tensor<1x9x21x4xi8>
// CHECK-NOT: kernel.pad
// CHECK: kernel.depthwise_conv %[[X]] {{.*}}input_origin = array<i64: 1, 0>
// CHECK: kernel.depthwise_conv %[[X]] {{.*}} into
// CHECK-NOT: input_origin
// CHECK: kernel.dot_conv %[[X]] {{.*}} elements %[[X]] into {{.*}}element_origins = array<i64: 2, 1>
// CHECK-SAME: input_origin = array<i64: 2, 1>
func.func @shared(%x: tensor<1x4x17x4xi8>, %w: tensor<32xi8>, %w3: tensor<48xi8>, %w5: tensor<160xi8>, %b: tensor<4xi32>)
    -> (tensor<1x4x17x4xi32>, tensor<1x5x17x4xi32>, tensor<1x4x17x4xi32>) {
  %i = tensor.empty() : tensor<1x4x17x4xi8>
  %k = kernel.dot_conv %x weights %w bias %b into %i
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x4x17x4xi8>, tensor<32xi8>, tensor<4xi32> into tensor<1x4x17x4xi8> -> tensor<1x4x17x4xi8>
    epilogue {
    ^bb0(%acc: i32):
      %t = arith.trunci %acc : i32 to i8
      kernel.yield %t : i8
    }
  %i3 = tensor.empty() : tensor<1x6x19x4xi8>
  %p3 = kernel.pad %k into %i3 {low = array<i64: 1, 1>, value = 7 : i8} : tensor<1x4x17x4xi8> into tensor<1x6x19x4xi8> -> tensor<1x6x19x4xi8>
  %i5 = tensor.empty() : tensor<1x9x21x4xi8>
  %p5 = kernel.pad %k into %i5 {low = array<i64: 2, 1>, value = 7 : i8} : tensor<1x4x17x4xi8> into tensor<1x9x21x4xi8> -> tensor<1x9x21x4xi8>
  %o = tensor.empty() : tensor<1x4x17x4xi32>
  %a = kernel.depthwise_conv %p3 weights %w3 bias %b into %o
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x6x19x4xi8>, tensor<48xi8>, tensor<4xi32> into tensor<1x4x17x4xi32> -> tensor<1x4x17x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  %o5 = tensor.empty() : tensor<1x5x17x4xi32>
  %c = kernel.depthwise_conv %p5 weights %w5 bias %b into %o5
    {window = array<i64: 5, 5>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x9x21x4xi8>, tensor<160xi8>, tensor<4xi32> into tensor<1x5x17x4xi32> -> tensor<1x5x17x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  %d = kernel.dot_conv %k weights %w bias %b elements %k into %o
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x4x17x4xi8>, tensor<32xi8>, tensor<4xi32> elements tensor<1x4x17x4xi8> into tensor<1x4x17x4xi32> -> tensor<1x4x17x4xi32>
    epilogue {
    ^bb0(%acc: i32, %e: i8):
      kernel.yield %acc : i32
    }
  return %a, %c, %d : tensor<1x4x17x4xi32>, tensor<1x5x17x4xi32>, tensor<1x4x17x4xi32>
}

// -----

// Copies stay: one flips the signedness, one pads a result of the program, and one is read by
// a convolution that takes its short lines as one.

// CHECK-LABEL: @kept
// CHECK-COUNT-3: kernel.pad
func.func @kept(%x: tensor<1x4x4x4xi8>, %w: tensor<32xi8>, %b: tensor<4xi32>)
    -> (tensor<1x6x6x4xi32>, tensor<1x6x6x4xi32>, tensor<1x4x4x4xi8>, tensor<1x6x6x4xi32>, tensor<1x4x4x4xi32>) {
  %i = tensor.empty() : tensor<1x4x4x4xi8>
  %o = tensor.empty() : tensor<1x6x6x4xi32>
  %i6 = tensor.empty() : tensor<1x6x6x4xi8>
  %k = kernel.dot_conv %x weights %w bias %b into %i
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x4x4x4xi8>, tensor<32xi8>, tensor<4xi32> into tensor<1x4x4x4xi8> -> tensor<1x4x4x4xi8>
    epilogue {
    ^bb0(%acc: i32):
      %t = arith.trunci %acc : i32 to i8
      kernel.yield %t : i8
    }
  %p = kernel.pad %k into %i6 {low = array<i64: 1, 1>, value = 7 : i8, flip_sign} : tensor<1x4x4x4xi8> into tensor<1x6x6x4xi8> -> tensor<1x6x6x4xi8>
  %a = kernel.dot_conv %p weights %w bias %b into %o
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x6x6x4xi8>, tensor<32xi8>, tensor<4xi32> into tensor<1x6x6x4xi32> -> tensor<1x6x6x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  %l = kernel.dot_conv %x weights %w bias %b into %i
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x4x4x4xi8>, tensor<32xi8>, tensor<4xi32> into tensor<1x4x4x4xi8> -> tensor<1x4x4x4xi8>
    epilogue {
    ^bb0(%acc: i32):
      %t = arith.trunci %acc : i32 to i8
      kernel.yield %t : i8
    }
  %q = kernel.pad %l into %i6 {low = array<i64: 1, 1>, value = 7 : i8} : tensor<1x4x4x4xi8> into tensor<1x6x6x4xi8> -> tensor<1x6x6x4xi8>
  %c = kernel.dot_conv %q weights %w bias %b into %o
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x6x6x4xi8>, tensor<32xi8>, tensor<4xi32> into tensor<1x6x6x4xi32> -> tensor<1x6x6x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  %m = kernel.dot_conv %x weights %w bias %b into %i
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x4x4x4xi8>, tensor<32xi8>, tensor<4xi32> into tensor<1x4x4x4xi8> -> tensor<1x4x4x4xi8>
    epilogue {
    ^bb0(%acc: i32):
      %t = arith.trunci %acc : i32 to i8
      kernel.yield %t : i8
    }
  %r = kernel.pad %m into %i6 {low = array<i64: 1, 1>, value = 7 : i8} : tensor<1x4x4x4xi8> into tensor<1x6x6x4xi8> -> tensor<1x6x6x4xi8>
  %d = kernel.dot_conv %r weights %w bias %b into %o
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x6x6x4xi8>, tensor<32xi8>, tensor<4xi32> into tensor<1x6x6x4xi32> -> tensor<1x6x6x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  %o4 = tensor.empty() : tensor<1x4x4x4xi32>
  %e = kernel.dot_conv %m weights %w bias %b into %o4
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x4x4x4xi8>, tensor<32xi8>, tensor<4xi32> into tensor<1x4x4x4xi32> -> tensor<1x4x4x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return %a, %c, %l, %d, %e : tensor<1x6x6x4xi32>, tensor<1x6x6x4xi32>, tensor<1x4x4x4xi8>, tensor<1x6x6x4xi32>, tensor<1x4x4x4xi32>
}
