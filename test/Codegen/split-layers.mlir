// RUN: quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},kvant-split-layers{part-work=50},canonicalize)" | FileCheck %s

// Eight lines in two or more parts: the call that is left computes the whole.

// CHECK-LABEL: func.func @lines(
// CHECK-SAME: %[[X:[a-z0-9_]+]]: memref<512xf32>, %[[Y:[a-z0-9_]+]]: memref<512xf32>)
// CHECK-NOT: scf.for
// CHECK: call @lines_task0(%[[X]], %[[Y]], %c0, %c1) {kvant.parts = 7 : i64}
// CHECK-NOT: scf.execute_region

// CHECK: func.func private @lines_task0(%[[X:[a-z0-9_]+]]: memref<512xf32>, %[[Y:[a-z0-9_]+]]: memref<512xf32>, %[[PART:[a-z0-9_]+]]: index, %[[PARTS:[a-z0-9_]+]]: index)
// CHECK-SAME: kvant.level = "dotprod"
// CHECK: %[[LESS:[a-z0-9_]+]] = arith.subi %[[PARTS]], %c1
// CHECK: %[[ROUNDS:[a-z0-9_]+]] = arith.muli %[[PART]], %c8
// CHECK: %[[UP:[a-z0-9_]+]] = arith.addi %[[ROUNDS]], %[[LESS]]
// CHECK: %[[BEGIN:[a-z0-9_]+]] = arith.divui %[[UP]], %[[PARTS]]
// CHECK: %[[END:[a-z0-9_]+]] = arith.divui %{{.*}}, %[[PARTS]]
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
// CHECK: scf.for %{{.*}} = %c0 to %c16
func.func @lines(%x: memref<512xf32>, %y: memref<512xf32>) attributes {kvant.level = "dotprod", llvm.bareptr} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  scf.execute_region no_inline {
    scf.for %line = %c0 to %c8 step %c1 {
      %start = arith.muli %line, %c64 : index
      scf.for %i = %c0 to %c16 step %c1 {
        %at = arith.muli %i, %c4 : index
        %index = arith.addi %start, %at : index
        %v = vector.load %x[%index] : memref<512xf32>, vector<4xf32>
        %w = arith.mulf %v, %v : vector<4xf32>
        vector.store %w, %y[%index] : memref<512xf32>, vector<4xf32>
      }
    } {kvant.parallel}
    scf.yield
  }
  return
}

// The last round moves back onto the one before, so one part takes both; what stands outside of
// loops is the last part's or the first's, by where it writes. The view of the arena is made anew.

// CHECK-LABEL: func.func @moves_back(
// CHECK: call @moves_back_task0
// CHECK: func.func private @moves_back_task0(%{{.*}}: memref<8192xi8>, %[[PART:[a-z0-9_]+]]: index, %[[PARTS:[a-z0-9_]+]]: index)
// CHECK: %[[LAST:[a-z0-9_]+]] = arith.subi %[[PARTS]], %c1
// CHECK: %[[IS_LAST:[a-z0-9_]+]] = arith.cmpi eq, %[[PART]], %[[LAST]]
// CHECK: %[[IS_FIRST:[a-z0-9_]+]] = arith.cmpi eq, %[[PART]], %c0
// CHECK: memref.view
// CHECK: arith.muli %[[PART]], %c20
// CHECK: arith.cmpi eq, %{{.*}}, %c19
// CHECK: %[[BEGIN:[a-z0-9_]+]] = arith.select %{{.*}}, %c20
// CHECK: arith.cmpi eq, %{{.*}}, %c19
// CHECK: %[[END:[a-z0-9_]+]] = arith.select %{{.*}}, %c20
// CHECK: scf.if %[[IS_FIRST]] {
// CHECK-NEXT: vector.store
// CHECK-NEXT: }
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
// CHECK: vector.load
// CHECK: scf.if %[[IS_LAST]] {
// CHECK-NEXT: vector.store
// CHECK-NEXT: }
// CHECK-NEXT: return
func.func @moves_back(%arena: memref<8192xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c20 = arith.constant 20 : index
  %c145 = arith.constant 145 : index
  %c4096 = arith.constant 4096 : index
  %x = memref.view %arena[%c0][] : memref<8192xi8> to memref<160xf32>
  %y = memref.view %arena[%c4096][] : memref<8192xi8> to memref<160xf32>
  scf.execute_region no_inline {
    %u = vector.load %x[%c0] : memref<160xf32>, vector<1xf32>
    vector.store %u, %y[%c0] : memref<160xf32>, vector<1xf32>
    scf.for %i = %c0 to %c20 step %c1 {
      %at = arith.muli %i, %c8 : index
      %index = arith.minui %at, %c145 : index
      %v = vector.load %x[%index] : memref<160xf32>, vector<8xf32>
      %w = arith.mulf %v, %v : vector<8xf32>
      %sum = arith.addf %w, %v : vector<8xf32>
      vector.store %sum, %y[%index] : memref<160xf32>, vector<8xf32>
    } {kvant.parallel}
    %v = vector.load %x[%c145] : memref<160xf32>, vector<4xf32>
    vector.store %v, %y[%c145] : memref<160xf32>, vector<4xf32>
    scf.yield
  }
  return
}

// In place, element by element, is fine; the neighbour of what is written is not.

// CHECK-LABEL: func.func @in_place(
// CHECK: call @in_place_task0
// CHECK-LABEL: func.func @neighbour(
// CHECK-NOT: call
// CHECK: scf.for
// CHECK: return
func.func @in_place(%x: memref<512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c128 = arith.constant 128 : index
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c128 step %c1 {
      %v = vector.load %x[%i] : memref<512xf32>, vector<4xf32>
      %w = arith.mulf %v, %v : vector<4xf32>
      vector.store %w, %x[%i] : memref<512xf32>, vector<4xf32>
    } {kvant.parallel}
    scf.yield
  }
  return
}
func.func @neighbour(%x: memref<512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c128 = arith.constant 128 : index
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c128 step %c1 {
      %next = arith.addi %i, %c1 : index
      %v = vector.load %x[%next] : memref<512xf32>, vector<4xf32>
      %w = arith.mulf %v, %v : vector<4xf32>
      vector.store %w, %x[%i] : memref<512xf32>, vector<4xf32>
    } {kvant.parallel}
    scf.yield
  }
  return
}

// Parts of the arena that overlap.

// CHECK-LABEL: func.func @overlap(
// CHECK-NOT: call
// CHECK: scf.for
// CHECK: return
func.func @overlap(%arena: memref<8192xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c128 = arith.constant 128 : index
  %x = memref.view %arena[%c0][] : memref<8192xi8> to memref<512xf32>
  %y = memref.view %arena[%c128][] : memref<8192xi8> to memref<512xf32>
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c128 step %c1 {
      %v = vector.load %x[%i] : memref<512xf32>, vector<4xf32>
      %w = arith.mulf %v, %v : vector<4xf32>
      vector.store %w, %y[%i] : memref<512xf32>, vector<4xf32>
    } {kvant.parallel}
    scf.yield
  }
  return
}

// In order from the start, over an input that begins half of the destination behind it: the first
// half of the rounds writes where nothing is left to read, and then the second. What stands behind
// the loop comes last, by itself.

// CHECK-LABEL: func.func @forward(
// CHECK: call @forward_task0(%{{.*}}, %c0, %c1, %c0, %c128) {kvant.parts = 12 : i64}
// CHECK: call @forward_task0(%{{.*}}, %c0, %c1, %c128, %c256) {kvant.parts = 12 : i64}
// CHECK: call @forward_task0(%{{.*}}, %c0, %c1, %c256, %c256) {kvant.parts = 1 : i64}
// CHECK: func.func private @forward_task0(%{{.*}}: memref<8192xi8>, %[[PART:[a-z0-9_]+]]: index, %[[PARTS:[a-z0-9_]+]]: index, %[[FIRST:[a-z0-9_]+]]: index, %[[LIMIT:[a-z0-9_]+]]: index)
// CHECK: %[[IS_LAST:[a-z0-9_]+]] = arith.cmpi eq, %[[FIRST]], %c256
// CHECK: %[[ROUNDS:[a-z0-9_]+]] = arith.subi %[[LIMIT]], %[[FIRST]]
// CHECK: arith.muli %[[PART]], %[[ROUNDS]]
// CHECK: %[[BEGIN:[a-z0-9_]+]] = arith.addi %[[FIRST]], %{{.*}}
// CHECK: %[[END:[a-z0-9_]+]] = arith.addi %[[FIRST]], %{{.*}}
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
// CHECK: scf.if %[[IS_LAST]]
func.func @forward(%arena: memref<8192xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c256 = arith.constant 256 : index
  %c2048 = arith.constant 2048 : index
  %x = memref.view %arena[%c2048][] : memref<8192xi8> to memref<1024xf32>
  %y = memref.view %arena[%c0][] : memref<8192xi8> to memref<1024xf32>
  %zero = arith.constant dense<0.0> : vector<4xf32>
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c256 step %c1 {
      %at = arith.muli %i, %c4 : index
      %v = vector.load %x[%at] : memref<1024xf32>, vector<4xf32>
      %w = arith.mulf %v, %v : vector<4xf32>
      %u = arith.addf %w, %v : vector<4xf32>
      %t = arith.addf %u, %w : vector<4xf32>
      vector.store %t, %y[%at] : memref<1024xf32>, vector<4xf32>
    } {kvant.parallel}
    vector.store %zero, %y[%c0] : memref<1024xf32>, vector<4xf32>
    scf.yield
  }
  return
}

// In order from the end: part 0 has the lower addresses all the same.

// CHECK-LABEL: func.func @backward(
// CHECK: call @backward_task0(%{{.*}}, %c0, %c1, %c0, %c128) {kvant.parts = 12 : i64}
// CHECK: call @backward_task0(%{{.*}}, %c0, %c1, %c128, %c256) {kvant.parts = 12 : i64}
// CHECK-NOT: call
// CHECK: func.func private @backward_task0(%{{.*}}: memref<8192xi8>, %[[PART:[a-z0-9_]+]]: index, %[[PARTS:[a-z0-9_]+]]: index,
// CHECK: %[[LESS:[a-z0-9_]+]] = arith.subi %[[PARTS]], %c1
// CHECK: arith.subi %[[LESS]], %[[PART]]
func.func @backward(%arena: memref<8192xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c255 = arith.constant 255 : index
  %c256 = arith.constant 256 : index
  %c2048 = arith.constant 2048 : index
  %x = memref.view %arena[%c0][] : memref<8192xi8> to memref<1024xf32>
  %y = memref.view %arena[%c2048][] : memref<8192xi8> to memref<1024xf32>
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c256 step %c1 {
      %turned = arith.subi %c255, %i : index
      %at = arith.muli %turned, %c4 : index
      %v = vector.load %x[%at] : memref<1024xf32>, vector<4xf32>
      %w = arith.mulf %v, %v : vector<4xf32>
      %u = arith.addf %w, %v : vector<4xf32>
      %t = arith.addf %u, %w : vector<4xf32>
      vector.store %t, %y[%at] : memref<1024xf32>, vector<4xf32>
    } {kvant.parallel}
    scf.yield
  }
  return
}

// A thread finds in its cache what it wrote: lines, though there are more channels.

// CHECK-LABEL: func.func @lines_first(
// CHECK: call @lines_first_task0
// CHECK: func.func private @lines_first_task0(
// CHECK: scf.for %{{.*}} = %c0 to %c16
// CHECK: scf.for %{{.*}} = %{{[0-9]+}} to
func.func @lines_first(%x: memref<512xf32>, %y: memref<512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c16 step %c1 {
      %at = arith.muli %i, %c4 : index
      scf.for %line = %c0 to %c8 step %c1 {
        %start = arith.muli %line, %c64 : index
        %index = arith.addi %start, %at : index
        %v = vector.load %x[%index] : memref<512xf32>, vector<4xf32>
        %w = arith.mulf %v, %v : vector<4xf32>
        vector.store %w, %y[%index] : memref<512xf32>, vector<4xf32>
      } {kvant.parallel}
    } {kvant.parallel}
    scf.yield
  }
  return
}

// Too little to divide, or no loop that says that it may be.

// CHECK-LABEL: func.func @small(
// CHECK-NOT: call
// CHECK: scf.execute_region
// CHECK-NOT: call
// CHECK: scf.execute_region
// CHECK-NOT: call
// CHECK: return
func.func @small(%x: memref<512xf32>, %y: memref<512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c128 = arith.constant 128 : index
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c8 step %c1 {
      %v = vector.load %x[%i] : memref<512xf32>, vector<4xf32>
      vector.store %v, %y[%i] : memref<512xf32>, vector<4xf32>
    } {kvant.parallel}
    scf.yield
  }
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c128 step %c1 {
      %v = vector.load %x[%i] : memref<512xf32>, vector<4xf32>
      vector.store %v, %y[%i] : memref<512xf32>, vector<4xf32>
    }
    scf.yield
  }
  return
}
