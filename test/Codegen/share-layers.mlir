// RUN: quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},kvant-share-layers)" | FileCheck %s

memref.global "private" constant @w0 : memref<64xf32> = dense<1.0>
memref.global "private" constant @w1 : memref<64xf32> = dense<2.0>

// Two levels and two places in each: one function of the least level takes the buffers. None of
// them overlaps another one in any of the layers. Constants are not arguments.

// CHECK: func.func private @shared_layer0(%[[W:[a-z0-9]+]]: memref<64xf32> {llvm.noalias}, %[[X:[a-z0-9]+]]: memref<64xf32> {llvm.noalias}, %[[Y:[a-z0-9]+]]: memref<64xf32> {llvm.noalias})
// CHECK-SAME: kvant.level = "v8.0", llvm.bareptr
// CHECK: scf.for
// CHECK: vector.load %[[W]]
// CHECK: vector.load %[[X]]
// CHECK: vector.store %{{.*}}, %[[Y]]

// CHECK-LABEL: func.func @main_v8_0(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<64xf32>, %[[ARENA:[a-z0-9]+]]: memref<1024xi8>)
// CHECK-DAG: %[[W0:.*]] = memref.get_global @w0
// CHECK-DAG: %[[W1:.*]] = memref.get_global @w1
// CHECK-DAG: %[[A:.*]] = memref.view %[[ARENA]][%c0]
// CHECK-DAG: %[[B:.*]] = memref.view %[[ARENA]][%c256]
// CHECK: call @shared_layer0(%[[W0]], %[[X]], %[[A]])
// CHECK: call @shared_layer0(%[[W1]], %[[A]], %[[B]])
// CHECK-NOT: scf.for
// CHECK: return
func.func @main_v8_0(%x: memref<64xf32>, %arena: memref<1024xi8>) attributes {kvant.level = "v8.0", llvm.bareptr} {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  %c256 = arith.constant 256 : index
  %w0 = memref.get_global @w0 : memref<64xf32>
  %w1 = memref.get_global @w1 : memref<64xf32>
  %a = memref.view %arena[%c0][] : memref<1024xi8> to memref<64xf32>
  %b = memref.view %arena[%c256][] : memref<1024xi8> to memref<64xf32>
  scf.execute_region {
    scf.for %i = %c0 to %c64 step %c4 {
      %w = vector.load %w0[%i] : memref<64xf32>, vector<4xf32>
      %v = vector.load %x[%i] : memref<64xf32>, vector<4xf32>
      %p = arith.mulf %w, %v : vector<4xf32>
      vector.store %p, %a[%i] : memref<64xf32>, vector<4xf32>
    }
    scf.yield
  }
  scf.for %i = %c0 to %c64 step %c4 {
    %w = vector.load %w1[%i] : memref<64xf32>, vector<4xf32>
    %v = vector.load %a[%i] : memref<64xf32>, vector<4xf32>
    %p = arith.mulf %w, %v : vector<4xf32>
    vector.store %p, %b[%i] : memref<64xf32>, vector<4xf32>
  }
  return
}

// The same layer on another level; one that divides and one that counts otherwise stay inline.

// CHECK-LABEL: func.func @main_dotprod(
// CHECK: call @shared_layer0(
// CHECK-NOT: call
// CHECK-NOT: scf.execute_region
// CHECK: scf.for
// CHECK: arith.divf
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c8
// CHECK: return
func.func @main_dotprod(%x: memref<64xf32>, %arena: memref<1024xi8>) attributes {kvant.level = "dotprod", llvm.bareptr} {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %w0 = memref.get_global @w0 : memref<64xf32>
  %a = memref.view %arena[%c0][] : memref<1024xi8> to memref<64xf32>
  scf.execute_region {
    scf.for %i = %c0 to %c64 step %c4 {
      %w = vector.load %w0[%i] : memref<64xf32>, vector<4xf32>
      %v = vector.load %x[%i] : memref<64xf32>, vector<4xf32>
      %p = arith.mulf %w, %v : vector<4xf32>
      vector.store %p, %a[%i] : memref<64xf32>, vector<4xf32>
    }
    scf.yield
  }
  scf.execute_region {
    scf.for %i = %c0 to %c64 step %c4 {
      %w = vector.load %w0[%i] : memref<64xf32>, vector<4xf32>
      %v = vector.load %x[%i] : memref<64xf32>, vector<4xf32>
      %p = arith.divf %w, %v : vector<4xf32>
      vector.store %p, %a[%i] : memref<64xf32>, vector<4xf32>
    }
    scf.yield
  }
  scf.execute_region {
    scf.for %i = %c0 to %c64 step %c8 {
      %w = vector.load %w0[%i] : memref<64xf32>, vector<4xf32>
      %v = vector.load %x[%i] : memref<64xf32>, vector<4xf32>
      %p = arith.mulf %w, %v : vector<4xf32>
      vector.store %p, %a[%i] : memref<64xf32>, vector<4xf32>
    }
    scf.yield
  }
  return
}

// One that writes over its input has twins of its own kind only, and its buffers may overlap.
// Where a buffer stands twice, it stands twice in the twin.

// CHECK: func.func private @shared_layer1(%{{[a-z0-9]+}}: memref<64xf32> {llvm.noalias}, %{{[a-z0-9]+}}: memref<64xf32>, %{{[a-z0-9]+}}: memref<64xf32>)
// CHECK: func.func private @shared_layer2(%{{[a-z0-9]+}}: memref<64xf32> {llvm.noalias}, %{{[a-z0-9]+}}: memref<64xf32> {llvm.noalias})
// CHECK-LABEL: func.func @overlap(
// CHECK: call @shared_layer1(
// CHECK: call @shared_layer1(
// CHECK: call @shared_layer2(
// CHECK: call @shared_layer2(
// CHECK-NOT: call
// CHECK: return
func.func @overlap(%arena: memref<1024xi8>) attributes {kvant.level = "v8.0", llvm.bareptr} {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %c528 = arith.constant 528 : index
  %w0 = memref.get_global @w0 : memref<64xf32>
  %w1 = memref.get_global @w1 : memref<64xf32>
  %a = memref.view %arena[%c16][] : memref<1024xi8> to memref<64xf32>
  %b = memref.view %arena[%c0][] : memref<1024xi8> to memref<64xf32>
  %c = memref.view %arena[%c528][] : memref<1024xi8> to memref<64xf32>
  %d = memref.view %arena[%c512][] : memref<1024xi8> to memref<64xf32>
  scf.for %i = %c0 to %c64 step %c4 {
    %w = vector.load %w0[%i] : memref<64xf32>, vector<4xf32>
    %v = vector.load %a[%i] : memref<64xf32>, vector<4xf32>
    %p = arith.mulf %w, %v : vector<4xf32>
    vector.store %p, %b[%i] : memref<64xf32>, vector<4xf32>
  }
  scf.for %i = %c0 to %c64 step %c4 {
    %w = vector.load %w1[%i] : memref<64xf32>, vector<4xf32>
    %v = vector.load %c[%i] : memref<64xf32>, vector<4xf32>
    %p = arith.mulf %w, %v : vector<4xf32>
    vector.store %p, %d[%i] : memref<64xf32>, vector<4xf32>
  }
  scf.for %i = %c0 to %c64 step %c4 {
    %w = vector.load %w0[%i] : memref<64xf32>, vector<4xf32>
    %v = vector.load %a[%i] : memref<64xf32>, vector<4xf32>
    %p = arith.mulf %w, %v : vector<4xf32>
    vector.store %p, %a[%i] : memref<64xf32>, vector<4xf32>
  }
  scf.for %i = %c0 to %c64 step %c4 {
    %w = vector.load %w1[%i] : memref<64xf32>, vector<4xf32>
    %v = vector.load %c[%i] : memref<64xf32>, vector<4xf32>
    %p = arith.mulf %w, %v : vector<4xf32>
    vector.store %p, %c[%i] : memref<64xf32>, vector<4xf32>
  }
  return
}
