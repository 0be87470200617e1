// RUN: quant-opt %s --kvant-attach-target="target=aarch64-linux-android" | FileCheck %s --check-prefix=ANDROID
// RUN: quant-opt %s --kvant-attach-target="target=aarch64-linux-gnu cpu=cortex-a76" | FileCheck %s --check-prefix=A76
// RUN: quant-opt %s --kvant-attach-target="target=aarch64-linux-gnu" | FileCheck %s --check-prefix=GENERIC

// The default CPU of AArch64 is all levels in one library.
// ANDROID: kvant.cpu = "generic"
// ANDROID-SAME: kvant.target = "aarch64-linux-android"
// ANDROID-SAME: llvm.target_triple = "aarch64-unknown-linux-android29"
// A76: kvant.cpu = "cortex-a76"
// GENERIC: kvant.cpu = "generic"
module {}
