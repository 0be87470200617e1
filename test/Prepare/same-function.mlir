// Prepare changes how a program computes, not what: the program as it is and the program
// that Prepare made of it, on random inputs.
// REQUIRES: quant-compile, quant-run, numpy, x86_64
// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as n; r = n.random.default_rng(7); n.savez(r'%t/in.npz', x=r.normal(size=(20, 6, 6, 3)).astype('f4'))"
// RUN: quant-opt %s --kvant-qnn-to-tosa -o %t/plain.mlir
// RUN: quant-opt %s --pass-pipeline='builtin.module(kvant-prepare,kvant-qnn-to-tosa)' -o %t/prepared.mlir
// RUN: FileCheck %s --input-file=%t/prepared.mlir
// RUN: quant-compile %t/plain.mlir --scheme float32 -o %t/plain.so
// RUN: quant-compile %t/prepared.mlir --scheme float32 -o %t/prepared.so
// RUN: quant-run %t/plain.so --inputs %t/in.npz --outputs %t/plain.npz
// RUN: quant-run %t/prepared.so --inputs %t/in.npz --outputs %t/prepared.npz
// RUN: %python -c "import numpy as n; a, b = (n.load(r'%t/' + f)['y'] for f in ('plain.npz', 'prepared.npz')); assert a.shape == b.shape == (20, 3, 3, 4), a.shape; assert a.std() > 0.1; assert abs(a - b).max() <= 1e-5 * abs(a).max(), abs(a - b).max()"

// One convolution, its bias and clamp, and a maximum are left.
// CHECK-NOT: tosa.pad
// CHECK: tosa.conv2d
// CHECK-NOT: tosa.mul
// CHECK: tosa.max_pool2d
func.func @main(%x: tensor<1x6x6x3xf32> {qnn.name = "x"}) -> (tensor<1x3x3x4xf32> {qnn.name = "y"}) {
  %f = qnn.constant dense<[[[[0.5, -1.0, 0.25]]], [[[1.5, 0.125, -0.75]]], [[[-0.5, 1.0, 2.0]]], [[[0.3, 0.6, -0.9]]]]> : tensor<4x1x1x3xf32> : tensor<4x1x1x3xf32>
  %scale = qnn.constant dense<[1.0, 2.0, -0.5, 0.75]> : tensor<4xf32> : tensor<4xf32>
  %offset = qnn.constant dense<[0.5, -0.25, 0.0, 1.0]> : tensor<4xf32> : tensor<4xf32>
  %mean = qnn.constant dense<[0.1, 0.2, 0.3, 0.4]> : tensor<4xf32> : tensor<4xf32>
  %variance = qnn.constant dense<[1.0, 0.5, 2.0, 4.0]> : tensor<4xf32> : tensor<4xf32>
  %half = qnn.constant dense<2.0> : tensor<f32> : tensor<f32>
  %0 = qnn.transpose %x {perms = array<i64: 0, 2, 1, 3>} : (tensor<1x6x6x3xf32>) -> tensor<1x6x6x3xf32>
  %1 = qnn.transpose %0 {perms = array<i64: 0, 2, 1, 3>} : (tensor<1x6x6x3xf32>) -> tensor<1x6x6x3xf32>
  %2 = qnn.conv_2d %1, %f {stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x6x6x3xf32>, tensor<4x1x1x3xf32>) -> tensor<1x6x6x4xf32>
  %3 = qnn.batch_norm %2, %scale, %offset, %mean, %variance {epsilon = 1.0e-3 : f32} : (tensor<1x6x6x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x6x6x4xf32>
  %4 = qnn.div %3, %half : (tensor<1x6x6x4xf32>, tensor<f32>) -> tensor<1x6x6x4xf32>
  %5 = qnn.sub %offset, %4 : (tensor<4xf32>, tensor<1x6x6x4xf32>) -> tensor<1x6x6x4xf32>
  %6 = qnn.relu %5 : (tensor<1x6x6x4xf32>) -> tensor<1x6x6x4xf32>
  %7 = qnn.relu6 %6 : (tensor<1x6x6x4xf32>) -> tensor<1x6x6x4xf32>
  %8 = qnn.pad %7 {padding = array<i64: 0, 0, 0, 1, 0, 1, 0, 0>} : (tensor<1x6x6x4xf32>) -> tensor<1x7x7x4xf32>
  %9 = qnn.max_pool_2d %8 {kernel = array<i64: 3, 3>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<1x7x7x4xf32>) -> tensor<1x3x3x4xf32>
  return %9 : tensor<1x3x3x4xf32>
}
