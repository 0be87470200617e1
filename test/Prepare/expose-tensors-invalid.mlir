// RUN: quant-opt %s --kvant-expose-tensors --verify-diagnostics

// expected-error @below {{expected a function @main of one block}}
module {
  func.func @other() {
    return
  }
}
