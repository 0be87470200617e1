// RUN: quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-lower-kernels,canonicalize))" | FileCheck %s

// A window over eight of sixteen channels: each column of it is a run of its own, 16 bytes behind
// the one before, and lines are 48 bytes apart. The result is the second half of a pixel.

// CHECK-LABEL: @window
// CHECK-DAG: %[[FOUR:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[EIGHT:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[X:.*]] = memref.collapse_shape %arg0 {{.*}} into memref<144xi8>
// CHECK-DAG: %[[Y:.*]] = memref.collapse_shape %arg3 {{.*}} into memref<8xi32>
// CHECK: %[[START:.*]] = memref.extract_aligned_pointer_as_index %[[X]]
// CHECK: arith.addi %[[START]], %[[EIGHT]]
// CHECK: scf.for
// CHECK: scf.for
// CHECK: llvm.load {{.*}} -> vector<8xi8>
// CHECK: sdot
// CHECK: llvm.getelementptr %{{.*}}[16] : (!llvm.ptr) -> !llvm.ptr, i8
// CHECK: scf.yield
// CHECK: llvm.getelementptr %{{.*}}[48] : (!llvm.ptr) -> !llvm.ptr, i8
// CHECK: vector.store %{{.*}}, %[[Y]][%[[FOUR]]] : memref<8xi32>, vector<4xi32>
func.func @window(%x: memref<1x3x3x16xi8>, %w: memref<288xi8>, %b: memref<4xi32>, %y: memref<1x1x1x8xi32>) attributes {kvant.level = "dotprod"} {
  %s = memref.subview %x[0, 0, 0, 8] [1, 3, 3, 8] [1, 1, 1, 1] : memref<1x3x3x16xi8> to memref<1x3x3x8xi8, strided<[144, 48, 16, 1], offset: 8>>
  %d = memref.subview %y[0, 0, 0, 4] [1, 1, 1, 4] [1, 1, 1, 1] : memref<1x1x1x8xi32> to memref<1x1x1x4xi32, strided<[8, 8, 8, 1], offset: 4>>
  kernel.dot_conv %s weights %w bias %b into %d
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : memref<1x3x3x8xi8, strided<[144, 48, 16, 1], offset: 8>>, memref<288xi8>, memref<4xi32> into memref<1x1x1x4xi32, strided<[8, 8, 8, 1], offset: 4>>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// One loop over the runs of four elements that lie side by side in both buffers.

// CHECK-LABEL: @elements
// CHECK-DAG: %[[RUNS:.*]] = arith.constant 6 : index
// CHECK: scf.for %[[AT:[a-z0-9]+]] = %{{.*}} to %[[RUNS]]
// CHECK: %[[FROM:.*]] = arith.muli %[[AT]], %c8
// CHECK: arith.addi %[[FROM]], %c2
// CHECK: %[[TO:.*]] = arith.muli %[[AT]], %c12
// CHECK: arith.addi %[[TO]], %c8
// CHECK: vector.load %{{.*}} : memref<48xi8>, vector<4xi8>
// CHECK: vector.store %{{.*}} : memref<72xi8>, vector<4xi8>
func.func @elements(%x: memref<2x3x8xi8>, %y: memref<2x3x12xi8>) attributes {kvant.level = "dotprod"} {
  %s = memref.subview %x[0, 0, 2] [2, 3, 4] [1, 1, 1] : memref<2x3x8xi8> to memref<2x3x4xi8, strided<[24, 8, 1], offset: 2>>
  %d = memref.subview %y[0, 0, 8] [2, 3, 4] [1, 1, 1] : memref<2x3x12xi8> to memref<2x3x4xi8, strided<[36, 12, 1], offset: 8>>
  kernel.elementwise %s into %d : memref<2x3x4xi8, strided<[24, 8, 1], offset: 2>> into memref<2x3x4xi8, strided<[36, 12, 1], offset: 8>>
    epilogue {
    ^bb0(%e: i8):
      kernel.yield %e : i8
    }
  return
}
