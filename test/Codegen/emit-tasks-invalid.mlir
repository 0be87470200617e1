// RUN: not quant-opt %s --kvant-emit-tasks 2>&1 | FileCheck %s
// RUN: echo 'module {}' | not quant-opt --kvant-emit-tasks 2>&1 | FileCheck %s --check-prefix=BARE

// BARE: error: expected a module with kvant.name
module attributes {kvant.name = "toy", kvant.integer_only = true, kvant.arena_bytes = 64 : i64,
                   kvant.inputs = [], kvant.outputs = []} {
  llvm.func internal @main(%x: !llvm.ptr, %arena: !llvm.ptr) {
    %0 = llvm.mlir.constant(0 : i64) : i64
    // CHECK: error: 'llvm.call' op expected the arguments of the function around the call, a part and the number of parts, and at most a range of rounds
    llvm.call @task(%arena, %x, %0, %0) {kvant.parts = 2 : i64} : (!llvm.ptr, !llvm.ptr, i64, i64) -> ()
    llvm.return
  }
  llvm.func internal @task(%x: !llvm.ptr, %arena: !llvm.ptr, %part: i64, %parts: i64) {
    llvm.return
  }
}
