// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-results-to-arguments))' -split-input-file -verify-diagnostics

// expected-error@+1 {{expected result 0 to be a buffer of static shape and plain layout, got 'memref<?xi8>'}}
func.func @dynamic(%in: memref<?xi8>) -> memref<?xi8> {
  return %in : memref<?xi8>
}

// -----

// expected-error@+1 {{expected result 1 to be a buffer of static shape and plain layout, got 'i32'}}
func.func @scalar(%in: memref<4xi8>, %x: i32) -> (memref<4xi8>, i32) {
  return %in, %x : memref<4xi8>, i32
}
