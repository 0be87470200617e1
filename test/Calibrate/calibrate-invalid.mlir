// REQUIRES: numpy
// RUN: %python -c "import numpy as np; x = np.ones((2, 4), np.float32); np.savez(r'%t.big.npz', x=x * 3e38); x[1, 2] = np.nan; np.savez(r'%t.nan.npz', x=x)"
// RUN: not quant-opt %s --kvant-calibrate 2>&1 | FileCheck %s --check-prefix=NODATA
// RUN: not quant-opt %s --kvant-calibrate=data=%t.absent 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not quant-opt %s --kvant-calibrate=data=%t.nan.npz 2>&1 | FileCheck %s --check-prefix=NAN
// RUN: not quant-opt %s --kvant-calibrate=data=%t.big.npz 2>&1 | FileCheck %s --check-prefix=BIG
// RUN: not quant-opt %s --kvant-calibrate='data=%t.big.npz calibrator=median' 2>&1 | FileCheck %s --check-prefix=METHOD
// RUN: not quant-opt %s --kvant-calibrate='data=%t.big.npz percentile=101' 2>&1 | FileCheck %s --check-prefix=PERCENTILE
// RUN: not quant-opt %s --kvant-calibrate='data=%t.big.npz bins=16' 2>&1 | FileCheck %s --check-prefix=BINS
// RUN: not quant-opt %s --kvant-calibrate='data=%t.big.npz input-scale=x' 2>&1 | FileCheck %s --check-prefix=SCALE
// RUN: not quant-opt %s --kvant-calibrate='data=%t.big.npz granularity=row' 2>&1 | FileCheck %s --check-prefix=GRANULARITY
// RUN: echo '{"version": 1, "samples": 1, "tensors": [{"name": "x", "min": 0, "max": 1, "average_min": 0, "average_max": 1}]}' > %t.json
// RUN: not quant-opt %s --kvant-calibrate=statistics-in=%t.json 2>&1 | FileCheck %s --check-prefix=TENSOR
// RUN: not quant-opt %s --kvant-calibrate='statistics-in=%t.json calibrator=mse' 2>&1 | FileCheck %s --check-prefix=HISTOGRAM
// RUN: not quant-opt %s --kvant-calibrate='statistics-in=%t.json data=%t.big.npz' 2>&1 | FileCheck %s --check-prefix=NODATA

// NODATA: kvant-calibrate: expected either data or statistics-in
// ABSENT: calibrate-invalid.mlir.tmp.absent
// NAN: NaN
// BIG: tensor "d" becomes infinite in sample 0; ranges need finite values
// METHOD: unknown calibrator "median"; known are minmax, moving-average, percentile, mse, entropy
// PERCENTILE: percentile: expected a number above 50 and at most 100
// BINS: bins: expected 512 to 1048576, got 16
// SCALE: input-scale: expected a number, got "x"
// GRANULARITY: granularity: expected tensor or channel, got "row"
// TENSOR: has no statistics of tensor "d"
// HISTOGRAM: has no histogram of tensor "x", which the calibrator needs
func.func @main(%x: tensor<1x4xf32> {qnn.name = "x"}) -> tensor<1x4xf32> {
  %0 = qnn.add %x, %x {qnn.name = "d"} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}
