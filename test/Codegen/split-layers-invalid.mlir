// RUN: not quant-opt %s --kvant-split-layers=part-work=0 2>&1 | FileCheck %s --check-prefix=WORK
// RUN: not quant-opt %s --kvant-split-layers 2>&1 | FileCheck %s --check-prefix=LEVEL

// WORK: error: kvant-split-layers: expected part-work of at least 1, got 0
// LEVEL: error: 'func.func' op
module attributes {kvant.cpu = "generic", kvant.target = "aarch64-linux-gnu"} {
  func.func @main() attributes {kvant.level = "avx2"} {
    return
  }
}
