// RUN: not quant-opt %s --kvant-decide=scheme=int3 2>&1 | FileCheck %s --check-prefix=SCHEME
// RUN: not quant-opt %s --kvant-decide=recipe=%t.absent 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: echo '{"version": 1, "overrides": [{"name": "conv9", "scheme": "float32"}]}' > %t.1
// RUN: not quant-opt %s --kvant-decide=recipe=%t.1 2>&1 | FileCheck %s --check-prefix=UNMATCHED
// RUN: echo '{"version": 1, "overides": []}' > %t.2
// RUN: not quant-opt %s --kvant-decide=recipe=%t.2 2>&1 | FileCheck %s --check-prefix=FIELD
// RUN: echo '{"version": 1, "overrides": [{"name": 7, "scheme": "float32"}]}' > %t.3
// RUN: not quant-opt %s --kvant-decide=recipe=%t.3 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: echo '{"version": 1, "overrides": [{"name": "d", "scheme": "static_wi8_ai8"}]}' > %t.4
// RUN: not quant-opt %s --kvant-decide=recipe=%t.4 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: echo '{"version": 1, "scheme": "int3"}' > %t.5
// RUN: not quant-opt %s --kvant-decide=recipe=%t.5 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: echo '{"version": 1' > %t.6
// RUN: not quant-opt %s --kvant-decide=recipe=%t.6 2>&1 | FileCheck %s --check-prefix=JSON
// RUN: echo '{"version": 2}' > %t.7
// RUN: not quant-opt %s --kvant-decide=recipe=%t.7 2>&1 | FileCheck %s --check-prefix=VERSION

// SCHEME: error: kvant-decide: unknown scheme "int3"; known are static_wi8_ai8, float32, mixed
// ABSENT: absent: cannot be read: No such file or directory
// UNMATCHED: overrides[0]: name "conv9" matches no operation of the model
// FIELD: overides: unknown field; known here are calibrator, overrides, scheme, version
// TYPE: overrides[0].name: expected a string, got a number
// KERNEL: 'qnn.div' op cannot be static_wi8_ai8 as the recipe's rule for name "d" asks: division has no integer kernel
// NAME: scheme: unknown scheme "int3"; known are static_wi8_ai8, float32{{$}}
// JSON: not valid JSON
// VERSION: version: expected 1, got 2
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qnn.div %x, %x {qnn.name = "d"} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
