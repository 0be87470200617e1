// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A compilation from file to file: stage after stage.
#include "kvant/Driver/Compiler.h"

#include "CompilerContext.h"
#include "Programs.h"
#include "Report.h"
#include "Tune.h"
#include "kvant/Codegen/Emit.h"
#include "kvant/Driver/Executor.h"
#include "kvant/Import/Import.h"
#include "kvant/Package/Package.h"
#include "kvant/Pipelines/Pipelines.h"
#include "kvant/Support/OutputFile.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"
#include <chrono>

using namespace llvm;

namespace kvant {

namespace {

/// Options after defaults and checks.
struct Settings {
  Emit emit = Emit::Library;
  codegen::Target target;
  PipelineOptions pipeline;
};

/// The time since its making, in seconds.
class Stopwatch {
public:
  double get() const {
    std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    return time.count();
  }

private:
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

class Compilation {
public:
  explicit Compilation(const CompileOptions &options) : options(options) {}

  /// Reads the options and imports the model.
  Error begin();
  Expected<std::string> getPipeline();
  Expected<CompileResult> finish();

private:
  Error readOptions();
  Error checkSchemes();
  Error runStage(const StagePipeline &stage);
  Error runStages();
  Error readTiles();
  Error tuneProgram();
  Expected<package::ProgramInfo> getInfo();
  Error emitCode(CompileResult &result);
  void print(CompileResult &result);
  void progress(StringRef stage) {
    if (options.progress)
      options.progress(stage);
  }

  const CompileOptions &options;
  Settings settings;
  CompilerContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Report report;
  TileFile tiles;
  std::string newTiles, tuneWarning;
};

} // namespace

/// Finds `value` in `names`; the error lists them.
static Error checkChoice(StringRef option, StringRef value, ArrayRef<StringRef> names) {
  if (is_contained(names, value))
    return Error::success();
  return makeInputError("--" + option + ": unknown value '" + value + "', expected one of " +
                        join(names, ", "));
}

static Error checkFile(StringRef option, StringRef path) {
  if (path.empty() || sys::fs::is_regular_file(path))
    return Error::success();
  return makeInputError(path + ": " +
                        (sys::fs::exists(path) ? "not a regular file" : "no such file") +
                        (option.empty() ? "" : " (--" + option + ")"));
}

Error Compilation::readOptions() {
  auto orElse = [](const std::string &value, StringRef other) {
    return value.empty() ? other.str() : value;
  };
  std::string emit = orElse(options.emit, "library");
  if (Error error = checkChoice("emit", emit, getEmitNames()))
    return error;
  settings.emit = Emit(find(getEmitNames(), emit) - getEmitNames().begin());

  PipelineOptions &pipeline = settings.pipeline;
  pipeline.locateLayers = settings.emit == Emit::Asm;
  pipeline.target = orElse(options.target, "host");
  if (Error error = checkChoice("target", pipeline.target, getTargetNames()))
    return error;
  Expected<codegen::Target> target = codegen::getTarget(pipeline.target, options.cpu);
  if (!target)
    return makeInputError("--cpu: " + toString(target.takeError()));
  settings.target = std::move(*target);
  pipeline.cpu = settings.target.cpu;

  for (auto [option, value, names] :
       {std::tuple("scheme", &options.scheme, getSchemeNames()),
        std::tuple("io", &options.io, getIoNames()),
        std::tuple("calibrator", &options.calibrator, getCalibratorNames())})
    if (!value->empty())
      if (Error error = checkChoice(option, *value, names))
        return error;
  for (auto [option, path] :
       {std::pair("", &options.model), std::pair("calibration", &options.calibration),
        std::pair("recipe", &options.recipe)})
    if (Error error = checkFile(option, *path))
      return error;
  if (options.batch < 0)
    return makeInputError("--batch: expected a number of at least 1");

  StringRef named =
      options.output.empty() || options.output == "-" ? options.model : options.output;
  pipeline.name = orElse(options.name, sys::path::stem(named));
  std::string identifier = package::makeIdentifier(pipeline.name);
  if (!options.name.empty() && identifier != options.name)
    return makeInputError("--name: '" + options.name +
                          "' is no identifier of C, expected for "
                          "example '" +
                          identifier + "'");
  pipeline.name = identifier;
  pipeline.calibration = options.calibration;
  pipeline.calibrator = options.calibrator;
  pipeline.recipe = options.recipe;
  pipeline.budget = options.budget;
  pipeline.inputScale = options.inputScale;
  pipeline.inputShift = options.inputShift;
  pipeline.io = options.io;
  return readTiles();
}

Error Compilation::readTiles() {
  StringRef path = options.tune;
  if (path.empty())
    return Error::success();
  if (is_contained({Emit::Qnn, Emit::Tosa}, settings.emit))
    return makeInputError("--tune: --emit " + options.emit + " ends before tiles are chosen");
  StringRef folder = sys::path::parent_path(path);
  if (path == options.output || (folder == sys::path::parent_path(options.output) &&
                                 sys::path::filename(path) == settings.pipeline.name + ".h"))
    return makeInputError("--tune " + path + ": the library or its header has that name");
  if (sys::fs::exists(path)) {
    if (Error error = checkFile("tune", path))
      return error;
  } else if (!folder.empty() && !sys::fs::is_directory(folder)) {
    return makeInputError("--tune " + path + ": there is no folder " + folder);
  } else if (!canMeasure(settings.target)) {
    return makeInputError("--tune " + path + ": no such file, and tiles for target " +
                          settings.target.name + ", cpu " + settings.target.cpu +
                          " cannot be measured on this machine");
  }
  Expected<TileFile> file = TileFile::read(path);
  if (!file)
    return makeInputError(toString(file.takeError()));
  tiles = std::move(*file);
  settings.pipeline.tiles = tiles.getTiles(settings.target);
  return Error::success();
}

/// Measures what the file lacks; the rest of the pipeline gets all that it holds then.
Error Compilation::tuneProgram() {
  Stopwatch watch;
  Expected<TuneResult> tuned = tune(*module, settings.target, tiles, options.progress);
  if (!tuned)
    return context.takeError(toString(tuned.takeError()));
  if (!tuned->warning.empty())
    tuneWarning = options.tune + ": " + tuned->warning;
  if (tuned->measured != 0)
    newTiles = tiles.getText();
  settings.pipeline.tiles = tiles.getTiles(settings.target);
  report.addTime("tune", watch.get());
  return Error::success();
}

static ProgramForm getForm(mlir::ModuleOp module) {
  bool hasQnn = false, quantized = false, hasFloat = false;
  auto isQuantized = [](mlir::Type type) {
    return isa<mlir::quant::QuantizedType>(mlir::getElementTypeOrSelf(type));
  };
  module.walk([&](mlir::Operation *op) {
    hasQnn |= op->getName().getDialectNamespace() == "qnn";
    quantized |= any_of(op->getResultTypes(), isQuantized);
    hasFloat |= any_of(op->getResultTypes(),
                       [](mlir::Type type) { return mlir::getElementTypeOrSelf(type).isF32(); });
  });
  if (!hasQnn)
    return hasFloat ? ProgramForm::FloatTosa : ProgramForm::Tosa;
  return quantized ? ProgramForm::Quantized : ProgramForm::Float;
}

Error Compilation::checkSchemes() {
  PipelineOptions &pipeline = settings.pipeline;
  // A float TOSA program is quantized if that is asked for, and compiled as it is otherwise.
  bool asked = !options.calibration.empty() || !options.recipe.empty() || !options.budget.empty() ||
               (!options.scheme.empty() && options.scheme != "float32");
  if (pipeline.form == ProgramForm::FloatTosa && !asked)
    pipeline.form = ProgramForm::Tosa;
  if (pipeline.form == ProgramForm::Tosa || pipeline.form == ProgramForm::Quantized) {
    StringRef what = pipeline.form == ProgramForm::Tosa ? "a TOSA program" : "already quantized";
    if (!options.scheme.empty() && options.scheme != "float32")
      return makeInputError(options.model + ": is " + what + " and keeps its own types; --scheme " +
                            options.scheme + " is for float models");
    if (!options.recipe.empty() || !options.budget.empty())
      return makeInputError(options.model + ": is " + what +
                            ", so that --recipe and --budget have nothing to decide");
    if (!options.io.empty() && pipeline.form == ProgramForm::Tosa)
      return makeInputError("--io: " + options.model + " is " + what +
                            " and keeps the types of its inputs and outputs");
    pipeline.scheme.clear();
    return Error::success();
  }
  pipeline.scheme = options.scheme;
  if (options.scheme.empty() && options.recipe.empty())
    pipeline.scheme = "static_wi8_ai8";
  bool isStatic = pipeline.scheme != "float32";
  if (isStatic && options.calibration.empty())
    return makeInputError(options.model +
                          ": a float model needs --calibration DATA.npz for "
                          "the scheme " +
                          (pipeline.scheme.empty() ? "of the recipe" : pipeline.scheme) +
                          "; --scheme float32 needs none");
  if (pipeline.scheme == "mixed" && options.budget.empty())
    return makeInputError("--scheme mixed needs --budget latency=F, size=F, drop=F or sqnr=DB");
  if (pipeline.scheme != "mixed" && !options.budget.empty())
    return makeInputError("--budget is for --scheme mixed");
  if (!isStatic && !options.io.empty() && options.io != "float32")
    return makeInputError("--io " + options.io + ": a float32 program has float32 tensors");
  return Error::success();
}

Error Compilation::begin() {
  if (Error error = readOptions())
    return error;
  progress("import");
  Stopwatch watch;
  ImportOptions import;
  if (options.batch > 0)
    import.batch = options.batch;
  module = importFile(options.model, &context.getContext(), import);
  if (!module)
    return context.takeError("cannot import " + options.model);
  report.addTime("import", watch.get());
  settings.pipeline.form = getForm(*module);
  return checkSchemes();
}

Expected<std::string> Compilation::getPipeline() {
  Expected<std::vector<StagePipeline>> stages = getStages(settings.pipeline);
  if (!stages)
    return stages.takeError();
  return getPipelineText(*stages);
}

Error Compilation::runStage(const StagePipeline &stage) {
  progress(stage.name);
  Stopwatch watch;
  mlir::PassManager manager(&context.getContext());
  std::string message;
  raw_string_ostream os(message);
  if (failed(mlir::parsePassPipeline(stage.passes, manager, os)))
    return createStringError("cannot build the pipeline '" + stage.passes + "': " + message);
  if (failed(manager.run(*module)))
    return context.takeError("the stage " + stage.name + " failed");
  report.addTime(stage.name, watch.get());
  return Error::success();
}

Error Compilation::runStages() {
  Expected<std::vector<StagePipeline>> stages = getStages(settings.pipeline);
  if (!stages)
    return stages.takeError();
  for (const StagePipeline &stage : *stages) {
    if (stage.name == "lower" || stage.name == "codegen") {
      // The program as it is before it loses its operations.
      report.addProgram(*module);
      if (settings.emit == Emit::Qnn && stage.name == "lower")
        return Error::success();
    }
    if (settings.emit == Emit::Tosa && stage.name == "codegen")
      return Error::success();
    if (stage.name == "codegen" && !options.tune.empty()) {
      if (Error error = tuneProgram())
        return error;
      // Codegen is the last stage, and now has all tiles.
      stages = getStages(settings.pipeline);
      return stages ? runStage(stages->back()) : stages.takeError();
    }
    if (Error error = runStage(stage))
      return error;
  }
  return Error::success();
}

/// As quant-opt prints.
void Compilation::print(CompileResult &result) {
  raw_svector_ostream os(result.bytes);
  mlir::AsmState state(*module, mlir::OpPrintingFlags());
  module->getOperation()->print(os, state);
  os << '\n';
}

Expected<package::ProgramInfo> Compilation::getInfo() {
  Expected<codegen::ProgramInterface> program = codegen::getProgramInterface(*module);
  if (!program)
    return program.takeError();
  package::ProgramInfo info;
  info.name = settings.pipeline.name;
  info.inputs = std::move(program->inputs);
  info.outputs = std::move(program->outputs);
  info.arenaBytes = program->arenaBytes;
  info.integerOnly = program->integerOnly;
  report.setInterface(info.integerOnly, info.arenaBytes);
  info.quantization = report.getRecord(settings.pipeline.scheme);
  return info;
}

Error Compilation::emitCode(CompileResult &result) {
  Expected<package::ProgramInfo> info = getInfo();
  if (!info)
    return info.takeError();
  progress("emit");
  Stopwatch watch;
  package::addInfo(*module, *info);
  bool assembly = settings.emit == Emit::Asm;
  Expected<package::Bytes> code = codegen::emitMachineCode(
      *module, settings.target, assembly ? codegen::EmitKind::Assembly : codegen::EmitKind::Object);
  if (!code)
    return code.takeError();
  report.addTime("emit", watch.get());
  if (settings.emit == Emit::Object || assembly) {
    result.bytes = std::move(*code);
  } else {
    progress("package");
    Stopwatch packageWatch;
    Expected<package::Bytes> bytes =
        settings.emit == Emit::Static ? package::makeArchive(*code, *info)
        : settings.emit == Emit::Runner
            ? package::linkRunner(*code, *info, settings.target)
            : package::linkLibrary(
                  *code, *info,
                  sys::path::filename(options.output.empty() ? info->name + ".so" : options.output),
                  settings.target);
    if (!bytes)
      return bytes.takeError();
    result.bytes = std::move(*bytes);
    result.executable = settings.emit == Emit::Runner || settings.emit == Emit::Library;
    report.addTime("package", packageWatch.get());
  }
  if (settings.emit != Emit::Runner && !assembly) {
    result.header = package::makeHeader(*info, settings.target);
    result.headerName = info->name + ".h";
  }
  return Error::success();
}

Expected<CompileResult> Compilation::finish() {
  if (Error error = runStages())
    return std::move(error);
  CompileResult result;
  if (is_contained({Emit::Qnn, Emit::Tosa, Emit::Llvm}, settings.emit)) {
    if (settings.emit == Emit::Llvm) {
      if (Error error = getInfo().takeError())
        return std::move(error);
    }
    print(result);
  } else if (Error error = emitCode(result)) {
    return std::move(error);
  }
  report.setOutput(getEmitNames()[unsigned(settings.emit)], result.bytes.size());
  result.report = report.take(options, settings.pipeline, settings.target);
  result.warnings = context.takeWarnings();
  if (!tuneWarning.empty())
    result.warnings.push_back(tuneWarning);
  result.tiles = newTiles;
  result.tilesFile = options.tune;
  return result;
}

ArrayRef<StringRef> getEmitNames() {
  // In the order of Emit.
  static const StringRef names[] = {"library", "static", "object", "runner",
                                    "tosa",    "qnn",    "llvm",   "asm"};
  return names;
}

ArrayRef<StringRef> getSchemeNames() {
  static const StringRef names[] = {"static_wi8_ai8", "float32", "mixed"};
  return names;
}

ArrayRef<StringRef> getIoNames() {
  static const StringRef names[] = {"float32", "int8", "uint8"};
  return names;
}

ArrayRef<StringRef> getCalibratorNames() {
  static const StringRef names[] = {"minmax", "moving-average", "percentile", "mse", "entropy"};
  return names;
}

ArrayRef<StringRef> getTargetNames() {
  static const StringRef names[] = {"host", "aarch64-linux-gnu", "aarch64-linux-android"};
  return names;
}

Expected<CompileResult> compile(const CompileOptions &options) {
  Compilation compilation(options);
  if (Error error = compilation.begin())
    return std::move(error);
  return compilation.finish();
}

Expected<std::string> getPipeline(const CompileOptions &options) {
  Compilation compilation(options);
  if (Error error = compilation.begin())
    return std::move(error);
  return compilation.getPipeline();
}

Error writeResult(const CompileResult &result, StringRef output) {
  OutputFiles files;
  if (!result.header.empty() && output != "-") {
    SmallString<128> header(sys::path::parent_path(output));
    sys::path::append(header, result.headerName);
    if (header == output)
      return makeInputError("-o " + output + ": is the name of the header too");
    if (Error error = files.add(header, ArrayRef(result.header.data(), result.header.size())))
      return error;
  }
  if (!result.tiles.empty())
    if (Error error =
            files.add(result.tilesFile, ArrayRef(result.tiles.data(), result.tiles.size())))
      return error;
  if (Error error = files.add(output, result.bytes, result.executable))
    return error;
  return files.commit();
}

int reportError(Error error) {
  std::error_code code;
  std::string text;
  handleAllErrors(std::move(error), [&](const ErrorInfoBase &info) {
    code = info.convertToErrorCode();
    text += (text.empty() ? "" : "\n") + info.message();
  });
  WithColor::error(errs()) << text << '\n';
  return code == std::make_error_code(std::errc::invalid_argument) ? 2 : 1;
}

} // namespace kvant
