// RUN: quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-lower-kernels,canonicalize))" | FileCheck %s

// The destination is 6x6 around 4x4 pixels of 8 channels: the first result goes to row 1 and
// column 1, byte 56 of the buffer, the next line is 48 bytes on, and the halo is filled. A tile takes
// two lines, which are too short to fill it, from both buffers.

// CHECK-LABEL: @into_halo
// CHECK-DAG: %[[FIRST:.*]] = arith.constant 56 : index
// CHECK-DAG: %[[SECOND:.*]] = arith.constant 104 : index
// CHECK-DAG: %[[LINES:.*]] = arith.constant 96 : index
// CHECK-DAG: %[[INPUT_LINES:.*]] = arith.constant 384 : index
// CHECK-DAG: arith.constant dense<7> : vector<16xi8>
// CHECK: scf.for %[[AT:[a-z0-9]+]] =
// CHECK: arith.muli %[[AT]], %[[INPUT_LINES]]
// CHECK: %[[OFFSET:.*]] = arith.muli %[[AT]], %[[LINES]]
// CHECK: arith.addi %[[OFFSET]], %[[FIRST]]
// CHECK: arith.addi %[[OFFSET]], %[[SECOND]]
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sdot"
// CHECK: vector.store %{{.*}} : memref<288xi8>, vector<8xi8>
// CHECK-NOT: sdot
// CHECK: vector.store %{{.*}} : memref<288xi8>, vector<16xi8>
// CHECK-NOT: kernel.
func.func @into_halo(%x: memref<1x6x6x32xi8>, %w: memref<2304xi8>, %b: memref<8xi32>, %m: memref<8xi32>, %out: memref<1x6x6x8xi8>) attributes {kvant.level = "dotprod"} {
  kernel.dot_conv %x weights %w bias %b channels %m into %out
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64, halo = array<i64: 1, 1, 1, 1>, halo_value = 7 : i8}
    : memref<1x6x6x32xi8>, memref<2304xi8>, memref<8xi32> channels memref<8xi32> into memref<1x6x6x8xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32):
      %s = arith.constant 40 : i8
      %0 = tosa.apply_scale %acc, %mul, %s {rounding_mode = SINGLE_ROUND, kernel.min_shift = 40 : i32} : (i32, i32, i8) -> i32
      %1 = arith.trunci %0 : i32 to i8
      kernel.yield %1 : i8
    }
  return
}

// A reader of less starts at row 1 and column 1: byte 224 of lines of 192.

// CHECK-LABEL: @from_middle
// CHECK-DAG: %[[FIRST:.*]] = arith.constant 224 : index
// CHECK: arith.addi %{{.*}}, %[[FIRST]]
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sdot"
func.func @from_middle(%x: memref<1x6x6x32xi8>, %w: memref<256xi8>, %b: memref<8xi32>, %m: memref<8xi32>, %out: memref<1x4x4x8xi8>) attributes {kvant.level = "dotprod"} {
  kernel.dot_conv %x weights %w bias %b channels %m into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64, input_origin = array<i64: 1, 1>}
    : memref<1x6x6x32xi8>, memref<256xi8>, memref<8xi32> channels memref<8xi32> into memref<1x4x4x8xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32):
      %s = arith.constant 40 : i8
      %0 = tosa.apply_scale %acc, %mul, %s {rounding_mode = SINGLE_ROUND, kernel.min_shift = 40 : i32} : (i32, i32, i8) -> i32
      %1 = arith.trunci %0 : i32 to i8
      kernel.yield %1 : i8
    }
  return
}

// In order from the end: tile number i is the one that is i tiles before the last.

// CHECK-LABEL: @backward
// CHECK-DAG: %[[LAST:.*]] = arith.constant 31 : index
// CHECK-DAG: %[[TILES:.*]] = arith.constant 32 : index
// CHECK: scf.for %[[I:[a-z0-9]+]] = %{{.*}} to %[[TILES]] step
// CHECK: arith.subi %[[LAST]], %[[I]]
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sdot"
// CHECK-NOT: kernel.
func.func @backward(%x: memref<1x16x16x32xi8>, %w: memref<256xi8>, %b: memref<8xi32>, %m: memref<8xi32>, %out: memref<1x16x16x8xi8>) attributes {kvant.level = "dotprod"} {
  kernel.dot_conv %x weights %w bias %b channels %m into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64, backward}
    : memref<1x16x16x32xi8>, memref<256xi8>, memref<8xi32> channels memref<8xi32> into memref<1x16x16x8xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32):
      %s = arith.constant 40 : i8
      %0 = tosa.apply_scale %acc, %mul, %s {rounding_mode = SINGLE_ROUND, kernel.min_shift = 40 : i32} : (i32, i32, i8) -> i32
      %1 = arith.trunci %0 : i32 to i8
      kernel.yield %1 : i8
    }
  return
}
