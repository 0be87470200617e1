// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mlir-translate with Kvant's importers.
#include "kvant/Import/Import.h"
#include "mlir/InitAllTranslations.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

static llvm::cl::opt<int64_t>
    batch("batch",
          llvm::cl::desc("Samples computed at once (importers; default: the file's own, or 1)"),
          llvm::cl::init(0));

using Importer = mlir::OwningOpRef<mlir::ModuleOp>(llvm::MemoryBufferRef, llvm::StringRef,
                                                   mlir::MLIRContext *,
                                                   const kvant::ImportOptions &);

static mlir::OwningOpRef<mlir::Operation *>
runImporter(Importer *importer, llvm::SourceMgr &sources, mlir::MLIRContext *context) {
  const llvm::MemoryBuffer *buffer = sources.getMemoryBuffer(sources.getMainFileID());
  kvant::ImportOptions options;
  if (batch.getNumOccurrences())
    options.batch = batch;
  // The message says where in the file; there is no line to point at, but in text.
  mlir::ScopedDiagnosticHandler handler(context, [](mlir::Diagnostic &diagnostic) {
    if (auto at = mlir::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation()))
      llvm::errs() << at.getFilename().getValue() << ":" << at.getLine() << ":" << at.getColumn()
                   << ": ";
    llvm::errs() << "error: " << diagnostic << "\n";
  });
  return importer(*buffer, buffer->getBufferIdentifier(), context, options);
}

int main(int argc, char **argv) {
  mlir::registerAllTranslations();
  auto noDialects = [](mlir::DialectRegistry &) {};
  mlir::TranslateToMLIRRegistration tflite(
      "import-tflite", "import a .tflite model as a qnn program",
      [](llvm::SourceMgr &sources, mlir::MLIRContext *context) {
        return runImporter(kvant::importTFLite, sources, context);
      },
      noDialects);
  mlir::TranslateToMLIRRegistration text(
      "import-mlir", "check and name a TOSA or qnn program, as quant-compile does",
      [](llvm::SourceMgr &sources, mlir::MLIRContext *context) {
        return runImporter(kvant::importMLIR, sources, context);
      },
      noDialects);
  return failed(mlir::mlirTranslateMain(argc, argv, "Kvant: model importers and translations"));
}
