// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers everything that the project has, for the tools and for embedders.
#ifndef KVANT_INITALL_H
#define KVANT_INITALL_H

#include "dialects/Kernel/Kernel.h"
#include "dialects/Observe/Observe.h"
#include "dialects/Qnn/Qnn.h"
#include "kvant/Calibrate/Passes.h"
#include "kvant/Codegen/Passes.h"
#include "kvant/Driver/Executor.h"
#include "kvant/Import/Passes.h"
#include "kvant/Lower/Passes.h"
#include "kvant/Pipelines/Codegen.h"
#include "kvant/Pipelines/Pipelines.h"
#include "kvant/Precision/Passes.h"
#include "kvant/Prepare/Passes.h"
#include "kvant/Quantize/Passes.h"
#include "mlir/IR/DialectRegistry.h"

namespace kvant {

/// The dialects of the project; those of upstream are registered apart.
inline void registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<kernel::KernelDialect, observe::ObserveDialect, qnn::QnnDialect>();
}

/// The passes and pipelines of the project: each stage has one line here. Passes that run the
/// program get the executor too.
inline void registerAllPasses() {
  import::registerKvantImportPasses();
  prepare::registerKvantPreparePasses();
  calibrate::registerKvantCalibratePasses();
  precision::registerKvantPrecisionPasses();
  quantize::registerKvantQuantizePasses();
  registerKvantLowerPasses();
  codegen::registerKvantCodegenPasses();
  codegen::registerCodegenPipeline();
  registerPipelines();
  registerDriverExecutor();
}

} // namespace kvant

#endif // KVANT_INITALL_H
