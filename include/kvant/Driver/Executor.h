// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs compiled into this process.
#ifndef KVANT_DRIVER_EXECUTOR_H
#define KVANT_DRIVER_EXECUTOR_H

#include "kvant/Calibrate/Executor.h"
#include "kvant/Codegen/Target.h"

namespace kvant {

/// Compiles `module` (it is cloned, not changed) for `target`, which must be this machine,
/// and loads it. It computes on `threads` threads; `tiles` are those of kvant-form-kernels.
llvm::Expected<std::unique_ptr<ExecutableProgram>>
loadProgram(mlir::ModuleOp module, const codegen::Target &target, unsigned threads = 1,
            llvm::ArrayRef<std::string> tiles = {});

/// Makes loadProgram for the calibration target the process's Executor.
void registerDriverExecutor();

} // namespace kvant

#endif // KVANT_DRIVER_EXECUTOR_H
