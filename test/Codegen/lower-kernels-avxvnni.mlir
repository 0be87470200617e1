// RUN: quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=host cpu=alderlake},func.func(kvant-lower-kernels,canonicalize,cse))" | FileCheck %s

// A register holds eight channels, whether or not there are more.

// CHECK-LABEL: @dot
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
func.func @dot(%x: memref<1x1x1x64xi8>, %w: memref<1024xi8>, %b: memref<16xi32>, %out: memref<1x1x1x16xi32>) {
  kernel.dot_conv %x weights %w bias %b into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 8 : i64, block = 8 : i64,
     input_unsigned}
    : memref<1x1x1x64xi8>, memref<1024xi8>, memref<16xi32> into memref<1x1x1x16xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// Two pixels of sixteen channels in a vector; unpacking within 128 bits makes four vectors of eight
// groups of four rows. The next pixel is a shift into the next vector, the second next that vector.

// CHECK-LABEL: @neighbours
// CHECK: scf.for {{.*}} -> (vector<32xi8>, vector<32xi8>, vector<32xi8>, vector<32xi8>)
// CHECK-COUNT-3: vector.load {{.*}} vector<32xi8>
// CHECK-NOT: vector.load {{.*}} vector<32xi8>
// CHECK: vector.shuffle %{{.*}} [4, 5, 6, 7, 8, 9, 10, 11]
// CHECK-COUNT-12: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
// CHECK: scf.yield
func.func @neighbours(%arena: memref<1024xi8>, %w: memref<384xi8>, %b: memref<32xi32>, %out: memref<1x1x8x16xi8>) {
  %c0 = arith.constant 0 : index
  %x = memref.view %arena[%c0][] : memref<1024xi8> to memref<1x3x10x16xi8>
  kernel.depthwise_conv %x weights %w bias %b into %out
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 32 : i64, block = 32 : i64,
     input_unsigned}
    : memref<1x3x10x16xi8>, memref<384xi8>, memref<32xi32> into memref<1x1x8x16xi8>
    epilogue {
    ^bb0(%acc: i32):
      %0 = arith.trunci %acc : i32 to i8
      kernel.yield %0 : i8
    }
  return
}
