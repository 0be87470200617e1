// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-expand-copies))' | FileCheck %s

// CHECK-LABEL: @contiguous
func.func @contiguous(%a: memref<2x3x4xi8>, %b: memref<2x3x4xi8>) {
  // CHECK-DAG: %[[A:.*]] = memref.collapse_shape %arg0 {{\[\[}}0, 1, 2]] : memref<2x3x4xi8> into memref<24xi8>
  // CHECK-DAG: %[[B:.*]] = memref.collapse_shape %arg1
  // CHECK: linalg.copy ins(%[[A]] : memref<24xi8>) outs(%[[B]] : memref<24xi8>)
  // CHECK-NOT: memref.copy
  memref.copy %a, %b : memref<2x3x4xi8> to memref<2x3x4xi8>
  return
}

// CHECK-LABEL: @strided
func.func @strided(%a: memref<2x3xi8, strided<[8, 1], offset: 2>>, %b: memref<2x3xi8>) {
  // CHECK: linalg.copy ins(%arg0 : memref<2x3xi8, strided<[8, 1], offset: 2>>) outs(%arg1 : memref<2x3xi8>)
  memref.copy %a, %b : memref<2x3xi8, strided<[8, 1], offset: 2>> to memref<2x3xi8>
  return
}

// CHECK-LABEL: @itself
func.func @itself(%a: memref<4xi8>) {
  // CHECK-NOT: copy
  memref.copy %a, %a : memref<4xi8> to memref<4xi8>
  return
}
