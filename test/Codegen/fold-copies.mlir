// RUN: quant-opt %s -split-input-file --pass-pipeline="builtin.module(func.func(kvant-fold-copies))" | FileCheck %s


// Both parts are written where they belong; who reads a part reads it there.
// CHECK-LABEL: @join
// CHECK: %[[C:.*]] = memref.alloc() : memref<1x4x4x16xf32>
// CHECK: %[[A:.*]] = memref.subview %[[C]][0, 0, 0, 0]
// CHECK-NOT: memref.alloc
// CHECK: linalg.copy ins(%arg0 : memref<1x4x4x8xf32>) outs(%[[A]] :
// CHECK: %[[B:.*]] = memref.subview %[[C]][0, 0, 0, 8]
// CHECK: linalg.exp ins(%[[A]] : {{.*}}) outs(%[[B]] :
// CHECK-NOT: memref.copy
// CHECK: linalg.copy ins(%[[C]] :
// CHECK: linalg.copy ins(%[[A]] : memref<1x4x4x8xf32, strided<[256, 64, 16, 1]>>) outs(%arg2
func.func @join(%x: memref<1x4x4x8xf32>, %out: memref<1x4x4x16xf32>, %again: memref<1x4x4x8xf32>) {
  %a = memref.alloc() : memref<1x4x4x8xf32>
  linalg.copy ins(%x : memref<1x4x4x8xf32>) outs(%a : memref<1x4x4x8xf32>)
  %b = memref.alloc() : memref<1x4x4x8xf32>
  linalg.exp ins(%a : memref<1x4x4x8xf32>) outs(%b : memref<1x4x4x8xf32>)
  %c = memref.alloc() : memref<1x4x4x16xf32>
  %s = memref.subview %c[0, 0, 0, 0] [1, 4, 4, 8] [1, 1, 1, 1] : memref<1x4x4x16xf32> to memref<1x4x4x8xf32, strided<[256, 64, 16, 1]>>
  memref.copy %a, %s : memref<1x4x4x8xf32> to memref<1x4x4x8xf32, strided<[256, 64, 16, 1]>>
  %t = memref.subview %c[0, 0, 0, 8] [1, 4, 4, 8] [1, 1, 1, 1] : memref<1x4x4x16xf32> to memref<1x4x4x8xf32, strided<[256, 64, 16, 1], offset: 8>>
  memref.copy %b, %t : memref<1x4x4x8xf32> to memref<1x4x4x8xf32, strided<[256, 64, 16, 1], offset: 8>>
  linalg.copy ins(%c : memref<1x4x4x16xf32>) outs(%out : memref<1x4x4x16xf32>)
  linalg.copy ins(%a : memref<1x4x4x8xf32>) outs(%again : memref<1x4x4x8xf32>)
  return
}

// -----

// What is joined again is joined once: all that is copied keeps its place.
// CHECK-LABEL: @nested
// CHECK: %[[C:.*]] = memref.alloc() : memref<6xi8>
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: %[[A:.*]] = memref.subview %[[C]][0] [2] [1]
// CHECK: linalg.copy ins(%arg0 : memref<2xi8>) outs(%[[A]]
// CHECK: %[[B:.*]] = memref.subview %[[C]][2] [2] [1]
// CHECK: linalg.copy ins(%arg0 : memref<2xi8>) outs(%[[B]]
// CHECK-NOT: memref.copy
func.func @nested(%x: memref<2xi8>, %out: memref<4xi8>, %wide: memref<6xi8>) {
  %c = memref.alloc() : memref<4xi8>
  %a = memref.subview %c[0] [2] [1] : memref<4xi8> to memref<2xi8, strided<[1]>>
  linalg.copy ins(%x : memref<2xi8>) outs(%a : memref<2xi8, strided<[1]>>)
  %b = memref.subview %c[2] [2] [1] : memref<4xi8> to memref<2xi8, strided<[1], offset: 2>>
  linalg.copy ins(%x : memref<2xi8>) outs(%b : memref<2xi8, strided<[1], offset: 2>>)
  linalg.copy ins(%c : memref<4xi8>) outs(%out : memref<4xi8>)
  %d = memref.alloc() : memref<6xi8>
  %d0 = memref.subview %d[0] [2] [1] : memref<6xi8> to memref<2xi8, strided<[1]>>
  memref.copy %a, %d0 : memref<2xi8, strided<[1]>> to memref<2xi8, strided<[1]>>
  %d1 = memref.subview %d[2] [2] [1] : memref<6xi8> to memref<2xi8, strided<[1], offset: 2>>
  memref.copy %b, %d1 : memref<2xi8, strided<[1], offset: 2>> to memref<2xi8, strided<[1], offset: 2>>
  %d2 = memref.subview %d[4] [2] [1] : memref<6xi8> to memref<2xi8, strided<[1], offset: 4>>
  linalg.copy ins(%x : memref<2xi8>) outs(%d2 : memref<2xi8, strided<[1], offset: 4>>)
  linalg.copy ins(%d : memref<6xi8>) outs(%wide : memref<6xi8>)
  return
}

// -----

// A half is kept, the other one replaced when it is not needed any more.
// CHECK-LABEL: @replaced
// CHECK: %[[C:.*]] = memref.alloc() : memref<4xi8>
// CHECK: %[[A:.*]] = memref.subview %[[C]][0] [4] [1]
// CHECK: linalg.copy ins(%arg0 : memref<4xi8>) outs(%[[A]]
// CHECK-NOT: memref.copy
// CHECK: linalg.copy ins(%{{.*}} : memref<2xi8, strided<[1], offset: 2>>) outs(%arg2
// CHECK: linalg.copy ins(%arg2 : {{.*}}) outs(%{{.*}} : memref<2xi8, strided<[1], offset: 2>>)
func.func @replaced(%x: memref<4xi8>, %out: memref<4xi8>, %right: memref<2xi8>) {
  %a = memref.alloc() : memref<4xi8>
  linalg.copy ins(%x : memref<4xi8>) outs(%a : memref<4xi8>)
  %r = memref.subview %a[2] [2] [1] : memref<4xi8> to memref<2xi8, strided<[1], offset: 2>>
  linalg.copy ins(%r : memref<2xi8, strided<[1], offset: 2>>) outs(%right : memref<2xi8>)
  %c = memref.alloc() : memref<4xi8>
  %l = memref.subview %a[0] [2] [1] : memref<4xi8> to memref<2xi8, strided<[1]>>
  %cl = memref.subview %c[0] [2] [1] : memref<4xi8> to memref<2xi8, strided<[1]>>
  memref.copy %l, %cl : memref<2xi8, strided<[1]>> to memref<2xi8, strided<[1]>>
  %cr = memref.subview %c[2] [2] [1] : memref<4xi8> to memref<2xi8, strided<[1], offset: 2>>
  linalg.copy ins(%right : memref<2xi8>) outs(%cr : memref<2xi8, strided<[1], offset: 2>>)
  linalg.copy ins(%c : memref<4xi8>) outs(%out : memref<4xi8>)
  return
}

// -----

// It still is needed: the copy stays.
// CHECK-LABEL: @still_read
// CHECK: memref.copy
func.func @still_read(%x: memref<4xi8>, %out: memref<4xi8>, %right: memref<2xi8>) {
  %a = memref.alloc() : memref<4xi8>
  linalg.copy ins(%x : memref<4xi8>) outs(%a : memref<4xi8>)
  %c = memref.alloc() : memref<4xi8>
  %l = memref.subview %a[0] [2] [1] : memref<4xi8> to memref<2xi8, strided<[1]>>
  %cl = memref.subview %c[0] [2] [1] : memref<4xi8> to memref<2xi8, strided<[1]>>
  memref.copy %l, %cl : memref<2xi8, strided<[1]>> to memref<2xi8, strided<[1]>>
  %cr = memref.subview %c[2] [2] [1] : memref<4xi8> to memref<2xi8, strided<[1], offset: 2>>
  linalg.copy ins(%right : memref<2xi8>) outs(%cr : memref<2xi8, strided<[1], offset: 2>>)
  %r = memref.subview %a[2] [2] [1] : memref<4xi8> to memref<2xi8, strided<[1], offset: 2>>
  linalg.copy ins(%r : memref<2xi8, strided<[1], offset: 2>>) outs(%right : memref<2xi8>)
  linalg.copy ins(%c : memref<4xi8>) outs(%out : memref<4xi8>)
  return
}

// -----

// From an argument, and from a buffer that changes after it was copied: copies stay.
// CHECK-LABEL: @kept
// CHECK-COUNT-3: memref.copy
func.func @kept(%x: memref<2xi8>, %y: memref<2xi8>, %out: memref<6xi8>, %more: memref<2xi8>) {
  %c = memref.alloc() : memref<6xi8>
  %0 = memref.subview %c[0] [2] [1] : memref<6xi8> to memref<2xi8, strided<[1]>>
  memref.copy %x, %0 : memref<2xi8> to memref<2xi8, strided<[1]>>
  %a = memref.alloc() : memref<2xi8>
  linalg.copy ins(%x : memref<2xi8>) outs(%a : memref<2xi8>)
  %2 = memref.subview %c[2] [2] [1] : memref<6xi8> to memref<2xi8, strided<[1], offset: 2>>
  memref.copy %a, %2 : memref<2xi8> to memref<2xi8, strided<[1], offset: 2>>
  %4 = memref.subview %c[4] [2] [1] : memref<6xi8> to memref<2xi8, strided<[1], offset: 4>>
  memref.copy %a, %4 : memref<2xi8> to memref<2xi8, strided<[1], offset: 4>>
  linalg.copy ins(%y : memref<2xi8>) outs(%a : memref<2xi8>)
  linalg.copy ins(%a : memref<2xi8>) outs(%more : memref<2xi8>)
  linalg.copy ins(%c : memref<6xi8>) outs(%out : memref<6xi8>)
  return
}

// -----

// A padded buffer is filled before its middle is made; a reshape is undone in the place.
// CHECK-LABEL: @padded
// CHECK: %[[P:.*]] = memref.alloc() : memref<1x6x6x2xi8>
// CHECK: linalg.fill ins(%{{.*}} : i8) outs(%[[P]]
// CHECK: %[[MIDDLE:.*]] = memref.subview %[[P]][0, 1, 1, 0] [1, 4, 4, 2]
// CHECK: linalg.copy ins(%arg0 : {{.*}}) outs(%[[MIDDLE]]
// CHECK-NOT: memref.copy
// CHECK: %[[R:.*]] = memref.expand_shape %arg2 {{\[\[}}0, 1], [2]] output_shape [4, 4, 2]
// CHECK: linalg.copy ins(%arg1 : {{.*}}) outs(%[[R]]
// CHECK-NOT: memref.copy
func.func @padded(%x: memref<1x4x4x2xi8>, %y: memref<4x4x2xi8>, %r: memref<16x2xi8>, %out: memref<1x6x6x2xi8>) {
  %c0 = arith.constant 0 : i8
  %a = memref.alloc() : memref<1x4x4x2xi8>
  linalg.copy ins(%x : memref<1x4x4x2xi8>) outs(%a : memref<1x4x4x2xi8>)
  %p = memref.alloc() : memref<1x6x6x2xi8>
  linalg.fill ins(%c0 : i8) outs(%p : memref<1x6x6x2xi8>)
  %s = memref.subview %p[0, 1, 1, 0] [1, 4, 4, 2] [1, 1, 1, 1] : memref<1x6x6x2xi8> to memref<1x4x4x2xi8, strided<[72, 12, 2, 1], offset: 14>>
  memref.copy %a, %s : memref<1x4x4x2xi8> to memref<1x4x4x2xi8, strided<[72, 12, 2, 1], offset: 14>>
  linalg.copy ins(%p : memref<1x6x6x2xi8>) outs(%out : memref<1x6x6x2xi8>)
  %b = memref.alloc() : memref<4x4x2xi8>
  linalg.copy ins(%y : memref<4x4x2xi8>) outs(%b : memref<4x4x2xi8>)
  %v = memref.collapse_shape %b [[0, 1], [2]] : memref<4x4x2xi8> into memref<16x2xi8>
  memref.copy %v, %r : memref<16x2xi8> to memref<16x2xi8>
  return
}

// -----

// Six channels in groups of eight: the second pixel of a window has to follow the first. So the
// part stays a copy, and a slice becomes one; with one column in the window neither is.
// CHECK-LABEL: @windows
// CHECK: memref.copy %arg0
// CHECK: kernel.dot_conv %{{.*}} : memref<1x4x4x6xi8>, memref<64xi8>
// CHECK-NOT: memref.copy
// CHECK: kernel.dot_conv %{{.*}} : memref<1x4x4x6xi8, strided<[192, 48, 12, 1]>>, memref<32xi8>
!slice = memref<1x4x4x6xi8, strided<[192, 48, 12, 1]>>
func.func @windows(%x: memref<1x4x4x6xi8, strided<[192, 48, 12, 1]>>, %w2: memref<64xi8>, %w1: memref<32xi8>, %b: memref<4xi32>,
                   %r2: memref<1x4x3x4xi32>, %r1: memref<1x4x4x4xi32>) {
  kernel.dot_conv %x weights %w2 bias %b into %r2
    {window = array<i64: 1, 2>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : !slice, memref<64xi8>, memref<4xi32> into memref<1x4x3x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  kernel.dot_conv %x weights %w1 bias %b into %r1
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : !slice, memref<32xi8>, memref<4xi32> into memref<1x4x4x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

// A tensor that is padded after it was joined is joined in the middle of the padded one, of which
// only the padding is filled; other readers start in the middle. With flip_sign it is not the same.
// CHECK-LABEL: @pad
// CHECK: %[[P:.*]] = memref.alloc() : memref<1x6x5x4xi8>
// CHECK: linalg.copy ins(%arg0 : {{.*}}) outs(%{{.*}} : memref<1x4x4x4xi8, strided<[120, 20, 4, 1], offset: 20>>)
// CHECK: linalg.fill {{.*}} : memref<1x1x5x4xi8, strided<[120, 20, 4, 1]>>
// CHECK: linalg.fill {{.*}} : memref<1x1x5x4xi8, strided<[120, 20, 4, 1], offset: 100>>
// CHECK: linalg.fill {{.*}} : memref<1x4x1x4xi8, strided<[120, 20, 4, 1], offset: 36>>
// CHECK-NOT: kernel.pad
// CHECK: linalg.copy ins(%[[P]]
// CHECK: linalg.copy ins(%{{.*}} : memref<1x4x4x4xi8, strided<[120, 20, 4, 1], offset: 20>>) outs(%arg2
// CHECK-LABEL: @flipped
// CHECK: linalg.copy ins(%arg0 : memref<1x4x4x4xi8>) outs(%{{.*}} : memref<1x4x4x4xi8>)
// CHECK-NOT: linalg.fill
// CHECK: kernel.pad
func.func @pad(%x: memref<1x4x4x4xi8>, %out: memref<1x6x5x4xi8>, %plain: memref<1x4x4x4xi8>) {
  %a = memref.alloc() : memref<1x4x4x4xi8>
  linalg.copy ins(%x : memref<1x4x4x4xi8>) outs(%a : memref<1x4x4x4xi8>)
  %p = memref.alloc() : memref<1x6x5x4xi8>
  kernel.pad %a into %p {low = array<i64: 1, 0>, value = 7 : i8} : memref<1x4x4x4xi8> into memref<1x6x5x4xi8>
  linalg.copy ins(%p : memref<1x6x5x4xi8>) outs(%out : memref<1x6x5x4xi8>)
  linalg.copy ins(%a : memref<1x4x4x4xi8>) outs(%plain : memref<1x4x4x4xi8>)
  return
}
func.func @flipped(%x: memref<1x4x4x4xi8>, %out: memref<1x6x5x4xi8>) {
  %a = memref.alloc() : memref<1x4x4x4xi8>
  linalg.copy ins(%x : memref<1x4x4x4xi8>) outs(%a : memref<1x4x4x4xi8>)
  %p = memref.alloc() : memref<1x6x5x4xi8>
  kernel.pad %a into %p {flip_sign, low = array<i64: 1, 0>, value = 7 : i8} : memref<1x4x4x4xi8> into memref<1x6x5x4xi8>
  linalg.copy ins(%p : memref<1x6x5x4xi8>) outs(%out : memref<1x6x5x4xi8>)
  return
}
