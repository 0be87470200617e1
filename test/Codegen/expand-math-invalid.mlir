// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-expand-math))' -split-input-file -verify-diagnostics

func.func @no_expansion(%x: f64) -> f64 {
  // expected-error@+1 {{'math.exp' op expected a function with an expansion into arithmetic}}
  %0 = math.exp %x : f64
  return %0 : f64
}
