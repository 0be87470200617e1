// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-assign-precision: chooses int8 or float32 for each candidate under a budget.
#include "CostModel.h"
#include "Decisions.h"
#include "Trial.h"
#include "kvant/Calibrate/Collector.h"
#include "kvant/Calibrate/ObservedTensors.h"
#include "kvant/Precision/Passes.h"
#include "llvm/Support/Format.h"

using namespace mlir;

namespace kvant::precision {
#define GEN_PASS_DEF_ASSIGNPRECISION
#include "kvant/Precision/Passes.h.inc"

namespace {
/// A parsed budget.
struct Budget {
  StringRef kind; ///< "latency", "size", "sqnr" or "drop"
  double value = 0.0;
};

class AssignPrecision : public impl::AssignPrecisionBase<AssignPrecision> {
public:
  using AssignPrecisionBase::AssignPrecisionBase;

private:
  void runOnOperation() override {
    ModuleOp module = getOperation();
    func::FuncOp function = calibrate::getMain(module);
    if (!function)
      return signalPassFailure();
    if (llvm::Error error = assign(module, function)) {
      emitError(UnknownLoc::get(&getContext()))
          << "kvant-assign-precision: " << llvm::toString(std::move(error));
      signalPassFailure();
    }
  }

  llvm::Error assign(ModuleOp module, func::FuncOp function);
  llvm::Error readNoise();
  llvm::Expected<Budget> parseBudget() const;
  llvm::Expected<AssignmentResult> solveByCost(const Budget &parsed);
  llvm::Expected<AssignmentResult> solveByQuality(ModuleOp module, const Budget &parsed);
  llvm::Expected<Quality> tryChoice(const Trial &trial, ModuleOp module,
                                    const std::vector<bool> &isFloat) const;
  void apply(func::FuncOp function, const AssignmentResult &result, const Budget &parsed);
  void printTable(func::FuncOp function) const;
  void printSummary(const AssignmentResult &result) const;

  SmallVector<Operation *> candidates;
  AssignmentProblem problem;
  double floatTotal = 0.0, fixedCost = 0.0;
  /// What was measured of the choice that was taken, where the budget is about quality.
  std::optional<Quality> measured;
};
} // namespace

llvm::Expected<Budget> AssignPrecision::parseBudget() const {
  auto [kind, text] = StringRef(budget).split('=');
  Budget parsed{kind, 0.0};
  constexpr StringLiteral kKinds[] = {"latency", "size", "sqnr", "drop"};
  if (!llvm::is_contained(kKinds, kind) || text.getAsDouble(parsed.value) ||
      !std::isfinite(parsed.value))
    return llvm::createStringError("budget: expected latency=F, size=F, sqnr=DB or drop=F, got \"" +
                                   budget + "\"");
  bool fraction = kind != "sqnr";
  if (parsed.value < 0.0 || (fraction && parsed.value > 1.0))
    return llvm::createStringError("budget: " + kind + ": expected " +
                                   (fraction ? "a fraction from 0 to 1" : "decibels, 0 or more") +
                                   ", got " + text);
  return parsed;
}

llvm::Error AssignPrecision::readNoise() {
  for (auto [item, op] : llvm::zip(problem.items, candidates)) {
    double sqnrDb = 0.0, flips = 0.0;
    if (!getSensitivity(op, sqnrDb, flips))
      return llvm::createStringError("operation \"" + qnn::getName(op) +
                                     "\" has no sensitivity; run kvant-measure-sensitivity "
                                     "before");
    item.integerNoise = std::pow(10.0, -sqnrDb / 10.0);
  }
  return llvm::Error::success();
}

llvm::Expected<AssignmentResult> AssignPrecision::solveByCost(const Budget &parsed) {
  double limit = parsed.value * floatTotal - fixedCost;
  auto result = solveAssignment(problem, Minimize::Noise, limit);
  if (result)
    return std::move(*result);
  auto cheapest = solveAssignment(problem, Minimize::Cost, HUGE_VAL);
  std::string least;
  llvm::raw_string_ostream(least) << llvm::format("%.3f", (cheapest->cost + fixedCost) /
                                                              std::max(floatTotal, 1.0));
  return llvm::createStringError("budget " + budget + " cannot be met: the least " + parsed.kind +
                                 " is " + least + " of the float program's");
}

llvm::Expected<Quality> AssignPrecision::tryChoice(const Trial &trial, ModuleOp module,
                                                   const std::vector<bool> &isFloat) const {
  OwningOpRef<ModuleOp> clone = module.clone();
  func::FuncOp function = calibrate::getMain(*clone);
  for (auto [index, op] : llvm::enumerate(getCandidates(function)))
    setDecision(op, isFloat[index] ? kFloat : kInteger, "tried");
  keepMovesInFloat(function);
  return trial.measure(*clone);
}

llvm::Expected<AssignmentResult> AssignPrecision::solveByQuality(ModuleOp module,
                                                                 const Budget &parsed) {
  auto scaling = calibrate::parseInputScaling(inputScale, inputShift);
  if (!scaling)
    return scaling.takeError();
  auto trial = Trial::create(module, {data, samples, *scaling});
  if (!trial)
    return trial.takeError();
  auto holds = [&](const Quality &quality) {
    return parsed.kind == "sqnr" ? quality.getSqnrDb() >= parsed.value
                                 : quality.drop <= parsed.value;
  };

  // The cheapest choice of all, then less and less noise: bisection over its logarithm.
  std::optional<AssignmentResult> taken;
  double allNoise = problem.getNoise(std::vector<bool>(problem.items.size(), false));
  double high = std::log10(std::max(allNoise, 1e-20)), low = high - 8.0;
  std::vector<bool> last;
  constexpr int kSteps = 8;
  for (int step = 0; step <= kSteps; ++step) {
    double limit = step == 0 ? HUGE_VAL : std::pow(10.0, (low + high) / 2);
    auto result = solveAssignment(problem, Minimize::Cost, limit);
    if (!result)
      break;
    bool known = result->isFloat == last;
    last = result->isFloat;
    bool good = taken && known && taken->isFloat == last;
    if (!known || step == 0) {
      llvm::Expected<Quality> quality = tryChoice(*trial, module, result->isFloat);
      if (!quality)
        return quality.takeError();
      good = holds(*quality);
      if (good && (!taken || result->cost < taken->cost)) {
        taken = std::move(*result);
        measured = *quality;
      }
    }
    if (step == 0) {
      if (good)
        break;
      continue;
    }
    (good ? low : high) = (low + high) / 2;
  }
  if (taken)
    return std::move(*taken);
  // All in float differs in nothing.
  AssignmentResult result;
  result.isFloat.assign(problem.items.size(), true);
  result.cost = problem.getCost(result.isFloat);
  result.bound = result.cost;
  measured = Quality();
  return result;
}

void AssignPrecision::printTable(func::FuncOp function) const {
  llvm::raw_ostream &os = llvm::errs();
  os << "sensitivity of each operation, quantized alone:\n"
     << "  sqnr dB  flips %  cost int8/float  choice   kind               name\n";
  DenseMap<Operation *, unsigned> numbers;
  for (auto [number, op] : llvm::enumerate(function.getBody().front()))
    numbers[&op] = number;
  for (auto [index, op] : llvm::enumerate(candidates)) {
    double sqnrDb = 0.0, flips = 0.0;
    getSensitivity(op, sqnrDb, flips);
    const AssignmentItem &item = problem.items[index];
    os << llvm::format("  %7.1f  %7.2f  %15.3f  ", sqnrDb, 100.0 * flips,
                       item.integerCost / std::max(item.floatCost, 1.0))
       << llvm::left_justify(getScheme(op) == kFloat ? "float32" : "int8", 9)
       << llvm::left_justify(op->getName().stripDialect(), 18) << ' '
       << getDisplayName(op, numbers[op]) << '\n';
  }
}

void AssignPrecision::printSummary(const AssignmentResult &result) const {
  llvm::raw_ostream &os = llvm::errs();
  double total = std::max(floatTotal, 1.0);
  os << llvm::format("%u of %u operations in float; cost %.3f of the float program's; ",
                     unsigned(llvm::count(result.isFloat, true)), unsigned(candidates.size()),
                     (result.cost + fixedCost) / total)
     << llvm::format("predicted SQNR %.1f dB; ", -10.0 * std::log10(std::max(result.noise, 1e-20)));
  if (measured)
    os << llvm::format("measured SQNR %.1f dB, flips %.2f %%, drop %.2f %%; ",
                       measured->getSqnrDb(), 100.0 * measured->flips, 100.0 * measured->drop);
  // Where quality was measured, cost was minimized; otherwise noise.
  double best = -10.0 * std::log10(std::max(result.bound, 1e-20));
  double reached = -10.0 * std::log10(std::max(result.noise, 1e-20));
  if (result.exact)
    os << "exact for the model\n";
  else if (measured)
    os << llvm::format("at most %.1f %% above the least cost for the model\n",
                       100.0 * (result.cost - result.bound) / std::max(result.bound, 1.0));
  else
    os << llvm::format("at most %.1f dB below the best for the model\n", best - reached);
}

void AssignPrecision::apply(func::FuncOp function, const AssignmentResult &result,
                            const Budget &parsed) {
  for (auto [index, op] : llvm::enumerate(candidates)) {
    double sqnrDb = 0.0, flips = 0.0;
    getSensitivity(op, sqnrDb, flips);
    StringRef why = "cheaper in integers";
    if (result.isFloat[index]) {
      std::vector<bool> changed = result.isFloat;
      changed[index] = false;
      why = problem.getCost(changed) < result.cost ? "too much noise in integers"
                                                   : "conversions cost what integers save";
    }
    std::string reason;
    llvm::raw_string_ostream(reason)
        << llvm::format("%.1f dB and %.2f %% flips alone, ", sqnrDb, 100.0 * flips) << why
        << " for budget " << parsed.kind << '=' << llvm::format("%g", parsed.value);
    setDecision(op, result.isFloat[index] ? kFloat : kInteger, reason);
  }
  keepMovesInFloat(function);
}

llvm::Error AssignPrecision::assign(ModuleOp module, func::FuncOp function) {
  llvm::Expected<Budget> parsed = parseBudget();
  if (!parsed)
    return parsed.takeError();
  candidates = getCandidates(function);
  if (candidates.empty())
    return llvm::Error::success();
  CostKind kind = parsed->kind == "size" ? CostKind::Size : CostKind::Latency;
  problem = buildProblem(function, candidates, kind, floatTotal, fixedCost);
  measured.reset();
  if (llvm::Error error = readNoise())
    return error;
  bool byCost = parsed->kind == "size" || parsed->kind == "latency";
  auto result = byCost ? solveByCost(*parsed) : solveByQuality(module, *parsed);
  if (!result)
    return result.takeError();
  apply(function, *result, *parsed);
  if (table)
    printTable(function);
  printSummary(*result);
  for (Operation *op : candidates)
    clearCandidate(op);
  return llvm::Error::success();
}

} // namespace kvant::precision
