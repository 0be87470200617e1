// RUN: quant-opt %s --kvant-record-interface -split-input-file -verify-diagnostics

// expected-error@+1 {{expected argument 0 to be a ranked tensor of static shape}}
func.func @main(%arg0: tensor<?x4xi8>) -> tensor<?x4xi8> {
  return %arg0 : tensor<?x4xi8>
}

// -----

// expected-error@+1 {{got 'tensor<4xi48>'}}
func.func @main(%arg0: tensor<4xi8>) -> tensor<4xi48> {
  %0 = "tosa.const"() {values = dense<0> : tensor<4xi48>} : () -> tensor<4xi48>
  return %0 : tensor<4xi48>
}

// -----

// expected-error@+1 {{expected at least one result}}
func.func @main(%arg0: tensor<4xi8>) {
  return
}

// -----

// expected-error@+1 {{expected a module of one function @main with a body}}
module {
  func.func @other(%arg0: tensor<4xi8>) -> tensor<4xi8> {
    return %arg0 : tensor<4xi8>
  }
}

// -----

// expected-error@+1 {{expected a module of one function @main with a body}}
module {
  func.func private @main(tensor<4xi8>) -> tensor<4xi8>
}

// -----

// expected-error@+1 {{expected a !quant.uniform type per tensor as qnn.quant of argument 0}}
func.func @main(%arg0: tensor<4xi8> {qnn.quant = !quant.uniform<i8:f32:0, {1.0, 2.0, 3.0, 4.0}>}) -> tensor<4xi8> {
  return %arg0 : tensor<4xi8>
}
