// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Choosing between integer and float for every operation: the optimization problem by itself.
#include "kvant/Precision/Assignment.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <numeric>

namespace kvant::precision {

static bool getSide(const std::vector<bool> &isFloat, int item) {
  return item < 0 || isFloat[item];
}

double AssignmentProblem::getCost(const std::vector<bool> &isFloat) const {
  double cost = 0.0;
  for (auto [index, item] : llvm::enumerate(items))
    cost += isFloat[index] ? item.floatCost : item.integerCost;
  for (const AssignmentEdge &edge : edges)
    if (getSide(isFloat, edge.from) != getSide(isFloat, edge.to))
      cost += edge.cost;
  return cost;
}

double AssignmentProblem::getNoise(const std::vector<bool> &isFloat) const {
  double noise = 0.0;
  for (auto [index, item] : llvm::enumerate(items))
    if (!isFloat[index])
      noise += item.integerNoise;
  return noise;
}

bool AssignmentProblem::isChain() const {
  return llvm::all_of(edges, [](const AssignmentEdge &edge) {
    return edge.from < 0 || edge.to < 0 || edge.to == edge.from + 1;
  });
}

//===----------------------------------------------------------------------===//
// Chains: dynamic programming over Pareto fronts
//===----------------------------------------------------------------------===//

namespace {
/// One way to choose for the items so far.
struct State {
  double cost = 0.0, noise = 0.0;
  int parent = -1; ///< in the front of the item before, of side `parentFloat`
  bool parentFloat = false;
};
using Front = std::vector<State>;
} // namespace

/// Keeps the states of which no other has less cost and less noise; fails to keep all of them
/// if they are too many.
static bool prune(Front &front, Minimize objective, double limit) {
  // What breaks the limit now breaks it at the end: costs and noise only grow.
  llvm::erase_if(front, [&](const State &state) {
    return (objective == Minimize::Cost ? state.noise : state.cost) > limit;
  });
  llvm::sort(front, [](const State &a, const State &b) {
    return a.cost != b.cost ? a.cost < b.cost : a.noise < b.noise;
  });
  Front kept;
  for (const State &state : front)
    if (kept.empty() || state.noise < kept.back().noise)
      kept.push_back(state);
  front = std::move(kept);
  if (front.size() <= kMaxFront)
    return true;
  Front thinned;
  for (size_t index = 0; index < kMaxFront; ++index)
    thinned.push_back(front[index * (front.size() - 1) / (kMaxFront - 1)]);
  front = std::move(thinned);
  return false;
}

static std::optional<AssignmentResult> solveChain(const AssignmentProblem &problem,
                                                  Minimize objective, double limit) {
  size_t count = problem.items.size();
  // Cost of edges to the outside if an item is integer, and between an item and the next.
  std::vector<double> outside(count, 0.0), between(count, 0.0);
  for (const AssignmentEdge &edge : problem.edges) {
    if (edge.from < 0 && edge.to < 0)
      continue;
    if (edge.from < 0)
      outside[edge.to] += edge.cost;
    else if (edge.to < 0)
      outside[edge.from] += edge.cost;
    else
      between[edge.from] += edge.cost;
  }
  std::vector<std::array<Front, 2>> fronts(count);
  bool exact = true;
  for (size_t item = 0; item < count; ++item) {
    const AssignmentItem &numbers = problem.items[item];
    for (bool isFloat : {false, true}) {
      double cost = isFloat ? numbers.floatCost : numbers.integerCost + outside[item];
      double noise = isFloat ? 0.0 : numbers.integerNoise;
      Front &front = fronts[item][isFloat];
      if (item == 0)
        front.push_back({cost, noise, -1, false});
      for (bool before : {false, true}) {
        if (item == 0)
          break;
        double conversion = before != isFloat ? between[item - 1] : 0.0;
        for (auto [index, state] : llvm::enumerate(fronts[item - 1][before]))
          front.push_back({state.cost + cost + conversion, state.noise + noise,
                           static_cast<int>(index), before});
      }
      exact &= prune(front, objective, limit);
    }
  }

  const State *best = nullptr;
  bool side = false;
  for (bool isFloat : {false, true})
    for (const State &state : fronts[count - 1][isFloat]) {
      double value = objective == Minimize::Cost ? state.cost : state.noise;
      double least = !best                         ? std::numeric_limits<double>::infinity()
                     : objective == Minimize::Cost ? best->cost
                                                   : best->noise;
      if (value < least) {
        best = &state;
        side = isFloat;
      }
    }
  if (!best)
    return std::nullopt;
  AssignmentResult result;
  result.isFloat.resize(count);
  const State *state = best;
  for (size_t item = count; item-- > 0;) {
    result.isFloat[item] = side;
    if (item == 0)
      break;
    side = state->parentFloat;
    state = &fronts[item - 1][side][state->parent];
  }
  result.exact = exact;
  return result;
}

//===----------------------------------------------------------------------===//
// Other graphs: greedy, local search, and a bound
//===----------------------------------------------------------------------===//

/// A lower bound: conversions cost nothing, and items may be chosen in parts.
static double getBound(const AssignmentProblem &problem, Minimize objective, double limit) {
  // All in integers has the least cost (or an item is never better in integers); each item may
  // buy its noise off.
  double cost = 0.0, noise = 0.0;
  struct Offer {
    double price, noise;
  };
  std::vector<Offer> offers;
  for (const AssignmentItem &item : problem.items) {
    double price = item.floatCost - item.integerCost;
    if (price <= 0.0) {
      cost += item.floatCost;
      continue;
    }
    cost += item.integerCost;
    noise += item.integerNoise;
    offers.push_back({price, item.integerNoise});
  }
  llvm::stable_sort(
      offers, [](const Offer &a, const Offer &b) { return a.noise * b.price > b.noise * a.price; });
  for (const Offer &offer : offers) {
    double share = 1.0;
    if (objective == Minimize::Cost) {
      if (noise <= limit)
        break;
      share = offer.noise > 0.0 ? std::min(1.0, (noise - limit) / offer.noise) : 0.0;
    } else {
      if (cost >= limit)
        break;
      share = std::min(1.0, (limit - cost) / offer.price);
    }
    cost += share * offer.price;
    noise -= share * offer.noise;
  }
  return std::max(objective == Minimize::Cost ? cost : noise, 0.0);
}

/// True if choice `a` is better than `b`: within the limit first, then by the objective.
static bool isBetter(const AssignmentProblem &problem, Minimize objective, double limit,
                     const std::vector<bool> &a, const std::vector<bool> &b) {
  double costA = problem.getCost(a), costB = problem.getCost(b);
  double noiseA = problem.getNoise(a), noiseB = problem.getNoise(b);
  if (objective == Minimize::Noise) {
    std::swap(costA, noiseA);
    std::swap(costB, noiseB);
  }
  double overA = std::max(noiseA - limit, 0.0), overB = std::max(noiseB - limit, 0.0);
  if (overA != overB)
    return overA < overB;
  return costA != costB ? costA < costB : noiseA < noiseB;
}

static std::optional<AssignmentResult> solveGreedily(const AssignmentProblem &problem,
                                                     Minimize objective, double limit) {
  size_t count = problem.items.size();
  std::vector<bool> best;
  for (bool start : {false, true}) {
    std::vector<bool> choice(count, start);
    // Best single or double change, until none helps. Changing two neighbours at once crosses
    // the conversions between them.
    for (size_t round = 0; round < 2 * count; ++round) {
      std::vector<bool> candidate = choice;
      auto attempt = [&](llvm::ArrayRef<int> items) {
        std::vector<bool> changed = choice;
        for (int item : items)
          changed[item] = !changed[item];
        if (isBetter(problem, objective, limit, changed, candidate))
          candidate = std::move(changed);
      };
      for (size_t item = 0; item < count; ++item)
        attempt({static_cast<int>(item)});
      for (const AssignmentEdge &edge : problem.edges)
        if (edge.from >= 0 && edge.to >= 0)
          attempt({edge.from, edge.to});
      if (candidate == choice)
        break;
      choice = std::move(candidate);
    }
    if (best.empty() || isBetter(problem, objective, limit, choice, best))
      best = std::move(choice);
  }
  if ((objective == Minimize::Cost ? problem.getNoise(best) : problem.getCost(best)) > limit)
    return std::nullopt;
  AssignmentResult result;
  result.isFloat = std::move(best);
  return result;
}

std::optional<AssignmentResult> solveAssignment(const AssignmentProblem &problem,
                                                Minimize objective, double limit) {
  if (problem.items.empty())
    return AssignmentResult{{}, 0.0, 0.0, 0.0, true};
  std::optional<AssignmentResult> result = problem.isChain()
                                               ? solveChain(problem, objective, limit)
                                               : solveGreedily(problem, objective, limit);
  if (!result)
    return std::nullopt;
  result->cost = problem.getCost(result->isFloat);
  result->noise = problem.getNoise(result->isFloat);
  double reached = objective == Minimize::Cost ? result->cost : result->noise;
  result->bound = result->exact ? reached : getBound(problem, objective, limit);
  return result;
}

} // namespace kvant::precision
