// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner step of the dot-product family on AArch64. All levels read the same weights: eight
// elements of each channel, four channels to a vector of results.
#include "DotSteps.h"

#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// Elements of a run in one group, bytes that a register holds of it, and channels in one.
constexpr int64_t kGroup = kernel::getDotGroup(/*lanes=*/4);
constexpr int64_t kRegister = 16;
constexpr int64_t kChannels = 4;

class ArmSteps : public DotSteps {
public:
  using DotSteps::DotSteps;

  int64_t getGroup() const override { return kGroup; }
  int64_t getUnroll() const override { return kRegister / kGroup; }

protected:
  Value zero() { return kb.splat(0, 4, kb.i32()); }

  /// One group of weights of channels 2 * `half` and on of a vector: [channel, element].
  Value getPair(const DotChunk &chunk, int64_t group, int64_t column, int64_t half) {
    return getWeights(chunk, group, column, half * kRegister, kRegister);
  }

  /// Groups of four elements in a group of a chunk that hold any of the run.
  int64_t getQuarters(const DotChunk &chunk, int64_t group) {
    return group + 1 == chunk.groups && chunk.lastValid <= kGroup / 2 ? 1 : 2;
  }

  Value sdot(Value sum, Value weights, Value x) {
    return kb.intrinsic("llvm.aarch64.neon.sdot", sum.getType(), {sum, weights, x});
  }
};

/// SDOT by element: four channels to a register. LD2 parts the first from the second four
/// elements of each channel.
class SdotSteps : public ArmSteps {
public:
  using ArmSteps::ArmSteps;

  SmallVector<Value> start() override {
    SmallVector<Value> accumulators;
    for (int64_t row = 0; row < tile.rows; ++row) {
      llvm::append_range(accumulators, tile.bias);
      if (tile.weightZp != 0)
        accumulators.push_back(zero());
    }
    return accumulators;
  }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    int64_t columns = tile.getColumns();
    SmallVector<Value> rows;
    for (int64_t row = 0; row < tile.rows; ++row)
      rows.push_back(
          kb.bitcast(getX(chunk, row, 0, chunk.groups * kGroup), chunk.groups * 2, kb.i32()));
    for (int64_t group = 0; group < chunk.groups; ++group)
      for (int64_t column = 0; column < columns; ++column) {
        Value words = kb.bitcast(getWeights(chunk, group, column, 0, kChannels * kGroup),
                                 kChannels * 2, kb.i32());
        for (int64_t quarter = 0; quarter < getQuarters(chunk, group); ++quarter) {
          Value weights =
              kb.bitcast(kb.shuffle(words, words, {quarter, quarter + 2, quarter + 4, quarter + 6}),
                         kRegister, kb.i8());
          for (int64_t row = 0; row < tile.rows; ++row) {
            Value &sum = accumulators[row * columns + column];
            Value x = kb.splatLane(rows[row], group * 2 + quarter, 4);
            sum = sdot(sum, weights, kb.bitcast(x, kRegister, kb.i8()));
          }
        }
      }
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    return accumulators[row * tile.getColumns() + column];
  }
};

/// SDOT of one row: two channels to a register, each in two parts that are added at the end.
/// Weights are used as they are loaded.
class SdotRowSteps : public ArmSteps {
public:
  using ArmSteps::ArmSteps;

  SmallVector<Value> start() override {
    SmallVector<Value> accumulators;
    for (Value bias : tile.bias) {
      accumulators.push_back(kb.shuffle(bias, zero(), {0, 4, 1, 5}));
      accumulators.push_back(kb.shuffle(bias, zero(), {2, 6, 3, 7}));
    }
    if (tile.weightZp != 0)
      accumulators.append({zero(), zero()});
    return accumulators;
  }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    Value row = kb.bitcast(getX(chunk, 0, 0, chunk.groups * kGroup), chunk.groups, kb.i64());
    for (int64_t group = 0; group < chunk.groups; ++group) {
      Value x = kb.bitcast(kb.splatLane(row, group, 2), kRegister, kb.i8());
      for (int64_t column = 0; column < tile.getColumns(); ++column)
        for (int64_t half = 0; half < 2; ++half) {
          Value &sum = accumulators[column * 2 + half];
          sum = sdot(sum, getPair(chunk, group, column, half), x);
        }
    }
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t, int64_t column) override {
    return kb.intrinsic("llvm.aarch64.neon.addp", kb.vectorOf(4, kb.i32()),
                        {accumulators[column * 2], accumulators[column * 2 + 1]});
  }
};

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

/// SMULL and SMLAL into 16 bits, SADALP into 32: each lane holds a part of the sum of one
/// channel, which are added at the end.
class SmullSteps : public ArmSteps {
public:
  using ArmSteps::ArmSteps;

  SmallVector<Value> start() override {
    return zeros(tile.rows * tile.getColumns() * kChannels, 4);
  }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    // Two products of bytes fit in 16 bits unless both weights may be -128.
    int64_t together = tile.fullRange ? 1 : 2;
    for (int64_t group = 0; group < chunk.groups; group += together) {
      int64_t count = std::min(together, chunk.groups - group);
      SmallVector<SmallVector<Value>> rows;
      for (int64_t row = 0; row < tile.rows; ++row)
        rows.push_back(
            widen(count, [&](int64_t g) { return getX(chunk, row, group + g, kGroup); }));
      for (int64_t channel = 0; channel < tile.getColumns() * kChannels; ++channel) {
        SmallVector<Value> weights = widen(count, [&](int64_t g) {
          return getWeights(chunk, group + g, channel / kChannels, (channel % kChannels) * kGroup,
                            kGroup);
        });
        for (int64_t row = 0; row < tile.rows; ++row)
          addProducts(accumulators[row * tile.getColumns() * kChannels + channel], rows[row],
                      weights);
      }
    }
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    ArrayRef<Value> parts =
        accumulators.slice((row * tile.getColumns() + column) * kChannels, kChannels);
    Value sum = addPairs(addPairs(parts[0], parts[1]), addPairs(parts[2], parts[3]));
    if (column < tile.vectors)
      sum = arith::AddIOp::create(kb.builder, kb.loc, sum, tile.bias[column]);
    return sum;
  }

private:
  SmallVector<Value> widen(int64_t count, llvm::function_ref<Value(int64_t)> load) {
    SmallVector<Value> wide;
    for (int64_t group = 0; group < count; ++group)
      wide.push_back(kb.signExtend(load(group), kb.i16()));
    return wide;
  }

  void addProducts(Value &sum, ArrayRef<Value> x, ArrayRef<Value> weights) {
    Value products;
    for (auto [a, b] : llvm::zip(x, weights)) {
      Value product = arith::MulIOp::create(kb.builder, kb.loc, a, b);
      products = products ? arith::AddIOp::create(kb.builder, kb.loc, products, product).getResult()
                          : product;
    }
    Value pairs = kb.intrinsic("llvm.aarch64.neon.saddlp", sum.getType(), {products});
    sum = arith::AddIOp::create(kb.builder, kb.loc, sum, pairs);
  }

  Value addPairs(Value a, Value b) {
    return kb.intrinsic("llvm.aarch64.neon.addp", kb.vectorOf(4, kb.i32()), {a, b});
  }
};

} // namespace

std::unique_ptr<DotSteps> makeSdotSteps(KernelBuilder &kb, const DotTile &tile) {
  if (tile.rows == 1)
    return std::make_unique<SdotRowSteps>(kb, tile);
  return std::make_unique<SdotSteps>(kb, tile);
}

std::unique_ptr<DotSteps> makeSmmlaSteps(KernelBuilder &kb, const DotTile &tile) {
  return std::make_unique<SmmlaSteps>(kb, tile);
}

std::unique_ptr<DotSteps> makeSmullSteps(KernelBuilder &kb, const DotTile &tile) {
  return std::make_unique<SmullSteps>(kb, tile);
}

} // namespace kvant::codegen
