// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-emit-tasks: the parts of layers, handed to the threads of the caller.
#include "kvant/Codegen/Passes.h"

#include "kvant/Codegen/ArenaPlan.h"
#include "kvant/Codegen/Emit.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_EMITTASKS
#include "kvant/Codegen/Passes.h.inc"

namespace {

constexpr llvm::StringLiteral kPartsAttr = "kvant.parts";

/// What a task has behind the pointers: a part and the number of parts, and a range of rounds if
/// it runs in phases.
constexpr size_t kPartArguments = 2, kPhaseArguments = 4;
/// Parts for each thread: a thread that starts late or runs on a slower core takes fewer.
constexpr int32_t kPartsPerThread = 2;

/// The end of NAME_io: what stands behind the tensors.
enum CallerField : int32_t { kCpuField, kThreadsField, kParallelField, kContextField };

/// What a task finds behind its first argument; the pointers of the function follow. The rounds
/// are for layers that run in phases.
enum RecordField : int32_t { kCallerField, kNumPartsField, kBeginField, kEndField, kPointersField };

class TaskEmitter {
public:
  TaskEmitter(ModuleOp module, int64_t callerOffset)
      : module(module), builder(module.getContext()), loc(module.getLoc()),
        callerOffset(callerOffset) {
    MLIRContext *context = module.getContext();
    pointer = LLVM::LLVMPointerType::get(context);
    i32 = builder.getI32Type();
    i64 = builder.getI64Type();
    caller = LLVM::LLVMStructType::getLiteral(context, {i32, i32, pointer, pointer});
  }

  LogicalResult emit();

private:
  LLVM::LLVMFuncOp lookup(LLVM::CallOp call) {
    std::optional<StringRef> callee = call.getCallee();
    return callee ? module.lookupSymbol<LLVM::LLVMFuncOp>(*callee) : LLVM::LLVMFuncOp();
  }
  Value constant(Type type, int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, type, builder.getIntegerAttr(type, value));
  }
  Value field(LLVM::LLVMStructType type, Value base, int32_t index) {
    return LLVM::GEPOp::create(builder, loc, pointer, type, base, ArrayRef<LLVM::GEPArg>{0, index});
  }
  Value loadField(LLVM::LLVMStructType type, Value base, int32_t index) {
    return LLVM::LoadOp::create(builder, loc, type.getBody()[index], field(type, base, index));
  }
  LLVM::LLVMStructType getRecord(size_t pointers) {
    SmallVector<Type> fields = {pointer, i64, i64, i64};
    fields.append(pointers, pointer);
    return LLVM::LLVMStructType::getLiteral(module.getContext(), fields);
  }
  LLVM::LLVMFuncOp createFunction(StringRef name, TypeRange arguments) {
    builder.setInsertionPointToEnd(module.getBody());
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()),
                                            SmallVector<Type>(arguments));
    auto function = LLVM::LLVMFuncOp::create(builder, loc, name, type, LLVM::Linkage::Internal);
    function.setNoUnwind(true);
    builder.setInsertionPointToStart(function.addEntryBlock(builder));
    return function;
  }

  LogicalResult passCaller(LLVM::LLVMFuncOp function);
  LogicalResult replaceCalls(LLVM::LLVMFuncOp function, ArrayRef<LLVM::CallOp> calls);
  LLVM::LLVMFuncOp emitTask(LLVM::LLVMFuncOp function, LLVM::LLVMStructType record);
  void emitRunParts();

  ModuleOp module;
  OpBuilder builder;
  Location loc;
  int64_t callerOffset; ///< bytes of NAME_io before its end
  Type pointer, i32, i64;
  LLVM::LLVMStructType caller;
  LLVM::LLVMFuncOp runParts;
  /// Functions that have got the end of NAME_io as their last argument.
  llvm::SetVector<Operation *> informed;
};

/// void run_parts(record, task, most)
void TaskEmitter::emitRunParts() {
  runParts = createFunction("kvant_run_parts", {pointer, pointer, i32});
  Value record = runParts.getArgument(0), task = runParts.getArgument(1);
  Value most = runParts.getArgument(2);
  LLVM::LLVMStructType type = getRecord(0);
  auto run = [&](Value function, ValueRange arguments) {
    SmallVector<Value> operands = {function};
    operands.append(arguments.begin(), arguments.end());
    SmallVector<Type> types(arguments.getTypes());
    auto signature =
        LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()), types);
    LLVM::CallOp::create(builder, loc, signature, operands);
    LLVM::ReturnOp::create(builder, loc, ValueRange());
  };
  auto addBlock = [&] {
    OpBuilder::InsertionGuard guard(builder);
    return builder.createBlock(&runParts.getBody(), runParts.getBody().end());
  };
  Block *ask = addBlock(), *share = addBlock(), *alone = addBlock();
  Value io = loadField(type, record, kCallerField);
  Value threads = loadField(caller, io, kThreadsField);
  Value wanted = LLVM::UMinOp::create(builder, loc, threads, most);
  Value several =
      LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ugt, wanted, constant(i32, 1));
  LLVM::CondBrOp::create(builder, loc, several, ask, alone);

  // Callers that know nothing of threads may have no more than io.cpu and io.threads.
  builder.setInsertionPointToStart(ask);
  Value parallel = loadField(caller, io, kParallelField);
  Value none = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, parallel,
                                    LLVM::ZeroOp::create(builder, loc, pointer));
  LLVM::CondBrOp::create(builder, loc, none, alone, share);

  builder.setInsertionPointToStart(share);
  Value parts = LLVM::MulOp::create(builder, loc, wanted, constant(i32, kPartsPerThread));
  parts = LLVM::UMinOp::create(builder, loc, parts, most);
  LLVM::StoreOp::create(builder, loc, LLVM::ZExtOp::create(builder, loc, i64, parts),
                        field(type, record, kNumPartsField));
  run(parallel, {loadField(caller, io, kContextField), parts, task, record});

  builder.setInsertionPointToStart(alone);
  LLVM::StoreOp::create(builder, loc, constant(i64, 1), field(type, record, kNumPartsField));
  run(task, {record, constant(i32, 0)});
}

/// void task(record, part): what the caller's threads call.
LLVM::LLVMFuncOp TaskEmitter::emitTask(LLVM::LLVMFuncOp function, LLVM::LLVMStructType record) {
  LLVM::LLVMFuncOp task = createFunction((function.getName() + "_part").str(), {pointer, i32});
  Value argument = task.getArgument(0);
  SmallVector<Value> arguments;
  for (size_t i = kPointersField; i < record.getBody().size(); ++i)
    arguments.push_back(loadField(record, argument, int32_t(i)));
  arguments.push_back(LLVM::ZExtOp::create(builder, loc, i64, task.getArgument(1)));
  arguments.push_back(loadField(record, argument, kNumPartsField));
  for (RecordField rounds : {kBeginField, kEndField})
    if (arguments.size() < function.getNumArguments())
      arguments.push_back(loadField(record, argument, rounds));
  LLVM::CallOp::create(builder, loc, function, arguments);
  LLVM::ReturnOp::create(builder, loc, ValueRange());
  return task;
}

/// Makes the end of NAME_io the last argument of `function`.
LogicalResult TaskEmitter::passCaller(LLVM::LLVMFuncOp function) {
  if (!informed.insert(function))
    return success();
  SmallVector<Type> types(function.getArgumentTypes());
  SmallVector<DictionaryAttr> attributes;
  for (unsigned i = 0; i < types.size(); ++i)
    attributes.push_back(function.getArgAttrDict(i));
  types.push_back(pointer);
  attributes.push_back(DictionaryAttr());
  LLVM::LLVMFunctionType type = function.getFunctionType();
  function.setFunctionType(LLVM::LLVMFunctionType::get(type.getReturnType(), types));
  function.getBody().front().addArgument(pointer, loc);
  function.setAllArgAttrs(attributes);
  WalkResult walk = module.walk([&](LLVM::CallOp call) {
    if (lookup(call) != function)
      return WalkResult::advance();
    auto around = call->getParentOfType<LLVM::LLVMFuncOp>();
    builder.setInsertionPoint(call);
    Value end;
    if (around.getLinkage() == LLVM::Linkage::Internal) {
      if (failed(passCaller(around)))
        return WalkResult::interrupt();
      end = around.getBody().front().getArguments().back();
    } else {
      end = LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), around.getArgument(0),
                                ArrayRef<LLVM::GEPArg>{int32_t(callerOffset)});
    }
    call.getCalleeOperandsMutable().append(end);
    return WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
}

LogicalResult TaskEmitter::replaceCalls(LLVM::LLVMFuncOp function, ArrayRef<LLVM::CallOp> calls) {
  SmallVector<Value> pointers(function.getArguments());
  for (LLVM::CallOp call : calls) {
    OperandRange operands = call.getArgOperands();
    if (operands.size() < pointers.size() ||
        !llvm::equal(operands.take_front(pointers.size()), pointers) ||
        !llvm::is_contained({kPartArguments, kPhaseArguments}, operands.size() - pointers.size()))
      return call.emitOpError("expected the arguments of the function around the call, a part "
                              "and the number of parts, and at most a range of rounds");
  }
  if (failed(passCaller(function)))
    return failure();

  // The pointers are the same for every layer.
  LLVM::LLVMStructType type = getRecord(pointers.size());
  builder.setInsertionPointToStart(&function.getBody().front());
  Value record =
      LLVM::AllocaOp::create(builder, loc, pointer, type, constant(i64, 1), /*alignment=*/8);
  LLVM::StoreOp::create(builder, loc, function.getBody().front().getArguments().back(),
                        field(type, record, kCallerField));
  for (auto [i, value] : llvm::enumerate(pointers)) {
    LLVM::StoreOp::create(builder, loc, value, field(type, record, kPointersField + int32_t(i)));
    function.removeArgAttr(unsigned(i), "llvm.nocapture");
  }
  DenseMap<Operation *, LLVM::LLVMFuncOp> tasks;
  for (LLVM::CallOp call : calls) {
    LLVM::LLVMFuncOp callee = lookup(call);
    LLVM::LLVMFuncOp &task = tasks[callee];
    if (!task) {
      task = emitTask(callee, type);
      // The task's pointers are those of the function, and as far apart.
      for (unsigned i = 0; i < pointers.size(); ++i)
        callee.setArgAttrs(i, function.getArgAttrDict(i));
    }
    builder.setInsertionPoint(call);
    for (auto [i, round] :
         llvm::enumerate(call.getArgOperands().drop_front(pointers.size() + kPartArguments)))
      LLVM::StoreOp::create(builder, loc, round, field(type, record, kBeginField + int32_t(i)));
    int64_t most = call->getAttrOfType<IntegerAttr>(kPartsAttr).getInt();
    Value address = LLVM::AddressOfOp::create(builder, loc, task);
    LLVM::CallOp::create(builder, loc, runParts, ValueRange{record, address, constant(i32, most)});
    call.erase();
  }
  return success();
}

LogicalResult TaskEmitter::emit() {
  llvm::MapVector<Operation *, SmallVector<LLVM::CallOp>> calls;
  module.walk([&](LLVM::CallOp call) {
    if (lookup(call) && call->hasAttrOfType<IntegerAttr>(kPartsAttr))
      calls[call->getParentOfType<LLVM::LLVMFuncOp>()].push_back(call);
  });
  if (calls.empty())
    return success();
  emitRunParts();
  for (auto &[function, inside] : calls)
    if (failed(replaceCalls(cast<LLVM::LLVMFuncOp>(function), inside)))
      return failure();
  return success();
}

struct EmitTasks : impl::EmitTasksBase<EmitTasks> {
  using Base::Base;

  void runOnOperation() override {
    llvm::Expected<ProgramInterface> program = getProgramInterface(getOperation());
    if (!program) {
      getOperation().emitError(llvm::toString(program.takeError()));
      return signalPassFailure();
    }
    // A tensor is a pointer and a size.
    int64_t offset = 16 * int64_t(program->inputs.size() + program->outputs.size());
    if (failed(TaskEmitter(getOperation(), offset).emit()))
      signalPassFailure();
  }
};

} // namespace
} // namespace kvant::codegen
