// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner step of the dot-product family by SMMLA.
#include "DotStepsArm.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// SMMLA: two rows by two channels to a register, eight elements of the run at once.
class SmmlaSteps : public ArmSteps {
public:
  using ArmSteps::ArmSteps;

  SmallVector<Value> start() override {
    SmallVector<Value> accumulators;
    for (int64_t pair = 0; pair < getPairs(); ++pair) {
      for (Value bias : tile.bias) {
        accumulators.push_back(kb.shuffle(bias, bias, {0, 1, 0, 1}));
        accumulators.push_back(kb.shuffle(bias, bias, {2, 3, 2, 3}));
      }
      if (tile.weightZp != 0)
        accumulators.append({zero(), zero()});
    }
    return accumulators;
  }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    int64_t columns = tile.getColumns();
    SmallVector<SmallVector<Value>> pairs;
    for (int64_t pair = 0; pair < getPairs(); ++pair)
      pairs.push_back(loadPair(chunk, pair));
    for (int64_t group = 0; group < chunk.groups; ++group)
      for (int64_t column = 0; column < columns; ++column)
        for (int64_t half = 0; half < 2; ++half) {
          Value weights = getPair(chunk, group, column, half);
          for (int64_t pair = 0; pair < getPairs(); ++pair) {
            Value &sum = accumulators[(pair * columns + column) * 2 + half];
            sum = kb.intrinsic("llvm.aarch64.neon.smmla", sum.getType(),
                               {sum, pairs[pair][group], weights});
          }
        }
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    int64_t first = ((row / 2) * tile.getColumns() + column) * 2;
    if (row % 2 == 0)
      return kb.shuffle(accumulators[first], accumulators[first + 1], {0, 1, 4, 5});
    return kb.shuffle(accumulators[first], accumulators[first + 1], {2, 3, 6, 7});
  }

private:
  int64_t getPairs() const { return (tile.rows + 1) / 2; }

  /// A group of one row and of the next, for each group of a chunk. An odd last row is paired
  /// with itself.
  SmallVector<Value> loadPair(const DotChunk &chunk, int64_t pair) {
    int64_t first = pair * 2, second = std::min(first + 1, tile.rows - 1);
    auto load = [&](int64_t row) {
      return kb.bitcast(getX(chunk, row, 0, chunk.groups * kGroup), chunk.groups, kb.i64());
    };
    Value a = load(first), b = load(second);
    SmallVector<Value> groups;
    for (int64_t group = 0; group < chunk.groups; ++group)
      groups.push_back(
          kb.bitcast(kb.shuffle(a, b, {group, chunk.groups + group}), kRegister, kb.i8()));
    return groups;
  }
};

} // namespace

std::unique_ptr<DotSteps> makeSmmlaSteps(KernelBuilder &kb, const DotTile &tile) {
  return std::make_unique<SmmlaSteps>(kb, tile);
}

} // namespace kvant::codegen
