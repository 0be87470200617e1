// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading and writing of decisions.
#include "Decisions.h"

using namespace mlir;

namespace kvant::precision {

void setDecision(Operation *op, StringRef scheme, const Twine &reason) {
  Builder builder(op->getContext());
  NamedAttrList entries(op->getAttrOfType<DictionaryAttr>(qnn::kDecisionAttr));
  entries.set("scheme", builder.getStringAttr(scheme));
  entries.set("reason", builder.getStringAttr(reason));
  op->setAttr(qnn::kDecisionAttr, entries.getDictionary(op->getContext()));
}

static StringRef getEntry(Operation *op, StringRef key) {
  auto decision = op->getAttrOfType<DictionaryAttr>(qnn::kDecisionAttr);
  auto text = decision ? decision.getAs<StringAttr>(key) : StringAttr();
  return text ? text.getValue() : StringRef();
}

StringRef getScheme(Operation *op) { return getEntry(op, "scheme"); }
StringRef getReason(Operation *op) { return getEntry(op, "reason"); }

static constexpr StringLiteral kCandidateKey = "candidate";
static constexpr StringLiteral kSqnrKey = "sqnr_db";
static constexpr StringLiteral kFlipsKey = "flips";

/// Changes one entry of the decision; null takes it out.
static void setEntry(Operation *op, StringRef key, Attribute value) {
  NamedAttrList entries(op->getAttrOfType<DictionaryAttr>(qnn::kDecisionAttr));
  if (value)
    entries.set(key, value);
  else
    entries.erase(key);
  op->setAttr(qnn::kDecisionAttr, entries.getDictionary(op->getContext()));
}

void markCandidate(Operation *op) { setEntry(op, kCandidateKey, UnitAttr::get(op->getContext())); }

void clearCandidate(Operation *op) { setEntry(op, kCandidateKey, {}); }

SmallVector<Operation *> getCandidates(func::FuncOp function) {
  SmallVector<Operation *> candidates;
  for (Operation &op : function.getBody().front()) {
    auto decision = op.getAttrOfType<DictionaryAttr>(qnn::kDecisionAttr);
    if (decision && decision.contains(kCandidateKey))
      candidates.push_back(&op);
  }
  return candidates;
}

void setSensitivity(Operation *op, double sqnrDb, double flips) {
  Builder builder(op->getContext());
  setEntry(op, kSqnrKey, builder.getF64FloatAttr(sqnrDb));
  setEntry(op, kFlipsKey, builder.getF64FloatAttr(flips));
}

bool getSensitivity(Operation *op, double &sqnrDb, double &flips) {
  auto decision = op->getAttrOfType<DictionaryAttr>(qnn::kDecisionAttr);
  auto sqnr = decision ? decision.getAs<FloatAttr>(kSqnrKey) : FloatAttr();
  auto share = decision ? decision.getAs<FloatAttr>(kFlipsKey) : FloatAttr();
  if (!sqnr || !share)
    return false;
  sqnrDb = sqnr.getValueAsDouble();
  flips = share.getValueAsDouble();
  return true;
}

std::string getDisplayName(Operation *op, unsigned number) {
  StringRef name = qnn::getName(op);
  if (!name.empty())
    return name.str();
  return op->getName().stripDialect().str() + "." + std::to_string(number);
}

static bool isFloatTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && isa<FloatType>(type.getElementType());
}

bool isDecidable(Operation &op) {
  auto quantizable = dyn_cast<qnn::QuantizableOpInterface>(&op);
  if (!quantizable || op.hasTrait<OpTrait::ConstantLike>())
    return false;
  for (auto [index, operand] : llvm::enumerate(op.getOperands()))
    if (quantizable.getOperandRole(index) == qnn::OperandRole::Activation && isFloatTensor(operand))
      return true;
  return false;
}

static bool isInteger(Operation *op) { return op && getScheme(op) == kInteger; }

void keepMovesInFloat(func::FuncOp function) {
  bool changed = true;
  while (changed) {
    changed = false;
    for (Operation &op : function.getBody().front()) {
      auto quantizable = dyn_cast<qnn::QuantizableOpInterface>(&op);
      if (!quantizable || !isInteger(&op) || !quantizable.sharesScale())
        continue;
      bool touchesInteger = false;
      for (Value operand : op.getOperands())
        // An argument may be integer outside.
        touchesInteger |= isa<BlockArgument>(operand) || isInteger(operand.getDefiningOp());
      bool allArguments = llvm::all_of(op.getOperands(), llvm::IsaPred<BlockArgument>);
      bool feedsInteger = llvm::any_of(op.getUsers(), isInteger);
      bool feedsResult = llvm::any_of(op.getUsers(), llvm::IsaPred<func::ReturnOp>);
      if (feedsInteger || (touchesInteger && !allArguments) || (allArguments && feedsResult))
        continue;
      setDecision(&op, kFloat, "moves values between float operations");
      changed = true;
    }
  }
}

} // namespace kvant::precision
