// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model as a program: compiled for this machine, as it is.
#include "CompilerContext.h"
#include "Programs.h"
#include "kvant/Driver/Executor.h"
#include "kvant/Import/Import.h"
#include "mlir/IR/BuiltinOps.h"

using namespace llvm;

namespace kvant {

Expected<std::unique_ptr<Program>> openModel(StringRef path, unsigned threads) {
  CompilerContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module = importFile(path, &context.getContext());
  if (!module)
    return context.takeError("cannot import " + path);
  Expected<codegen::Target> target = codegen::getTarget("host", "");
  if (!target)
    return target.takeError();
  Expected<std::unique_ptr<ExecutableProgram>> program = loadProgram(*module, *target, threads);
  if (!program) {
    std::string message = toString(program.takeError());
    // What a pass said names the operation.
    return context.takeError(path + ": " + message);
  }
  return makeInProcess(std::move(*program), "");
}

} // namespace kvant
