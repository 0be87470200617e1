// RUN: quant-opt %s --kvant-clone-levels -split-input-file -verify-diagnostics

// expected-error@+1 {{expected a module with a target, as kvant-attach-target leaves it}}
module {
  func.func @main() {
    return
  }
}

// -----

// expected-error@+1 {{expected a function @main}}
module {
  func.func @other() {
    return
  }
}
