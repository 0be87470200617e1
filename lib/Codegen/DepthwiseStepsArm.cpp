// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Depthwise convolution on AArch64: eight channels at a time.
#include "DepthwiseSteps.h"

#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// Sums of eight channels in two registers.
class ArmDepthwise : public DepthwiseSteps {
public:
  using DepthwiseSteps::DepthwiseSteps;

  Values start(Value first) override {
    first = orZero(first);
    return {kb.slice(first, 0, 4), kb.slice(first, 4, 4)};
  }
  Value finish(const Values &sums) override { return kb.concat(sums); }
  int64_t getSumRegisters() const override { return 2; }
};

/// SDOT over four rows: eight channels in two registers. Lines whose windows lie in the same
/// four rows share these, and each has weights of its own; other lines share the weights.
class SdotDepthwise : public ArmDepthwise {
public:
  SdotDepthwise(KernelBuilder &kb, int64_t lanes, DepthwiseRows rows)
      : ArmDepthwise(kb, lanes, rows), sharesRows(rows.count() <= kernel::kDotGroup) {}

  Values prepareWeights(const Values &packed, int64_t line) override {
    Values weights;
    for (auto [group, vector] : llvm::enumerate(packed)) {
      Value bytes = vector ? vector : makeOnes(group);
      if (sharesRows && line != 0) {
        int64_t bits = 8 * line * rows.stride;
        Value words = arith::ShLIOp::create(kb.builder, kb.loc, kb.bitcast(bytes, lanes, kb.i32()),
                                            kb.splat(bits, lanes, kb.i32()));
        bytes = kb.bitcast(words, lanes * kernel::kDotGroup, kb.i8());
      }
      weights.push_back(kb.slice(bytes, 0, 16));
      weights.push_back(kb.slice(bytes, 16, 16));
    }
    return weights;
  }

  Values prepareColumn(const Values &loaded) override {
    Values groups;
    // Rows behind the window have zero weights, so any bytes do.
    auto pair = [&](size_t row) {
      size_t last = loaded.size() - 1;
      Value a = loaded[std::min(row, last)], b = loaded[std::min(row + 1, last)];
      return kb.bitcast(kb.interleave(a, b), 8, kb.i16());
    };
    for (int64_t line = 0; line < (sharesRows ? 1 : rows.lines); ++line) {
      int64_t start = line * rows.stride, end = sharesRows ? rows.count() : start + rows.height;
      for (int64_t first = start; first < end; first += kernel::kDotGroup) {
        Value low = pair(first), high = first + 2 < end ? pair(first + 2) : low;
        groups.push_back(
            kb.bitcast(kb.shuffle(low, high, {0, 8, 1, 9, 2, 10, 3, 11}), 16, kb.i8()));
        groups.push_back(
            kb.bitcast(kb.shuffle(low, high, {4, 12, 5, 13, 6, 14, 7, 15}), 16, kb.i8()));
      }
    }
    return groups;
  }

  void accumulate(Values &sums, ArrayRef<Values> columns, ArrayRef<Values> weights,
                  int64_t line) override {
    for (auto [column, factors] : llvm::zip_equal(columns, weights)) {
      size_t first = sharesRows ? 0 : line * factors.size();
      for (size_t i = 0; i < factors.size(); ++i)
        sums[i % 2] = kb.intrinsic("llvm.aarch64.neon.sdot", sums[i % 2].getType(),
                                   {sums[i % 2], factors[i], column[first + i]});
    }
  }

  bool addsInPlace() const override { return true; }
  int64_t getWeightRegisters() const override {
    return 2 * getGroups() * (sharesRows ? rows.lines : 1);
  }
  int64_t getColumnRegisters() const override {
    return 2 * getGroups() * (sharesRows ? 1 : rows.lines);
  }
  int64_t getColumnCost() const override {
    return rows.count() + llvm::divideCeil(rows.count(), 2) + getColumnRegisters();
  }
  int64_t getSumCost() const override { return 2 * getGroups(); }

private:
  int64_t getGroups() const { return llvm::divideCeil(rows.height, kernel::kDotGroup); }

  bool sharesRows;
};

/// SMULL, SMLAL of two products in 16 bits, SADDW into 32.
class SmullDepthwise : public ArmDepthwise {
public:
  SmullDepthwise(KernelBuilder &kb, int64_t lanes, DepthwiseRows rows, bool fullRange)
      : ArmDepthwise(kb, lanes, rows), together(fullRange ? 1 : 2) {}

  Values prepareWeights(const Values &packed, int64_t) override {
    Values weights;
    for (auto [group, vector] : llvm::enumerate(packed)) {
      Value bytes = vector ? vector : makeOnes(group);
      for (int64_t row = group * 4; row < std::min<int64_t>(group * 4 + 4, rows.height); ++row)
        weights.push_back(pickRow(bytes, row % 4));
    }
    return weights;
  }

  Values prepareColumn(const Values &loaded) override { return loaded; }

  void accumulate(Values &sums, ArrayRef<Values> columns, ArrayRef<Values> weights,
                  int64_t line) override {
    OpBuilder &b = kb.builder;
    Values all;
    for (auto [column, factors] : llvm::zip_equal(columns, weights))
      for (int64_t row = 0; row < rows.height; ++row)
        all.push_back(arith::MulIOp::create(
            b, kb.loc, kb.signExtend(column[line * rows.stride + row], kb.i16()),
            kb.signExtend(factors[row], kb.i16())));
    for (size_t first = 0; first < all.size(); first += together) {
      Value products = all[first];
      for (size_t next = first + 1; next < std::min(first + together, all.size()); ++next)
        products = arith::AddIOp::create(b, kb.loc, products, all[next]);
      for (int half = 0; half < 2; ++half)
        sums[half] = arith::AddIOp::create(
            b, kb.loc, sums[half], kb.signExtend(kb.slice(products, half * 4, 4), kb.i32()));
    }
  }

  int64_t getWeightRegisters() const override { return rows.height; }
  int64_t getSumCost() const override { return rows.height * (1 + 2 / int64_t(together)); }

private:
  size_t together;
};

} // namespace

std::unique_ptr<DepthwiseSteps> makeSdotDepthwise(KernelBuilder &kb, int64_t lanes,
                                                  DepthwiseRows rows) {
  return std::make_unique<SdotDepthwise>(kb, lanes, rows);
}

std::unique_ptr<DepthwiseSteps> makeSmullDepthwise(KernelBuilder &kb, int64_t lanes,
                                                   DepthwiseRows rows, bool fullRange) {
  return std::make_unique<SmullDepthwise>(kb, lanes, rows, fullRange);
}

} // namespace kvant::codegen
