// RUN: not quant-opt %s --split-input-file --kvant-share-layers 2>&1 | FileCheck %s

// CHECK: error: 'func.func' op {{.*}}avx2
module attributes {kvant.cpu = "generic", kvant.target = "aarch64-linux-gnu"} {
  func.func @level() attributes {kvant.level = "avx2"} {
    return
  }
}

// -----

// CHECK: error: expected a module with a target, as kvant-attach-target leaves it
module {
  func.func @no_target() {
    return
  }
}
