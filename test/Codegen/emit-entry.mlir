// RUN: quant-opt %s -split-input-file --kvant-emit-entry | FileCheck %s

module attributes {kvant.cpu = "generic", kvant.target = "aarch64-linux-gnu", kvant.name = "toy",
                   kvant.integer_only = true, kvant.inputs = [{name = "x", type = tensor<1x8xi8>}],
                   kvant.outputs = [{name = "y", type = tensor<1x2xi32>}]} {
  // CHECK: llvm.func internal @main_v8_0(%{{.*}}: !llvm.ptr {llvm.noalias, llvm.nocapture, llvm.readonly},
  // CHECK-SAME: %{{.*}}: !llvm.ptr {llvm.align = 64 : i64
  // CHECK-SAME: target_features = #llvm.target_features<["+neon",
  llvm.func @main_v8_0(%x: !llvm.ptr, %y: !llvm.ptr, %arena: !llvm.ptr) attributes {kvant.arena_bytes = 128 : i64, kvant.level = "v8.0"} {
    llvm.return
  }
  // CHECK: llvm.func internal @main_dotprod
  // CHECK-SAME: "+dotprod"
  llvm.func @main_dotprod(%x: !llvm.ptr, %y: !llvm.ptr, %arena: !llvm.ptr) attributes {kvant.arena_bytes = 128 : i64, kvant.level = "dotprod"} {
    llvm.return
  }
}

// The most capable level is asked first, the least needs no question.
// CHECK: llvm.func @toy_run(%[[IO:.*]]: !llvm.ptr, %[[ARENA:.*]]: !llvm.ptr, %[[BYTES:.*]]: i64) -> i32
// CHECK: llvm.icmp "eq" %[[IO]]
// CHECK: llvm.mlir.constant(8 : i64)
// CHECK: llvm.mlir.constant(8 : i64)
// CHECK: llvm.mlir.constant(128 : i64)
// CHECK: llvm.icmp "ult" %[[BYTES]]
// CHECK: llvm.ptrtoint %[[ARENA]]
// CHECK: llvm.mlir.constant(1 : i32)
// CHECK: llvm.call @main_dotprod
// CHECK: llvm.call @main_v8_0
// CHECK: llvm.return

// -----

// Spilled vectors of 512 bits want an aligned stack.

module attributes {kvant.cpu = "icelake-server", kvant.target = "host", kvant.name = "wide",
                   kvant.integer_only = true, kvant.inputs = [{name = "x", type = tensor<1x8xi8>}],
                   kvant.outputs = [{name = "y", type = tensor<1x2xi32>}]} {
  // CHECK: llvm.func internal @main_avx512vnni
  // CHECK-SAME: passthrough = ["stackrealign"]
  llvm.func @main_avx512vnni(%x: !llvm.ptr, %y: !llvm.ptr, %arena: !llvm.ptr) attributes {kvant.arena_bytes = 128 : i64, kvant.level = "avx512vnni"} {
    llvm.return
  }
}
