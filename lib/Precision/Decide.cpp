// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-decide: writes on every operation the scheme it gets, and why.
#include "Decisions.h"
#include "kvant/Calibrate/ObservedTensors.h"
#include "kvant/Precision/Passes.h"
#include "kvant/Support/Recipe.h"

using namespace mlir;

namespace kvant::precision {
#define GEN_PASS_DEF_DECIDE
#include "kvant/Precision/Passes.h.inc"

namespace {
class Decide : public impl::DecideBase<Decide> {
public:
  using DecideBase::DecideBase;

private:
  void runOnOperation() override;
  LogicalResult readOptions();
  LogicalResult decide(qnn::QuantizableOpInterface op, StringRef name);
  LogicalResult checkRules();

  Recipe rules;
  std::string defaultScheme;
  /// Per rule, whether an operation matched it.
  SmallVector<bool> used;
};
} // namespace

LogicalResult Decide::readOptions() {
  rules = Recipe();
  if (!recipe.empty()) {
    llvm::Expected<Recipe> read = Recipe::read(recipe);
    if (!read)
      return emitError(UnknownLoc::get(&getContext())) << llvm::toString(read.takeError());
    rules = std::move(*read);
  }
  used.assign(rules.overrides.size(), false);
  defaultScheme = !scheme.empty() ? scheme : rules.scheme.value_or(kInteger.str());
  if (defaultScheme != "mixed" && !llvm::is_contained(getOpSchemes(), defaultScheme))
    return emitError(UnknownLoc::get(&getContext()))
           << "kvant-decide: unknown scheme \"" << defaultScheme << "\"; known are "
           << llvm::join(getOpSchemes(), ", ") << ", mixed";
  return success();
}

LogicalResult Decide::decide(qnn::QuantizableOpInterface op, StringRef name) {
  std::string wanted = defaultScheme == "mixed" ? kInteger.str() : defaultScheme;
  std::string reason = defaultScheme == "mixed" ? "candidate" : "the scheme of the model";
  const RecipeOverride *winner = nullptr;
  for (auto [index, rule] : llvm::enumerate(rules.overrides)) {
    if (!rule.matches(name, op->getName().stripDialect()))
      continue;
    used[index] = true;
    if (rule.scheme)
      winner = &rule;
  }
  if (winner) {
    wanted = *winner->scheme;
    reason = "the recipe's rule for " + winner->describe();
  }
  if (wanted == kFloat) {
    setDecision(op, kFloat, reason);
    ++numFloat;
    return success();
  }
  std::string refusal;
  if (op.acceptsScheme(wanted, refusal)) {
    setDecision(op, wanted, reason);
    if (defaultScheme == "mixed" && !winner)
      markCandidate(op);
    ++numInteger;
    return success();
  }
  // Naming one operation is a wish for it; a pattern with wildcards is not.
  if (winner && winner->name == name)
    return op->emitOpError("cannot be ") << wanted << " as " << reason << " asks: " << refusal;
  int64_t elements = 0;
  for (Value result : op->getResults())
    elements += cast<ShapedType>(result.getType()).getNumElements();
  setDecision(op, kFloat,
              refusal + " (" + Twine(op.getCost()) + " float steps, " + Twine(elements) +
                  " results)");
  ++numFloat;
  return success();
}

LogicalResult Decide::checkRules() {
  for (auto [index, rule] : llvm::enumerate(rules.overrides))
    if (!used[index])
      return emitError(UnknownLoc::get(&getContext()))
             << recipe << ": overrides[" << index << "]: " << rule.describe()
             << " matches no operation of the model";
  return success();
}

void Decide::runOnOperation() {
  func::FuncOp function = calibrate::getMain(getOperation());
  if (!function || failed(readOptions()))
    return signalPassFailure();
  for (auto [number, op] : llvm::enumerate(function.getBody().front()))
    if (isDecidable(op) &&
        failed(decide(cast<qnn::QuantizableOpInterface>(&op), getDisplayName(&op, number))))
      return signalPassFailure();
  if (failed(checkRules()))
    return signalPassFailure();
  keepMovesInFloat(function);
  for (Operation *op : getCandidates(function))
    if (getScheme(op) == kFloat)
      clearCandidate(op);
}

} // namespace kvant::precision
