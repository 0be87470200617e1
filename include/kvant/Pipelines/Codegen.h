// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order of the passes of code generation.
#ifndef KVANT_PIPELINES_CODEGEN_H
#define KVANT_PIPELINES_CODEGEN_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace kvant::codegen {

struct CodegenOptions : mlir::PassPipelineOptions<CodegenOptions> {
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("host, aarch64-linux-gnu or aarch64-linux-android"),
                             llvm::cl::init("host")};
  Option<std::string> cpu{*this, "cpu", llvm::cl::desc("generic, native or the name of a CPU"),
                          llvm::cl::init("")};
  Option<std::string> name{*this, "name",
                           llvm::cl::desc("name of the library: prefix of what it exports"),
                           llvm::cl::init("model")};
  Option<int64_t> partWork{*this, "part-work",
                           llvm::cl::desc("see kvant-split-layers; small values are for tests"),
                           llvm::cl::init(12000)};
  ListOption<std::string> tiles{*this, "tiles",
                                llvm::cl::desc("register tiles, see kvant-form-kernels")};
};

/// From a function @main of TOSA operations to the LLVM dialect with the entry NAME_run.
void buildCodegenPipeline(mlir::OpPassManager &manager, const CodegenOptions &options);

/// The passes of the above in front of kvant-form-kernels.
void buildKernelPreparation(mlir::OpPassManager &manager, const CodegenOptions &options);

/// Registers the first as `kvant-codegen{target=... cpu=... name=... tiles=...}`.
void registerCodegenPipeline();

} // namespace kvant::codegen

#endif // KVANT_PIPELINES_CODEGEN_H
