// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-expand-math))' | FileCheck %s

// CHECK-LABEL: @expanded
func.func @expanded(%x: f32, %h: f16, %v: vector<8xf32>) -> (f32, f32, f32, f16, vector<8xf32>, f32) {
  // CHECK-NOT: math.{{exp|tanh|powf|rsqrt|erf}}
  // CHECK: math.fma
  %0 = math.exp %x : f32
  %1 = math.tanh %x : f32
  %2 = math.powf %x, %x : f32
  %3 = math.exp %h : f16
  %4 = math.erf %v : vector<8xf32>
  %5 = math.rsqrt %x : f32
  return %0, %1, %2, %3, %4, %5 : f32, f32, f32, f16, vector<8xf32>, f32
}

// Instructions stay.
// CHECK-LABEL: @kept
func.func @kept(%x: f32) -> (f32, f32, f32) {
  // CHECK: math.sqrt
  // CHECK: math.floor
  // CHECK: math.roundeven
  %0 = math.sqrt %x : f32
  %1 = math.floor %x : f32
  %2 = math.roundeven %x : f32
  return %0, %1, %2 : f32, f32, f32
}
