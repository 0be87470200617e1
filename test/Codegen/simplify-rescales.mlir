// RUN: quant-opt %s -split-input-file --pass-pipeline="builtin.module(func.func(kvant-simplify-rescales{mode=float},canonicalize))" | FileCheck %s
// RUN: quant-opt %s -split-input-file --pass-pipeline="builtin.module(func.func(kvant-simplify-rescales{mode=none},canonicalize))" | FileCheck %s --check-prefix=NONE
// RUN: quant-opt %s -split-input-file --pass-pipeline="builtin.module(kvant-attach-target{target=host cpu=x86-64-v3},func.func(kvant-simplify-rescales,canonicalize))" | FileCheck %s
// RUN: quant-opt %s -split-input-file --pass-pipeline="builtin.module(func.func(kvant-simplify-rescales{mode=integer},canonicalize))" | FileCheck %s --check-prefix=INTEGER
// RUN: quant-opt %s -split-input-file --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu},func.func(kvant-simplify-rescales,canonicalize))" | FileCheck %s --check-prefixes=INTEGER,NEON

// Rounding twice, behind it a ReLU: all steps lie on one side of zero. Truncation needs no
// zero point in the float, and the byte saturates by itself. A channel behind the last gets 0.

// CHECK-LABEL: @relu
// CHECK-DAG: %[[SCALE:.*]] = arith.constant dense<[{{.*}}, {{.*}}, 0.000000e+00, 0.000000e+00]> : tensor<4xf32>
// CHECK-NOT: kernel.accumulator_range
// CHECK: kernel.dot_conv {{.*}} channels %[[SCALE]], %{{.*}} into
// CHECK: ^bb0(%[[ACC:.*]]: i32, %[[S:.*]]: f32, %[[O:.*]]: f32):
// CHECK-NEXT: %[[X:.*]] = arith.sitofp %[[ACC]] : i32 to f32
// CHECK-NEXT: %[[V:.*]] = math.fma %[[X]], %[[S]], %[[O]] : f32
// CHECK: arith.fptosi
// CHECK: arith.trunci %{{.*}} : i32 to i8
// CHECK-NEXT: kernel.yield
// In integers: no accumulator below zero comes out of the clamp, so it may round as the others
// do, and 16 bits hold every result.
// INTEGER-LABEL: @relu
// INTEGER: %[[H:.*]] = tosa.apply_scale %{{.*}} {kernel.min_shift = 38 : i32, kernel.non_negative = unit, rounding_mode = DOUBLE_ROUND}
// INTEGER-NEXT: %[[W:.*]] = arith.trunci %[[H]] : i32 to i16
// INTEGER-NEXT: %[[Z:.*]] = arith.addi %[[W]], %{{.*}} : i16
// INTEGER-NEXT: %[[A:.*]] = arith.maxsi %[[Z]]
// INTEGER-NEXT: %[[B:.*]] = arith.minsi %[[A]]
// INTEGER-NEXT: %[[T:.*]] = arith.trunci %[[B]] : i16 to i8
// INTEGER-NEXT: kernel.yield %[[T]]
// NONE-LABEL: @relu
// NONE-NOT: kernel.accumulator_range
// NONE: tosa.apply_scale
func.func @relu(%x: tensor<1x4x4x8xi8>, %w: tensor<32xi8>, %b: tensor<4xi32>, %init: tensor<1x4x4x2xi8>) -> tensor<1x4x4x2xi8> {
  %m = arith.constant dense<[1500000000, 1100000000, 0, 0]> : tensor<4xi32>
  %s = arith.constant dense<[38, 39, 38, 38]> : tensor<4xi8>
  %0 = kernel.dot_conv %x weights %w bias %b channels %m, %s into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64,
     kernel.accumulator_range = dense<[[-40000, -30000], [50000, 30000]]> : tensor<2x2xi32>}
    : tensor<1x4x4x8xi8>, tensor<32xi8>, tensor<4xi32> channels tensor<4xi32>, tensor<4xi8> into tensor<1x4x4x2xi8> -> tensor<1x4x4x2xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32, %shift: i8):
      %zero = arith.constant -128 : i32
      %low = arith.constant -128 : i32
      %high = arith.constant 127 : i32
      %1 = tosa.apply_scale %acc, %mul, %shift {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 38 : i32} : (i32, i32, i8) -> i32
      %2 = arith.addi %1, %zero : i32
      %3 = arith.maxsi %2, %low : i32
      %4 = arith.minsi %3, %high : i32
      %5 = arith.trunci %4 : i32 to i8
      kernel.yield %5 : i8
    }
  return %0 : tensor<1x4x4x2xi8>
}

// -----

// Values of both signs, rounded twice: the offset takes the sign of the accumulator. Unsigned
// bytes: 128 is in the zero point, and nothing is inverted.

// CHECK-LABEL: @both_signs
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 135 : i32
// CHECK-DAG: %[[MOST:.*]] = arith.constant 255 : i32
// CHECK: %[[X:.*]] = arith.sitofp
// CHECK-NEXT: %[[O:.*]] = math.copysign %{{.*}}, %[[X]] : f32
// CHECK-NEXT: %[[V:.*]] = math.fma %[[X]], %{{.*}}, %[[O]] : f32
// CHECK-NEXT: %[[I:.*]] = arith.fptosi %[[V]] : f32 to i32
// CHECK-NEXT: %[[Z:.*]] = arith.addi %[[I]], %[[ZERO]] : i32
// CHECK-NEXT: %[[A:.*]] = arith.maxsi %[[Z]]
// CHECK-NEXT: %[[B:.*]] = arith.minsi %[[A]], %[[MOST]]
// CHECK-NEXT: %[[T:.*]] = arith.trunci %[[B]]
// CHECK-NEXT: kernel.yield %[[T]]
func.func @both_signs(%x: tensor<1x4x4x8xi8>, %w: tensor<32xi8>, %b: tensor<4xi32>, %init: tensor<1x4x4x2xi8>) -> tensor<1x4x4x2xi8> {
  %m = arith.constant dense<[1500000000, 1100000000, 0, 0]> : tensor<4xi32>
  %0 = kernel.dot_conv %x weights %w bias %b channels %m into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64,
     kernel.accumulator_range = dense<[[-40000, -30000], [50000, 30000]]> : tensor<2x2xi32>}
    : tensor<1x4x4x8xi8>, tensor<32xi8>, tensor<4xi32> channels tensor<4xi32> into tensor<1x4x4x2xi8> -> tensor<1x4x4x2xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32):
      %shift = arith.constant 38 : i8
      %zero = arith.constant 7 : i32
      %low = arith.constant -128 : i32
      %high = arith.constant 127 : i32
      %top = arith.constant -128 : i8
      %1 = tosa.apply_scale %acc, %mul, %shift {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 38 : i32} : (i32, i32, i8) -> i32
      %2 = arith.addi %1, %zero : i32
      %3 = arith.maxsi %2, %low : i32
      %4 = arith.minsi %3, %high : i32
      %5 = arith.trunci %4 : i32 to i8
      %6 = arith.xori %5, %top : i8
      kernel.yield %6 : i8
    }
  return %0 : tensor<1x4x4x2xi8>
}

// -----

// Kept: a multiplier below 0 is not monotone, and without ranges nothing is known.

// CHECK-LABEL: @kept
// CHECK: tosa.apply_scale
// CHECK: tosa.apply_scale
// CHECK-NOT: sitofp
func.func @kept(%x: tensor<1x4x4x8xi8>, %w: tensor<32xi8>, %b: tensor<4xi32>, %init: tensor<1x4x4x4xi8>) -> (tensor<1x4x4x4xi8>, tensor<1x4x4x4xi8>) {
  %m = arith.constant dense<[1500000000, -1, 0, 0]> : tensor<4xi32>
  %n = arith.constant dense<[1500000000, 1500000000, 0, 0]> : tensor<4xi32>
  %0 = kernel.dot_conv %x weights %w bias %b channels %m into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64,
     kernel.accumulator_range = dense<[[-40000, -30000, 0, 0], [50000, 30000, 0, 0]]> : tensor<2x4xi32>}
    : tensor<1x4x4x8xi8>, tensor<32xi8>, tensor<4xi32> channels tensor<4xi32> into tensor<1x4x4x4xi8> -> tensor<1x4x4x4xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32):
      %shift = arith.constant 38 : i8
      %low = arith.constant -128 : i32
      %high = arith.constant 127 : i32
      %1 = tosa.apply_scale %acc, %mul, %shift {rounding_mode = SINGLE_ROUND, kernel.min_shift = 38 : i32} : (i32, i32, i8) -> i32
      %3 = arith.maxsi %1, %low : i32
      %4 = arith.minsi %3, %high : i32
      %5 = arith.trunci %4 : i32 to i8
      kernel.yield %5 : i8
    }
  %1 = kernel.dot_conv %x weights %w bias %b channels %n into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64}
    : tensor<1x4x4x8xi8>, tensor<32xi8>, tensor<4xi32> channels tensor<4xi32> into tensor<1x4x4x4xi8> -> tensor<1x4x4x4xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32):
      %shift = arith.constant 38 : i8
      %low = arith.constant -128 : i32
      %high = arith.constant 127 : i32
      %1 = tosa.apply_scale %acc, %mul, %shift {rounding_mode = SINGLE_ROUND, kernel.min_shift = 38 : i32} : (i32, i32, i8) -> i32
      %3 = arith.maxsi %1, %low : i32
      %4 = arith.minsi %3, %high : i32
      %5 = arith.trunci %4 : i32 to i8
      kernel.yield %5 : i8
    }
  return %0, %1 : tensor<1x4x4x4xi8>, tensor<1x4x4x4xi8>
}

// -----

// Values of both signs round as they did, but words hold them. The clamp at 100 stays.

// CHECK-LABEL: @words
// INTEGER-LABEL: @words
// INTEGER: tosa.apply_scale %{{.*}} {kernel.min_shift = 38 : i32, rounding_mode = DOUBLE_ROUND}
// INTEGER-NEXT: arith.trunci %{{.*}} : i32 to i16
// INTEGER: %[[T:.*]] = arith.trunci %{{.*}} : i16 to i8
// INTEGER-NEXT: %[[M:.*]] = arith.minsi %[[T]], %{{.*}} : i8
// INTEGER-NEXT: kernel.yield %[[M]]
func.func @words(%x: tensor<1x4x4x8xi8>, %w: tensor<32xi8>, %b: tensor<4xi32>, %init: tensor<1x4x4x2xi8>) -> tensor<1x4x4x2xi8> {
  %m = arith.constant dense<[1500000000, 1100000000, 0, 0]> : tensor<4xi32>
  %0 = kernel.dot_conv %x weights %w bias %b channels %m into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64,
     kernel.accumulator_range = dense<[[-40000, -30000], [50000, 30000]]> : tensor<2x2xi32>}
    : tensor<1x4x4x8xi8>, tensor<32xi8>, tensor<4xi32> channels tensor<4xi32> into tensor<1x4x4x2xi8> -> tensor<1x4x4x2xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32):
      %shift = arith.constant 38 : i8
      %zero = arith.constant 7 : i32
      %low = arith.constant -128 : i32
      %high = arith.constant 100 : i32
      %1 = tosa.apply_scale %acc, %mul, %shift {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 38 : i32} : (i32, i32, i8) -> i32
      %2 = arith.addi %1, %zero : i32
      %3 = arith.maxsi %2, %low : i32
      %4 = arith.minsi %3, %high : i32
      %5 = arith.trunci %4 : i32 to i8
      kernel.yield %5 : i8
    }
  return %0 : tensor<1x4x4x2xi8>
}

// -----

// A residual addition: the accumulator's byte stays rounded and clamped, as a float or as an
// integer; its zero point and that of the element go into one offset.

// CHECK-LABEL: @residual
// CHECK: ^bb0(%{{.*}}: i32, %[[E:.*]]: i8):
// CHECK-NOT: tosa.apply_scale
// CHECK: arith.cmpf ogt
// CHECK: arith.select
// CHECK: arith.cmpf olt
// CHECK-NEXT: %[[A:.*]] = arith.select
// CHECK: %[[X:.*]] = arith.extsi %[[E]]
// CHECK-NEXT: %[[F:.*]] = arith.sitofp %[[X]]
// CHECK-NEXT: %[[I:.*]] = math.fma %[[F]]
// CHECK-NEXT: %[[S:.*]] = math.fma %[[A]], %{{.*}}, %[[I]] : f32
// CHECK: arith.fptosi
// CHECK-NOT: tosa.apply_scale
// CHECK: kernel.yield
// INTEGER-LABEL: @residual
// INTEGER-COUNT-1: tosa.apply_scale
// INTEGER-NOT: tosa.apply_scale
// INTEGER: arith.muli
// INTEGER: arith.muli
// INTEGER-NOT: tosa.apply_scale
// INTEGER: arith.trunci %{{.*}} : i32 to i16
// INTEGER: arith.shrsi %{{.*}} : i16
// INTEGER: kernel.yield
func.func @residual(%x: tensor<1x4x4x8xi8>, %w: tensor<32xi8>, %b: tensor<4xi32>, %e: tensor<1x4x4x4xi8>, %init: tensor<1x4x4x4xi8>) -> tensor<1x4x4x4xi8> {
  %0 = kernel.dot_conv %x weights %w bias %b elements %e into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64,
     kernel.accumulator_range = dense<[[-40000, -30000, -100, -60000], [50000, 30000, 70000, 60000]]> : tensor<2x4xi32>}
    : tensor<1x4x4x8xi8>, tensor<32xi8>, tensor<4xi32> elements tensor<1x4x4x4xi8> into tensor<1x4x4x4xi8> -> tensor<1x4x4x4xi8>
    epilogue {
    ^bb0(%acc: i32, %element: i8):
      %m1 = arith.constant 1500000000 : i32
      %s1 = arith.constant 38 : i8
      %m2 = arith.constant 1623821475 : i32
      %s2 = arith.constant 33 : i8
      %m3 = arith.constant 1098017566 : i32
      %s3 = arith.constant 48 : i8
      %z1 = arith.constant 4 : i32
      %z = arith.constant -128 : i32
      %low = arith.constant -128 : i32
      %high = arith.constant 127 : i32
      %c19 = arith.constant 19 : i32
      %c20 = arith.constant 20 : i32
      %1 = tosa.apply_scale %acc, %m1, %s1 {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 38 : i32} : (i32, i32, i8) -> i32
      %2 = arith.addi %1, %z1 : i32
      %3 = arith.maxsi %2, %low : i32
      %4 = arith.minsi %3, %high : i32
      %5 = arith.subi %4, %z1 : i32
      %6 = arith.shli %5, %c19 : i32
      %7 = arith.extsi %element : i8 to i32
      %8 = arith.subi %7, %z : i32
      %9 = arith.shli %8, %c20 : i32
      %10 = tosa.apply_scale %9, %m2, %s2 {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 33 : i32} : (i32, i32, i8) -> i32
      %11 = arith.addi %10, %6 : i32
      %12 = tosa.apply_scale %11, %m3, %s3 {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 48 : i32} : (i32, i32, i8) -> i32
      %13 = arith.addi %12, %z : i32
      %14 = arith.maxsi %13, %low : i32
      %15 = arith.minsi %14, %high : i32
      %16 = arith.trunci %15 : i32 to i8
      kernel.yield %16 : i8
    }
  return %0 : tensor<1x4x4x4xi8>
}

// -----

// A sum of two rescaled bytes: products of floats, or of integers in words, digit by digit, with
// the carry of each into the next.

// CHECK-LABEL: @add
// CHECK: ^bb0(%[[A:.*]]: i8, %[[B:.*]]: i8):
// CHECK-NOT: tosa.apply_scale
// CHECK: %[[Y:.*]] = arith.extsi %[[B]]
// CHECK-NEXT: %[[G:.*]] = arith.sitofp %[[Y]]
// CHECK-NEXT: %[[I:.*]] = math.fma %[[G]]
// CHECK: math.fma %{{.*}}, %{{.*}}, %[[I]] : f32
// CHECK: arith.fptosi
// CHECK-NOT: tosa.apply_scale
// CHECK: kernel.yield
// INTEGER-LABEL: @add
// INTEGER-NOT: tosa.apply_scale
// INTEGER: arith.muli %{{.*}} : i16
// INTEGER: %[[CARRY:.*]] = arith.shrsi %{{.*}} : i16
// INTEGER: arith.addi %{{.*}}, %[[CARRY]] : i16
// INTEGER: arith.trunci %{{.*}} : i16 to i8
// INTEGER-NOT: tosa.apply_scale
// INTEGER: kernel.yield
func.func @add(%x: tensor<3x50xi8>, %y: tensor<3x50xi8>, %init: tensor<3x50xi8>) -> tensor<3x50xi8> {
  %0 = kernel.elementwise %x elements %y into %init
    : tensor<3x50xi8> elements tensor<3x50xi8> into tensor<3x50xi8> -> tensor<3x50xi8>
    epilogue {
    ^bb0(%a: i8, %b: i8):
      %m2 = arith.constant 1623821475 : i32
      %s2 = arith.constant 33 : i8
      %m3 = arith.constant 1098017566 : i32
      %s3 = arith.constant 48 : i8
      %z = arith.constant -13 : i32
      %low = arith.constant -128 : i32
      %high = arith.constant 127 : i32
      %c19 = arith.constant 19 : i32
      %c20 = arith.constant 20 : i32
      %1 = arith.extsi %a : i8 to i32
      %2 = arith.shli %1, %c19 : i32
      %3 = arith.extsi %b : i8 to i32
      %4 = arith.subi %3, %z : i32
      %5 = arith.shli %4, %c20 : i32
      %6 = tosa.apply_scale %5, %m2, %s2 {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 33 : i32} : (i32, i32, i8) -> i32
      %7 = arith.addi %6, %2 : i32
      %8 = tosa.apply_scale %7, %m3, %s3 {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 48 : i32} : (i32, i32, i8) -> i32
      %9 = arith.addi %8, %z : i32
      %10 = arith.maxsi %9, %low : i32
      %11 = arith.minsi %10, %high : i32
      %12 = arith.trunci %11 : i32 to i8
      kernel.yield %12 : i8
    }
  return %0 : tensor<3x50xi8>
}

// -----

// A shift below 32, for values that leave the bits free which a shift to the left takes. NEON
// shifts by 31 less the shift.

// INTEGER-LABEL: @left
// NEON: ^bb0(%{{.*}}: i32, %{{.*}}: i32, %[[LEFT:.*]]: i32):
// NEON: %[[BACK:.*]] = arith.subi %{{.*}}, %[[LEFT]] : i32
// NEON: arith.trunci %[[BACK]] : i32 to i8
// INTEGER: tosa.apply_scale %{{.*}} {kernel.min_shift = 30 : i32, {{.*}}kernel.shifts_left
// NONE-LABEL: @left
// NONE-NOT: kernel.shifts_left
// CHECK-LABEL: @left
func.func @left(%x: tensor<1x4x4x8xi8>, %w: tensor<32xi8>, %b: tensor<4xi32>, %init: tensor<1x4x4x2xi8>) -> tensor<1x4x4x2xi8> {
  %m = arith.constant dense<[1500000000, 1100000000, 0, 0]> : tensor<4xi32>
  %s = arith.constant dense<[38, 30, 38, 38]> : tensor<4xi8>
  %0 = kernel.dot_conv %x weights %w bias %b channels %m, %s into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64,
     kernel.accumulator_range = dense<[[-40000, -300], [50000, 300]]> : tensor<2x2xi32>}
    : tensor<1x4x4x8xi8>, tensor<32xi8>, tensor<4xi32> channels tensor<4xi32>, tensor<4xi8> into tensor<1x4x4x2xi8> -> tensor<1x4x4x2xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32, %shift: i8):
      %zero = arith.constant 3 : i32
      %low = arith.constant -128 : i32
      %high = arith.constant 127 : i32
      %1 = tosa.apply_scale %acc, %mul, %shift {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 30 : i32} : (i32, i32, i8) -> i32
      %2 = arith.addi %1, %zero : i32
      %3 = arith.maxsi %2, %low : i32
      %4 = arith.minsi %3, %high : i32
      %5 = arith.trunci %4 : i32 to i8
      kernel.yield %5 : i8
    }
  return %0 : tensor<1x4x4x2xi8>
}

// -----

// A value that has no bits to spare.

// INTEGER-LABEL: @too_large
// INTEGER-NOT: kernel.shifts_left
// CHECK-LABEL: @too_large
func.func @too_large(%x: tensor<1x4x4x8xi8>, %w: tensor<32xi8>, %b: tensor<4xi32>, %init: tensor<1x4x4x2xi8>) -> tensor<1x4x4x2xi8> {
  %m = arith.constant dense<[1500000000, 1100000, 0, 0]> : tensor<4xi32>
  %s = arith.constant dense<[38, 30, 38, 38]> : tensor<4xi8>
  %0 = kernel.dot_conv %x weights %w bias %b channels %m, %s into %init
    {window = array<i64: 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, lanes = 4 : i64, block = 4 : i64,
     kernel.accumulator_range = dense<[[-40000, -300], [50000, 540000000]]> : tensor<2x2xi32>}
    : tensor<1x4x4x8xi8>, tensor<32xi8>, tensor<4xi32> channels tensor<4xi32>, tensor<4xi8> into tensor<1x4x4x2xi8> -> tensor<1x4x4x2xi8>
    epilogue {
    ^bb0(%acc: i32, %mul: i32, %shift: i8):
      %low = arith.constant -128 : i32
      %high = arith.constant 127 : i32
      %1 = tosa.apply_scale %acc, %mul, %shift {rounding_mode = DOUBLE_ROUND, kernel.min_shift = 30 : i32} : (i32, i32, i8) -> i32
      %2 = arith.maxsi %1, %low : i32
      %3 = arith.minsi %2, %high : i32
      %4 = arith.trunci %3 : i32 to i8
      kernel.yield %4 : i8
    }
  return %0 : tensor<1x4x4x2xi8>
}
