// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which tensors share a scale, and the type that each gets.
#include "ScaleGroups.h"
#include "kvant/Calibrate/ObservedTensors.h"
#include "kvant/Quantize/Parameters.h"
#include "kvant/Support/Constants.h"
#include <cmath>

using namespace mlir;

namespace kvant::quantize {

bool isInteger(Operation *op) {
  auto decision = op->getAttrOfType<DictionaryAttr>(qnn::kDecisionAttr);
  auto scheme = decision ? decision.getAs<StringAttr>("scheme") : StringAttr();
  return scheme && scheme.getValue() == "static_wi8_ai8" && isa<qnn::QuantizableOpInterface>(op);
}

bool isFloatTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isF32();
}

bool isActivationUse(OpOperand &use) {
  auto op = dyn_cast<qnn::QuantizableOpInterface>(use.getOwner());
  return op && isFloatTensor(use.get()) &&
         op.getOperandRole(use.getOperandNumber()) == qnn::OperandRole::Activation;
}

static bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  return op && op->hasTrait<OpTrait::ConstantLike>();
}

std::optional<std::pair<double, double>> getConstantRange(Value constant) {
  std::optional<ConstantReader> reader = ConstantReader::create(constant);
  if (!reader)
    return std::nullopt;
  std::pair<double, double> range{0.0, 0.0};
  int64_t count = reader->isSplat() ? 1 : reader->getNumElements();
  for (int64_t index = 0; index < count; ++index) {
    double value = reader->getFloat(index);
    if (!std::isfinite(value))
      return std::nullopt;
    range.first = std::min(range.first, value);
    range.second = std::max(range.second, value);
  }
  return range;
}

void ScaleGroups::Range::include(double low, double high) {
  min = std::min(min, low);
  max = std::max(max, high);
  known = true;
}

unsigned ScaleGroups::getNode(Value value) {
  auto [entry, isNew] = nodes.try_emplace(value, values.size());
  if (isNew) {
    parents.push_back(values.size());
    values.push_back(value);
  }
  return entry->second;
}

unsigned ScaleGroups::find(unsigned node) const {
  while (parents[node] != node)
    node = parents[node];
  return node;
}

void ScaleGroups::unite(Value a, Value b) {
  unsigned first = find(getNode(a)), second = find(getNode(b));
  // The older root stays, so that the result does not depend on addresses.
  parents[std::max(first, second)] = std::min(first, second);
}

LogicalResult ScaleGroups::build(func::FuncOp function) {
  SmallVector<std::pair<Operation *, Value>> sharedConstants;
  for (Operation &op : function.getBody().front()) {
    if (!isInteger(&op))
      continue;
    auto quantizable = cast<qnn::QuantizableOpInterface>(&op);
    SmallVector<Value> touched;
    for (OpOperand &use : op.getOpOperands())
      if (isActivationUse(use) && !isConstant(use.get()))
        touched.push_back(use.get());
    for (Value result : op.getResults())
      if (isFloatTensor(result))
        touched.push_back(result);
    for (Value value : touched)
      getNode(value);
    if (!quantizable.sharesScale() || touched.empty())
      continue;
    for (Value value : touched)
      unite(touched.front(), value);
    for (OpOperand &use : op.getOpOperands())
      if (isActivationUse(use) && isConstant(use.get()))
        sharedConstants.push_back({&op, use.get()});
  }
  // A constant among tensors that share a scale takes theirs, so it must fit.
  for (auto [op, constant] : sharedConstants)
    if (auto range = getConstantRange(constant))
      groups[find(getNode(op->getResult(0)))].range.include(range->first, range->second);
  if (failed(collectRanges()))
    return failure();
  chooseTypes(function.getContext());
  return success();
}

LogicalResult ScaleGroups::collectRanges() {
  for (auto [node, value] : llvm::enumerate(values)) {
    Group &group = groups[find(node)];
    Operation *op = value.getDefiningOp();
    // What a shared operation pads with must be representable too.
    if (auto pad =
            dyn_cast_or_null<FloatAttr>(op && isInteger(op) ? op->getAttr("value") : Attribute()))
      if (std::isfinite(pad.getValueAsDouble()))
        group.range.include(pad.getValueAsDouble(), pad.getValueAsDouble());
    auto quantizable = dyn_cast_or_null<qnn::QuantizableOpInterface>(op);
    if (quantizable && isInteger(op))
      if (auto fixed = quantizable.getFixedOutputScale())
        group.fixed.push_back(*fixed);
    double min = 0.0, max = 0.0;
    if (calibrate::getRange(value, min, max))
      group.range.include(min, max);
  }
  for (auto [node, value] : llvm::enumerate(values)) {
    const Group &group = groups[find(node)];
    if (group.range.known || !group.fixed.empty())
      continue;
    if (Operation *op = value.getDefiningOp())
      return op->emitOpError("expected a calibrated range of its result (qnn.range) to quantize "
                             "it; run kvant-calibrate before");
    auto argument = cast<BlockArgument>(value);
    return argument.getOwner()->getParentOp()->emitOpError("expected a calibrated range of "
                                                           "argument #")
           << argument.getArgNumber() << " (qnn.range) to quantize it; run kvant-calibrate before";
  }
  return success();
}

/// True if the 256 levels of `fixed` cover the range, but for half a step.
static bool covers(qnn::ScaleZeroPoint fixed, double min, double max) {
  double low = fixed.scale * (-128 - fixed.zeroPoint), high = fixed.scale * (127 - fixed.zeroPoint);
  // An output that is below 1 by definition may reach 1: the last level stands for it.
  double slack = 1.01 * fixed.scale;
  return min >= low - slack && max <= high + slack;
}

void ScaleGroups::chooseTypes(MLIRContext *context) {
  for (auto &entry : groups) {
    Group &group = entry.second;
    qnn::ScaleZeroPoint parameters = chooseAffine(group.range.min, group.range.max);
    bool agree =
        !group.fixed.empty() && llvm::all_of(group.fixed, [&](const qnn::ScaleZeroPoint &fixed) {
          return fixed.scale == group.fixed.front().scale &&
                 fixed.zeroPoint == group.fixed.front().zeroPoint;
        });
    if (agree && covers(group.fixed.front(), group.range.min, group.range.max))
      parameters = group.fixed.front();
    group.type = getInt8Type(context, parameters);
  }
}

quant::UniformQuantizedType ScaleGroups::getType(Value value) const {
  auto node = nodes.find(value);
  if (node == nodes.end())
    return {};
  auto group = groups.find(find(node->second));
  return group == groups.end() ? quant::UniformQuantizedType() : group->second.type;
}

quant::UniformQuantizedType ScaleGroups::getResultType(OpResult result) const {
  auto op = cast<qnn::QuantizableOpInterface>(result.getOwner());
  if (auto fixed = op.getFixedOutputScale())
    return getInt8Type(result.getContext(), *fixed);
  return getType(result);
}

quant::UniformQuantizedType ScaleGroups::getConstantType(OpOperand &use) const {
  auto op = cast<qnn::QuantizableOpInterface>(use.getOwner());
  if (op.sharesScale() && use.getOwner()->getNumResults())
    return getType(use.getOwner()->getResult(0));
  auto range = getConstantRange(use.get());
  if (!range)
    return {};
  return getInt8Type(use.get().getContext(), chooseAffine(range->first, range->second));
}

} // namespace kvant::quantize
