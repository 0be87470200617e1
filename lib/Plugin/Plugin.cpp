// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialects and the passes that need no code generator, for mlir-opt of another build.
#include "dialects/Observe/Observe.h"
#include "dialects/Qnn/Qnn.h"
#include "kvant/Lower/Passes.h"
#include "kvant/Prepare/Passes.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Kvant", LLVM_VERSION_STRING,
          [](mlir::DialectRegistry *registry) {
            registry->insert<kvant::qnn::QnnDialect, kvant::observe::ObserveDialect>();
          }};
}

extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT mlir::PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Kvant", LLVM_VERSION_STRING, [] {
            kvant::prepare::registerKvantPreparePasses();
            kvant::registerKvantLowerPasses();
          }};
}
