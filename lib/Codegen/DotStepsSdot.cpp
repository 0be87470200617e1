// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner step of the dot-product family by SDOT.
#include "DotStepsArm.h"
#include "KernelTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// SDOT by element: four channels to a register. LD2 parts the first from the second four
/// elements of each channel.
class SdotSteps : public ArmSteps {
public:
  using ArmSteps::ArmSteps;

  SmallVector<Value> start() override {
    startWeights(/*together=*/1);
    SmallVector<Value> accumulators;
    // SDOT adds in place, so each row needs a copy of the bias: two by one load of a pair.
    bool loadsBias = tile.vectors > 1;
    Value address;
    if (loadsBias)
      address = kb.getAddress(tile.biasBuffer, kb.mul(tile.firstBias, 4));
    for (int64_t row = 0; row < tile.rows; ++row) {
      if (!loadsBias) {
        llvm::append_range(accumulators, tile.bias);
      } else {
        address = kb.conceal(address);
        for (int64_t vector = 0; vector < tile.vectors; ++vector)
          accumulators.push_back(kb.bitcast(kb.loadBytes(address, vector * kRegister, kRegister),
                                            kChannels, kb.i32()));
      }
      if (tile.weightZp != 0)
        accumulators.push_back(zero());
    }
    return accumulators;
  }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    next = chunk.w;
    nextX = chunk.x;
    if (tile.sharesPixels ||
        getRegistersOfRows(tile.rows, tile.vectors) <= int64_t(kb.level.vectorRegisters))
      keepRows(accumulators, chunk);
    else
      keepWeights(accumulators, chunk);
  }

  Value getNextX(const DotChunk &) override { return nextX; }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    return accumulators[row * tile.getColumns() + column];
  }

private:
  /// Four elements of a row, as an element of a register.
  struct Word {
    Value vector;
    int64_t lane;
  };

  /// The rows of a chunk are loaded once, weights are used up as they come.
  /// The rows of a chunk are loaded once, weights are used up as they come.
  void keepRows(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) {
    SmallVector<SmallVector<Word>> rows;
    for (int64_t row = 0; row < tile.rows; ++row)
      rows.push_back(loadRow(chunk, row));
    for (int64_t group = 0; group < chunk.groups; ++group)
      for (int64_t column = 0; column < tile.getColumns(); ++column)
        for (auto [quarter, weights] : llvm::enumerate(loadQuarters(chunk, group, column)))
          for (int64_t row = 0; row < tile.rows; ++row)
            add(accumulators, row, column, weights, rows[row][group * 2 + int64_t(quarter)]);
  }

  /// The weights of a chunk are loaded once, rows are used up as they come.
  void keepWeights(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) {
    struct Part {
      int64_t column, quarter;
      Value weights;
    };
    int64_t columns = tile.getColumns();
    SmallVector<Part> parts;
    for (int64_t group = 0; group < chunk.groups; ++group)
      for (int64_t column = 0; column < columns; ++column)
        for (auto [quarter, weights] : llvm::enumerate(loadQuarters(chunk, group, column)))
          parts.push_back({column, group * 2 + int64_t(quarter), weights});
    DotChunk part = chunk;
    for (int64_t row = 0; row < tile.rows; ++row) {
      // No more than the rows before it and this one are loaded at a time.
      if (row >= kRowsAhead)
        part.x = kb.conceal(part.x, accumulators[(row - kRowsAhead) * columns]);
      SmallVector<Word> words = loadRow(part, row);
      for (const Part &p : parts)
        add(accumulators, row, p.column, p.weights, words[p.quarter]);
    }
    nextX = part.x;
  }

  static constexpr int64_t kRowsAhead = 2;

  SmallVector<Word> loadRow(const DotChunk &chunk, int64_t row) {
    SmallVector<Word> words;
    if (tile.lineStride != 0) {
      int64_t end = (chunk.groups - 1) * kGroup + chunk.lastValid;
      for (int64_t at = 0; at < end; at += kernel::kDotGroup)
        words.push_back({kb.concealedWord(getWord(chunk, row, at)), 0});
      return words;
    }
    Value all = kb.bitcast(getX(chunk, row, 0, chunk.groups * kGroup), chunk.groups * 2, kb.i32());
    for (int64_t lane = 0; lane < chunk.groups * 2; ++lane)
      words.push_back({all, lane});
    return words;
  }

  /// The first, and if there are so many the second, four elements of each channel.
  SmallVector<Value> loadQuarters(const DotChunk &chunk, int64_t group, int64_t column) {
    Value words = kb.bitcast(getNext(chunk, group, column), kChannels * 2, kb.i32());
    SmallVector<Value> quarters;
    for (int64_t quarter = 0; quarter < getQuarters(chunk, group); ++quarter)
      quarters.push_back(
          kb.bitcast(kb.shuffle(words, words, {quarter, quarter + 2, quarter + 4, quarter + 6}),
                     kRegister, kb.i8()));
    return quarters;
  }

  void add(SmallVectorImpl<Value> &accumulators, int64_t row, int64_t column, Value weights,
           const Word &word) {
    Value &sum = accumulators[row * tile.getColumns() + column];
    Value x = kb.splatLane(word.vector, word.lane, 4);
    sum = sdot(sum, weights, kb.bitcast(x, kRegister, kb.i8()));
  }

  /// The weights of a column, which are read one after the other: LD2 counts up their address by
  /// its own length or by a register.
  Value getNext(const DotChunk &chunk, int64_t group, int64_t column) {
    constexpr int64_t kLength = kChannels * kGroup;
    if (column >= tile.vectors)
      return getWeights(chunk, group, column, 0, kLength);
    Value weights = kb.loadBytes(next, 0, kLength);
    advanceWeights(kLength, /*isLast=*/column + 1 == tile.vectors);
    return weights;
  }

  Value nextX;
};

/// SDOT of one row: two channels to a register, each in two parts that are added at the end.
/// Weights are used as they are loaded.
class SdotRowSteps : public ArmSteps {
public:
  using ArmSteps::ArmSteps;

  int64_t getUnroll() const override { return 2 * ArmSteps::getUnroll(); }

  SmallVector<Value> start() override {
    startWeights(kLoadedVectors);
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
    SmallVector<Value> x;
    for (int64_t group = 0; group < chunk.groups; ++group)
      x.push_back(kb.bitcast(kb.splatLane(row, group, 2), kRegister, kb.i8()));
    overPairs(chunk, [&](int64_t group, int64_t index, Value weights) {
      accumulators[index] = sdot(accumulators[index], weights, x[group]);
    });
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t, int64_t column) override {
    return kb.intrinsic("llvm.aarch64.neon.addp", kb.vectorOf(4, kb.i32()),
                        {accumulators[column * 2], accumulators[column * 2 + 1]});
  }
};

} // namespace

std::unique_ptr<DotSteps> makeSdotSteps(KernelBuilder &kb, const DotTile &tile) {
  if (tile.rows == 1)
    return std::make_unique<SdotRowSteps>(kb, tile);
  return std::make_unique<SdotSteps>(kb, tile);
}

} // namespace kvant::codegen
