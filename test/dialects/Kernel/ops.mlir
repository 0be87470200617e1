// RUN: quant-opt %s | quant-opt | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s
// RUN: quant-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s --check-prefix=BUF

// CHECK-LABEL: @pad
// CHECK: kernel.pad %{{.*}} into %{{.*}} {flip_sign, low = array<i64: 1, 1>, value = 5 : i8}
// CHECK-SAME: tensor<1x4x4x3xi8> into tensor<1x6x6x3xi8> -> tensor<1x6x6x3xi8>
// BUF-LABEL: @pad
// BUF: %[[INIT:.*]] = memref.alloc()
// BUF: kernel.pad %{{.*}} into %[[INIT]] {{.*}} : memref<1x4x4x3xi8> into memref<1x6x6x3xi8>
// BUF: return %[[INIT]]
func.func @pad(%x: tensor<1x4x4x3xi8>) -> tensor<1x6x6x3xi8> {
  %init = tensor.empty() : tensor<1x6x6x3xi8>
  %y = kernel.pad %x into %init {low = array<i64: 1, 1>, value = 5 : i8, flip_sign}
    : tensor<1x4x4x3xi8> into tensor<1x6x6x3xi8> -> tensor<1x6x6x3xi8>
  return %y : tensor<1x6x6x3xi8>
}

// CHECK-LABEL: @dot_conv
// CHECK: kernel.dot_conv
// CHECK-SAME: channels %{{.*}}, %{{.*}} elements %{{.*}} into
// CHECK: epilogue {
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: i32, %{{.*}}: i32, %{{.*}}: i8, %{{.*}}: i8):
// CHECK: tosa.apply_scale %[[ACC]]
// CHECK: kernel.yield %{{.*}} : i8
// BUF-LABEL: @dot_conv
// BUF: %[[INIT:.*]] = memref.alloc()
// BUF: kernel.dot_conv
// BUF-SAME: into %[[INIT]]
// BUF-SAME: memref<1x6x6x3xi8>, memref<384xi8>, memref<8xi32>
// BUF: return %[[INIT]]
func.func @dot_conv(%x: tensor<1x6x6x3xi8>, %w: tensor<384xi8>, %b: tensor<8xi32>,
    %m: tensor<8xi32>, %s: tensor<8xi8>, %r: tensor<1x4x4x7xi8>) -> tensor<1x4x4x7xi8> {
  %init = tensor.empty() : tensor<1x4x4x7xi8>
  %y = kernel.dot_conv %x weights %w bias %b channels %m, %s elements %r into %init
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64}
    : tensor<1x6x6x3xi8>, tensor<384xi8>, tensor<8xi32>
      channels tensor<8xi32>, tensor<8xi8> elements tensor<1x4x4x7xi8>
      into tensor<1x4x4x7xi8> -> tensor<1x4x4x7xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32, %shift: i8, %res: i8):
      %0 = tosa.apply_scale %acc, %mul, %shift {rounding_mode = SINGLE_ROUND} : (i32, i32, i8) -> i32
      %1 = arith.trunci %0 : i32 to i8
      %2 = arith.addi %1, %res : i8
      kernel.yield %2 : i8
    }
  return %y : tensor<1x4x4x7xi8>
}

// CHECK-LABEL: @depthwise_conv
// CHECK: kernel.depthwise_conv
// BUF-LABEL: @depthwise_conv
// BUF: kernel.depthwise_conv
func.func @depthwise_conv(%x: tensor<1x6x6x8xf32>, %w: tensor<72xf32>, %b: tensor<8xf32>)
    -> tensor<1x4x4x8xf32> {
  %init = tensor.empty() : tensor<1x4x4x8xf32>
  %y = kernel.depthwise_conv %x weights %w bias %b into %init
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 4 : i64}
    : tensor<1x6x6x8xf32>, tensor<72xf32>, tensor<8xf32>
      into tensor<1x4x4x8xf32> -> tensor<1x4x4x8xf32>
    epilogue {
    ^bb0(%acc: f32):
      kernel.yield %acc : f32
    }
  return %y : tensor<1x4x4x8xf32>
}

// CHECK-LABEL: @halo
// CHECK: kernel.dot_conv
// CHECK-SAME: element_origins = array<i64: 2, 0>, forward, halo = array<i64: 1, 0, 0, 2>, halo_value = 9 : i32, input_origin = array<i64: 1, 1>
func.func @halo(%x: memref<1x6x6x4xi8>, %w: memref<32xi8>, %b: memref<4xi32>, %e: memref<1x7x4x4xi8>, %init: memref<1x5x6x4xi32>) {
  kernel.dot_conv %x weights %w bias %b elements %e into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64, input_origin = array<i64: 1, 1>, element_origins = array<i64: 2, 0>,
     halo = array<i64: 1, 0, 0, 2>, halo_value = 9 : i32, forward}
    : memref<1x6x6x4xi8>, memref<32xi8>, memref<4xi32> elements memref<1x7x4x4xi8> into memref<1x5x6x4xi32>
    epilogue {
    ^bb0(%acc: i32, %other: i8):
      kernel.yield %acc : i32
    }
  return
}

// CHECK-LABEL: @elementwise
// CHECK: kernel.elementwise %{{.*}} elements %{{.*}} into
// BUF-LABEL: @elementwise
// BUF: kernel.elementwise {{.*}} : memref<5x3xi8> elements memref<5x3xi8> into memref<5x3xi8> epilogue
func.func @elementwise(%x: tensor<5x3xi8>, %y: tensor<5x3xi8>) -> tensor<5x3xi8> {
  %init = tensor.empty() : tensor<5x3xi8>
  %z = kernel.elementwise %x elements %y into %init
    : tensor<5x3xi8> elements tensor<5x3xi8> into tensor<5x3xi8> -> tensor<5x3xi8>
    epilogue {
    ^bb0(%a: i8, %b: i8):
      %0 = arith.addi %a, %b : i8
      kernel.yield %0 : i8
    }
  return %z : tensor<5x3xi8>
}

// CHECK-LABEL: @pack
// CHECK: kernel.pack
// CHECK: kernel.dot_conv {{.*}} weights_by_image
// BUF-LABEL: @pack
// BUF: kernel.pack {{.*}} : memref<2x8x4xi8> into memref<64xi8>
func.func @pack(%x: tensor<2x1x5x8xi8>, %y: tensor<2x8x4xi8>, %b: tensor<8xi32>) -> tensor<2x1x5x4xi32> {
  %p = tensor.empty() : tensor<64xi8>
  %w = kernel.pack %y into %p {lanes = 4 : i64, block = 8 : i64} : tensor<2x8x4xi8> into tensor<64xi8> -> tensor<64xi8>
  %init = tensor.empty() : tensor<2x1x5x4xi32>
  %z = kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64, weights_by_image}
    : tensor<2x1x5x8xi8>, tensor<64xi8>, tensor<8xi32> into tensor<2x1x5x4xi32> -> tensor<2x1x5x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return %z : tensor<2x1x5x4xi32>
}
