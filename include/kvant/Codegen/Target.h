// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one description of what code is generated for.
#ifndef KVANT_CODEGEN_TARGET_H
#define KVANT_CODEGEN_TARGET_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace kvant::codegen {

/// The instruction that a target has for 8-bit dot products.
enum class DotKind {
  Widen, ///< none: widening multiplies (SMULL/SADALP, VPMADDWD on AVX2)
  Sdot,  ///< ARMv8.2 SDOT: 4 x i8 into i32
  Smmla, ///< ARMv8.6 SMMLA: 2x8 by 8x2 i8 into i32
  Vnni   ///< VPDPBUSD: 4 x (u8 * i8) into i32
};

/// One instruction-set level: kernels are emitted once per level of a target.
struct Level {
  std::string name;     ///< "v8.0", "dotprod", "i8mm", "avx2", "avxvnni", "avx512vnni"
  std::string features; ///< LLVM feature string that functions of this level carry
  uint32_t cpuBits;     ///< bits of io.cpu that must all be set to run it
  DotKind dot;
  unsigned vectorBits; ///< width of a vector register
  unsigned vectorRegisters;
  std::string tune = "generic"; ///< core whose costs tiles are chosen by
};

/// A machine to generate code for. `levels` go from the least to the most capable.
struct Target {
  std::string name;    ///< --target: "host", "aarch64-linux-gnu", "aarch64-linux-android"
  std::string cpu;     ///< --cpu as resolved: "generic", "cortex-a76", "znver4", ...
  std::string triple;  ///< LLVM triple
  std::string llvmCpu; ///< -mcpu for LLVM
  std::vector<Level> levels;
  bool isAArch64() const;
};

/// Resolves --target and --cpu ("" for the default: native on the host, generic on AArch64).
/// The error for an unknown value lists what there is.
llvm::Expected<Target> getTarget(llvm::StringRef target, llvm::StringRef cpu);

/// The target that kvant-attach-target left on `module`.
llvm::Expected<Target> getTarget(mlir::ModuleOp module);

/// The level that `function` is compiled for (kvant-clone-levels); the least one of the
/// module's target if it says none.
llvm::Expected<Level> getLevel(mlir::FunctionOpInterface function);

/// The same, with an error at the operation if there is none: for passes.
mlir::FailureOr<Target> requireTarget(mlir::ModuleOp module);
mlir::FailureOr<Level> requireLevel(mlir::FunctionOpInterface function);

/// LLVM's layout of types on the target.
llvm::Expected<std::string> getDataLayout(const Target &target);

/// The target that calibration code is generated for: x86-64-v3 on x86 hosts.
Target getCalibrationTarget();

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_TARGET_H
