// The dialects and passes in an mlir-opt that was built without them.
// RUN: %llvm_tools/mlir-opt %s --load-dialect-plugin=%kvant_lib/KvantPlugin.so \
// RUN:   --load-pass-plugin=%kvant_lib/KvantPlugin.so \
// RUN:   --pass-pipeline='builtin.module(func.func(kvant-fuse-activations),kvant-qnn-to-tosa)' \
// RUN:   | FileCheck %s
// UNSUPPORTED: asan

// CHECK-LABEL: @main
// CHECK: tosa.add
// CHECK: tosa.clamp
// CHECK-NOT: qnn.relu
func.func @main(%x: tensor<4xf32> {qnn.name = "in"}) -> (tensor<4xf32> {qnn.name = "out"}) {
  %0 = qnn.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = qnn.relu %0 : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
