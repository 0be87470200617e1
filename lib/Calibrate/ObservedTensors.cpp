// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The activation tensors of a program and their names.
#include "kvant/Calibrate/ObservedTensors.h"
#include "dialects/Qnn/Qnn.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace kvant::calibrate {

func::FuncOp getMain(ModuleOp module) {
  auto function = module.lookupSymbol<func::FuncOp>("main");
  if (!function || function.isExternal() || !function.getBody().hasOneBlock()) {
    module.emitError("expected a function @main with one block");
    return {};
  }
  return function;
}

static bool isObservable(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !isa<FloatType>(type.getElementType()) || !type.hasStaticShape())
    return false;
  Operation *op = value.getDefiningOp();
  return !op || !op->hasTrait<OpTrait::ConstantLike>();
}

static std::string getSourceName(Value value, unsigned number) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
    if (auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), qnn::kNameAttr))
      return name.str();
    return "arg" + std::to_string(argument.getArgNumber());
  }
  auto result = cast<OpResult>(value);
  Operation *op = result.getOwner();
  Attribute names = op->getAttr(qnn::kNameAttr);
  if (auto list = dyn_cast_or_null<ArrayAttr>(names))
    names = result.getResultNumber() < list.size() ? list[result.getResultNumber()] : Attribute();
  std::string name;
  if (auto text = dyn_cast_or_null<StringAttr>(names))
    name = text.str();
  if (name.empty())
    name = op->getName().stripDialect().str() + "." + std::to_string(number);
  return name;
}

std::vector<ObservedTensor> getObservedTensors(func::FuncOp function) {
  llvm::SetVector<Value> wanted;
  for (Operation &op : function.getBody().front()) {
    auto quantizable = dyn_cast<qnn::QuantizableOpInterface>(&op);
    if (!quantizable)
      continue;
    for (auto [index, operand] : llvm::enumerate(op.getOperands()))
      if (quantizable.getOperandRole(index) == qnn::OperandRole::Activation &&
          isObservable(operand))
        wanted.insert(operand);
    for (Value result : op.getResults())
      if (isObservable(result))
        wanted.insert(result);
  }

  std::vector<ObservedTensor> tensors;
  llvm::StringSet<> names;
  auto append = [&](Value value, unsigned number) {
    if (!wanted.contains(value))
      return;
    std::string base = getSourceName(value, number), name = base;
    for (unsigned copy = 2; !names.insert(name).second; ++copy)
      name = base + "#" + std::to_string(copy);
    tensors.push_back({value, name});
  };
  for (Value argument : function.getArguments())
    append(argument, 0);
  for (auto [number, op] : llvm::enumerate(function.getBody().front()))
    for (Value result : op.getResults())
      append(result, number);
  return tensors;
}

/// Reads the entry of `value` in the array attribute `name`.
static Attribute getEntry(Value value, StringRef name) {
  ArrayAttr entries;
  unsigned index = 0;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
    entries = function.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(), name);
  } else {
    auto result = cast<OpResult>(value);
    entries = result.getOwner()->getAttrOfType<ArrayAttr>(name);
    index = result.getResultNumber();
  }
  return entries && index < entries.size() ? entries[index] : Attribute();
}

/// Writes it; entries of other results that were never set become `missing`.
static void setEntry(Value value, StringRef name, Attribute entry, Attribute missing) {
  MLIRContext *context = value.getContext();
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
    function.setArgAttr(argument.getArgNumber(), name, ArrayAttr::get(context, {entry}));
    return;
  }
  auto result = cast<OpResult>(value);
  Operation *op = result.getOwner();
  SmallVector<Attribute> entries(op->getNumResults(), missing);
  if (auto old = op->getAttrOfType<ArrayAttr>(name); old && old.size() == entries.size())
    entries.assign(old.begin(), old.end());
  entries[result.getResultNumber()] = entry;
  op->setAttr(name, ArrayAttr::get(context, entries));
}

void setRange(Value value, double min, double max) {
  MLIRContext *context = value.getContext();
  setEntry(value, qnn::kRangeAttr,
           DenseF32ArrayAttr::get(context, {static_cast<float>(min), static_cast<float>(max)}),
           DenseF32ArrayAttr::get(context, {0.0f, 0.0f}));
}

bool getRange(Value value, double &min, double &max) {
  auto range = dyn_cast_or_null<DenseF32ArrayAttr>(getEntry(value, qnn::kRangeAttr));
  if (!range || range.size() != 2)
    return false;
  min = range[0];
  max = range[1];
  return true;
}

void setChannelMean(Value value, ArrayRef<double> mean) {
  MLIRContext *context = value.getContext();
  setEntry(value, kChannelMeanAttr, DenseF64ArrayAttr::get(context, mean),
           DenseF64ArrayAttr::get(context, {}));
}

ArrayRef<double> getChannelMean(Value value) {
  auto mean = dyn_cast_or_null<DenseF64ArrayAttr>(getEntry(value, kChannelMeanAttr));
  return mean ? mean.asArrayRef() : ArrayRef<double>();
}

} // namespace kvant::calibrate
