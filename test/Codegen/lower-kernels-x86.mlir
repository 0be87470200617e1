// RUN: quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=host cpu=icelake-server},func.func(kvant-lower-kernels,canonicalize,cse))" | FileCheck %s

// Eight channels fill half a register; a tile of one row sums up groups in turns.

// CHECK-LABEL: @narrow
// CHECK: scf.for {{.*}} -> (vector<8xi32>, vector<8xi32>, vector<8xi32>, vector<8xi32>)
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
// CHECK: scf.yield
// CHECK-COUNT-3: arith.addi %{{.*}} : vector<8xi32>
func.func @narrow(%x: memref<1x1x1x64xi8>, %w: memref<512xi8>, %b: memref<8xi32>, %out: memref<1x1x1x8xi32>) {
  kernel.dot_conv %x weights %w bias %b into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 8 : i64, block = 8 : i64,
     input_unsigned}
    : memref<1x1x1x64xi8>, memref<512xi8>, memref<8xi32> into memref<1x1x1x8xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// Sixteen channels, four pixels in a vector: the next pixels are a shift into the next vector, whose
// columns are carried. The caller's buffer ends with its last byte, so there all columns are loaded.

// CHECK-LABEL: @neighbours
// CHECK: scf.for {{.*}} -> (vector<64xi8>, vector<64xi8>, vector<64xi8>, vector<64xi8>)
// CHECK-COUNT-3: vector.load {{.*}} vector<64xi8>
// CHECK-NOT: vector.load {{.*}} vector<64xi8>
// CHECK: vector.shuffle %{{.*}} [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
// CHECK-COUNT-12: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// CHECK: scf.yield
// CHECK-LABEL: @foreign
// CHECK-NOT: [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
func.func @neighbours(%arena: memref<1024xi8>, %w: memref<768xi8>, %b: memref<64xi32>, %out: memref<1x1x8x16xi8>) {
  %c0 = arith.constant 0 : index
  %x = memref.view %arena[%c0][] : memref<1024xi8> to memref<1x3x10x16xi8>
  kernel.depthwise_conv %x weights %w bias %b into %out
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 64 : i64, block = 64 : i64,
     input_unsigned}
    : memref<1x3x10x16xi8>, memref<768xi8>, memref<64xi32> into memref<1x1x8x16xi8>
    epilogue {
    ^bb0(%acc: i32):
      %0 = arith.trunci %acc : i32 to i8
      kernel.yield %0 : i8
    }
  return
}
func.func @foreign(%x: memref<1x3x10x16xi8>, %w: memref<768xi8>, %b: memref<64xi32>, %out: memref<1x1x8x16xi8>) {
  kernel.depthwise_conv %x weights %w bias %b into %out
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 64 : i64, block = 64 : i64,
     input_unsigned}
    : memref<1x3x10x16xi8>, memref<768xi8>, memref<64xi32> into memref<1x1x8x16xi8>
    epilogue {
    ^bb0(%acc: i32):
      %0 = arith.trunci %acc : i32 to i8
      kernel.yield %0 : i8
    }
  return
}

// Three lines of nine elements are six whole groups and three elements, one of each line, that share a
// group: two pixels have fourteen products in two rows of a tile. A shuffle brings the words that
// the elements are in, another one their bytes.

// CHECK-LABEL: @rests
// CHECK-COUNT-12: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// CHECK: vector.shuffle {{.*}} [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] : vector<16xi32>
// CHECK: vector.shuffle {{.*}} [0, 65, 66, 67, 6, 69, 70, 71,
// CHECK: vector.shuffle {{.*}} [64, 0, 66, 67, 68, 6, 70, 71,
// CHECK: vector.shuffle {{.*}} [64, 65, 0, 67, 68, 69, 6, 71,
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// CHECK-NOT: vpdpbusd
// CHECK-LABEL: @narrow_rests
// CHECK-COUNT-12: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
// CHECK: vector.shuffle {{.*}} [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// CHECK-NOT: vpdpbusd
func.func @rests(%arena: memref<1024xi8>, %w: memref<448xi8>, %b: memref<16xi32>, %out: memref<1x1x2x16xi32>) {
  %c0 = arith.constant 0 : index
  %x = memref.view %arena[%c0][] : memref<1024xi8> to memref<1x3x5x3xi8>
  kernel.dot_conv %x weights %w bias %b into %out
    {window = array<i64: 3, 3>, stride = array<i64: 2, 2>, dilation = array<i64: 1, 1>, lanes = 16 : i64, block = 16 : i64,
     input_unsigned}
    : memref<1x3x5x3xi8>, memref<448xi8>, memref<16xi32> into memref<1x1x2x16xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}
func.func @narrow_rests(%arena: memref<1024xi8>, %w: memref<224xi8>, %b: memref<8xi32>, %out: memref<1x1x2x8xi32>) {
  %c0 = arith.constant 0 : index
  %x = memref.view %arena[%c0][] : memref<1024xi8> to memref<1x3x5x3xi8>
  kernel.dot_conv %x weights %w bias %b into %out
    {window = array<i64: 3, 3>, stride = array<i64: 2, 2>, dilation = array<i64: 1, 1>, lanes = 8 : i64, block = 8 : i64,
     input_unsigned}
    : memref<1x3x5x3xi8>, memref<224xi8>, memref<8xi32> into memref<1x1x2x8xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}
