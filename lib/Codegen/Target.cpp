// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What --target and --cpu mean.

#include "kvant/Codegen/Target.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace kvant::codegen {

namespace {

constexpr StringLiteral kHostX86 = "x86_64-unknown-linux-gnu";
constexpr StringLiteral kAArch64Gnu = "aarch64-unknown-linux-gnu";
constexpr StringLiteral kAArch64Android = "aarch64-unknown-linux-android29";

// SVE and SME registers have no fixed width, and io.cpu does not speak of them.
constexpr StringLiteral kNoScalable = ",-sve,-sve2,-sme";
// LLVM's x86-64-v3 and v4 already hold the rest of what the bits of io.cpu promise.
constexpr StringLiteral kVnniFeatures = "+avx512vnni";
constexpr StringLiteral kAvxVnniFeatures = "+avxvnni";

enum CpuBits : uint32_t {
  kArmDotProd = 1,
  kArmI8mm = 2,
  kX86Avx2 = 1,
  kX86Avx512 = 2,
  kX86Avx512Vnni = 4,
  kX86AvxVnni = 8
};

Level makeArmLevel(StringRef name, StringRef features, bool dotprod, bool i8mm) {
  Level level;
  level.name = name.str();
  level.features = (features + kNoScalable).str();
  level.cpuBits = (dotprod ? kArmDotProd : 0) | (i8mm ? kArmI8mm : 0);
  level.dot = i8mm ? DotKind::Smmla : dotprod ? DotKind::Sdot : DotKind::Widen;
  level.vectorBits = 128;
  level.vectorRegisters = 32;
  return level;
}

Level makeAvx2Level() { return {"avx2", "", kX86Avx2, DotKind::Widen, 256, 16, "generic"}; }

Level makeAvxVnniLevel() {
  return {"avxvnni", kAvxVnniFeatures.str(), kX86Avx2 | kX86AvxVnni, DotKind::Vnni, 256, 16,
          "generic"};
}

Level makeAvx512VnniLevel() {
  return {"avx512vnni",
          kVnniFeatures.str(),
          kX86Avx2 | kX86Avx512 | kX86Avx512Vnni,
          DotKind::Vnni,
          512,
          32,
          "generic"};
}

const llvm::Target *lookupTarget(StringRef triple, std::string &error) {
  static const bool initialized = [] {
    InitializeAllTargetInfos();
    InitializeAllTargets();
    InitializeAllTargetMCs();
    InitializeAllAsmParsers();
    InitializeAllAsmPrinters();
    return true;
  }();
  (void)initialized;
  return TargetRegistry::lookupTarget(Triple(triple), error);
}

/// The subtarget of a CPU that LLVM knows; null for any other name.
std::unique_ptr<MCSubtargetInfo> getSubtarget(const llvm::Target &target, StringRef triple,
                                              StringRef cpu) {
  // Asking for an unknown CPU would print to stderr, so look the name up first.
  std::unique_ptr<MCSubtargetInfo> generic(
      target.createMCSubtargetInfo(Triple(triple), "generic", ""));
  if (!generic || !generic->isCPUStringValid(cpu))
    return nullptr;
  return std::unique_ptr<MCSubtargetInfo>(target.createMCSubtargetInfo(Triple(triple), cpu, ""));
}

bool isUsable(const MCSubtargetInfo &subtarget, bool arm) {
  if (arm)
    return subtarget.checkFeatures("+neon") && !subtarget.checkFeatures("+v8r");
  return subtarget.checkFeatures("+64bit-mode") && subtarget.checkFeatures("+avx2") &&
         subtarget.checkFeatures("+fma") && subtarget.checkFeatures("+f16c") &&
         subtarget.checkFeatures("+bmi2");
}

bool hasAvx512Vnni(const MCSubtargetInfo &subtarget) {
  return subtarget.checkFeatures("+avx512f") && subtarget.checkFeatures("+avx512bw") &&
         subtarget.checkFeatures("+avx512dq") && subtarget.checkFeatures("+avx512vl") &&
         subtarget.checkFeatures("+avx512cd") && subtarget.checkFeatures("+avx512vnni");
}

/// The level of an x86 CPU that is usable. One with both kinds of VNNI has the wider registers.
Level makeX86Level(const MCSubtargetInfo &subtarget) {
  if (hasAvx512Vnni(subtarget))
    return makeAvx512VnniLevel();
  return subtarget.checkFeatures("+avxvnni") ? makeAvxVnniLevel() : makeAvx2Level();
}

/// What there is for --cpu, for the error.
std::string listCpus(const llvm::Target &target, StringRef triple, bool arm) {
  std::string list = arm ? "generic" : "native";
  std::unique_ptr<MCSubtargetInfo> generic(
      target.createMCSubtargetInfo(Triple(triple), "generic", ""));
  for (const SubtargetSubTypeKV &cpu : generic->getAllProcessorDescriptions()) {
    StringRef name = cpu.Key;
    if (name == "generic")
      continue;
    std::unique_ptr<MCSubtargetInfo> subtarget = getSubtarget(target, triple, name);
    if (subtarget && isUsable(*subtarget, arm))
      list += (", " + name).str();
  }
  return list;
}

/// The CPU of this machine by a name that stands for what it really has: a virtual machine
/// may hide features of the model that it reports.
std::string getNativeCpu(const llvm::Target &target, bool arm) {
  StringMap<bool> features = sys::getHostCPUFeatures();
  std::string name = sys::getHostCPUName().str();
  if (arm)
    return name;
  bool vnni = features.lookup("avx512vnni") && features.lookup("avx512f") &&
              features.lookup("avx512bw") && features.lookup("avx512dq") &&
              features.lookup("avx512vl") && features.lookup("avx512cd");
  StringRef model = vnni                         ? "icelake-server"
                    : features.lookup("avxvnni") ? "alderlake"
                                                 : "x86-64-v3";
  std::unique_ptr<MCSubtargetInfo> subtarget = getSubtarget(target, kHostX86, name);
  if (subtarget && isUsable(*subtarget, arm) &&
      makeX86Level(*subtarget).name == makeX86Level(*getSubtarget(target, kHostX86, model)).name)
    return name;
  if (!features.lookup("avx2") || !features.lookup("fma") || !features.lookup("f16c"))
    return name;
  return model.str();
}

} // namespace

bool Target::isAArch64() const { return StringRef(triple).starts_with("aarch64"); }

Expected<Target> getTarget(StringRef name, StringRef cpu) {
  bool hostIsArm = Triple(sys::getProcessTriple()).isAArch64();
  Target target;
  target.name = name.empty() ? "host" : name.str();
  target.triple = StringSwitch<StringRef>(target.name)
                      .Case("host", hostIsArm ? kAArch64Gnu : kHostX86)
                      .Case("aarch64-linux-gnu", kAArch64Gnu)
                      .Case("aarch64-linux-android", kAArch64Android)
                      .Default("");
  if (target.triple.empty())
    return createStringError("unknown target '%s': expected host, aarch64-linux-gnu or "
                             "aarch64-linux-android",
                             target.name.c_str());
  bool arm = target.isAArch64();

  std::string error;
  const llvm::Target *backend = lookupTarget(target.triple, error);
  if (!backend)
    return createStringError("LLVM has no code generator for %s: %s", target.triple.c_str(),
                             error.c_str());

  target.cpu = cpu.str();
  if (cpu.empty())
    target.cpu = target.name == "host" ? "native" : "generic";
  if (target.cpu == "native") {
    if (target.name != "host")
      return createStringError("cpu 'native' needs the target host, got %s", target.name.c_str());
    target.cpu = getNativeCpu(*backend, arm);
  }

  if (arm && target.cpu == "generic") {
    target.llvmCpu = "generic";
    target.levels = {makeArmLevel("v8.0", "+neon", false, false),
                     makeArmLevel("dotprod", "+neon,+dotprod", true, false),
                     makeArmLevel("i8mm", "+neon,+dotprod,+i8mm", true, true)};
    return target;
  }

  std::unique_ptr<MCSubtargetInfo> subtarget = getSubtarget(*backend, target.triple, target.cpu);
  if (!subtarget || !isUsable(*subtarget, arm))
    return createStringError("unknown cpu '%s' for %s: expected one of %s", target.cpu.c_str(),
                             target.name.c_str(), listCpus(*backend, target.triple, arm).c_str());
  if (arm) {
    bool dotprod = subtarget->checkFeatures("+dotprod");
    bool i8mm = dotprod && subtarget->checkFeatures("+i8mm");
    target.llvmCpu = target.cpu;
    target.levels = {makeArmLevel(i8mm      ? "i8mm"
                                  : dotprod ? "dotprod"
                                            : "v8.0",
                                  "+neon", dotprod, i8mm)};
    target.levels.front().tune = target.cpu;
    return target;
  }
  // Instructions are those that the bits of io.cpu promise, whatever else the CPU has: on a
  // lesser machine the library must say so and not fault.
  target.llvmCpu = hasAvx512Vnni(*subtarget) ? "x86-64-v4" : "x86-64-v3";
  target.levels = {makeX86Level(*subtarget)};
  target.levels.front().tune = target.cpu;
  return target;
}

Expected<Target> getTarget(mlir::ModuleOp module) {
  auto name = module->getAttrOfType<mlir::StringAttr>("kvant.target");
  auto cpu = module->getAttrOfType<mlir::StringAttr>("kvant.cpu");
  if (!name || !cpu)
    return createStringError("expected a module with a target, as kvant-attach-target leaves it");
  return getTarget(name.getValue(), cpu.getValue());
}

Expected<Level> getLevel(mlir::FunctionOpInterface function) {
  Expected<Target> target = getTarget(function->getParentOfType<mlir::ModuleOp>());
  if (!target)
    return target.takeError();
  auto name = function->getAttrOfType<mlir::StringAttr>("kvant.level");
  if (!name)
    return target->levels.front();
  for (const Level &level : target->levels)
    if (level.name == name.getValue())
      return level;
  return createStringError("target %s, cpu %s has no level '%s'", target->name.c_str(),
                           target->cpu.c_str(), name.getValue().str().c_str());
}

mlir::FailureOr<Target> requireTarget(mlir::ModuleOp module) {
  Expected<Target> target = getTarget(module);
  if (target)
    return std::move(*target);
  return module.emitError(toString(target.takeError()));
}

mlir::FailureOr<Level> requireLevel(mlir::FunctionOpInterface function) {
  Expected<Level> level = getLevel(function);
  if (level)
    return std::move(*level);
  return function.emitOpError(toString(level.takeError()));
}

Expected<std::string> getDataLayout(const Target &target) {
  std::string error;
  const llvm::Target *backend = lookupTarget(target.triple, error);
  if (!backend)
    return createStringError("LLVM has no code generator for %s: %s", target.triple.c_str(),
                             error.c_str());
  std::unique_ptr<TargetMachine> machine(backend->createTargetMachine(
      Triple(target.triple), target.llvmCpu, "", TargetOptions(), std::nullopt));
  return machine->createDataLayout().getStringRepresentation();
}

Target getCalibrationTarget() {
  bool arm = Triple(sys::getProcessTriple()).isAArch64();
  // Both names are among those that getTarget knows, so there is no error to handle.
  Target target = cantFail(getTarget("host", arm ? "generic" : "x86-64-v3"));
  target.levels.resize(1);
  return target;
}

} // namespace kvant::codegen
