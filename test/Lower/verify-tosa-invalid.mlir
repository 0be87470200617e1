// RUN: quant-opt %s --pass-pipeline='builtin.module(kvant-verify-tosa{integer-only})' -split-input-file -verify-diagnostics

func.func @stray(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-error @+1 {{'arith.addi' op expected only func and tosa operations after lowering}}
  %0 = arith.addi %x, %x : tensor<4xi32>
  return %0 : tensor<4xi32>
}

// -----

func.func @floats(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'tosa.exp' op expected an integer program, got a tensor of 'f32'}}
  %0 = tosa.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @dynamic(%x: tensor<?xi32>) -> tensor<?xi32> {
  // expected-error @+1 {{'tosa.add' op expected a ranked tensor of static shape, got 'tensor<?xi32>'}}
  %0 = tosa.add %x, %x : (tensor<?xi32>, tensor<?xi32>) -> tensor<?xi32>
  return %0 : tensor<?xi32>
}
