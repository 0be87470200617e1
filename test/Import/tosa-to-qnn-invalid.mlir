// What has no form in qnn is refused by name.
// RUN: quant-opt --kvant-tosa-to-qnn --split-input-file --verify-diagnostics %s

func.func @erf(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{'tosa.erf' op has no form in qnn with these operands; supported: float convolutions, matmul}}
  %0 = tosa.erf %x : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @integer_clamp(%x: tensor<2xi8>) -> tensor<2xi8> {
  // expected-error @below {{'tosa.clamp' op has no form in qnn}}
  %0 = tosa.clamp %x {max_val = 6 : i8, min_val = 0 : i8} : (tensor<2xi8>) -> tensor<2xi8>
  return %0 : tensor<2xi8>
}

// -----

func.func @computed_padding(%x: tensor<2xf32>, %v: tensor<1xf32>) -> tensor<4xf32> {
  %p = tosa.const_shape {values = dense<1> : tensor<2xindex>} : () -> !tosa.shape<2>
  // expected-error @below {{'tosa.pad' op has no form in qnn with these operands}}
  %0 = tosa.pad %x, %p, %v : (tensor<2xf32>, !tosa.shape<2>, tensor<1xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @shifted(%x: tensor<1x2x2xi8>, %y: tensor<1x2x2xi8>) -> tensor<1x2x2xi32> {
  %z = "tosa.const"() <{values = dense<3> : tensor<1xi8>}> : () -> tensor<1xi8>
  // expected-error @below {{'tosa.matmul' op has no form in qnn with these operands}}
  %0 = tosa.matmul %x, %y, %z, %z : (tensor<1x2x2xi8>, tensor<1x2x2xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x2x2xi32>
  return %0 : tensor<1x2x2xi32>
}

// -----

func.func @nearest_from_the_origin(%x: tensor<1x2x2x1xf32>) -> tensor<1x4x4x1xf32> {
  %s = tosa.const_shape {values = dense<[4, 2, 4, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %o = tosa.const_shape {values = dense<[0, 0]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %b = tosa.const_shape {values = dense<[2, 2]> : tensor<2xindex>} : () -> !tosa.shape<2>
  // expected-error @below {{'tosa.resize' op has no form in qnn with these operands}}
  %0 = tosa.resize %x, %s, %o, %b {mode = NEAREST_NEIGHBOR} : (tensor<1x2x2x1xf32>, !tosa.shape<4>, !tosa.shape<2>, !tosa.shape<2>) -> tensor<1x4x4x1xf32>
  return %0 : tensor<1x4x4x1xf32>
}
