// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a module of the LLVM dialect to machine code.
#ifndef KVANT_CODEGEN_EMIT_H
#define KVANT_CODEGEN_EMIT_H

#include "kvant/Codegen/Target.h"
#include "kvant/Support/Samples.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"

namespace kvant::codegen {

enum class EmitKind { Object, Assembly };

/// Translates `module` (LLVM dialect only, what the kvant-codegen pipeline leaves) and
/// generates code for `target`. The bytes depend on the arguments alone.
llvm::Expected<llvm::SmallVector<char, 0>> emitMachineCode(mlir::ModuleOp module,
                                                           const Target &target, EmitKind kind);

/// What the entry of a generated program is, read from the attributes that the kvant-codegen
/// pipeline leaves on the module.
struct ProgramInterface {
  std::string symbol; ///< the run function: "<name>_run"
  std::vector<TensorSpec> inputs, outputs;
  uint64_t arenaBytes = 0; ///< to be aligned to 64
  bool integerOnly = false;
};
llvm::Expected<ProgramInterface> getProgramInterface(mlir::ModuleOp module);

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_EMIT_H
