// RUN: quant-opt %s --kvant-decide | FileCheck %s
// RUN: quant-opt %s --kvant-decide=scheme=float32 | FileCheck %s --check-prefix=FLOAT
// RUN: echo '{"version": 1, "overrides": [{"name": "c*", "scheme": "float32"},' > %t.json
// RUN: echo ' {"kind": "relu", "name": "c2", "scheme": "static_wi8_ai8"}]}' >> %t.json
// RUN: quant-opt %s --kvant-decide=recipe=%t.json | FileCheck %s --check-prefix=RECIPE

// CHECK: qnn.relu {{.*}}{qnn.decision = {reason = "the scheme of the model", scheme = "static_wi8_ai8"}, qnn.name = "c1"}
// CHECK: qnn.relu {{.*}}scheme = "static_wi8_ai8"}, qnn.name = "c2"}
// CHECK: qnn.div {{.*}}{qnn.decision = {reason = "division has no integer kernel (4 float steps, 4 results)", scheme = "float32"}
// Between two float operations a reshape stays float.
// CHECK: qnn.reshape {{.*}}{qnn.decision = {reason = "moves values between float operations", scheme = "float32"}
// CHECK: qnn.div

// FLOAT-COUNT-5: reason = "the scheme of the model", scheme = "float32"
// FLOAT-NOT: static

// RECIPE: qnn.relu {{.*}}{qnn.decision = {reason = "the recipe's rule for name \22c*\22", scheme = "float32"}, qnn.name = "c1"}
// RECIPE: qnn.relu {{.*}}{qnn.decision = {reason = "the recipe's rule for name \22c2\22, kind \22relu\22", scheme = "static_wi8_ai8"}, qnn.name = "c2"}
func.func @main(%x: tensor<4xf32>) -> tensor<2x2xf32> {
  %0 = qnn.relu %x {qnn.name = "c1"} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = qnn.relu %0 {qnn.name = "c2"} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = qnn.div %0, %1 {qnn.name = "d"} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = qnn.reshape %2 {shape = array<i64: 2, 2>} : (tensor<4xf32>) -> tensor<2x2xf32>
  %4 = qnn.div %3, %3 {qnn.name = "e"} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %4 : tensor<2x2xf32>
}
