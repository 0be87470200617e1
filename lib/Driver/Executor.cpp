// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs compiled into this process.

#include "kvant/Driver/Executor.h"

#include "dialects/Qnn/Qnn.h"
#include "kvant/Codegen/ArenaPlan.h"
#include "kvant/Codegen/Emit.h"
#include "kvant/Driver/ThreadTeam.h"
#include "kvant/Pipelines/Codegen.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdlib>
#include <cstring>

using namespace llvm;

namespace kvant {

namespace {

/// The layout of NAME_io, with as many spans as the program has.
struct Span {
  void *data;
  size_t size;
};

struct FreeDelete {
  void operator()(void *memory) const { std::free(memory); }
};

class LoadedProgram : public ExecutableProgram {
public:
  using Run = int (*)(const void *io, void *arena, size_t arenaBytes);

  LoadedProgram(codegen::ProgramInterface program, std::unique_ptr<orc::LLJIT> jit, Run run,
                uint32_t cpuBits, unsigned threads)
      : program(std::move(program)), jit(std::move(jit)), entry(run), team(threads),
        fields(team.getFields(cpuBits)) {
    arena.reset(std::aligned_alloc(codegen::kArenaAlignment,
                                   alignTo(this->program.arenaBytes, codegen::kArenaAlignment)));
  }

  ArrayRef<TensorSpec> getInputs() const override { return program.inputs; }
  ArrayRef<TensorSpec> getOutputs() const override { return program.outputs; }

  Error run(ArrayRef<ArrayRef<char>> inputs, ArrayRef<MutableArrayRef<char>> outputs) override {
    if (inputs.size() != program.inputs.size() || outputs.size() != program.outputs.size())
      return createStringError("expected %zu inputs and %zu outputs, got %zu and %zu",
                               program.inputs.size(), program.outputs.size(), inputs.size(),
                               outputs.size());
    if (!arena)
      return createStringError("cannot allocate %zu bytes for the arena",
                               static_cast<size_t>(program.arenaBytes));
    std::vector<char> io((inputs.size() + outputs.size()) * sizeof(Span) + sizeof fields);
    auto *span = reinterpret_cast<Span *>(io.data());
    // An empty tensor has no bytes, but its pointer must not be null.
    static char nothing;
    for (ArrayRef<char> input : inputs)
      *span++ = {input.empty() ? &nothing : const_cast<char *>(input.data()), input.size()};
    for (MutableArrayRef<char> output : outputs)
      *span++ = {output.empty() ? &nothing : output.data(), output.size()};
    std::memcpy(span, &fields, sizeof fields);
    switch (entry(io.data(), arena.get(), program.arenaBytes)) {
    case 0:
      return Error::success();
    case 2:
      return createStringError("an input has the wrong size");
    case 3:
      return createStringError("an output has the wrong size");
    default:
      return createStringError("the program refused to run on this machine");
    }
  }

private:
  codegen::ProgramInterface program;
  std::unique_ptr<orc::LLJIT> jit;
  Run entry;
  ThreadTeam team;
  ThreadTeam::CallerFields fields;
  std::unique_ptr<void, FreeDelete> arena;
};

/// The stage Lower, by the text that a pipeline of the product holds.
constexpr StringLiteral kLowering = "kvant-qnn-to-tosa";

bool holdsQnn(mlir::ModuleOp module) {
  return module
      ->walk([](mlir::Operation *op) {
        return isa_and_present<qnn::QnnDialect>(op->getDialect()) ? mlir::WalkResult::interrupt()
                                                                  : mlir::WalkResult::advance();
      })
      .wasInterrupted();
}

Expected<std::unique_ptr<orc::LLJIT>> load(ArrayRef<char> object, const codegen::Target &target) {
  orc::LLJITBuilder builder;
  builder.setJITTargetMachineBuilder(orc::JITTargetMachineBuilder(Triple(target.triple)));
  // The program calls nothing: no symbol of this process may resolve one by accident.
  builder.setLinkProcessSymbolsByDefault(false);
  builder.setPlatformSetUp(orc::setUpInactivePlatform);
  Expected<std::unique_ptr<orc::LLJIT>> jit = builder.create();
  if (!jit)
    return jit.takeError();
  auto buffer = MemoryBuffer::getMemBufferCopy(StringRef(object.data(), object.size()), "kvant.o");
  if (Error error = (*jit)->addObjectFile(std::move(buffer)))
    return std::move(error);
  return jit;
}

} // namespace

Expected<std::unique_ptr<ExecutableProgram>> loadProgram(mlir::ModuleOp module,
                                                         const codegen::Target &target,
                                                         unsigned threads,
                                                         ArrayRef<std::string> tiles) {
  mlir::OwningOpRef<mlir::ModuleOp> clone = module.clone();
  mlir::PassManager manager(module.getContext());
  if (holdsQnn(module) && mlir::failed(mlir::parsePassPipeline(kLowering, manager, llvm::errs())))
    return createStringError("the passes that lower qnn are not registered");
  codegen::CodegenOptions options;
  options.target = target.name;
  options.cpu = target.cpu;
  options.tiles = tiles;
  codegen::buildCodegenPipeline(manager, options);
  if (mlir::failed(manager.run(*clone)))
    return createStringError("cannot compile the program for this machine");
  Expected<codegen::ProgramInterface> program = codegen::getProgramInterface(*clone);
  if (!program)
    return program.takeError();
  Expected<SmallVector<char, 0>> object =
      codegen::emitMachineCode(*clone, target, codegen::EmitKind::Object);
  if (!object)
    return object.takeError();
  Expected<std::unique_ptr<orc::LLJIT>> jit = load(*object, target);
  if (!jit)
    return jit.takeError();
  Expected<orc::ExecutorAddr> address = (*jit)->lookup(program->symbol);
  if (!address)
    return address.takeError();
  return std::make_unique<LoadedProgram>(std::move(*program), std::move(*jit),
                                         address->toPtr<LoadedProgram::Run>(),
                                         target.levels.back().cpuBits, threads);
}

void registerDriverExecutor() {
  registerExecutor(
      [](mlir::ModuleOp module) { return loadProgram(module, codegen::getCalibrationTarget()); });
}

} // namespace kvant
