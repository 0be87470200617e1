// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner step of the dot-product family on AArch64.
#include "DotSteps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// `groups` groups of a row as lanes of 32 bits. Up to four bytes behind an odd number of
/// groups are read: loads of four bytes into vectors are slow.
SmallVector<Value> loadGroups(KernelBuilder &kb, llvm::function_ref<Value(int64_t, int64_t)> load,
                              int64_t groups) {
  SmallVector<Value> lanes;
  for (int64_t done = 0; done < groups;) {
    int64_t piece = groups - done >= 3 ? 4 : 2;
    Value words = kb.bitcast(load(done, piece * 4), piece, kb.i32());
    for (int64_t lane = 0; lane < std::min(piece, groups - done); ++lane)
      lanes.push_back(kb.splatLane(words, lane, 4));
    done += piece;
  }
  return lanes;
}

/// SDOT by element: four channels to a register.
class SdotSteps : public DotSteps {
public:
  using DotSteps::DotSteps;

  SmallVector<Value> start() override {
    SmallVector<Value> accumulators;
    for (int64_t row = 0; row < tile.rows; ++row) {
      llvm::append_range(accumulators, tile.bias);
      if (tile.weightZp != 0)
        accumulators.push_back(kb.splat(0, 4, kb.i32()));
    }
    return accumulators;
  }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    int64_t columns = tile.getColumns();
    SmallVector<SmallVector<Value>> rows;
    for (int64_t row = 0; row < tile.rows; ++row)
      rows.push_back(loadGroups(
          kb, [&](int64_t group, int64_t bytes) { return getX(chunk, row, group, bytes); },
          chunk.groups));
    for (int64_t group = 0; group < chunk.groups; ++group)
      for (int64_t column = 0; column < columns; ++column) {
        Value weights = getWeights(chunk, group, column, 0, 16);
        for (int64_t row = 0; row < tile.rows; ++row) {
          Value &sum = accumulators[row * columns + column];
          Value x = kb.bitcast(rows[row][group], 16, kb.i8());
          sum = kb.intrinsic("llvm.aarch64.neon.sdot", sum.getType(), {sum, weights, x});
        }
      }
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    return accumulators[row * tile.getColumns() + column];
  }
};

/// SMMLA: two rows by two channels to a register, eight elements of the run at once.
class SmmlaSteps : public DotSteps {
public:
  using DotSteps::DotSteps;

  SmallVector<Value> start() override {
    SmallVector<Value> accumulators;
    Value zero = kb.splat(0, 4, kb.i32());
    for (int64_t pair = 0; pair < getPairs(); ++pair) {
      for (Value bias : tile.bias) {
        accumulators.push_back(kb.shuffle(bias, bias, {0, 1, 0, 1}));
        accumulators.push_back(kb.shuffle(bias, bias, {2, 3, 2, 3}));
      }
      if (tile.weightZp != 0)
        accumulators.append({zero, zero});
    }
    return accumulators;
  }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    int64_t columns = tile.getColumns();
    SmallVector<SmallVector<Value>> pairs;
    for (int64_t pair = 0; pair < getPairs(); ++pair)
      pairs.push_back(loadPair(chunk, pair));
    Value zero = kb.splat(0, 4, kb.i32());
    for (int64_t step = 0; step * 2 < chunk.groups; ++step)
      for (int64_t column = 0; column < columns; ++column) {
        auto get = [&](int64_t group) {
          if (group >= chunk.groups)
            return zero;
          return kb.bitcast(getWeights(chunk, group, column, 0, 16), 4, kb.i32());
        };
        Value even = get(step * 2), odd = get(step * 2 + 1);
        Value halves[2] = {kb.shuffle(even, odd, {0, 4, 1, 5}),
                           kb.shuffle(even, odd, {2, 6, 3, 7})};
        for (int half = 0; half < 2; ++half) {
          Value weights = kb.bitcast(halves[half], 16, kb.i8());
          for (int64_t pair = 0; pair < getPairs(); ++pair) {
            Value &sum = accumulators[(pair * columns + column) * 2 + half];
            sum = kb.intrinsic("llvm.aarch64.neon.smmla", sum.getType(),
                               {sum, pairs[pair][step], weights});
          }
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

  /// Eight bytes of one row and eight of the next, for each step of a chunk. An odd last row
  /// is paired with itself.
  SmallVector<Value> loadPair(const DotChunk &chunk, int64_t pair) {
    int64_t first = pair * 2, second = std::min(first + 1, tile.rows - 1);
    SmallVector<Value> steps;
    for (int64_t group = 0; group < chunk.groups;) {
      // The second half of a step behind the last group meets zero weights.
      if (chunk.groups - group >= 3) {
        Value a = kb.bitcast(getX(chunk, first, group, 16), 2, kb.i64());
        Value b = kb.bitcast(getX(chunk, second, group, 16), 2, kb.i64());
        steps.push_back(kb.bitcast(kb.shuffle(a, b, {0, 2}), 16, kb.i8()));
        steps.push_back(kb.bitcast(kb.shuffle(a, b, {1, 3}), 16, kb.i8()));
        group += 4;
      } else {
        steps.push_back(kb.concat({getX(chunk, first, group, 8), getX(chunk, second, group, 8)}));
        group += 2;
      }
    }
    return steps;
  }
};

/// SMULL and SMLAL into 16 bits, SADALP into 32: each lane holds half of a group, two channels
/// to a register.
class SmullSteps : public DotSteps {
public:
  using DotSteps::DotSteps;

  SmallVector<Value> start() override { return zeros(tile.rows * tile.getColumns() * 2, 4); }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    int64_t columns = tile.getColumns();
    SmallVector<SmallVector<Value>> rows;
    for (int64_t row = 0; row < tile.rows; ++row)
      rows.push_back(loadGroups(
          kb, [&](int64_t group, int64_t bytes) { return getX(chunk, row, group, bytes); },
          chunk.groups));
    // Two products of bytes fit in 16 bits unless both weights may be -128.
    int64_t together = tile.fullRange ? 1 : 2;
    for (int64_t group = 0; group < chunk.groups; group += together) {
      int64_t count = std::min(together, chunk.groups - group);
      for (int64_t half = 0; half < columns * 2; ++half) {
        SmallVector<Value> weights;
        for (int64_t g = 0; g < count; ++g)
          weights.push_back(
              kb.signExtend(getWeights(chunk, group + g, half / 2, (half % 2) * 8, 8), kb.i16()));
        for (int64_t row = 0; row < tile.rows; ++row) {
          Value products;
          for (int64_t g = 0; g < count; ++g) {
            Value x = kb.slice(kb.bitcast(rows[row][group + g], 16, kb.i8()), 0, 8);
            Value product =
                arith::MulIOp::create(kb.builder, kb.loc, kb.signExtend(x, kb.i16()), weights[g]);
            products =
                g == 0 ? product
                       : arith::AddIOp::create(kb.builder, kb.loc, products, product).getResult();
          }
          Value &sum = accumulators[row * columns * 2 + half];
          Value pairs = kb.intrinsic("llvm.aarch64.neon.saddlp", sum.getType(), {products});
          sum = arith::AddIOp::create(kb.builder, kb.loc, sum, pairs);
        }
      }
    }
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    int64_t first = (row * tile.getColumns() + column) * 2;
    Value sum = kb.intrinsic("llvm.aarch64.neon.addp", kb.vectorOf(4, kb.i32()),
                             {accumulators[first], accumulators[first + 1]});
    if (column < tile.vectors)
      sum = arith::AddIOp::create(kb.builder, kb.loc, sum, tile.bias[column]);
    return sum;
  }
};

} // namespace

std::unique_ptr<DotSteps> makeSdotSteps(KernelBuilder &kb, const DotTile &tile) {
  return std::make_unique<SdotSteps>(kb, tile);
}

std::unique_ptr<DotSteps> makeSmmlaSteps(KernelBuilder &kb, const DotTile &tile) {
  return std::make_unique<SmmlaSteps>(kb, tile);
}

std::unique_ptr<DotSteps> makeSmullSteps(KernelBuilder &kb, const DotTile &tile) {
  return std::make_unique<SmullSteps>(kb, tile);
}

} // namespace kvant::codegen
