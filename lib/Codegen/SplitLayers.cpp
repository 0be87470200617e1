// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-split-layers: large layers become functions that compute one of several parts.
#include "kvant/Codegen/Passes.h"

#include "LayerSplit.h"
#include "kvant/Codegen/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_SPLITLAYERS
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// Operations between the loops that are dealt out, from the first to the last that writes. They
/// belong to the first part, or to the last.
struct GuardedRange {
  Operation *first, *last;
  bool isFirst;
};

/// The function that a layer becomes.
class TaskBuilder {
public:
  TaskBuilder(func::FuncOp function, scf::ExecuteRegionOp layer, const LayerSplit &split)
      : function(function), layer(layer), split(split), builder(layer), loc(layer.getLoc()) {}

  /// Leaves a call in place of the layer, unless it needs a value that cannot be had again.
  bool build(StringRef name);

private:
  bool canRebuild(Value value);
  Value rebuild(Value value);
  /// Whether the values of operations that go to the last part stay there.
  bool canGuard();
  SmallVector<GuardedRange> getGuarded();
  bool isSplit(Operation *op);
  void guard(const GuardedRange &range, Value condition);
  void dealRounds(const SplitLoop &loop);
  Value createIsLast();
  void createCall(int64_t parts, ArrayRef<int64_t> rounds = {});
  /// What a task has behind the arguments of the function; the rounds only if it has phases.
  enum Argument : unsigned { kPart, kParts, kBegin, kEnd };
  Value getArgument(Argument which) { return task.getArgument(function.getNumArguments() + which); }
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }

  func::FuncOp function, task;
  scf::ExecuteRegionOp layer;
  const LayerSplit &split;
  OpBuilder builder;
  Location loc;
  DenseMap<Value, Value> rebuilt;
};

bool TaskBuilder::canRebuild(Value value) {
  Operation *definition = value.getDefiningOp();
  if (!definition)
    return cast<BlockArgument>(value).getOwner() == &function.front();
  return definition->getNumRegions() == 0 && isMemoryEffectFree(definition) &&
         llvm::all_of(definition->getOperands(), [&](Value v) { return canRebuild(v); });
}

Value TaskBuilder::rebuild(Value value) {
  if (Value done = rebuilt.lookup(value))
    return done;
  Value result;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    result = task.getArgument(argument.getArgNumber());
  } else {
    Operation *definition = value.getDefiningOp();
    IRMapping mapping;
    for (Value operand : definition->getOperands())
      mapping.map(operand, rebuild(operand));
    Operation *copy = builder.clone(*definition, mapping);
    result = copy->getResult(cast<OpResult>(value).getResultNumber());
  }
  rebuilt[value] = result;
  return result;
}

bool TaskBuilder::isSplit(Operation *op) {
  return llvm::any_of(split.loops, [&](SplitLoop loop) { return op->isAncestor(loop.loop); });
}

SmallVector<GuardedRange> TaskBuilder::getGuarded() {
  SmallVector<GuardedRange> ranges;
  bool open = false;
  for (Operation &op : layer.getRegion().front()) {
    if (isSplit(&op)) {
      open = false;
    } else if (writesBuffer(&op)) {
      bool isFirst = llvm::is_contained(split.first, &op);
      if (!open || ranges.back().isFirst != isFirst)
        ranges.push_back({&op, &op, isFirst});
      open = true;
      ranges.back().last = &op;
    }
  }
  return ranges;
}

/// Operations of `range` that only one part may do, and those that need their values. Other
/// arithmetic, which later operations may share, stays in front.
static llvm::SmallPtrSet<Operation *, 16> getInside(const GuardedRange &range) {
  llvm::SmallPtrSet<Operation *, 16> inside;
  Operation *end = range.last->getNextNode();
  for (Operation *op = range.first; op != end; op = op->getNextNode()) {
    WalkResult walk = op->walk([&](Operation *inner) {
      bool needs = llvm::any_of(inner->getOperands(), [&](Value operand) {
        return inside.contains(operand.getDefiningOp());
      });
      return needs ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (!isMemoryEffectFree(op) || walk.wasInterrupted())
      inside.insert(op);
  }
  return inside;
}

bool TaskBuilder::canGuard() {
  for (const GuardedRange &range : getGuarded())
    for (Operation *op : getInside(range))
      for (Operation *user : op->getUsers())
        if (range.last->isBeforeInBlock(range.last->getBlock()->findAncestorOpInBlock(*user)))
          return false;
  return true;
}

void TaskBuilder::guard(const GuardedRange &range, Value condition) {
  builder.setInsertionPoint(range.first);
  auto branch = scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/false);
  llvm::SmallPtrSet<Operation *, 16> inside = getInside(range);
  Operation *end = range.last->getNextNode();
  for (Operation *op = range.first, *next; op != end; op = next) {
    next = op->getNextNode();
    if (inside.contains(op))
      op->moveBefore(branch.thenYield());
    else
      op->moveBefore(branch);
  }
}

void TaskBuilder::dealRounds(const SplitLoop &loop) {
  Value part = getArgument(kPart), parts = getArgument(kParts), first, rounds;
  Value roundUp = arith::SubIOp::create(builder, loc, parts, constant(1));
  if (split.reversed)
    part = arith::SubIOp::create(builder, loc, roundUp, part);
  if (split.phases.empty()) {
    rounds = constant(loop.rounds);
  } else {
    first = getArgument(kBegin);
    rounds = arith::SubIOp::create(builder, loc, getArgument(kEnd), first);
  }
  // A part does not begin between the last two rounds if they belong together; rounding down
  // seldom does. Else the first parts get more, as do those of a layer whose rounds are others.
  auto divide = [&](Value at) -> Value {
    Value product = arith::MulIOp::create(builder, loc, at, rounds);
    if (!loop.keepLastTwo)
      product = arith::AddIOp::create(builder, loc, product, roundUp);
    Value start = arith::DivUIOp::create(builder, loc, product, parts);
    if (loop.keepLastTwo) {
      Value between = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, start,
                                            constant(loop.rounds - 1));
      start = arith::SelectOp::create(builder, loc, between, rounds, start);
    }
    return first ? Value(arith::AddIOp::create(builder, loc, first, start)) : start;
  };
  scf::ForOp(loop.loop).setLowerBound(divide(part));
  scf::ForOp(loop.loop).setUpperBound(
      divide(arith::AddIOp::create(builder, loc, part, constant(1))));
}

/// Whether this call has what stands beside the loops.
Value TaskBuilder::createIsLast() {
  Value value = getArgument(kPart), last;
  if (split.phases.empty()) {
    last = arith::SubIOp::create(builder, loc, getArgument(kParts), constant(1));
  } else {
    value = getArgument(kBegin);
    last = constant(split.phases.back().begin);
  }
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, value, last);
}

void TaskBuilder::createCall(int64_t parts, ArrayRef<int64_t> rounds) {
  SmallVector<Value> arguments(function.getArguments());
  for (int64_t value : {int64_t(0), int64_t(1)})
    arguments.push_back(constant(value));
  for (int64_t round : rounds)
    arguments.push_back(constant(round));
  auto call = func::CallOp::create(builder, loc, task, arguments);
  call->setAttr("kvant.parts", builder.getI64IntegerAttr(parts));
}

bool TaskBuilder::build(StringRef name) {
  Region &region = layer.getRegion();
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(region, captured);
  if (!llvm::all_of(captured, [&](Value value) { return canRebuild(value); }) || !canGuard())
    return false;

  SmallVector<Type> types(function.getArgumentTypes());
  Type index = builder.getIndexType();
  types.append(split.phases.empty() ? 2 : 4, index);
  builder.setInsertionPointAfter(function);
  task = func::FuncOp::create(builder, loc, name, builder.getFunctionType(types, {}));
  task.setPrivate();
  for (StringRef attribute : {"kvant.level", "llvm.bareptr"})
    if (Attribute value = function->getAttr(attribute))
      task->setAttr(attribute, value);

  builder.setInsertionPoint(layer);
  if (split.phases.empty())
    createCall(split.parts);
  for (const SplitPhase &phase : split.phases)
    createCall(phase.parts, {phase.begin, phase.end});

  Block *entry = task.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Value isLast = createIsLast();
  Value isFirst = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, getArgument(kPart),
                                        constant(0));
  for (Value value : captured)
    replaceAllUsesInRegionWith(value, rebuild(value), region);
  for (const SplitLoop &loop : split.loops)
    dealRounds(loop);
  for (const GuardedRange &range : getGuarded())
    guard(range, range.isFirst ? isFirst : isLast);
  Block &body = region.front();
  body.getTerminator()->erase();
  entry->getOperations().splice(entry->end(), body.getOperations());
  builder.setInsertionPointToEnd(entry);
  func::ReturnOp::create(builder, loc);
  layer.erase();
  return true;
}

struct SplitLayers : impl::SplitLayersBase<SplitLayers> {
  using Base::Base;

  void runOnOperation() override {
    if (partWork < 1) {
      getOperation().emitError("kvant-split-layers: expected part-work of at least 1, got ")
          << int64_t(partWork);
      return signalPassFailure();
    }
    for (func::FuncOp function : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      if (function.isExternal())
        continue;
      FailureOr<Level> level = requireLevel(function);
      if (failed(level))
        return signalPassFailure();
      auto layers = llvm::to_vector(function.front().getOps<scf::ExecuteRegionOp>());
      int64_t number = 0;
      for (scf::ExecuteRegionOp layer : layers) {
        if (layer.getNumResults() != 0 || !layer.getRegion().hasOneBlock())
          continue;
        std::string name = (function.getName() + "_task" + Twine(number)).str();
        std::optional<LayerSplit> split =
            planSplit(layer.getRegion().front(), level->vectorBits, partWork);
        if (split && TaskBuilder(function, layer, *split).build(name)) {
          ++number;
          ++numSplit;
        }
      }
    }
  }
};

} // namespace
} // namespace kvant::codegen
