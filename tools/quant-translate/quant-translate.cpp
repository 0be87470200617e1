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

int main(int argc, char **argv) {
  mlir::registerAllTranslations();
  mlir::TranslateToMLIRRegistration importTFLite(
      "import-tflite", "import a .tflite model as a qnn program",
      [](llvm::SourceMgr &sources,
         mlir::MLIRContext *context) -> mlir::OwningOpRef<mlir::Operation *> {
        const llvm::MemoryBuffer *buffer = sources.getMemoryBuffer(sources.getMainFileID());
        kvant::ImportOptions options;
        if (batch.getNumOccurrences())
          options.batch = batch;
        // The message says where in the file; there is no line to point at.
        mlir::ScopedDiagnosticHandler handler(context, [](mlir::Diagnostic &diagnostic) {
          llvm::errs() << "error: " << diagnostic << "\n";
        });
        return kvant::importTFLite(*buffer, buffer->getBufferIdentifier(), context, options);
      },
      [](mlir::DialectRegistry &) {});
  return failed(mlir::mlirTranslateMain(argc, argv, "Kvant: model importers and translations"));
}
