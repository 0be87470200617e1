// RUN: quant-opt %s --split-input-file --verify-diagnostics

func.func @negative_id(%x: tensor<4xf32>) {
  // expected-error @below {{expected a non-negative id, got -1}}
  observe.probe %x {id = -1 : i64, name = "x"} : tensor<4xf32>
  return
}

// -----

func.func @integers(%x: tensor<4xi32>) {
  // expected-error @below {{operand #0 must be ranked tensor of floating-point values}}
  observe.probe %x {id = 0 : i64, name = "x"} : tensor<4xi32>
  return
}

// -----

func.func @unnamed(%x: tensor<4xf32>) {
  // expected-error @below {{requires attribute 'name'}}
  observe.probe %x {id = 0 : i64} : tensor<4xf32>
  return
}
