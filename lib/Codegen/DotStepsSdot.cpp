// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner step of the dot-product family by SDOT.
#include "DotStepsArm.h"
#include "KernelTile.h"
#include "kvant/Codegen/TapOrder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include <limits>

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
    if (chunk.taps != 1)
      keepTaps(accumulators, chunk);
    else if (keepsRows())
      keepRows(accumulators, chunk);
    else
      keepWeights(accumulators, chunk);
  }

  Value getNextX(const DotChunk &) override { return nextX; }

  bool takesTaps() const override { return tile.sharesPixels && tile.vectors == 1; }

  bool canLoadAhead() const override { return !keepsRows(); }

  SmallVector<Value> loadAhead(const DotChunk &chunk) override {
    next = chunk.w;
    SmallVector<Value> weights;
    for (int64_t group = 0; group < chunk.groups; ++group)
      for (int64_t column = 0; column < tile.vectors; ++column)
        llvm::append_range(weights, loadQuarters(chunk, group, column));
    return weights;
  }

  ArrayRef<Value> getLoadedAhead() const override { return loadedAhead; }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    return accumulators[row * tile.getColumns() + column];
  }

private:
  bool keepsRows() const {
    return tile.sharesPixels ||
           getRegistersOfRows(tile.rows, tile.vectors) <= int64_t(kb.level.vectorRegisters);
  }

  /// Four elements of a row, as an element of a register.
  struct Word {
    Value vector;
    int64_t lane;
  };

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

  /// The weights of one group and column. `first` counts quarters from the start of the chunk.
  struct Part {
    int64_t column, first;
    SmallVector<Value> quarters;
  };

  /// A row times a quarter of a part.
  struct Product {
    int64_t row, part, quarter;
  };

  Part loadPart(const DotChunk &chunk, int64_t group, int64_t column) {
    return {column, group * 2, loadQuarters(chunk, group, column)};
  }

  /// The weights of a chunk are loaded once, rows are used up as they come. A row takes the place
  /// of one that is used up, and so do weights of the next chunk if they are loaded ahead.
  void keepWeights(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) {
    int64_t columns = tile.getColumns();
    SmallVector<Part> parts;
    for (int64_t group = 0; group < chunk.groups; ++group)
      for (int64_t column = 0; column < columns; ++column) {
        if (chunk.ahead.empty() || column >= tile.vectors)
          parts.push_back(loadPart(chunk, group, column));
        else
          parts.push_back({column, group * 2,
                           SmallVector<Value>(chunk.ahead.slice((group * tile.vectors + column) * 2,
                                                                getQuarters(chunk, group)))});
      }
    SmallVector<Product> order = getOrder(parts);
    SmallVector<int64_t> lastOfRow(tile.rows), lastOfPart(parts.size());
    for (auto [index, product] : llvm::enumerate(order)) {
      lastOfRow[product.row] = int64_t(index);
      lastOfPart[product.part] = int64_t(index);
    }
    SmallVector<SmallVector<Word>> rows;
    DotChunk rest = chunk;
    auto load = [&] { rows.push_back(loadRow(rest, int64_t(rows.size()))); };
    while (int64_t(rows.size()) < std::min(tile.rows, kRowsHeld))
      load();
    // LLVM keeps to the order of the program as each product is told to wait for the last.
    Value last;
    loadedAhead.clear();
    for (auto [index, product] : llvm::enumerate(order)) {
      const Part &part = parts[product.part];
      Value &sum = accumulators[product.row * columns + part.column];
      if (last)
        sum = kb.conceal(sum, last);
      add(accumulators, product.row, part.column, part.quarters[product.quarter],
          rows[product.row][part.first + product.quarter]);
      last = sum;
      if (lastOfRow[product.row] == int64_t(index) && int64_t(rows.size()) < tile.rows) {
        rest.x = kb.conceal(rest.x, sum);
        load();
        last = rows.back().front().vector;
      }
      if (chunk.loadsAhead && lastOfPart[product.part] == int64_t(index) &&
          part.column < tile.vectors) {
        next = kb.conceal(next, sum);
        llvm::append_range(loadedAhead, loadPart(chunk, part.first / 2, part.column).quarters);
        last = loadedAhead.back();
      }
    }
    nextX = rest.x;
  }

  /// The weights of all taps of a chunk stay in registers, each pixel is loaded once.
  void keepTaps(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) {
    TapRows tapRows{tile.lines, tile.getRowsOfLine(), chunk.taps};
    SmallVector<TapProduct> order = orderTapProducts(tapRows, chunk.groups * 2, kRowsHeld);
    // When weights are needed first, in the order in which they are packed.
    SmallVector<int64_t> needed(chunk.taps * chunk.groups, std::numeric_limits<int64_t>::max());
    SmallVector<int64_t> lastOfPixel(tapRows.getPixels());
    for (auto [index, product] : llvm::enumerate(order)) {
      int64_t &first = needed[product.tap * chunk.groups + product.word / 2];
      first = std::min(first, int64_t(index));
      lastOfPixel[product.pixel] = int64_t(index);
    }
    for (size_t part = needed.size() - 1; part != 0; --part)
      needed[part - 1] = std::min(needed[part - 1], needed[part]);

    DotChunk rest = chunk;
    SmallVector<SmallVector<Word>> pixels;
    SmallVector<Part> parts;
    auto loadPixel = [&] {
      int64_t pixel = int64_t(pixels.size()), ofLine = tapRows.getPixelsOfLine();
      DotChunk at = rest;
      at.xOffset += pixel / ofLine * tile.lineStep + pixel % ofLine * tile.rowStride;
      pixels.push_back(loadRow(at, 0));
    };
    auto loadWeights = [&] {
      int64_t group = int64_t(parts.size()) % chunk.groups;
      parts.push_back(loadPart(chunk, group, /*column=*/0));
    };
    while (pixels.size() < size_t(std::min<int64_t>(kRowsHeld, lastOfPixel.size())))
      loadPixel();
    Value ones = tile.weightZp != 0 ? getWeights(chunk, 0, tile.vectors, 0, kRegister) : Value();
    Value last; // as in keepWeights
    for (auto [index, product] : llvm::enumerate(order)) {
      while (parts.size() < needed.size() &&
             needed[parts.size()] <= int64_t(index) + kProductsOfLoad) {
        if (last)
          next = kb.conceal(next, last);
        loadWeights();
        last = last ? parts.back().quarters.front() : Value();
      }
      const Part &part = parts[product.tap * chunk.groups + product.word / 2];
      const Word &word = pixels[product.pixel][product.word];
      Value &sum = accumulators[product.row * tile.getColumns()];
      if (last)
        sum = kb.conceal(sum, last);
      add(accumulators, product.row, 0, part.quarters[product.word % 2], word);
      if (ones)
        add(accumulators, product.row, 1, ones, word);
      last = sum;
      if (lastOfPixel[product.pixel] == int64_t(index) && pixels.size() < lastOfPixel.size()) {
        rest.x = kb.conceal(rest.x, sum);
        loadPixel();
        last = pixels.back().front().vector;
      }
    }
    nextX = rest.x;
  }

  /// As many rows as are held at the start and at the end, so that there is time between the loads
  /// of weights; between them one pair of rows follows the other. Each round over rows and columns
  /// is longer than a product takes.
  SmallVector<Product> getOrder(ArrayRef<Part> parts) {
    SmallVector<Product> order;
    int64_t count = int64_t(parts.size()), columns = tile.getColumns();
    for (int64_t first = 0, end = std::min(kRowsHeld, tile.rows); first < tile.rows;) {
      for (int64_t group = 0; group < count; group += columns)
        for (int64_t quarter = 0; quarter < int64_t(parts[group].quarters.size()); ++quarter)
          for (int64_t part = group; part < group + columns; ++part)
            for (int64_t row = first; row < end; ++row)
              order.push_back({row, part, quarter});
      first = end;
      int64_t between = tile.rows - first - kRowsHeld;
      if (between <= 0)
        end = tile.rows;
      else
        end += between == kRowsHeld ? kRowsHeld : std::min(between, kRowsTogether);
    }
    return order;
  }

  /// Rows in registers at a time: a fourth would leave none for the constants of an epilogue.
  static constexpr int64_t kRowsHeld = 3, kRowsTogether = 2;
  /// Products of keepTaps between the load of weights and the first that needs them.
  static constexpr int64_t kProductsOfLoad = 8;

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
  SmallVector<Value> loadedAhead;
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
