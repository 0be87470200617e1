// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner step of the dot-product family on x86.
#include "DotSteps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

class X86Steps : public DotSteps {
public:
  using DotSteps::DotSteps;

protected:
  /// Group `group` of a row in all of `lanes` 32-bit lanes.
  Value broadcastGroup(const DotChunk &chunk, int64_t row, int64_t group, int64_t lanes) {
    if (const GatheredRows &gathered = chunk.gathered; gathered.rows != 0)
      return kb.splatLane(gathered.vectors[row / gathered.rows], row % gathered.rows, lanes);
    Value word = kb.bitcast(getX(chunk, row, group, 4), 1, kb.i32());
    Value scalar = vector::ExtractOp::create(kb.builder, kb.loc, word, ArrayRef<int64_t>{0});
    return kb.broadcast(scalar, lanes);
  }
};

/// Products that a core has under way: as many cycles as one takes, or twice that. Cores with
/// registers of 256 bits begin two a cycle.
constexpr int64_t kMinSums = 4, kMinSums256 = 8;

/// VPDPBUSD: unsigned bytes of the input times signed bytes of the weights, in registers of 512
/// bits, or of 256 where that holds all channels.
class VnniSteps : public X86Steps {
public:
  VnniSteps(KernelBuilder &kb, const DotTile &tile) : X86Steps(kb, tile) {
    int64_t wanted = kb.level.vectorBits == 256 ? kMinSums256 : kMinSums;
    while (chains < getUnroll() && chains * getSums() < wanted)
      chains *= 2;
  }

  SmallVector<Value> start() override {
    SmallVector<Value> accumulators;
    for (int64_t row = 0; row < tile.rows; ++row) {
      llvm::append_range(accumulators, tile.bias);
      if (tile.weightZp != 0)
        accumulators.push_back(kb.splat(0, tile.lanes, kb.i32()));
    }
    llvm::append_range(accumulators, zeros((chains - 1) * getSums(), tile.lanes));
    return accumulators;
  }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    int64_t bytes = tile.lanes * 4, columns = tile.getColumns();
    for (int64_t group = 0; group < chunk.groups; ++group) {
      SmallVector<Value> weights;
      for (int64_t column = 0; column < columns; ++column)
        weights.push_back(getWeights(chunk, group, column, 0, bytes));
      auto sumOf = [&](int64_t row, int64_t column) -> Value & {
        return accumulators[group % chains * getSums() + row * columns + column];
      };
      for (int64_t row = 0; row < tile.rows; ++row) {
        if (isPair(chunk, row)) {
          Value x = prepare(broadcastPair(chunk, row));
          for (int64_t column = 0; column < columns; ++column) {
            Value &first = sumOf(row, column), &second = sumOf(row + 1, column);
            Value both = kb.dotBytes(kb.concat({first, second}), x,
                                     kb.concat({weights[column], weights[column]}));
            first = kb.slice(both, 0, tile.lanes);
            second = kb.slice(both, tile.lanes, tile.lanes);
          }
          ++row;
          continue;
        }
        Value x = prepare(broadcastGroup(chunk, row, group, tile.lanes));
        for (int64_t column = 0; column < columns; ++column) {
          Value &sum = sumOf(row, column);
          sum = kb.dotBytes(sum, x, weights[column]);
        }
      }
    }
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    Value sum = accumulators[row * tile.getColumns() + column];
    for (int64_t chain = 1; chain < chains; ++chain)
      sum =
          arith::AddIOp::create(kb.builder, kb.loc, sum,
                                accumulators[chain * getSums() + row * tile.getColumns() + column]);
    return sum;
  }

private:
  int64_t getSums() const { return tile.rows * tile.getColumns(); }

  /// Groups of the input as the instruction wants them, unsigned bytes.
  Value prepare(Value words) {
    int64_t lanes = cast<VectorType>(words.getType()).getDimSize(0);
    if (tile.flipInput)
      words =
          arith::XOrIOp::create(kb.builder, kb.loc, words, kb.splat(0x80808080, lanes, kb.i32()));
    return kb.bitcast(words, lanes * 4, kb.i8());
  }

  /// True if one shuffle brings the groups of two rows whose sums fill a register together, as the
  /// epilogue takes them.
  bool isPair(const DotChunk &chunk, int64_t row) const {
    int64_t rows = chunk.gathered.rows;
    return rows != 0 && tile.lanes * 64 == kb.level.vectorBits && row + 1 < tile.rows &&
           row / rows == (row + 1) / rows;
  }
  Value broadcastPair(const DotChunk &chunk, int64_t row) {
    const GatheredRows &gathered = chunk.gathered;
    Value vector = gathered.vectors[row / gathered.rows];
    SmallVector<int64_t> mask(tile.lanes, row % gathered.rows);
    mask.append(tile.lanes, row % gathered.rows + 1);
    return kb.shuffle(vector, vector, mask);
  }

  /// Sums that are added up at the end, so that a small tile need not wait for each product.
  int64_t chains = 1;
};

/// VPMADDWD on sign-extended bytes: each 32-bit lane holds half of a group, four channels to a
/// register.
class Avx2Steps : public X86Steps {
public:
  using X86Steps::X86Steps;

  int64_t getUnroll() const override { return 2; }

  SmallVector<Value> start() override { return zeros(tile.rows * tile.getColumns() * 2, 8); }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    int64_t columns = tile.getColumns();
    Type products = kb.vectorOf(8, kb.i32());
    for (int64_t group = 0; group < chunk.groups; ++group) {
      SmallVector<Value> weights;
      for (int64_t half = 0; half < columns * 2; ++half)
        weights.push_back(
            kb.signExtend(getWeights(chunk, group, half / 2, (half % 2) * 16, 16), kb.i16()));
      for (int64_t row = 0; row < tile.rows; ++row) {
        Value x = broadcastGroup(chunk, row, group, 4);
        x = kb.signExtend(kb.bitcast(x, 16, kb.i8()), kb.i16());
        for (int64_t half = 0; half < columns * 2; ++half) {
          Value &sum = accumulators[row * columns * 2 + half];
          Value product = kb.intrinsic("llvm.x86.avx2.pmadd.wd", products, {x, weights[half]});
          sum = arith::AddIOp::create(kb.builder, kb.loc, sum, product);
        }
      }
    }
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    int64_t first = (row * tile.getColumns() + column) * 2;
    Value low = accumulators[first], high = accumulators[first + 1];
    Value sum = arith::AddIOp::create(kb.builder, kb.loc,
                                      kb.shuffle(low, high, {0, 2, 4, 6, 8, 10, 12, 14}),
                                      kb.shuffle(low, high, {1, 3, 5, 7, 9, 11, 13, 15}));
    if (column < tile.vectors)
      sum = arith::AddIOp::create(kb.builder, kb.loc, sum, tile.bias[column]);
    return sum;
  }
};

} // namespace

std::unique_ptr<DotSteps> makeVnniSteps(KernelBuilder &kb, const DotTile &tile) {
  return std::make_unique<VnniSteps>(kb, tile);
}

std::unique_ptr<DotSteps> makeAvx2Steps(KernelBuilder &kb, const DotTile &tile) {
  return std::make_unique<Avx2Steps>(kb, tile);
}

} // namespace kvant::codegen
