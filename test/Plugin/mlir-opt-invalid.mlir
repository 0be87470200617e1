// RUN: not %llvm_tools/mlir-opt %s --load-dialect-plugin=%kvant_lib/KvantPlugin.so 2>&1 \
// RUN:   | FileCheck %s
// UNSUPPORTED: asan

// CHECK: error: 'qnn.relu' op expected result #0 of shape [4], got [5]
func.func @main(%x: tensor<4xf32>) {
  %0 = qnn.relu %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}
