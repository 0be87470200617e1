// RUN: quant-opt %s -split-input-file --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-lower-kernels))" -verify-diagnostics

func.func @lanes(%x: memref<1x1x1x4xi8>, %w: memref<32xi8>, %b: memref<8xi32>, %out: memref<1x1x1x8xi32>) attributes {kvant.level = "dotprod"} {
  // expected-error @+1 {{expected weights packed for 4 lanes of level dotprod, got 8}}
  kernel.dot_conv %x weights %w bias %b into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 8 : i64, block = 8 : i64}
    : memref<1x1x1x4xi8>, memref<32xi8>, memref<8xi32> into memref<1x1x1x8xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @offset(%x: memref<1x1x1x4xi8>, %w: memref<64xi8>, %b: memref<8xi32>, %out: memref<1x1x1x8xi32>) attributes {kvant.level = "dotprod"} {
  // expected-error @+1 {{expected an input of signed bytes for level dotprod}}
  kernel.dot_conv %x weights %w bias %b into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64, input_offset = 128 : i32}
    : memref<1x1x1x4xi8>, memref<64xi8>, memref<8xi32> into memref<1x1x1x8xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @layout(%x: memref<1x1x1x4xi8, strided<[8, 8, 8, 2]>>, %w: memref<64xi8>, %b: memref<8xi32>, %out: memref<1x1x1x8xi32>) attributes {kvant.level = "dotprod"} {
  // expected-error @+1 {{expected buffers that are contiguous, or of a layout that the operand can have}}
  kernel.dot_conv %x weights %w bias %b into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64}
    : memref<1x1x1x4xi8, strided<[8, 8, 8, 2]>>, memref<64xi8>, memref<8xi32> into memref<1x1x1x8xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @capture(%x: memref<1x1x1x4xi8>, %w: memref<64xi8>, %b: memref<8xi32>, %out: memref<1x1x1x8xi32>, %other: i32) attributes {kvant.level = "dotprod"} {
  // expected-error @+1 {{expected an epilogue that takes only its arguments and constants}}
  kernel.dot_conv %x weights %w bias %b into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64}
    : memref<1x1x1x4xi8>, memref<64xi8>, memref<8xi32> into memref<1x1x1x8xi32>
    epilogue {
    ^bb0(%acc: i32):
      %0 = arith.addi %acc, %other : i32
      kernel.yield %0 : i32
    }
  return
}

// -----

func.func @rows(%x: memref<1x1x1x4xi8>, %w: memref<64xi8>, %b: memref<8xi32>, %out: memref<1x1x1x8xi32>) attributes {kvant.level = "dotprod"} {
  // expected-error-re @+1 {{expected in kernel.tiles 1 to {{[0-9]+}} rows for 2 vectors on level dotprod, got 99}}
  kernel.dot_conv %x weights %w bias %b into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64, kernel.tiles = {dotprod = array<i64: 99, 2>}}
    : memref<1x1x1x4xi8>, memref<64xi8>, memref<8xi32> into memref<1x1x1x8xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @vectors(%x: memref<1x1x1x4xi8>, %w: memref<64xi8>, %b: memref<8xi32>, %out: memref<1x1x1x8xi32>) attributes {kvant.level = "dotprod"} {
  // expected-error @+1 {{expected in kernel.tiles rows and vectors, for weights packed for 2 vectors, got array<i64: 1, 3>}}
  kernel.dot_conv %x weights %w bias %b into %out
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 8 : i64, kernel.tiles = {dotprod = array<i64: 1, 3>}}
    : memref<1x1x1x4xi8>, memref<64xi8>, memref<8xi32> into memref<1x1x1x8xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}
