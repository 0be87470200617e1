// RUN: quant-opt %s --kvant-emit-entry --kvant-emit-tasks | FileCheck %s

module attributes {kvant.cpu = "generic", kvant.target = "aarch64-linux-gnu", kvant.name = "toy",
                   kvant.integer_only = true, kvant.inputs = [{name = "x", type = tensor<1x8xi8>}],
                   kvant.outputs = [{name = "y", type = tensor<1x2xi32>}]} {
  // The function keeps its pointers in a record, so they are captured.
  // CHECK: llvm.func internal @main_v8_0(%[[X:[a-z0-9_]+]]: !llvm.ptr {llvm.noalias, llvm.readonly},
  // CHECK-SAME: %[[ARENA:[a-z0-9_]+]]: !llvm.ptr {llvm.align = 64 : i64, llvm.noalias}, %[[CALLER:[a-z0-9_]+]]: !llvm.ptr)
  // CHECK: %[[RECORD:[a-z0-9_]+]] = llvm.alloca %{{.*}} x !llvm.struct<(ptr, i64, i64, i64, ptr, ptr, ptr)>
  // CHECK: llvm.store %[[CALLER]]
  // CHECK: %[[TASK:[a-z0-9_]+]] = llvm.mlir.addressof @main_v8_0_task0_part
  // CHECK: llvm.mlir.constant(5 : i32)
  // CHECK: llvm.call @kvant_run_parts(%[[RECORD]], %[[TASK]],
  // A layer in phases has one task, which finds the rounds of a phase in the record.
  // CHECK: %[[BEGIN:[a-z0-9_]+]] = llvm.getelementptr %[[RECORD]][0, 2]
  // CHECK: llvm.store %{{.*}}, %[[BEGIN]]
  // CHECK: %[[LIMIT:[a-z0-9_]+]] = llvm.getelementptr %[[RECORD]][0, 3]
  // CHECK: llvm.store %{{.*}}, %[[LIMIT]]
  // CHECK: llvm.mlir.addressof @main_v8_0_task1_part
  // CHECK: llvm.mlir.constant(4 : i32)
  // CHECK: llvm.call @kvant_run_parts(
  // CHECK: llvm.mlir.addressof @main_v8_0_task1_part
  // CHECK: llvm.mlir.constant(1 : i32)
  // CHECK: llvm.call @kvant_run_parts(
  // CHECK: llvm.call @plain(
  llvm.func @main_v8_0(%x: !llvm.ptr, %y: !llvm.ptr, %arena: !llvm.ptr) attributes {kvant.arena_bytes = 128 : i64, kvant.level = "v8.0"} {
    %0 = llvm.mlir.constant(0 : i64) : i64
    %1 = llvm.mlir.constant(1 : i64) : i64
    %2 = llvm.mlir.constant(6 : i64) : i64
    %3 = llvm.mlir.constant(7 : i64) : i64
    llvm.call @main_v8_0_task0(%x, %y, %arena, %0, %1) {kvant.parts = 5 : i64} : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
    llvm.call @main_v8_0_task1(%x, %y, %arena, %0, %1, %0, %2) {kvant.parts = 4 : i64} : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64, i64) -> ()
    llvm.call @main_v8_0_task1(%x, %y, %arena, %0, %1, %2, %3) {kvant.parts = 1 : i64} : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64, i64) -> ()
    llvm.call @plain(%x) : (!llvm.ptr) -> ()
    llvm.return
  }
  // CHECK: llvm.func internal @main_v8_0_task0(%{{.*}}: !llvm.ptr {llvm.noalias
  // CHECK-NOT: kvant.parts
  llvm.func @main_v8_0_task0(%x: !llvm.ptr, %y: !llvm.ptr, %arena: !llvm.ptr, %part: i64, %parts: i64) attributes {kvant.level = "v8.0"} {
    llvm.return
  }
  llvm.func @main_v8_0_task1(%x: !llvm.ptr, %y: !llvm.ptr, %arena: !llvm.ptr, %part: i64, %parts: i64, %begin: i64, %end: i64) attributes {kvant.level = "v8.0"} {
    llvm.return
  }
  llvm.func @plain(%x: !llvm.ptr) {
    llvm.return
  }
}

// What the caller says about threads stands behind two tensors of 16 bytes.
// CHECK: llvm.func @toy_run(%[[IO:[a-z0-9_]+]]: !llvm.ptr,
// CHECK: %[[END:[a-z0-9_]+]] = llvm.getelementptr %[[IO]][32]
// CHECK: llvm.call @main_v8_0(%{{.*}}, %{{.*}}, %{{.*}}, %[[END]])

// One part unless there are threads and a way to reach them.
// CHECK: llvm.func internal @kvant_run_parts(%[[RECORD:[a-z0-9_]+]]: !llvm.ptr, %[[TASK:[a-z0-9_]+]]: !llvm.ptr, %[[MOST:[a-z0-9_]+]]: i32)
// CHECK: %[[WANTED:[a-z0-9_]+]] = llvm.intr.umin(%{{.*}}, %[[MOST]])
// CHECK: llvm.icmp "ugt" %[[WANTED]], %{{.*}} : i32
// CHECK: llvm.icmp "eq" %[[PARALLEL:[a-z0-9_]+]], %{{.*}} : !llvm.ptr
// CHECK: llvm.mul %[[WANTED]]
// CHECK: llvm.call %[[PARALLEL]](%{{.*}}, %[[COUNT:[a-z0-9_]+]], %[[TASK]], %[[RECORD]])
// CHECK: llvm.call %[[TASK]](%[[RECORD]], %{{.*}})

// CHECK: llvm.func internal @main_v8_0_task0_part(%[[RECORD:[a-z0-9_]+]]: !llvm.ptr, %[[PART:[a-z0-9_]+]]: i32)
// CHECK: %[[WIDE:[a-z0-9_]+]] = llvm.zext %[[PART]]
// CHECK: llvm.call @main_v8_0_task0(%{{.*}}, %{{.*}}, %{{.*}}, %[[WIDE]], %{{.*}})

// CHECK: llvm.func internal @main_v8_0_task1_part(
// CHECK: llvm.call @main_v8_0_task1(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}})
// CHECK-NOT: llvm.func internal
