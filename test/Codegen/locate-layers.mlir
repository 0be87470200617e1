// RUN: quant-opt %s --kvant-locate-layers --mlir-print-debuginfo | FileCheck %s

// An operation has the name of its layer as its file, and the number of the layer as its line.
// What has no name is the function's own; what is fused keeps the first name.

// CHECK-LABEL: llvm.func @main
// CHECK: llvm.load %{{.*}} loc(#[[FIRST:loc[0-9]*]])
// CHECK: llvm.fadd %{{.*}} loc(#[[FIRST]])
// CHECK: llvm.fmul %{{.*}} loc(#[[SECOND:loc[0-9]*]])
// CHECK: llvm.store %{{.*}} loc(#[[OWN:loc[0-9]*]])
// CHECK-DAG: #[[CONV:loc[0-9]*]] = loc("conv":1:0)
// CHECK-DAG: #[[OTHER:loc[0-9]*]] = loc("second/conv":2:0)
// CHECK-DAG: emissionKind = DebugDirectivesOnly
// CHECK-DAG: #[[FIRST]] = loc(fused<#{{.*}}>[#[[CONV]]])
// CHECK-DAG: #[[SECOND]] = loc(fused<#{{.*}}>[#[[OTHER]]])
// CHECK-DAG: #[[OWN]] = loc("main":0:0)
llvm.func @main(%x: !llvm.ptr) {
  %0 = llvm.load %x : !llvm.ptr -> f32 loc("conv")
  %1 = llvm.fadd %0, %0 : f32 loc(fused["model.mlir":3:4, "conv", "clamp"])
  %2 = llvm.fmul %1, %0 : f32 loc("second/conv")
  llvm.store %2, %x : f32, !llvm.ptr loc("model.mlir":5:6)
  llvm.return
}
