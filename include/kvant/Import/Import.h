// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a model's file to a program: the first stage.
#ifndef KVANT_IMPORT_IMPORT_H
#define KVANT_IMPORT_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBufferRef.h"
#include <optional>
#include <string>
#include <vector>

namespace kvant {

struct ImportOptions {
  /// Samples computed at once. Absent: the file's own batch, 1 where it leaves
  /// that open.
  std::optional<int64_t> batch;
};

/// Reads a model: a .tflite file, or an .mlir file (text or bytecode) of TOSA
/// or qnn operations; the contents decide which. The result is a module with
/// one function @main, whose tensors have static shapes and whose arguments and
/// results are named. On failure exactly one error is emitted, which names the
/// file, and the result is null.
mlir::OwningOpRef<mlir::ModuleOp> importFile(llvm::StringRef path, mlir::MLIRContext *context,
                                             const ImportOptions &options = {});

/// The same for a .tflite model in memory; `file` is its name in errors.
mlir::OwningOpRef<mlir::ModuleOp> importTFLite(llvm::MemoryBufferRef buffer, llvm::StringRef file,
                                               mlir::MLIRContext *context,
                                               const ImportOptions &options = {});

/// The same for MLIR in memory.
mlir::OwningOpRef<mlir::ModuleOp> importMLIR(llvm::MemoryBufferRef buffer, llvm::StringRef file,
                                             mlir::MLIRContext *context,
                                             const ImportOptions &options = {});

/// Names of the operators that the TFLite importer takes, sorted; custom
/// operators as "CUSTOM Name".
std::vector<std::string> getTFLiteOperators();

/// Loads the dialects that imported programs use.
void loadImportDialects(mlir::MLIRContext *context);

} // namespace kvant

#endif // KVANT_IMPORT_IMPORT_H
