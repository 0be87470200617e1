// REQUIRES: numpy
// RUN: %python -c "import numpy as np; np.savez(r'%t.npz', x=np.linspace(-1, 1, 32, dtype=np.float32).reshape(8, 4))"
// RUN: quant-opt %s --kvant-calibrate=data=%t.npz --kvant-decide=scheme=mixed \
// RUN:   --kvant-measure-sensitivity=data=%t.npz | FileCheck %s
// RUN: quant-opt %s --kvant-calibrate=data=%t.npz --kvant-decide=scheme=mixed \
// RUN:   --kvant-measure-sensitivity=data=%t.npz --kvant-assign-precision='budget=sqnr=60 data=%t.npz' \
// RUN:   2>&1 | FileCheck %s --check-prefix=SQNR
// RUN: quant-opt %s --kvant-calibrate=data=%t.npz --kvant-decide=scheme=mixed \
// RUN:   --kvant-measure-sensitivity=data=%t.npz --kvant-assign-precision='budget=drop=1 data=%t.npz' \
// RUN:   2>&1 | FileCheck %s --check-prefix=DROP

// CHECK: qnn.mul {{.*}}qnn.decision = {candidate, flips = {{.*}} : f64, reason = "candidate", scheme = "static_wi8_ai8", sqnr_db = {{.*}} : f64}
// CHECK: qnn.div {{.*}}qnn.decision = {reason = "division has no integer kernel{{.*}}", scheme = "float32"}

// SQNR: 1 of 1 operations in float; {{.*}}measured SQNR 200.0 dB, flips 0.00 %
// SQNR: qnn.mul {{.*}}scheme = "float32"
// Even where all may change, two conversions cost more than one multiplication saves.
// DROP: 1 of 1 operations in float
// DROP: qnn.mul {{.*}}reason = "{{[0-9.]*}} dB and {{[0-9.]*}} % flips alone, conversions cost what integers save for budget drop=1", scheme = "float32"
func.func @main(%x: tensor<1x4xf32> {qnn.name = "x"}) -> tensor<1x4xf32> {
  %c = qnn.constant dense<[[1.0, -2.0, 3.0, 0.5]]> : tensor<1x4xf32> : tensor<1x4xf32>
  %0 = qnn.mul %x, %c {qnn.name = "m"} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = qnn.div %0, %c {qnn.name = "d"} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}
