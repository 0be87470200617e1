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

  /// Two registers of each row are loaded by one instruction, if there are enough.
  int64_t getUnroll() const override {
    int64_t registers = getRowPairs() * (2 * tile.getColumns() + kLongUnroll) + kWeightRegisters;
    return registers <= int64_t(kb.level.vectorRegisters) ? kLongUnroll : ArmSteps::getUnroll();
  }

  SmallVector<Value> start() override {
    startWeights(kLoadedVectors);
    SmallVector<Value> accumulators;
    for (int64_t pair = 0; pair < getRowPairs(); ++pair) {
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
    for (int64_t pair = 0; pair < getRowPairs(); ++pair)
      pairs.push_back(loadPair(chunk, pair));
    overPairs(chunk, [&](int64_t group, int64_t index, Value weights) {
      for (int64_t pair = 0; pair < getRowPairs(); ++pair) {
        Value &sum = accumulators[pair * columns * 2 + index];
        sum = kb.intrinsic("llvm.aarch64.neon.smmla", sum.getType(),
                           {sum, pairs[pair][group], weights});
      }
    });
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    int64_t first = ((row / 2) * tile.getColumns() + column) * 2;
    if (row % 2 == 0)
      return kb.shuffle(accumulators[first], accumulators[first + 1], {0, 1, 4, 5});
    return kb.shuffle(accumulators[first], accumulators[first + 1], {2, 3, 6, 7});
  }

  bool isPaired() const override { return true; }

  /// As they are: bytes are cheaper to put into order than sums.
  Value getPairSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    int64_t first = ((row / 2) * tile.getColumns() + column) * 2;
    return kb.concat({accumulators[first], accumulators[first + 1]});
  }

private:
  static constexpr int64_t kLongUnroll = 4, kWeightRegisters = 4;

  int64_t getRowPairs() const { return (tile.rows + 1) / 2; }

  /// A group of one row and of the next, for each group of a chunk. An odd last row is paired
  /// with itself.
  SmallVector<Value> loadPair(const DotChunk &chunk, int64_t pair) {
    int64_t first = pair * 2, second = std::min(first + 1, tile.rows - 1);
    SmallVector<Value> groups;
    auto add = [&](Value a, Value b, int64_t i, int64_t j) {
      groups.push_back(kb.bitcast(kb.shuffle(a, b, {i, j}), kRegister, kb.i8()));
    };
    // LD2 to LD4 part groups of rows that follow each other.
    int64_t distance = tile.getOffset(second) - tile.getOffset(first);
    if (distance == chunk.groups * kGroup && tile.lineStride == 0) {
      Value both =
          kb.bitcast(getX(chunk, first, 0, 2 * chunk.groups * kGroup), 2 * chunk.groups, kb.i64());
      for (int64_t group = 0; group < chunk.groups; ++group)
        add(both, both, group, chunk.groups + group);
      return groups;
    }
    auto load = [&](int64_t row) {
      return kb.bitcast(getX(chunk, row, 0, chunk.groups * kGroup), chunk.groups, kb.i64());
    };
    Value a = load(first), b = load(second);
    for (int64_t group = 0; group < chunk.groups; ++group)
      add(a, b, group, chunk.groups + group);
    return groups;
  }
};

} // namespace

std::unique_ptr<DotSteps> makeSmmlaSteps(KernelBuilder &kb, const DotTile &tile) {
  return std::make_unique<SmmlaSteps>(kb, tile);
}

} // namespace kvant::codegen
