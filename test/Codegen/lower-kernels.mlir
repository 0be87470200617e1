// RUN: quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-lower-kernels,canonicalize))" | FileCheck %s

// One description, three levels: what differs is the inner step.

// CHECK-LABEL: @dot_v8
// CHECK: scf.for
// CHECK: arith.muli %{{.*}} : vector<8xi16>
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.saddlp"
// CHECK-NOT: sdot
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.addp"
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sqdmulh"
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.srshl"
// CHECK: vector.store %{{.*}} : memref<{{.*}}xi8>, vector<8xi8>
// CHECK-NOT: kernel.
func.func @dot_v8(%x: memref<1x4x4x32xi8>, %w: memref<256xi8>, %b: memref<8xi32>, %m: memref<8xi32>, %out: memref<1x4x4x8xi8>) attributes {kvant.level = "v8.0"} {
  kernel.dot_conv %x weights %w bias %b channels %m into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64}
    : memref<1x4x4x32xi8>, memref<256xi8>, memref<8xi32> channels memref<8xi32> into memref<1x4x4x8xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32):
      %s = arith.constant 40 : i8
      %0 = tosa.apply_scale %acc, %mul, %s {rounding_mode = SINGLE_ROUND, kernel.min_shift = 40 : i32} : (i32, i32, i8) -> i32
      %1 = arith.trunci %0 : i32 to i8
      kernel.yield %1 : i8
    }
  return
}

// CHECK-LABEL: @dot_sdot
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sdot"
// CHECK-NOT: smmla
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sqrdmulh"
func.func @dot_sdot(%x: memref<1x4x4x32xi8>, %w: memref<256xi8>, %b: memref<8xi32>, %m: memref<8xi32>, %out: memref<1x4x4x8xi8>) attributes {kvant.level = "dotprod"} {
  kernel.dot_conv %x weights %w bias %b channels %m into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64}
    : memref<1x4x4x32xi8>, memref<256xi8>, memref<8xi32> channels memref<8xi32> into memref<1x4x4x8xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32):
      %s = arith.constant 40 : i8
      %0 = tosa.apply_scale %acc, %mul, %s {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 40 : i32} : (i32, i32, i8) -> i32
      %1 = arith.trunci %0 : i32 to i8
      kernel.yield %1 : i8
    }
  return
}

// A shift that may be below 32 takes the 64-bit form.

// CHECK-LABEL: @dot_smmla
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.smmla"
// CHECK-NOT: sqdmulh
// CHECK: arith.muli %{{.*}} : vector<16xi64>
func.func @dot_smmla(%x: memref<1x4x4x32xi8>, %w: memref<256xi8>, %b: memref<8xi32>, %m: memref<8xi32>, %out: memref<1x4x4x8xi8>) attributes {kvant.level = "i8mm"} {
  kernel.dot_conv %x weights %w bias %b channels %m into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64}
    : memref<1x4x4x32xi8>, memref<256xi8>, memref<8xi32> channels memref<8xi32> into memref<1x4x4x8xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32):
      %s = arith.constant 40 : i8
      %0 = tosa.apply_scale %acc, %mul, %s {rounding_mode = SINGLE_ROUND} : (i32, i32, i8) -> i32
      %1 = arith.trunci %0 : i32 to i8
      kernel.yield %1 : i8
    }
  return
}

// Unless no value is too large to be shifted to the left first. Sums stay in pairs of rows until
// they are bytes. A zero point of -128 is an inverted bit.

// CHECK-LABEL: @dot_left
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.smmla"
// CHECK-NOT: arith.muli %{{.*}}xi64>
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sshl"
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sqrdmulh"
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.srshl"
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sqxtn"
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sqxtun"
// CHECK: arith.xori %{{.*}} : vector<16xi8>
// CHECK: vector.shuffle %{{.*}} [0, 2, 4, 6] : vector<8xi16>, vector<8xi16>
// CHECK: vector.store %{{.*}} : memref<{{.*}}xi8>, vector<8xi8>
// CHECK: vector.shuffle %{{.*}} [1, 3, 5, 7] : vector<8xi16>, vector<8xi16>
func.func @dot_left(%x: memref<1x4x4x32xi8>, %w: memref<256xi8>, %b: memref<8xi32>, %m: memref<8xi32>, %s: memref<8xi8>, %out: memref<1x4x4x8xi8>) attributes {kvant.level = "i8mm"} {
  kernel.dot_conv %x weights %w bias %b channels %m, %s into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64}
    : memref<1x4x4x32xi8>, memref<256xi8>, memref<8xi32> channels memref<8xi32>, memref<8xi8> into memref<1x4x4x8xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32, %shift: i8):
      %low = arith.constant -128 : i32
      %high = arith.constant 127 : i32
      %0 = tosa.apply_scale %acc, %mul, %shift {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 30 : i32, kernel.shifts_left = unit} : (i32, i32, i8) -> i32
      %1 = arith.addi %0, %low : i32
      %2 = arith.maxsi %1, %low : i32
      %3 = arith.minsi %2, %high : i32
      %4 = arith.trunci %3 : i32 to i8
      kernel.yield %4 : i8
    }
  return
}

// CHECK-LABEL: @pad
// CHECK: arith.constant dense<7> : vector<
// CHECK: vector.store
// CHECK: scf.for
// CHECK-NOT: kernel.pad
func.func @pad(%x: memref<1x4x4x16xi8>, %out: memref<1x6x6x16xi8>) attributes {kvant.level = "v8.0"} {
  kernel.pad %x into %out {low = array<i64: 1, 1>, value = 7 : i8} : memref<1x4x4x16xi8> into memref<1x6x6x16xi8>
  return
}

// One loop over vectors of bytes; the last round ends with the buffer.

// CHECK-LABEL: @elementwise
// CHECK: scf.for
// CHECK: arith.minui
// CHECK: vector.load %{{.*}} : memref<100xi8>, vector<16xi8>
// CHECK: arith.maxsi %{{.*}} : vector<16xi8>
// CHECK: vector.store %{{.*}} : memref<100xi8>, vector<16xi8>
// CHECK-NOT: kernel.
func.func @elementwise(%x: memref<1x10x10xi8>, %y: memref<1x10x10xi8>, %out: memref<1x10x10xi8>) attributes {kvant.level = "v8.0"} {
  kernel.elementwise %x elements %y into %out
    : memref<1x10x10xi8> elements memref<1x10x10xi8> into memref<1x10x10xi8>
    epilogue {
    ^bb0(%a: i8, %b: i8):
      %0 = arith.maxsi %a, %b : i8
      kernel.yield %0 : i8
    }
  return
}

// The window slides along two lines at once, which share the rows that SDOT takes: the second
// has its weights one row further down. Two of three columns stay in registers; the bias is loaded.

// CHECK-LABEL: @depthwise_sdot
// CHECK: arith.shli %{{.*}} : vector<8xi32>
// CHECK: scf.for %{{.*}} = %c0 to %c4 step %c1 {
// CHECK-NOT: sdot
// CHECK: scf.for %{{.*}} = %c0 to %c4 step %c1 iter_args({{.*}}) -> (vector<16xi8>, vector<16xi8>, vector<16xi8>, vector<16xi8>, !llvm.ptr)
// CHECK-COUNT-36: llvm.call_intrinsic "llvm.aarch64.neon.sdot"
// CHECK-NOT: sdot
// CHECK: scf.yield {{.*}} : vector<16xi8>, vector<16xi8>, vector<16xi8>, vector<16xi8>, !llvm.ptr
func.func @depthwise_sdot(%x: memref<1x10x14x16xi8>, %w: memref<192xi8>, %b: memref<16xi32>, %out: memref<1x8x12x16xi8>) attributes {kvant.level = "dotprod"} {
  kernel.depthwise_conv %x weights %w bias %b into %out
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 8 : i64, block = 8 : i64}
    : memref<1x10x14x16xi8>, memref<192xi8>, memref<16xi32> into memref<1x8x12x16xi8>
    epilogue {
    ^bb0(%acc: i32):
      %0 = arith.trunci %acc : i32 to i8
      kernel.yield %0 : i8
    }
  return
}

// Without SDOT two products are added in 16 bits, of any two elements of the window.

// CHECK-LABEL: @depthwise_v8
// CHECK: scf.for %{{.*}} iter_args({{.*}}) -> ({{.*}}vector<8xi8>
// CHECK: %[[A:.*]] = arith.muli %{{.*}} : vector<8xi16>
// CHECK: arith.addi %[[A]], %{{.*}} : vector<8xi16>
// CHECK: arith.extsi %{{.*}} : vector<4xi16> to vector<4xi32>
// CHECK-NOT: sdot
func.func @depthwise_v8(%x: memref<1x10x14x16xi8>, %w: memref<192xi8>, %b: memref<16xi32>, %out: memref<1x8x12x16xi8>) attributes {kvant.level = "v8.0"} {
  kernel.depthwise_conv %x weights %w bias %b into %out
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 8 : i64, block = 8 : i64}
    : memref<1x10x14x16xi8>, memref<192xi8>, memref<16xi32> into memref<1x8x12x16xi8>
    epilogue {
    ^bb0(%acc: i32):
      %0 = arith.trunci %acc : i32 to i8
      kernel.yield %0 : i8
    }
  return
}

// The columns of a window of the whole image are added in a loop.

// CHECK-LABEL: @depthwise_whole
// CHECK: scf.for {{.*}} to %c7 step %c1 iter_args
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.aarch64.neon.sdot"
// CHECK-NOT: sdot
// CHECK: scf.yield
func.func @depthwise_whole(%x: memref<1x7x7x8xi8>, %w: memref<448xi8>, %b: memref<8xi32>, %out: memref<1x1x1x8xi8>) attributes {kvant.level = "dotprod"} {
  kernel.depthwise_conv %x weights %w bias %b into %out
    {window = array<i64: 7, 7>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 8 : i64, block = 8 : i64}
    : memref<1x7x7x8xi8>, memref<448xi8>, memref<8xi32> into memref<1x1x1x8xi8>
    epilogue {
    ^bb0(%acc: i32):
      %0 = arith.trunci %acc : i32 to i8
      kernel.yield %0 : i8
    }
  return
}

// Eight rows of a matrix are interleaved; of the last group two rows are zeros.

// CHECK-LABEL: @pack
// CHECK: scf.for
// CHECK-COUNT-8: vector.load %{{.*}} : memref<352xi8>, vector<16xi8>
// CHECK-COUNT-7: vector.interleave
// CHECK: vector.store %{{.*}} : memref<384xi8>, vector<128xi8>
// CHECK-COUNT-6: vector.load %{{.*}} : memref<352xi8>, vector<16xi8>
// CHECK-NOT: vector.load
// CHECK: vector.store %{{.*}} : memref<384xi8>, vector<128xi8>
// CHECK-NOT: kernel.
func.func @pack(%x: memref<1x22x16xi8>, %out: memref<384xi8>) attributes {kvant.level = "dotprod"} {
  kernel.pack %x into %out {lanes = 4 : i64, block = 16 : i64} : memref<1x22x16xi8> into memref<384xi8>
  return
}
