// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a stage runs the program that it is compiling, without knowing the code generator.
#ifndef KVANT_CALIBRATE_EXECUTOR_H
#define KVANT_CALIBRATE_EXECUTOR_H

#include "kvant/Support/Samples.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <memory>

namespace kvant {

/// A program compiled for this machine.
class ExecutableProgram {
public:
  virtual ~ExecutableProgram();
  virtual llvm::ArrayRef<TensorSpec> getInputs() const = 0;
  virtual llvm::ArrayRef<TensorSpec> getOutputs() const = 0;
  /// Runs once. Sizes must be those of the specs; anything else is an error.
  virtual llvm::Error run(llvm::ArrayRef<llvm::ArrayRef<char>> inputs,
                          llvm::ArrayRef<llvm::MutableArrayRef<char>> outputs) = 0;
};

/// Compiles the function @main of a module of qnn or tosa (it is cloned, not changed) with
/// the code generator of the product, for x86-64-v3 or the baseline of the host, so that the
/// same model gets the same statistics on every host.
using Executor = std::function<llvm::Expected<std::unique_ptr<ExecutableProgram>>(mlir::ModuleOp)>;

/// Called once by the driver (and by quant-opt) at start.
void registerExecutor(Executor executor);
/// The registered executor; an error if there is none.
llvm::Expected<Executor> getExecutor();

} // namespace kvant

#endif // KVANT_CALIBRATE_EXECUTOR_H
