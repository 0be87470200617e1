// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-plan-arena))' -split-input-file | FileCheck %s

// Of three buffers in a chain, the first and the last share memory.
// CHECK-LABEL: @chain
// CHECK-SAME: %[[ARENA:[a-z0-9]+]]: memref<320xi8>) attributes {kvant.arena_bytes = 320 : i64}
func.func @chain(%in: memref<128xi8>, %out: memref<128xi8>) {
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C128:.*]] = arith.constant 128 : index
  // CHECK-DAG: memref.view %[[ARENA]][%[[C128]]][] : memref<320xi8> to memref<128xi8>
  // CHECK-NOT: memref.alloc
  %a = memref.alloc() : memref<128xi8>
  %b = memref.alloc() : memref<128xi8>
  %c = memref.alloc() : memref<128xi8>
  linalg.copy ins(%in : memref<128xi8>) outs(%a : memref<128xi8>)
  linalg.copy ins(%a : memref<128xi8>) outs(%b : memref<128xi8>)
  linalg.copy ins(%b : memref<128xi8>) outs(%c : memref<128xi8>)
  linalg.copy ins(%c : memref<128xi8>) outs(%out : memref<128xi8>)
  return
}

// -----

// A use through a view counts: %a lives until the last copy, so nothing is shared.
// CHECK-LABEL: @view
// CHECK-SAME: kvant.arena_bytes = 448 : i64
func.func @view(%in: memref<128xi8>, %out: memref<8x16xi8>) {
  %a = memref.alloc() : memref<128xi8>
  %v = memref.expand_shape %a [[0, 1]] output_shape [8, 16] : memref<128xi8> into memref<8x16xi8>
  %b = memref.alloc() : memref<128xi8>
  %c = memref.alloc() : memref<128xi8>
  linalg.copy ins(%in : memref<128xi8>) outs(%a : memref<128xi8>)
  linalg.copy ins(%a : memref<128xi8>) outs(%b : memref<128xi8>)
  linalg.copy ins(%b : memref<128xi8>) outs(%c : memref<128xi8>)
  linalg.copy ins(%v : memref<8x16xi8>) outs(%out : memref<8x16xi8>)
  return
}

// -----

// i48 takes eight bytes and i1 takes one. A buffer of a loop keeps its place all along.
// CHECK-LABEL: @nested
// CHECK-SAME: kvant.arena_bytes = 256 : i64
func.func @nested(%n: index, %x: i48, %y: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    // CHECK-NOT: memref.alloc
    %a = memref.alloc() : memref<16xi48>
    %b = memref.alloca() : memref<64xi1>
    memref.store %x, %a[%c0] : memref<16xi48>
    memref.store %y, %b[%c0] : memref<64xi1>
  }
  return
}

// -----

// A pointwise convolution makes eight channels of four, the next one four of eight: all three
// images lie in the place of the largest. Two lines are on the way at once, of 256 bytes more.

// CHECK-LABEL: @overlap
// CHECK-SAME: kvant.arena_bytes = 8512 : i64
// CHECK: kernel.dot_conv {{.*}}, forward,
// CHECK: kernel.dot_conv {{.*}}{backward,
func.func @overlap(%in: memref<1x32x32x4xi8>, %w: memref<64xi8>, %w2: memref<32xi8>, %b: memref<8xi32>, %c4: memref<4xi32>, %out: memref<1x32x32x4xi8>) {
  %a = memref.alloc() : memref<1x32x32x4xi8>
  %y = memref.alloc() : memref<1x32x32x8xi8>
  %z = memref.alloc() : memref<1x32x32x4xi8>
  linalg.copy ins(%in : memref<1x32x32x4xi8>) outs(%a : memref<1x32x32x4xi8>)
  kernel.dot_conv %a weights %w bias %b into %y
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64}
    : memref<1x32x32x4xi8>, memref<64xi8>, memref<8xi32> into memref<1x32x32x8xi8>
    epilogue {
    ^bb0(%acc: i32):
      %t = arith.trunci %acc : i32 to i8
      kernel.yield %t : i8
    }
  kernel.dot_conv %y weights %w2 bias %c4 into %z
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64}
    : memref<1x32x32x8xi8>, memref<32xi8>, memref<4xi32> into memref<1x32x32x4xi8>
    epilogue {
    ^bb0(%acc: i32):
      %t = arith.trunci %acc : i32 to i8
      kernel.yield %t : i8
    }
  linalg.copy ins(%z : memref<1x32x32x4xi8>) outs(%out : memref<1x32x32x4xi8>)
  return
}
