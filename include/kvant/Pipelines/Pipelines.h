// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The way of a model from import to the LLVM dialect, as text that quant-opt takes too.
#ifndef KVANT_PIPELINES_PIPELINES_H
#define KVANT_PIPELINES_PIPELINES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace kvant {

/// What an imported program is made of, which decides where it joins the way.
enum class ProgramForm {
  Float,     ///< qnn on floats: there is something to quantize
  Quantized, ///< qnn with the quantization of its file
  FloatTosa, ///< TOSA on floats, which is raised to qnn to be quantized
  Tosa       ///< TOSA that is compiled as it is
};

/// All that the passes between import and the LLVM dialect need to know. Empty strings stand
/// for what was not asked for.
struct PipelineOptions {
  ProgramForm form = ProgramForm::Float;
  std::string scheme;      ///< "static_wi8_ai8", "float32" or "mixed"
  std::string calibration; ///< samples
  std::string calibrator;
  std::string recipe;
  std::string budget;
  std::string inputScale, inputShift;
  std::string io; ///< type of the outer tensors
  std::string target = "host", cpu;
  std::string name;               ///< of the program
  std::vector<std::string> tiles; ///< as kvant-form-kernels takes them
  bool locateLayers = false;      ///< for assembly to read
};

/// One stage: its name and its passes.
struct StagePipeline {
  std::string name;
  std::string passes; ///< what stands between the parentheses of builtin.module(...)
};

/// The stages that the options ask for, in order. The error names an option that cannot be
/// written in a pipeline.
llvm::Expected<std::vector<StagePipeline>> getStages(const PipelineOptions &options);

/// All stages as one pipeline: builtin.module(...).
std::string getPipelineText(llvm::ArrayRef<StagePipeline> stages);

/// Registers the pipelines kvant-prepare, kvant-lower and kvant-lower-to-llvm.
void registerPipelines();

} // namespace kvant

#endif // KVANT_PIPELINES_PIPELINES_H
