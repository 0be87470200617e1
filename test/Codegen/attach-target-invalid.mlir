// RUN: not quant-opt %s --kvant-attach-target="target=riscv64" 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not quant-opt %s --kvant-attach-target="target=aarch64-linux-gnu cpu=haswell" 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not quant-opt %s --kvant-attach-target="target=aarch64-linux-gnu cpu=native" 2>&1 | FileCheck %s --check-prefix=NATIVE

// TARGET: error: unknown target 'riscv64': expected host, aarch64-linux-gnu or aarch64-linux-android
// CPU: error: unknown cpu 'haswell' for aarch64-linux-gnu: expected one of generic,{{.*}} cortex-a76,
// NATIVE: error: cpu 'native' needs the target host, got aarch64-linux-gnu
module {}
