// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-results-to-arguments))' | FileCheck %s

// The buffer of a result becomes the argument; a second use of it is a copy.
// CHECK-LABEL: func.func @twice(
// CHECK-SAME: %[[IN:.*]]: memref<4xi8>, %[[A:.*]]: memref<4xi8>, %[[B:.*]]: memref<4xi8>, %[[C:.*]]: memref<4xi8>) {
func.func @twice(%in: memref<4xi8>) -> (memref<4xi8>, memref<4xi8>, memref<4xi8>) {
  // CHECK-NEXT: linalg.copy ins(%[[IN]] : memref<4xi8>) outs(%[[A]] : memref<4xi8>)
  // CHECK-NEXT: memref.copy %[[A]], %[[B]]
  // CHECK-NEXT: memref.copy %[[IN]], %[[C]]
  // CHECK-NEXT: return
  %a = memref.alloc() : memref<4xi8>
  linalg.copy ins(%in : memref<4xi8>) outs(%a : memref<4xi8>)
  return %a, %a, %in : memref<4xi8>, memref<4xi8>, memref<4xi8>
}

// CHECK-LABEL: func.func @view(
// CHECK-SAME: %[[OUT:[a-z0-9]+]]: memref<2x2xi8>)
func.func @view(%in: memref<4xi8>) -> memref<2x2xi8> {
  %a = memref.alloc() : memref<4xi8>
  linalg.copy ins(%in : memref<4xi8>) outs(%a : memref<4xi8>)
  // CHECK: %[[VIEW:.*]] = memref.expand_shape
  // CHECK: memref.copy %[[VIEW]], %[[OUT]]
  %v = memref.expand_shape %a [[0, 1]] output_shape [2, 2] : memref<4xi8> into memref<2x2xi8>
  return %v : memref<2x2xi8>
}
