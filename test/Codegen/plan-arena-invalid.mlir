// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-plan-arena))' -split-input-file -verify-diagnostics

func.func @dynamic(%n: index) {
  // expected-error@+1 {{expected a buffer of static shape and plain layout, got 'memref<?xi8>'}}
  %a = memref.alloc(%n) : memref<?xi8>
  return
}

// -----

func.func @huge() {
  // expected-error@+1 {{expected a buffer that fits in memory}}
  %a = memref.alloc() : memref<4294967296x4294967296xi8>
  return
}

// -----

// expected-error@+1 {{expected structured control flow: a body of one block}}
func.func @branches() {
  cf.br ^bb1
^bb1:
  return
}
