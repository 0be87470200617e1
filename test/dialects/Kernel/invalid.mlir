// RUN: quant-opt %s -split-input-file -verify-diagnostics

func.func @pad_too_small(%x: tensor<1x4x4x3xi8>, %init: tensor<1x4x6x3xi8>) -> tensor<1x4x6x3xi8> {
  // expected-error @+1 {{expected a destination that holds the input at low, got 4 rows}}
  %y = kernel.pad %x into %init {low = array<i64: 1, 1>, value = 0 : i8}
    : tensor<1x4x4x3xi8> into tensor<1x4x6x3xi8> -> tensor<1x4x6x3xi8>
  return %y : tensor<1x4x6x3xi8>
}

// -----

func.func @pad_value_type(%x: tensor<1x4x4x3xi8>, %init: tensor<1x4x4x3xi8>) -> tensor<1x4x4x3xi8> {
  // expected-error @+1 {{expected input, destination and value of one element type}}
  %y = kernel.pad %x into %init {low = array<i64: 0, 0>, value = 0 : i32}
    : tensor<1x4x4x3xi8> into tensor<1x4x4x3xi8> -> tensor<1x4x4x3xi8>
  return %y : tensor<1x4x4x3xi8>
}

// -----

func.func @mixed_semantics(%x: memref<1x4x4x3xi8>, %init: tensor<1x4x4x3xi8>) -> tensor<1x4x4x3xi8> {
  // expected-error @+1 {{expected all operands to be tensors or all to be memrefs}}
  %y = kernel.pad %x into %init {low = array<i64: 0, 0>, value = 0 : i8}
    : memref<1x4x4x3xi8> into tensor<1x4x4x3xi8> -> tensor<1x4x4x3xi8>
  return %y : tensor<1x4x4x3xi8>
}

// -----

func.func @packed_size(%x: memref<1x4x4x4xi8>, %w: memref<100xi8>, %b: memref<4xi32>, %init: memref<1x4x4x4xi32>) {
  // expected-error @+1 {{expected 32 packed weights, got 100}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64}
    : memref<1x4x4x4xi8>, memref<100xi8>, memref<4xi32> into memref<1x4x4x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @input_too_small(%x: memref<1x4x4x4xi8>, %w: memref<144xi8>, %b: memref<4xi32>, %init: memref<1x4x4x4xi32>) {
  // expected-error @+1 {{expected an input of at least 6 rows, got 4}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64}
    : memref<1x4x4x4xi8>, memref<144xi8>, memref<4xi32> into memref<1x4x4x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @epilogue_arguments(%x: memref<1x4x4x4xi8>, %w: memref<32xi8>, %b: memref<4xi32>, %init: memref<1x4x4x4xi32>) {
  // expected-error @+1 {{expected the epilogue's arguments to be the accumulator}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64}
    : memref<1x4x4x4xi8>, memref<32xi8>, memref<4xi32> into memref<1x4x4x4xi32>
    epilogue {
    ^bb0(%acc: i32, %other: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @stride(%x: memref<1x4x4x4xi8>, %w: memref<32xi8>, %b: memref<4xi32>, %init: memref<1x4x4x4xi32>) {
  // expected-error @+1 {{expected stride to be two numbers of at least 1, got [0, 1]}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 0, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64}
    : memref<1x4x4x4xi8>, memref<32xi8>, memref<4xi32> into memref<1x4x4x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @float_zero_point(%x: memref<1x4x4x4xf32>, %w: memref<16xf32>, %b: memref<4xf32>, %init: memref<1x4x4x4xf32>) {
  // expected-error @+1 {{expected no zero points on float operands}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64, weight_zp = 3 : i32}
    : memref<1x4x4x4xf32>, memref<16xf32>, memref<4xf32> into memref<1x4x4x4xf32>
    epilogue {
    ^bb0(%acc: f32):
      kernel.yield %acc : f32
    }
  return
}

// -----

func.func @halo_sides(%x: memref<1x4x4x4xi8>, %w: memref<16xi8>, %b: memref<4xi32>, %init: memref<1x6x6x4xi32>) {
  // expected-error @+1 {{expected halo to be 4 numbers of at least 0, got [1, 1]}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64, halo = array<i64: 1, 1>, halo_value = 0 : i32}
    : memref<1x4x4x4xi8>, memref<16xi8>, memref<4xi32> into memref<1x6x6x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @halo_value(%x: memref<1x4x4x4xi8>, %w: memref<16xi8>, %b: memref<4xi32>, %init: memref<1x6x6x4xi32>) {
  // expected-error @+1 {{expected halo and halo_value of the destination's element type together}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64, halo = array<i64: 1, 1, 1, 1>, halo_value = 0 : i8}
    : memref<1x4x4x4xi8>, memref<16xi8>, memref<4xi32> into memref<1x6x6x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @halo_too_large(%x: memref<1x4x4x4xi8>, %w: memref<16xi8>, %b: memref<4xi32>, %init: memref<1x4x4x4xi32>) {
  // expected-error @+1 {{expected a halo that leaves something of the destination's 4 columns}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64, halo = array<i64: 1, 1, 2, 2>, halo_value = 0 : i32}
    : memref<1x4x4x4xi8>, memref<16xi8>, memref<4xi32> into memref<1x4x4x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @origin(%x: memref<1x4x4x4xi8>, %w: memref<16xi8>, %b: memref<4xi32>, %init: memref<1x4x4x4xi32>) {
  // expected-error @+1 {{expected an input of at least 5 rows, got 4}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64, input_origin = array<i64: 1, 0>}
    : memref<1x4x4x4xi8>, memref<16xi8>, memref<4xi32> into memref<1x4x4x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @element_origin(%x: memref<1x4x4x4xi8>, %w: memref<16xi8>, %b: memref<4xi32>, %init: memref<1x4x4x4xi32>) {
  // expected-error @+1 {{expected an element operand of the shape of the destination}}
  kernel.dot_conv %x weights %w bias %b elements %x into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64, element_origins = array<i64: 0, 1>}
    : memref<1x4x4x4xi8>, memref<16xi8>, memref<4xi32> elements memref<1x4x4x4xi8> into memref<1x4x4x4xi32>
    epilogue {
    ^bb0(%acc: i32, %e: i8):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @both_orders(%x: memref<1x4x4x4xi8>, %w: memref<16xi8>, %b: memref<4xi32>, %init: memref<1x4x4x4xi32>) {
  // expected-error @+1 {{expected forward or backward, got both}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64, forward, backward}
    : memref<1x4x4x4xi8>, memref<16xi8>, memref<4xi32> into memref<1x4x4x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @uniform_dot(%x: memref<1x4x4x4xi8>, %w: memref<32xi8>, %b: memref<4xi32>, %init: memref<1x4x4x4xi32>) {
  // expected-error @+1 {{expected uniform weights on whole blocks of depthwise convolutions only}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64, uniform}
    : memref<1x4x4x4xi8>, memref<32xi8>, memref<4xi32> into memref<1x4x4x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @elementwise_shape(%x: memref<5x3xi8>, %y: memref<3xi8>, %init: memref<5x3xi8>) {
  // expected-error @+1 {{expected operands of the shape of the destination, got 'memref<3xi8>'}}
  kernel.elementwise %x elements %y into %init
    : memref<5x3xi8> elements memref<3xi8> into memref<5x3xi8>
    epilogue {
    ^bb0(%a: i8, %b: i8):
      kernel.yield %a : i8
    }
  return
}

// -----

func.func @elementwise_arguments(%x: memref<5x3xi8>, %init: memref<5x3xi8>) {
  // expected-error @+1 {{expected the epilogue's arguments to be an element of the input and of each element operand}}
  kernel.elementwise %x into %init : memref<5x3xi8> into memref<5x3xi8>
    epilogue {
    ^bb0(%a: i32):
      %0 = arith.trunci %a : i32 to i8
      kernel.yield %0 : i8
    }
  return
}

// -----

func.func @elementwise_yield(%x: memref<5x3xi8>, %init: memref<5x3xi8>) {
  // expected-error @+1 {{expected the epilogue to yield one 'i8'}}
  kernel.elementwise %x into %init : memref<5x3xi8> into memref<5x3xi8>
    epilogue {
    ^bb0(%a: i8):
      %0 = arith.extsi %a : i8 to i32
      kernel.yield %0 : i32
    }
  return
}

// -----

func.func @pack_size(%x: memref<2x9x5xi8>, %init: memref<90xi8>) {
  // expected-error @+1 {{expected a destination of 256 bytes, got 90}}
  kernel.pack %x into %init {lanes = 4 : i64, block = 8 : i64} : memref<2x9x5xi8> into memref<90xi8>
  return
}

// -----

func.func @pack_lanes(%x: memref<2x9x5xi8>, %init: memref<256xi8>) {
  // expected-error @+1 {{expected block to be a multiple of lanes, got 6 and 4}}
  kernel.pack %x into %init {lanes = 4 : i64, block = 6 : i64} : memref<2x9x5xi8> into memref<256xi8>
  return
}

// -----

func.func @pack_rank(%x: memref<9x5xi8>, %init: memref<128xi8>) {
  // expected-error @+1 {{expected input of rank 3, got 2}}
  kernel.pack %x into %init {lanes = 4 : i64, block = 8 : i64} : memref<9x5xi8> into memref<128xi8>
  return
}

// -----

func.func @weights_of_each_image(%x: memref<2x1x4x4xi8>, %w: memref<32xi8>, %b: memref<4xi32>, %init: memref<2x1x4x4xi32>) {
  // expected-error @+1 {{expected 64 packed weights, got 32}}
  kernel.dot_conv %x weights %w bias %b into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 8 : i64, weights_by_image}
    : memref<2x1x4x4xi8>, memref<32xi8>, memref<4xi32> into memref<2x1x4x4xi32>
    epilogue {
    ^bb0(%acc: i32):
      kernel.yield %acc : i32
    }
  return
}

// -----

func.func @depthwise_weights_by_image(%x: memref<1x6x6x8xf32>, %w: memref<72xf32>, %b: memref<8xf32>, %init: memref<1x4x4x8xf32>) {
  // expected-error @+1 {{expected weights_by_image on dot_conv only}}
  kernel.depthwise_conv %x weights %w bias %b into %init
    {window = array<i64: 3, 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
     lanes = 4 : i64, block = 4 : i64, weights_by_image}
    : memref<1x6x6x8xf32>, memref<72xf32>, memref<8xf32> into memref<1x4x4x8xf32>
    epilogue {
    ^bb0(%acc: f32):
      kernel.yield %acc : f32
    }
  return
}
