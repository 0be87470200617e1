// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a compilation says about itself.
#ifndef KVANT_LIB_DRIVER_REPORT_H
#define KVANT_LIB_DRIVER_REPORT_H

#include "kvant/Codegen/Target.h"
#include "kvant/Driver/Compiler.h"
#include "kvant/Pipelines/Pipelines.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"

namespace kvant {

/// Gathers the object that --json prints; docs/json-output.md describes it.
class Report {
public:
  void addTime(llvm::StringRef stage, double seconds);
  /// Reads operations and weights from the program after Quantize or, later, after Lower.
  void addProgram(mlir::ModuleOp module);
  void setInterface(bool integerOnly, uint64_t arenaBytes);
  void setOutput(llvm::StringRef kind, uint64_t bytes);

  /// The quantization record of the program, without names of its tensors.
  std::string getRecord(llvm::StringRef scheme) const;

  llvm::json::Object take(const CompileOptions &options, const PipelineOptions &pipeline,
                          const codegen::Target &target);

private:
  llvm::json::Array ops;
  llvm::MapVector<llvm::StringRef, int64_t> schemes; ///< operations of each scheme
  int64_t weightBytes = 0;
  llvm::json::Object seconds, output;
  llvm::json::Value integerOnly = nullptr, arenaBytes = nullptr;
  double total = 0;
};

} // namespace kvant

#endif // KVANT_LIB_DRIVER_REPORT_H
