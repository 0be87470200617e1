// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An MLIR context with all that a compilation needs, which keeps what is said in it.
#ifndef KVANT_LIB_DRIVER_COMPILERCONTEXT_H
#define KVANT_LIB_DRIVER_COMPILERCONTEXT_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace kvant {

class CompilerContext {
public:
  CompilerContext();
  ~CompilerContext();

  mlir::MLIRContext &getContext() { return context; }

  /// The errors so far as one, which is the input's fault: the program was refused. If there
  /// is none, `otherwise` failed for a reason of its own.
  llvm::Error takeError(const llvm::Twine &otherwise);

  std::vector<std::string> takeWarnings() { return std::move(warnings); }

private:
  mlir::MLIRContext context;
  mlir::DiagnosticEngine::HandlerID handler;
  std::vector<std::string> errors, warnings;
};

} // namespace kvant

#endif // KVANT_LIB_DRIVER_COMPILERCONTEXT_H
