// RUN: quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},kvant-split-layers{part-work=50},canonicalize)" | FileCheck %s

// Eight lines in two or more parts: the call that is left computes the whole.

// CHECK-LABEL: func.func @lines(
// CHECK-SAME: %[[X:[a-z0-9_]+]]: memref<512xf32>, %[[Y:[a-z0-9_]+]]: memref<512xf32>)
// CHECK-NOT: scf.for
// CHECK: call @lines_task0(%[[X]], %[[Y]], %c0, %c1)
// CHECK-NOT: scf.execute_region

// CHECK: func.func private @lines_task0(%[[X:[a-z0-9_]+]]: memref<512xf32>, %[[Y:[a-z0-9_]+]]: memref<512xf32>, %[[PART:[a-z0-9_]+]]: index, %[[PARTS:[a-z0-9_]+]]: index)
// CHECK-SAME: kvant.level = "dotprod"
// CHECK-SAME: kvant.parts = 7 : i64
// CHECK: %[[BEGIN:[a-z0-9_]+]] = arith.divui %{{.*}}, %[[PARTS]]
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
// loops is the last part's too. The view of the arena is made anew.

// CHECK-LABEL: func.func @moves_back(
// CHECK: call @moves_back_task0
// CHECK: func.func private @moves_back_task0(%{{.*}}: memref<8192xi8>, %[[PART:[a-z0-9_]+]]: index, %[[PARTS:[a-z0-9_]+]]: index)
// CHECK: %[[LAST:[a-z0-9_]+]] = arith.subi %[[PARTS]], %c1
// CHECK: %[[IS_LAST:[a-z0-9_]+]] = arith.cmpi eq, %[[PART]], %[[LAST]]
// CHECK: memref.view
// CHECK: arith.muli %[[PART]], %c19
// CHECK: %[[END:[a-z0-9_]+]] = arith.select %[[IS_LAST]], %c20
// CHECK: scf.for %{{.*}} to %[[END]]
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
    scf.for %i = %c0 to %c20 step %c1 {
      %at = arith.muli %i, %c8 : index
      %index = arith.minui %at, %c145 : index
      %v = vector.load %x[%index] : memref<160xf32>, vector<8xf32>
      %w = arith.mulf %v, %v : vector<8xf32>
      %u = arith.addf %w, %v : vector<8xf32>
      vector.store %u, %y[%index] : memref<160xf32>, vector<8xf32>
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
