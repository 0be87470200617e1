// RUN: quant-opt %s --pass-pipeline='builtin.module(func.func(kvant-arrange-loops))' | FileCheck %s

// CHECK-DAG: #[[$FLAT:.*]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[$CHANNEL:.*]] = affine_map<(d0, d1) -> (d1)>

// A plain copy is one loop.
// CHECK-LABEL: @copy
func.func @copy(%a: memref<2x3x4xi8>, %b: memref<2x3x4xi8>) {
  // CHECK: linalg.generic {indexing_maps = [#[[$FLAT]], #[[$FLAT]]]
  // CHECK-SAME: memref<24xi8>
  linalg.copy ins(%a : memref<2x3x4xi8>) outs(%b : memref<2x3x4xi8>)
  return
}

// Into the middle of a padded buffer, whole rows stay together.
// CHECK-LABEL: @halo
func.func @halo(%a: memref<1x8x8x4xi8>, %b: memref<1x10x10x4xi8>) {
  %inner = memref.subview %b[0, 1, 1, 0] [1, 8, 8, 4] [1, 1, 1, 1] : memref<1x10x10x4xi8> to memref<1x8x8x4xi8, strided<[400, 40, 4, 1], offset: 44>>
  // CHECK: ins(%{{.*}} : memref<8x32xi8>) outs(%{{.*}} : memref<8x32xi8, strided<[40, 1], offset: 44>>)
  linalg.copy ins(%a : memref<1x8x8x4xi8>) outs(%inner : memref<1x8x8x4xi8, strided<[400, 40, 4, 1], offset: 44>>)
  return
}

// A value per channel keeps the channels apart.
// CHECK-LABEL: @per_channel
func.func @per_channel(%a: memref<1x8x8x4xi32>, %c: memref<4xi32>, %b: memref<1x8x8x4xi32>) {
  // CHECK: #[[$CHANNEL]]
  // CHECK-SAME: iterator_types = ["parallel", "parallel"]
  // CHECK-SAME: memref<64x4xi32>
  linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>],
                  iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%a, %c : memref<1x8x8x4xi32>, memref<4xi32>) outs(%b : memref<1x8x8x4xi32>) {
  ^bb0(%x: i32, %y: i32, %out: i32):
    %s = arith.addi %x, %y : i32
    linalg.yield %s : i32
  }
  return
}

// The channels of a pool become the innermost loop.
// CHECK-LABEL: @pool
func.func @pool(%a: memref<1x8x8x16xi32>, %w: memref<2x2xi32>, %b: memref<1x4x4x16xi32>) {
  // CHECK: iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "parallel"]
  linalg.pooling_nhwc_sum {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>}
      ins(%a, %w : memref<1x8x8x16xi32>, memref<2x2xi32>) outs(%b : memref<1x4x4x16xi32>)
  return
}

// A sum along the last dimension stays a reduction: its elements are neighbours.
// CHECK-LABEL: @row_sum
func.func @row_sum(%a: memref<8x16xi32>, %b: memref<8xi32>) {
  // CHECK: iterator_types = ["parallel", "reduction"]
  linalg.reduce ins(%a : memref<8x16xi32>) outs(%b : memref<8xi32>) dimensions = [1]
    (%x: i32, %y: i32) {
      %s = arith.addi %x, %y : i32
      linalg.yield %s : i32
    }
  return
}
