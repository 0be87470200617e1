// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-share-layers: layers that are the same but for their buffers become calls of one function.
#include "kvant/Codegen/Passes.h"

#include "LayerAccesses.h"
#include "kvant/Codegen/Target.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include <unordered_map>

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_SHARELAYERS
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// A layer, and what it takes from the function around it in the order of first use.
struct Layer {
  Operation *region; ///< an scf.execute_region
  func::FuncOp function;
  unsigned vectorBits = 0;
  size_t rank = 0; ///< of the level among those of the target, from the least on
  SetVector<Value> captured;
  SmallVector<bool> alone; ///< by captured buffer: whether no other overlaps it
};

bool isConstant(Value value) { return matchPattern(value, m_Constant()); }

/// What is no kernel is a nest of loops by now: each at the top of the function is a layer.
void wrapLoops(func::FuncOp function) {
  for (scf::ForOp loop : llvm::to_vector(function.front().getOps<scf::ForOp>())) {
    if (loop.getNumResults() != 0)
      continue;
    OpBuilder builder(loop);
    auto region = scf::ExecuteRegionOp::create(builder, loop.getLoc(), TypeRange());
    builder.createBlock(&region.getRegion());
    auto yield = scf::YieldOp::create(builder, loop.getLoc());
    loop->moveBefore(yield);
  }
}

void inlineLayer(scf::ExecuteRegionOp layer) {
  Block &body = layer.getRegion().front();
  body.getTerminator()->erase();
  layer->getBlock()->getOperations().splice(layer->getIterator(), body.getOperations());
  layer.erase();
}

/// A function takes bare pointers, so buffers must be as large as their type says, without gaps.
bool canPass(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type && type.hasStaticShape() && type.getLayout().isIdentity();
}

/// Whether two buffers surely have no byte in common. The caller's do not overlap each other.
bool areApart(const Access &a, const Access &b) {
  auto isKnown = [](const Access &access) {
    return isa<BlockArgument>(access.base) || access.base.getDefiningOp<memref::GetGlobalOp>();
  };
  return isKnown(a) && isKnown(b) && !a.overlaps(b);
}

std::optional<Layer> getLayer(scf::ExecuteRegionOp region, func::FuncOp function,
                              unsigned vectorBits, size_t rank) {
  if (region.getNumResults() != 0 || !region.getRegion().hasOneBlock())
    return std::nullopt;
  Layer layer{region, function, vectorBits, rank, {}, {}};
  getUsedValuesDefinedAbove(region.getRegion(), layer.captured);
  SmallVector<Access> buffers;
  for (Value value : layer.captured) {
    if (isConstant(value))
      continue;
    if (!canPass(value))
      return std::nullopt;
    buffers.push_back(getAccess(region, value));
  }
  for (const Access &buffer : buffers)
    layer.alone.push_back(llvm::all_of(buffers, [&](const Access &other) {
      return &other == &buffer || areApart(buffer, other);
    }));
  return layer;
}

llvm::hash_code getHash(const Layer &layer) {
  llvm::hash_code hash = llvm::hash_combine(layer.vectorBits, layer.captured.size());
  layer.region->walk<WalkOrder::PreOrder>([&](Operation *op) {
    hash = llvm::hash_combine(
        hash, OperationEquivalence::computeHash(op, OperationEquivalence::ignoreHashValue,
                                                OperationEquivalence::ignoreHashValue,
                                                OperationEquivalence::IgnoreLocations));
  });
  return hash;
}

/// Equal but for the buffers: each of one stands where the same one of the other does.
bool areSame(const Layer &a, const Layer &b) {
  if (a.vectorBits != b.vectorBits || a.captured.size() != b.captured.size() || a.alone != b.alone)
    return false;
  DenseMap<Value, Value> partner;
  for (auto [left, right] : llvm::zip(a.captured, b.captured)) {
    Attribute leftValue, rightValue;
    bool constant = matchPattern(left, m_Constant(&leftValue));
    if (left.getType() != right.getType() ||
        constant != matchPattern(right, m_Constant(&rightValue)) || leftValue != rightValue)
      return false;
    partner[left] = right;
  }
  auto check = [&](Value left, Value right) { return success(partner.lookup(left) == right); };
  auto mark = [&](Value left, Value right) { partner[left] = right; };
  return OperationEquivalence::isRegionEquivalentTo(&a.region->getRegion(0),
                                                    &b.region->getRegion(0), check, mark,
                                                    OperationEquivalence::IgnoreLocations);
}

/// The function of a group, with the instructions of the level of `layer`.
func::FuncOp createFunction(const Layer &layer, StringRef name) {
  OpBuilder builder(layer.function);
  Location loc = layer.region->getLoc();
  SmallVector<Type> types;
  for (Value value : layer.captured)
    if (!isConstant(value))
      types.push_back(value.getType());
  auto function = func::FuncOp::create(builder, loc, name, builder.getFunctionType(types, {}));
  function.setPrivate();
  for (StringRef attribute : {"kvant.level", "llvm.bareptr"})
    if (Attribute value = layer.function->getAttr(attribute))
      function->setAttr(attribute, value);

  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  IRMapping mapping;
  unsigned argument = 0;
  for (Value value : layer.captured) {
    if (isConstant(value)) {
      mapping.map(value, builder.clone(*value.getDefiningOp())->getResult(0));
      continue;
    }
    if (layer.alone[argument])
      function.setArgAttr(argument, "llvm.noalias", builder.getUnitAttr());
    mapping.map(value, entry->getArgument(argument++));
  }
  for (Operation &op : layer.region->getRegion(0).front().without_terminator())
    builder.clone(op, mapping);
  func::ReturnOp::create(builder, loc);
  return function;
}

void replaceByCall(Layer &layer, func::FuncOp callee) {
  SmallVector<Value> buffers;
  for (Value value : layer.captured)
    if (!isConstant(value))
      buffers.push_back(value);
  OpBuilder builder(layer.region);
  func::CallOp::create(builder, layer.region->getLoc(), callee, buffers);
  layer.region->erase();
}

struct ShareLayers : impl::ShareLayersBase<ShareLayers> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<Target> target = requireTarget(module);
    if (failed(target))
      return signalPassFailure();
    std::vector<SmallVector<Layer, 1>> groups;
    std::unordered_map<size_t, SmallVector<size_t, 1>> byHash;
    for (func::FuncOp function : module.getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      FailureOr<Level> level = requireLevel(function);
      if (failed(level))
        return signalPassFailure();
      size_t rank = llvm::find_if(target->levels,
                                  [&](const Level &other) { return other.name == level->name; }) -
                    target->levels.begin();
      wrapLoops(function);
      for (auto region : function.front().getOps<scf::ExecuteRegionOp>()) {
        std::optional<Layer> layer = getLayer(region, function, level->vectorBits, rank);
        if (!layer)
          continue;
        SmallVector<size_t, 1> &candidates = byHash[getHash(*layer)];
        auto same = llvm::find_if(
            candidates, [&](size_t index) { return areSame(groups[index].front(), *layer); });
        if (same == candidates.end()) {
          candidates.push_back(groups.size());
          groups.emplace_back();
          groups.back().push_back(std::move(*layer));
        } else {
          groups[*same].push_back(std::move(*layer));
        }
      }
    }
    for (SmallVector<Layer, 1> &group : groups) {
      if (group.size() == 1)
        continue;
      std::string name = ("shared_layer" + Twine(numFunctions.getValue())).str();
      const Layer &least =
          *llvm::min_element(group, [](const Layer &a, const Layer &b) { return a.rank < b.rank; });
      func::FuncOp callee = createFunction(least, name);
      for (Layer &layer : group)
        replaceByCall(layer, callee);
      ++numFunctions;
      numCalls += group.size();
    }
    for (func::FuncOp function : module.getOps<func::FuncOp>())
      if (!function.isExternal())
        for (auto region : llvm::to_vector(function.front().getOps<scf::ExecuteRegionOp>()))
          if (region.getNumResults() == 0 && region.getRegion().hasOneBlock())
            inlineLayer(region);
  }
};

} // namespace
} // namespace kvant::codegen
