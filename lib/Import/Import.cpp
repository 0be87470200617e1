// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decides by contents what kind of file a model is.
#include "kvant/Import/Import.h"

#include "dialects/Qnn/Qnn.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;

namespace kvant {

void loadImportDialects(MLIRContext *context) {
  context
      ->loadDialect<func::FuncDialect, quant::QuantDialect, tosa::TosaDialect, qnn::QnnDialect>();
}

/// Larger files are refused before they are read.
static constexpr uint64_t kMaxFileBytes = (uint64_t(1) << 31) - 1;

OwningOpRef<ModuleOp> importFile(StringRef path, MLIRContext *context,
                                 const ImportOptions &options) {
  auto error = [&]() { return emitError(UnknownLoc::get(context)) << path << ": "; };
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(path, status)) {
    error() << code.message();
    return nullptr;
  }
  if (status.type() == llvm::sys::fs::file_type::directory_file) {
    error() << "is a folder; expected a .tflite or an .mlir file";
    return nullptr;
  }
  if (status.getSize() > kMaxFileBytes) {
    error() << "expected at most " << kMaxFileBytes << " bytes, got " << status.getSize();
    return nullptr;
  }
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/true);
  if (!file) {
    error() << file.getError().message();
    return nullptr;
  }
  llvm::MemoryBufferRef buffer = (*file)->getMemBufferRef();
  StringRef contents = buffer.getBuffer();
  if (contents.size() >= 8 && contents.substr(4, 4) == "TFL3")
    return importTFLite(buffer, path, context, options);
  if (contents.empty()) {
    error() << "the file is empty; expected a .tflite or an .mlir file";
    return nullptr;
  }
  if (!isBytecode(buffer) && contents.take_front(4096).contains('\0')) {
    error() << "expected a .tflite file (with the identifier 'TFL3' at byte 4) "
               "or an .mlir file, "
               "text or bytecode; this is neither";
    return nullptr;
  }
  return importMLIR(buffer, path, context, options);
}

} // namespace kvant
