// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=6x4}))" 2>&1 | FileCheck %s --check-prefix=WORDS
// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=i8mm/int8/1x8x8x40/in16/k1x1/s1x1:2x1}))" 2>&1 | FileCheck %s --check-prefix=SHORT
// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=i8mm/int16/1x8x8x40/in16/k1x1/s1x1/d1x1:2x1}))" 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=i8mm/int8/1x8x8x040/in16/k1x1/s1x1/d1x1:2x1}))" 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=i8mm/int8/1x8x8x0/in16/k1x1/s1x1/d1x1:2x1}))" 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=i8mm/int8/1x8x8x40/in99999999/k1x1/s1x1/d1x1:2x1}))" 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=avx2/int8/1x8x8x40/in16/k1x1/s1x1/d1x1:2x1}))" 2>&1 | FileCheck %s --check-prefix=LEVEL
// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=i8mm/int8/1x8x8x40/in16/k1x1/s1x1/d1x1:0x1}))" 2>&1 | FileCheck %s --check-prefix=NOROWS
// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=i8mm/int8/1x8x8x40/in16/k1x1/s1x1/d1x1:99x1}))" 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=i8mm/int8/1x8x8x40/in16/k1x1/s1x1/d1x1:1x9}))" 2>&1 | FileCheck %s --check-prefix=VECTORS
// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=i8mm/int8/1x8x8x4/in16/k1x1/s1x1/d1x1:1x2}))" 2>&1 | FileCheck %s --check-prefix=NARROW
// RUN: not quant-opt %s --pass-pipeline="builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=generic},func.func(kvant-form-kernels{tiles=i8mm/int8/1x8x8x40/in16/k1x1/s1x1/d1x1:2x1,i8mm/int8/1x8x8x40/in16/k1x1/s1x1/d1x1:4x1}))" 2>&1 | FileCheck %s --check-prefix=TWICE

// Tiles that a target cannot have, and what is no tile.

// WORDS: error: tiles: '6x4': expected LEVEL/TYPE/OUTPUT/inCHANNELS/kWINDOW/sSTRIDE/dDILATION:ROWSxVECTORS
// SHORT: error: tiles: {{.*}}expected LEVEL/TYPE
// TYPE: error: tiles: {{.*}}expected LEVEL/TYPE
// ZERO: error: tiles: {{.*}}expected LEVEL/TYPE
// SIZE: error: tiles: {{.*}}expected output from 1 to 1048576, got 0
// LARGE: error: tiles: {{.*}}expected input channels from 1 to 1048576, got 99999999
// LEVEL: error: tiles: {{.*}}expected a level of target aarch64-linux-gnu, cpu generic (v8.0, dotprod, i8mm), got 'avx2'
// NOROWS: error: tiles: {{.*}}expected 1 to {{[0-9]+}} rows for 1 vectors on level i8mm, got 0
// ROWS: error: tiles: {{.*}}expected 1 to {{[0-9]+}} rows for 1 vectors on level i8mm, got 99
// VECTORS: error: tiles: {{.*}}expected 1 to 8 vectors for 40 channels on level i8mm, got 9
// NARROW: error: tiles: {{.*}}expected 1 to 1 vectors for 4 channels on level i8mm, got 2
// TWICE: error: tiles: {{.*}}'i8mm/int8/1x8x8x40/in16/k1x1/s1x1/d1x1:4x1': expected one tile for a shape, got another before

func.func @main() {
  return
}
