// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mlir-opt with Kvant's dialects, passes and pipelines.
#include "kvant/Driver/Executor.h"
#include "kvant/InitAll.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllPasses();
  kvant::registerAllDialects(registry);
  kvant::registerAllPasses();
  kvant::registerDriverExecutor();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Kvant: quantization passes on MLIR\n", registry));
}
