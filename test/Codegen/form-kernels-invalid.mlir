// RUN: quant-opt %s --pass-pipeline="builtin.module(func.func(kvant-form-kernels))" -verify-diagnostics

// expected-error @+1 {{expected a module with a target, as kvant-attach-target leaves it}}
func.func @main(%x: tensor<1x4x4x3xi8>) -> tensor<1x4x4x3xi8> {
  return %x : tensor<1x4x4x3xi8>
}
