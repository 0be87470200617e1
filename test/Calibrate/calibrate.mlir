// REQUIRES: numpy
// RUN: %python -c "import numpy as np; x = np.zeros((3, 4), np.float32); x[0] = [-1, 0, 1, 2]; x[2] = [-2, 1, 1, 6]; np.savez(r'%t.npz', x=x)"
// RUN: quant-opt %s --kvant-calibrate='data=%t.npz statistics-out=%t.json' | FileCheck %s
// RUN: quant-opt %s --kvant-calibrate=statistics-in=%t.json | FileCheck %s
// RUN: quant-opt %s --kvant-calibrate='data=%t.npz calibrator=moving-average' \
// RUN:   | FileCheck %s --check-prefix=AVERAGE
// RUN: quant-opt %s --kvant-calibrate='statistics-in=%t.json calibrator=percentile percentile=80' \
// RUN:   | FileCheck %s --check-prefix=PERCENTILE
// RUN: quant-opt %s --kvant-calibrate='data=%t.npz granularity=channel' | FileCheck %s
// RUN: quant-opt %s --kvant-calibrate='data=%t.npz samples=1' | FileCheck %s --check-prefix=FIRST
// RUN: echo '{"version": 1, "overrides": [{"name": "r", "calibrator": {"method": "percentile", "percentile": 60}}]}' > %t.recipe
// RUN: quant-opt %s --kvant-calibrate='data=%t.npz recipe=%t.recipe' | FileCheck %s --check-prefix=RECIPE

// CHECK: func.func @main(%{{.*}}: tensor<1x4xf32> {observe.channel_mean = [array<f64: -1.000000e+00, {{.*}}], qnn.name = "x", qnn.range = [array<f32: -2.000000e+00, 6.000000e+00>]})
// CHECK: qnn.relu {{.*}}qnn.name = "r", qnn.range = [array<f32: 0.000000e+00, 6.000000e+00>]
// A tensor that is zero in all samples.
// CHECK: qnn.mul {{.*}}qnn.range = [array<f32: 0.000000e+00, 0.000000e+00>]

// 0.95 * (0.95 * 2 + 0.05 * 0) + 0.05 * 6
// AVERAGE: qnn.relu {{.*}}qnn.range = [array<f32: 0.000000e+00, 2.105000e+00>]

// PERCENTILE: qnn.relu {{.*}}qnn.range = [array<f32: 0.000000e+00, 1.00{{[0-9]*}}>]

// FIRST: qnn.relu {{.*}}qnn.range = [array<f32: 0.000000e+00, 2.000000e+00>]

// RECIPE: qnn.range = [array<f32: -2.000000e+00, 6.000000e+00>]}
// RECIPE: qnn.relu {{.*}}qnn.range = [array<f32: 0.000000e+00, 1.00{{[0-9]*}}>]
func.func @main(%x: tensor<1x4xf32> {qnn.name = "x"}) -> tensor<1x4xf32> {
  %zero = qnn.constant dense<0.0> : tensor<1x4xf32> : tensor<1x4xf32>
  %0 = qnn.relu %x {qnn.name = "r"} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = qnn.mul %0, %zero {qnn.name = "m"} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}
