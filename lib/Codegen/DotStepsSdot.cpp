// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner step of the dot-product family by SDOT.
#include "DotStepsArm.h"

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
    if (tile.packedVectors != tile.vectors)
      skip = kb.conceal(arith::ConstantIntOp::create(
          kb.builder, kb.loc, (tile.packedVectors - tile.vectors + 1) * kChannels * kGroup, 64));
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
    next = chunk.w;
    SmallVector<Value> rows;
    for (int64_t row = 0; row < tile.rows; ++row)
      rows.push_back(
          kb.bitcast(getX(chunk, row, 0, chunk.groups * kGroup), chunk.groups * 2, kb.i32()));
    for (int64_t group = 0; group < chunk.groups; ++group)
      for (int64_t column = 0; column < columns; ++column) {
        Value words =
            kb.bitcast(getNext(chunk, group, column), kChannels * 2, kb.i32());
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

  Value getNextWeights(const DotChunk &) override { return next; }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    return accumulators[row * tile.getColumns() + column];
  }

private:
  /// The weights of a column, which are read one after the other: LD2 counts up their address by
  /// its own length or by a register.
  Value getNext(const DotChunk &chunk, int64_t group, int64_t column) {
    constexpr int64_t kLength = kChannels * kGroup;
    if (column >= tile.vectors)
      return getWeights(chunk, group, column, 0, kLength);
    Value weights = kb.loadBytes(next, 0, kLength);
    next = kb.conceal(column + 1 < tile.vectors ? kb.advance(next, kLength)
                                                : skip ? kb.advance(next, skip)
                                                       : kb.advance(next, kLength));
    return weights;
  }

  Value next; ///< address of the weights to be read
  Value skip; ///< from the last vector of the tile to the first of the next group, if not its length
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

} // namespace

std::unique_ptr<DotSteps> makeSdotSteps(KernelBuilder &kb, const DotTile &tile) {
  if (tile.rows == 1)
    return std::make_unique<SdotRowSteps>(kb, tile);
  return std::make_unique<SdotSteps>(kb, tile);
}

} // namespace kvant::codegen
