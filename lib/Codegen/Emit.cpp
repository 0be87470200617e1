// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the LLVM dialect to machine code.

#include "kvant/Codegen/Emit.h"

#include "kvant/Codegen/SinkLoads.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/IndVarSimplify.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Vectorize/LoopVectorize.h"

using namespace llvm;

namespace kvant::codegen {

namespace {

Expected<std::unique_ptr<TargetMachine>> createMachine(const Target &target) {
  std::string error;
  const llvm::Target *backend = TargetRegistry::lookupTarget(Triple(target.triple), error);
  if (!backend)
    return createStringError("LLVM has no code generator for %s: %s", target.triple.c_str(),
                             error.c_str());
  TargetOptions options;
  options.FunctionSections = false;
  options.UniqueSectionNames = true;
  // The entry itself runs before the CPU is checked: only the functions of a level carry
  // more than the baseline.
  std::unique_ptr<TargetMachine> machine(backend->createTargetMachine(
      Triple(target.triple), target.isAArch64() ? "generic" : "x86-64", "", options, Reloc::PIC_,
      CodeModel::Small, CodeGenOptLevel::Aggressive));
  if (!machine)
    return createStringError("LLVM cannot generate code for %s", target.triple.c_str());
  return machine;
}

/// A library calls nothing, so LLVM may not invent calls of the C library either.
TargetLibraryInfoImpl getEmptyLibrary(const Module &module) {
  TargetLibraryInfoImpl library(Triple(module.getTargetTriple()));
  library.disableAllFunctions();
  return library;
}

void setProtection(Module &module, const Target &target) {
  if (!target.isAArch64())
    return;
  module.addModuleFlag(Module::Min, "branch-target-enforcement", 1);
  module.addModuleFlag(Module::Min, "sign-return-address", 1);
  module.addModuleFlag(Module::Min, "sign-return-address-all", 0u);
  module.addModuleFlag(Module::Min, "sign-return-address-with-bkey", 0u);
  for (Function &function : module) {
    function.addFnAttr("branch-target-enforcement");
    function.addFnAttr("sign-return-address", "non-leaf");
    function.addFnAttr("sign-return-address-key", "a_key");
  }
}

/// The middle end: what loops of scalars need to become loops of vectors. Code of the kernels
/// arrives in its final form and passes through unharmed.
void optimize(Module &module, TargetMachine &machine) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager graphs;
  ModuleAnalysisManager modules;
  functions.registerPass([&] { return TargetLibraryAnalysis(getEmptyLibrary(module)); });
  PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);

  FunctionPassManager passes;
  passes.addPass(EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(SimplifyCFGPass());
  passes.addPass(InstCombinePass());
  LoopPassManager rotate;
  rotate.addPass(LoopRotatePass());
  rotate.addPass(LICMPass(LICMOptions()));
  passes.addPass(createFunctionToLoopPassAdaptor(std::move(rotate), /*UseMemorySSA=*/true));
  passes.addPass(createFunctionToLoopPassAdaptor(IndVarSimplifyPass()));
  passes.addPass(LoopVectorizePass());
  passes.addPass(InstCombinePass());
  passes.addPass(createFunctionToLoopPassAdaptor(LICMPass(LICMOptions()), /*UseMemorySSA=*/true));
  passes.addPass(EarlyCSEPass());
  passes.addPass(SimplifyCFGPass());
  // x86 multiplies by what is in memory.
  if (machine.getTargetTriple().isAArch64())
    passes.addPass(SinkLoadsPass());

  ModulePassManager pipeline;
  pipeline.addPass(createModuleToFunctionPassAdaptor(std::move(passes)));
  pipeline.run(module, modules);
}

Expected<TensorSpec> getSpec(mlir::DictionaryAttr entry) {
  auto name = entry.getAs<mlir::StringAttr>("name");
  auto typeAttr = entry.getAs<mlir::TypeAttr>("type");
  auto type = typeAttr ? dyn_cast<mlir::RankedTensorType>(typeAttr.getValue()) : nullptr;
  if (!name || !type || !type.hasStaticShape())
    return createStringError("expected a name and a static tensor type in each entry of "
                             "kvant.inputs and kvant.outputs");
  TensorSpec spec;
  spec.name = name.str();
  spec.shape.assign(type.getShape().begin(), type.getShape().end());
  bool isUnsigned = type.getElementType().isUnsignedInteger();
  auto scale = entry.getAs<mlir::FloatAttr>("scale");
  auto zeroPoint = entry.getAs<mlir::IntegerAttr>("zero_point");
  auto unsignedStorage = entry.getAs<mlir::BoolAttr>("unsigned");
  if (scale && zeroPoint && unsignedStorage) {
    isUnsigned = unsignedStorage.getValue();
    spec.quantized = true;
    spec.scale = scale.getValueAsDouble();
    spec.zeroPoint = zeroPoint.getValue().getSExtValue();
  }
  mlir::Type element = type.getElementType();
  unsigned width = element.getIntOrFloatBitWidth();
  if (isa<mlir::FloatType>(element))
    spec.kind = width == 16 ? ElementKind::F16 : width == 32 ? ElementKind::F32 : ElementKind::F64;
  else if (width == 1)
    spec.kind = ElementKind::Bool;
  else if (width == 8)
    spec.kind = isUnsigned ? ElementKind::U8 : ElementKind::I8;
  else if (width == 16)
    spec.kind = isUnsigned ? ElementKind::U16 : ElementKind::I16;
  else if (width == 32)
    spec.kind = isUnsigned ? ElementKind::U32 : ElementKind::I32;
  else
    spec.kind = isUnsigned ? ElementKind::U64 : ElementKind::I64;
  return spec;
}

Error getSpecs(mlir::ModuleOp module, StringRef list, std::vector<TensorSpec> &specs) {
  auto entries = module->getAttrOfType<mlir::ArrayAttr>(list);
  if (!entries)
    return createStringError("expected a module with '%s', as kvant-record-interface leaves it",
                             list.str().c_str());
  for (mlir::Attribute entry : entries) {
    auto dictionary = dyn_cast<mlir::DictionaryAttr>(entry);
    if (!dictionary)
      return createStringError("expected a dictionary for each entry of '%s'", list.str().c_str());
    Expected<TensorSpec> spec = getSpec(dictionary);
    if (!spec)
      return spec.takeError();
    specs.push_back(std::move(*spec));
  }
  return Error::success();
}

} // namespace

Expected<ProgramInterface> getProgramInterface(mlir::ModuleOp module) {
  ProgramInterface program;
  auto name = module->getAttrOfType<mlir::StringAttr>("kvant.name");
  auto arena = module->getAttrOfType<mlir::IntegerAttr>("kvant.arena_bytes");
  auto integerOnly = module->getAttrOfType<mlir::BoolAttr>("kvant.integer_only");
  if (!name || !arena || !integerOnly)
    return createStringError("expected a module with kvant.name, kvant.arena_bytes and "
                             "kvant.integer_only, as the passes of kvant-codegen leave it");
  program.symbol = (name.getValue() + "_run").str();
  program.arenaBytes = arena.getValue().getZExtValue();
  program.integerOnly = integerOnly.getValue();
  if (Error error = getSpecs(module, "kvant.inputs", program.inputs))
    return std::move(error);
  if (Error error = getSpecs(module, "kvant.outputs", program.outputs))
    return std::move(error);
  return program;
}

Expected<SmallVector<char, 0>> emitMachineCode(mlir::ModuleOp module, const Target &target,
                                               EmitKind kind) {
  Expected<std::unique_ptr<TargetMachine>> machine = createMachine(target);
  if (!machine)
    return machine.takeError();

  mlir::DialectRegistry registry;
  mlir::registerAllToLLVMIRTranslations(registry);
  module->getContext()->appendDialectRegistry(registry);
  LLVMContext context;
  std::unique_ptr<Module> program = mlir::translateModuleToLLVMIR(module, context, "kvant");
  if (!program)
    return createStringError("expected a module of the LLVM dialect alone");
  program->setTargetTriple(Triple(target.triple));
  program->setDataLayout((*machine)->createDataLayout());
  program->setSourceFileName("kvant");
  program->setPICLevel(PICLevel::SmallPIC);
  setProtection(*program, target);
  optimize(*program, **machine);

  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager passes;
  passes.add(new TargetLibraryInfoWrapperPass(getEmptyLibrary(*program)));
  CodeGenFileType fileType =
      kind == EmitKind::Object ? CodeGenFileType::ObjectFile : CodeGenFileType::AssemblyFile;
  if ((*machine)->addPassesToEmitFile(passes, stream, nullptr, fileType))
    return createStringError("LLVM cannot write this kind of file for %s", target.triple.c_str());
  passes.run(*program);
  return bytes;
}

} // namespace kvant::codegen
