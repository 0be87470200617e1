// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order of the stages.
#include "kvant/Pipelines/Pipelines.h"

#include "kvant/Lower/Passes.h"
#include "kvant/Pipelines/Codegen.h"
#include "kvant/Prepare/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <optional>

using namespace llvm;

namespace kvant {

namespace {
/// Collects passes as text, `pass{key=value ...}` with values quoted as MLIR's option parser
/// wants them.
class PipelineWriter {
public:
  PipelineWriter &stage(StringRef name) {
    stages.push_back({name.str(), ""});
    return *this;
  }

  PipelineWriter &pass(StringRef name, ArrayRef<std::pair<StringRef, StringRef>> passOptions = {}) {
    std::string &text = stages.back().passes;
    text += text.empty() ? "" : ",";
    text += name;
    std::string options;
    for (auto [key, value] : passOptions) {
      if (value.empty())
        continue;
      options += options.empty() ? "" : " ";
      options += key;
      options += '=';
      options += quote(value);
    }
    if (!options.empty())
      text += "{" + options + "}";
    return *this;
  }

  Expected<std::vector<StagePipeline>> take() {
    if (refused)
      return createStringError(std::make_error_code(std::errc::invalid_argument),
                               "'" + *refused +
                                   "': expected a name without braces and without both kinds "
                                   "of quotes, which no pass option can hold");
    return std::move(stages);
  }

private:
  std::string quote(StringRef value) {
    bool plain =
        all_of(value, [](char c) { return isAlnum(c) || StringRef("._-+/:").contains(c); });
    if (plain)
      return value.str();
    // The parser knows quotes but no escapes, trims what is between them, and counts braces
    // even there.
    char mark = value.contains('"') ? '\'' : '"';
    if (value.contains(mark) || value.find_first_of("{}") != StringRef::npos ||
        value.trim() != value)
      refused = value.str();
    return mark + value.str() + mark;
  }

  std::vector<StagePipeline> stages;
  std::optional<std::string> refused;
};
} // namespace

Expected<std::vector<StagePipeline>> getStages(const PipelineOptions &options) {
  PipelineWriter writer;
  bool isFloat = options.form == ProgramForm::Float || options.form == ProgramForm::FloatTosa;
  bool quantize = isFloat && options.scheme != "float32";
  if (options.form == ProgramForm::FloatTosa)
    writer.stage("raise").pass("kvant-tosa-to-qnn");
  // What a file's own quantization means bit for bit, fusing would change.
  if (isFloat)
    writer.stage("prepare").pass("kvant-prepare");
  else if (options.form == ProgramForm::Quantized)
    writer.stage("prepare").pass("func.func(kvant-fold-constants,kvant-remove-identities)");
  if (quantize) {
    if (!options.calibration.empty())
      writer.stage("calibrate")
          .pass("kvant-calibrate", {{"data", options.calibration},
                                    {"calibrator", options.calibrator},
                                    {"recipe", options.recipe},
                                    {"input-scale", options.inputScale},
                                    {"input-shift", options.inputShift}});
    writer.stage("precision")
        .pass("kvant-decide", {{"scheme", options.scheme}, {"recipe", options.recipe}});
    if (options.scheme == "mixed")
      writer
          .pass("kvant-measure-sensitivity", {{"data", options.calibration},
                                              {"input-scale", options.inputScale},
                                              {"input-shift", options.inputShift}})
          .pass("kvant-assign-precision", {{"budget", options.budget},
                                           {"table", "false"},
                                           {"data", options.calibration},
                                           {"input-scale", options.inputScale},
                                           {"input-shift", options.inputShift}});
    writer.stage("quantize")
        .pass("kvant-quantize", {{"io", options.io}})
        .pass("kvant-verify-quantized");
  }
  if (options.form == ProgramForm::Quantized && !options.io.empty())
    writer.stage("quantize").pass("kvant-convert-io", {{"io", options.io}});
  if (options.form != ProgramForm::Tosa)
    writer.stage("lower").pass("kvant-lower");
  writer.stage("codegen").pass("kvant-codegen", {{"target", options.target},
                                                 {"cpu", options.cpu},
                                                 {"name", options.name},
                                                 {"tiles", join(options.tiles, ",")}});
  if (options.locateLayers)
    writer.pass("kvant-locate-layers");
  return writer.take();
}

static void buildPreparePipeline(mlir::OpPassManager &manager) {
  mlir::OpPassManager &functions = manager.nest<mlir::func::FuncOp>();
  functions.addPass(prepare::createFoldConstants());
  functions.addPass(prepare::createRemoveIdentities());
  functions.addPass(prepare::createFoldBatchNorm());
  functions.addPass(prepare::createFuseActivations());
  functions.addPass(prepare::createFusePads());
  functions.addPass(prepare::createRemoveIdentities());
}

static void buildLowerPipeline(mlir::OpPassManager &manager) {
  manager.addPass(createQnnToTosa());
  manager.addPass(createVerifyTosa());
}

void registerPipelines() {
  mlir::PassPipelineRegistration<>("kvant-prepare",
                                   "Simplify a float program without changing what it computes",
                                   buildPreparePipeline);
  mlir::PassPipelineRegistration<>("kvant-lower", "Lower qnn to TOSA", buildLowerPipeline);
  mlir::PassPipelineRegistration<codegen::CodegenOptions>(
      "kvant-lower-to-llvm", "Lower qnn to TOSA and generate code: to the LLVM dialect",
      [](mlir::OpPassManager &manager, const codegen::CodegenOptions &options) {
        buildLowerPipeline(manager);
        codegen::buildCodegenPipeline(manager, options);
      });
}

std::string getPipelineText(ArrayRef<StagePipeline> stages) {
  std::vector<std::string> passes;
  for (const StagePipeline &stage : stages)
    passes.push_back(stage.passes);
  return "builtin.module(" + join(passes, ",") + ")";
}

} // namespace kvant
