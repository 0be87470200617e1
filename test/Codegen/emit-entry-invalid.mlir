// RUN: quant-opt %s --kvant-emit-entry -split-input-file -verify-diagnostics

module attributes {kvant.cpu = "generic", kvant.target = "aarch64-linux-gnu"} {
  // expected-error@+1 {{expected a program that calls nothing outside itself}}
  llvm.func @memcpy(!llvm.ptr, !llvm.ptr, i64)
}

// -----

// expected-error@+1 {{expected a function with kvant.arena_bytes}}
module attributes {kvant.cpu = "generic", kvant.target = "aarch64-linux-gnu"} {
  llvm.func @main() {
    llvm.return
  }
}

// -----

module attributes {kvant.cpu = "generic", kvant.target = "aarch64-linux-gnu"} {
  // expected-error@+1 {{has no level 'avx2'}}
  llvm.func @main(%arena: !llvm.ptr) attributes {kvant.arena_bytes = 128 : i64, kvant.level = "avx2"} {
    llvm.return
  }
}

// -----

module attributes {kvant.cpu = "generic", kvant.target = "aarch64-linux-gnu", kvant.name = "toy",
                   kvant.integer_only = true, kvant.inputs = [{name = "x", type = tensor<1x8xi8>}],
                   kvant.outputs = []} {
  // expected-error@+1 {{expected 2 pointers (inputs, outputs, arena), got 1}}
  llvm.func @main(%arena: !llvm.ptr) attributes {kvant.arena_bytes = 128 : i64, kvant.level = "v8.0"} {
    llvm.return
  }
}
