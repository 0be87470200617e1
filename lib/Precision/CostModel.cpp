// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an operation costs in each precision: deterministic, without running anything.
#include "CostModel.h"
#include "Decisions.h"
#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace kvant::precision {

static double getNumElements(Value value) {
  auto type = dyn_cast<ShapedType>(value.getType());
  return type && type.hasStaticShape() ? double(type.getNumElements()) : 0.0;
}

/// Steps of a float multiply-add. Four int8 products fit where one float product does;
/// elementwise work is bound by memory and conversions of the tail, which gains less.
static double getLatency(qnn::QuantizableOpInterface op, bool isFloat) {
  double steps = static_cast<double>(op.getCost()), elements = 0.0;
  for (Value result : op->getResults())
    elements += getNumElements(result);
  bool contracts = steps > elements;
  return steps * (isFloat ? 1.0 : contracts ? 0.25 : 0.5);
}

/// Bytes of the constants that the operation reads.
static double getSize(qnn::QuantizableOpInterface op, bool isFloat) {
  double bytes = 0.0;
  for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
    Operation *source = operand.getDefiningOp();
    if (!source || !source->hasTrait<OpTrait::ConstantLike>())
      continue;
    double elements = getNumElements(operand);
    qnn::OperandRole role = op.getOperandRole(index);
    if (isFloat || role == qnn::OperandRole::Bias || role == qnn::OperandRole::Unquantized) {
      bytes += 4.0 * elements;
      continue;
    }
    bytes += elements;
    int64_t axis = op.getWeightChannelAxis();
    auto shape = cast<ShapedType>(operand.getType()).getShape();
    // A multiplier and a shift for each channel.
    if (role == qnn::OperandRole::Weights && axis >= 0)
      bytes += 8.0 * shape[axis];
  }
  return bytes;
}

AssignmentProblem buildProblem(func::FuncOp function, ArrayRef<Operation *> candidates,
                               CostKind kind, double &floatTotal, double &fixedCost) {
  DenseMap<Operation *, int> items;
  for (auto [index, op] : llvm::enumerate(candidates))
    items[op] = static_cast<int>(index);
  auto getCost = kind == CostKind::Latency ? getLatency : getSize;

  AssignmentProblem problem;
  floatTotal = fixedCost = 0.0;
  for (Operation &op : function.getBody().front()) {
    auto quantizable = dyn_cast<qnn::QuantizableOpInterface>(&op);
    if (!quantizable)
      continue;
    floatTotal += getCost(quantizable, /*isFloat=*/true);
    if (items.count(&op))
      problem.items.push_back(
          {getCost(quantizable, /*isFloat=*/false), getCost(quantizable, /*isFloat=*/true), 0.0});
    else
      fixedCost += getCost(quantizable, getScheme(&op) != kInteger);
  }
  if (kind == CostKind::Size)
    return problem;

  // Conversions: of the tensors between a candidate and anything else.
  auto addEdge = [&](Operation *from, Operation *to, Value value) {
    auto source = from ? items.find(from) : items.end();
    auto target = to ? items.find(to) : items.end();
    int sourceItem = source == items.end() ? -1 : source->second;
    int targetItem = target == items.end() ? -1 : target->second;
    // Conversions at an operation that a recipe holds in integers are left out of the model.
    bool fixedInteger = (from && sourceItem < 0 && getScheme(from) == kInteger) ||
                        (to && targetItem < 0 && getScheme(to) == kInteger);
    if ((sourceItem >= 0 || targetItem >= 0) && !fixedInteger)
      problem.edges.push_back({sourceItem, targetItem, getNumElements(value)});
  };
  for (Operation &op : function.getBody().front())
    for (auto [index, operand] : llvm::enumerate(op.getOperands())) {
      auto quantizable = dyn_cast<qnn::QuantizableOpInterface>(&op);
      Operation *source = operand.getDefiningOp();
      if (source && source->hasTrait<OpTrait::ConstantLike>())
        continue;
      if (quantizable && quantizable.getOperandRole(index) != qnn::OperandRole::Activation)
        continue;
      addEdge(source, &op, operand);
    }
  return problem;
}

} // namespace kvant::precision
