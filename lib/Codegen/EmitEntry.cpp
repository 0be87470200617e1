// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-emit-entry: the function that a library exports, with its checks.

#include "CpuModel.h"
#include "kvant/Codegen/ArenaPlan.h"
#include "kvant/Codegen/Emit.h"
#include "kvant/Codegen/Passes.h"
#include "kvant/Codegen/Target.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_EMITENTRY
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// What the entry returns; the header that a library comes with lists the same.
enum Status : int32_t {
  kOk = 0,
  kNullPointer = 1,
  kInputSize = 2,
  kOutputSize = 3,
  kArenaSize = 4,
  kMisaligned = 5,
  kCpu = 6
};

/// What calling conventions promise, in bytes.
constexpr unsigned kStackAlignment = 16;

/// Builds the body of the entry: a chain of checks that all leave by one block.
class EntryBuilder {
public:
  EntryBuilder(LLVM::LLVMFuncOp entry, const ProgramInterface &program)
      : builder(entry.getContext()), loc(entry.getLoc()), entry(entry), program(program) {
    pointer = LLVM::LLVMPointerType::get(entry.getContext());
    i32 = builder.getI32Type();
    i64 = builder.getI64Type();
    Type span = LLVM::LLVMStructType::getLiteral(entry.getContext(), {pointer, i64});
    io = LLVM::LLVMStructType::getLiteral(
        entry.getContext(), {LLVM::LLVMArrayType::get(span, program.inputs.size()),
                             LLVM::LLVMArrayType::get(span, program.outputs.size()), i32});
  }

  void build(ArrayRef<std::pair<Level, LLVM::LLVMFuncOp>> levels) {
    Block *block = entry.addEntryBlock(builder);
    exit = builder.createBlock(&entry.getBody(), entry.getBody().end(), {i32}, {loc});
    LLVM::ReturnOp::create(builder, loc, exit->getArgument(0));
    builder.setInsertionPointToStart(block);

    Value arena = entry.getArgument(1), arenaBytes = entry.getArgument(2);
    failIf(isNull(entry.getArgument(0)), kNullPointer);
    SmallVector<Value> arguments;
    loadSpans(0, program.inputs, kInputSize, arguments);
    loadSpans(1, program.outputs, kOutputSize, arguments);
    failIf(isNull(arena), kNullPointer);
    failIf(compare(LLVM::ICmpPredicate::ult, arenaBytes, constant(i64, program.arenaBytes)),
           kArenaSize);
    Value address = LLVM::PtrToIntOp::create(builder, loc, i64, arena);
    Value rest = LLVM::AndOp::create(builder, loc, address, constant(i64, kArenaAlignment - 1));
    failIf(compare(LLVM::ICmpPredicate::ne, rest, constant(i64, 0)), kMisaligned);
    arguments.push_back(arena);
    dispatch(levels, arguments);
  }

private:
  Value constant(Type type, int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, type, builder.getIntegerAttr(type, value));
  }
  Value compare(LLVM::ICmpPredicate predicate, Value a, Value b) {
    return LLVM::ICmpOp::create(builder, loc, predicate, a, b);
  }
  Value isNull(Value value) {
    return compare(LLVM::ICmpPredicate::eq, value,
                   LLVM::ZeroOp::create(builder, loc, value.getType()));
  }

  /// Leaves with `status` if `condition` holds; goes on in a new block otherwise.
  void failIf(Value condition, Status status) {
    Value code = constant(i32, status);
    Block *current = builder.getInsertionBlock();
    Block *next = builder.createBlock(exit);
    builder.setInsertionPointToEnd(current);
    LLVM::CondBrOp::create(builder, loc, condition, exit, ValueRange{code}, next, ValueRange{});
    builder.setInsertionPointToStart(next);
  }

  Value loadField(Type type, ArrayRef<LLVM::GEPArg> path) {
    Value address = LLVM::GEPOp::create(builder, loc, pointer, io, entry.getArgument(0), path);
    return LLVM::LoadOp::create(builder, loc, type, address);
  }

  /// Loads and checks the pointers of all inputs (`list` 0) or outputs (1).
  void loadSpans(int32_t list, ArrayRef<TensorSpec> specs, Status wrongSize,
                 SmallVectorImpl<Value> &pointers) {
    for (auto [index, spec] : llvm::enumerate(specs)) {
      auto at = static_cast<int32_t>(index);
      Value data = loadField(pointer, {0, list, at, 0});
      failIf(isNull(data), kNullPointer);
      Value size = loadField(i64, {0, list, at, 1});
      failIf(compare(LLVM::ICmpPredicate::ne, size, constant(i64, spec.getNumBytes())), wrongSize);
      pointers.push_back(data);
    }
  }

  /// Calls the most capable level that the caller's CPU has.
  void dispatch(ArrayRef<std::pair<Level, LLVM::LLVMFuncOp>> levels, ValueRange arguments) {
    Value cpu = loadField(i32, {0, 2});
    for (const auto &[level, function] : llvm::reverse(levels)) {
      Block *next = nullptr;
      if (level.cpuBits != 0) {
        Value bits = constant(i32, level.cpuBits);
        Value missing =
            compare(LLVM::ICmpPredicate::ne, LLVM::AndOp::create(builder, loc, cpu, bits), bits);
        Block *current = builder.getInsertionBlock();
        Block *call = builder.createBlock(exit);
        next = builder.createBlock(exit);
        builder.setInsertionPointToEnd(current);
        LLVM::CondBrOp::create(builder, loc, missing, next, ValueRange{}, call, ValueRange{});
        builder.setInsertionPointToStart(call);
      }
      LLVM::CallOp::create(builder, loc, function, arguments);
      LLVM::BrOp::create(builder, loc, ValueRange{constant(i32, kOk)}, exit);
      if (!next)
        return;
      builder.setInsertionPointToStart(next);
    }
    LLVM::BrOp::create(builder, loc, ValueRange{constant(i32, kCpu)}, exit);
  }

  OpBuilder builder;
  Location loc;
  LLVM::LLVMFuncOp entry;
  const ProgramInterface &program;
  Type pointer, i32, i64, io;
  Block *exit = nullptr;
};

struct EmitEntry : impl::EmitEntryBase<EmitEntry> {
  using Base::Base;

  /// Makes `function` internal and gives it the instructions of `level`.
  void setLevel(LLVM::LLVMFuncOp function, const Target &target, const Level &level) {
    function.setLinkage(LLVM::Linkage::Internal);
    function.setTargetCpu(target.llvmCpu);
    function.setTuneCpu(getScheduledCpu(level));
    SmallVector<StringRef> features;
    StringRef(level.features).split(features, ',', -1, /*KeepEmpty=*/false);
    function.setTargetFeaturesAttr(LLVM::TargetFeaturesAttr::get(&getContext(), features));
    function.setPreferVectorWidth(std::to_string(level.vectorBits));
    // When registers are spilled it is too late to align the stack for them, unless LLVM has been
    // told before, and a vector across two cache lines costs two loads.
    if (level.vectorBits > kStackAlignment * 8)
      function.setPassthroughAttr(Builder(&getContext()).getStrArrayAttr({"stackrealign"}));
    function.setNoUnwind(true);
  }

  /// Buffers of the caller do not overlap, and the arena is aligned.
  void setArguments(LLVM::LLVMFuncOp main, size_t numInputs) {
    Builder builder(&getContext());
    for (unsigned index = 0; index != main.getNumArguments(); ++index) {
      main.setArgAttrs(index, ArrayRef<NamedAttribute>());
      main.setArgAttr(index, LLVM::LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
      main.setArgAttr(index, "llvm.nocapture", builder.getUnitAttr());
      if (index < numInputs)
        main.setArgAttr(index, LLVM::LLVMDialect::getReadonlyAttrName(), builder.getUnitAttr());
    }
    main.setArgAttr(main.getNumArguments() - 1, LLVM::LLVMDialect::getAlignAttrName(),
                    builder.getI64IntegerAttr(kArenaAlignment));
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<Target> target = requireTarget(module);
    if (failed(target))
      return signalPassFailure();

    std::vector<std::pair<Level, LLVM::LLVMFuncOp>> levels;
    for (auto function : llvm::to_vector(module.getOps<LLVM::LLVMFuncOp>())) {
      if (function.isExternal()) {
        function.emitOpError("expected a program that calls nothing outside itself");
        return signalPassFailure();
      }
      FailureOr<Level> level = requireLevel(function);
      if (failed(level))
        return signalPassFailure();
      setLevel(function, *target, *level);
      function->removeAttr("llvm.bareptr");
      auto bytes = function->getAttrOfType<IntegerAttr>("kvant.arena_bytes");
      if (!bytes)
        continue;
      levels.push_back({*level, function});
      module->setAttr("kvant.arena_bytes", bytes);
    }
    if (levels.empty()) {
      module.emitError("expected a function with kvant.arena_bytes, as kvant-plan-arena and "
                       "kvant-clone-levels leave it");
      return signalPassFailure();
    }

    llvm::Expected<ProgramInterface> program = getProgramInterface(module);
    if (!program) {
      module.emitError(llvm::toString(program.takeError()));
      return signalPassFailure();
    }
    size_t numArguments = program->inputs.size() + program->outputs.size() + 1;
    for (auto &[level, function] : levels) {
      if (function.getNumArguments() != numArguments) {
        function.emitOpError() << "expected " << numArguments
                               << " pointers (inputs, outputs, arena), got "
                               << function.getNumArguments();
        return signalPassFailure();
      }
      setArguments(function, program->inputs.size());
    }

    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    Type pointer = LLVM::LLVMPointerType::get(&getContext());
    auto type =
        LLVM::LLVMFunctionType::get(builder.getI32Type(), {pointer, pointer, builder.getI64Type()});
    auto entry = LLVM::LLVMFuncOp::create(builder, module.getLoc(), program->symbol, type);
    entry.setNoUnwind(true);
    EntryBuilder(entry, *program).build(levels);
  }
};

} // namespace
} // namespace kvant::codegen
