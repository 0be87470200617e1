// RUN: quant-opt %s --split-input-file --verify-diagnostics --pass-pipeline="builtin.module(func.func(kvant-simplify-rescales{mode=fast}))"

// expected-error @below {{expected mode auto, none, integer or float, got 'fast'}}
func.func @mode() {
  return
}
