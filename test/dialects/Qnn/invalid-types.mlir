// RUN: quant-opt %s --split-input-file --verify-diagnostics

func.func @case0() {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.constant dense<1.0> : tensor<2xf32> : tensor<3xf32>
  return
}

// -----

func.func @case1() {
  // expected-error @below {{expected a value with elements of type 'f16', got 'f32'}}
  %r = qnn.constant dense<1.0> : tensor<2xf32> : tensor<2xf16>
  return
}

// -----

func.func @case2() {
  // expected-error @below {{expected a value with elements of type 'i8', got 'i16'}}
  %r = qnn.constant dense<1> : tensor<2xi16> : tensor<2x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @case3() {
  // expected-error @below {{expected a dense value or a resource}}
  %r = qnn.constant sparse<[[0]], [1.0]> : tensor<2xf32> : tensor<2xf32>
  return
}

// -----

func.func @case4() {
  // expected-error @below {{expected the resource 'nowhere' to be defined in the file}}
  %r = qnn.constant dense_resource<nowhere> : tensor<2xf32> : tensor<2xf32>
  return
}

// -----

func.func @case5(%x: tensor<2xf16>) {
  // expected-error @below {{expected an input of 'f32', got 'f16'}}
  %r = qnn.quantize %x : (tensor<2xf16>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @case6(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.quantize %x : (tensor<2xf32>) -> tensor<3x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @case7(%x: tensor<2xf32>) {
  // expected-error @below {{result #0 must be}}
  %r = qnn.quantize %x : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case8(%x: tensor<2x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error @below {{expected a result of 'f32', got 'f16'}}
  %r = qnn.dequantize %x : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2xf16>
  return
}

// -----

func.func @case9(%x: tensor<2xf32>) {
  // expected-error @below {{expected a result wider than 'f32', got 'f16'}}
  %r = qnn.dequantize %x : (tensor<2xf32>) -> tensor<2xf16>
  return
}

// -----

func.func @case10(%x: tensor<2x!quant.uniform<i8:f32, 0.5:128>>) {
  // expected-error @below {{expected zero points in the range of the storage type, [-128, 127]}}
  %r = qnn.dequantize %x : (tensor<2x!quant.uniform<i8:f32, 0.5:128>>) -> tensor<2xf32>
  return
}

// -----

func.func @case11(%x: tensor<2xf32>) {
  // expected-error @below {{operand #0 must be}}
  %r = qnn.requantize %x : (tensor<2xf32>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @case12(%x: tensor<2x!quant.uniform<i8:f32:0, {0.5,0.25}>>) {
  // expected-error @below {{expected one scale for the whole of operand #0}}
  %r = qnn.requantize %x : (tensor<2x!quant.uniform<i8:f32:0, {0.5,0.25}>>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @case13(%x: tensor<2x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error @below {{expected floats or integers, got a quantized type}}
  %r = qnn.cast %x : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2xi8>
  return
}

// -----

func.func @case14(%x: tensor<2xf32>) {
  // expected-error @below {{expected result #0 of shape [2], got [3]}}
  %r = qnn.cast %x : (tensor<2xf32>) -> tensor<3xi8>
  return
}

// -----

func.func @case15(%x: tensor<2xf32>) {
  // expected-error @below {{expected "single" or "tflite" in 'qnn.rounding', got "up"}}
  %r = qnn.relu %x {qnn.rounding = "up"} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case16(%x: tensor<2xf32>) {
  // expected-error @below {{expected a string in 'qnn.name', got 3 : i32}}
  %r = qnn.relu %x {qnn.name = 3 : i32} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case17(%x: tensor<2xf32>) {
  // expected-error @below {{expected one name for each of the 1 results in 'qnn.name', got 2}}
  %r = qnn.relu %x {qnn.name = ["a", "b"]} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case18(%x: tensor<2xf32>) {
  // expected-error @below {{expected finite numbers min <= max in 'qnn.range'}}
  %r = qnn.relu %x {qnn.range = [array<f32: 2.0, 1.0>]} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case19(%x: tensor<2xf32>) {
  // expected-error @below {{expected ranges `array<f32: min, max>` in 'qnn.range'}}
  %r = qnn.relu %x {qnn.range = [array<f32: 2.0>]} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case20(%x: tensor<2xf32>) {
  // expected-error @below {{expected an array of 1 ranges in 'qnn.range', got []}}
  %r = qnn.relu %x {qnn.range = []} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case21(%x: tensor<2xf32>) {
  // expected-error @below {{expected a dictionary with the strings 'scheme' and 'reason' in 'qnn.decision'}}
  %r = qnn.relu %x {qnn.decision = {scheme = "float32"}} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case22(%x: tensor<2xf32>) {
  // expected-error @below {{expected 'qnn.source' to be a dictionary on a module}}
  %r = qnn.relu %x {qnn.source = {}} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @case23(%x: tensor<2xf32>) {
  // expected-error @below {{expected an attribute that the qnn dialect defines for operations}}
  %r = qnn.relu %x {qnn.nmae = "a"} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

// expected-error @below {{argument #0: expected a quantized type in 'qnn.quant', got f32}}
func.func @argument(%x: tensor<2xi8> {qnn.quant = f32}) {
  return
}

// -----

// expected-error @below {{argument #0: expected an attribute that the qnn dialect defines for arguments}}
func.func @argument(%x: tensor<2xi8> {qnn.rounding = "tflite"}) {
  return
}

// -----

// expected-error @below {{result #0: expected a string in 'qnn.name', got 1 : i64}}
func.func @result(%x: tensor<2xi8>) -> (tensor<2xi8> {qnn.name = 1 : i64}) {
  return %x : tensor<2xi8>
}

// -----

func.func @short_resource() {
  // expected-error @below {{expected 8 bytes in the resource 'short', got 4}}
  %0 = qnn.constant dense_resource<short> : tensor<2xf32> : tensor<2xf32>
  return
}

{-#
  dialect_resources: {
    builtin: {
      short: "0x040000000000803F"
    }
  }
#-}
