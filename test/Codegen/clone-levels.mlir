// RUN: quant-opt %s --pass-pipeline='builtin.module(kvant-attach-target{target=aarch64-linux-gnu},kvant-clone-levels)' | FileCheck %s --check-prefix=GENERIC
// RUN: quant-opt %s --pass-pipeline='builtin.module(kvant-attach-target{target=aarch64-linux-gnu cpu=cortex-a76},kvant-clone-levels)' | FileCheck %s --check-prefix=A76

// GENERIC-NOT: @main(
// GENERIC: func.func private @main_v8_0({{.*}}kvant.level = "v8.0"
// GENERIC: func.func private @main_dotprod({{.*}}kvant.level = "dotprod"
// GENERIC: func.func private @main_i8mm({{.*}}kvant.level = "i8mm"

// A76: @main_dotprod
// A76-NOT: @main
func.func private @main(%a: memref<4xi8>) attributes {kvant.arena_bytes = 64 : i64} {
  return
}
