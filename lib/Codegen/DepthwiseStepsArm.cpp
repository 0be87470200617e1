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

  Values start() override {
    Value zero = kb.splat(0, 4, kb.i32());
    return {zero, zero};
  }
  Value finish(const Values &sums) override { return kb.concat(sums); }
  int64_t getSumRegisters() const override { return 2; }
};

/// SDOT over four rows: eight channels in two registers.
class SdotDepthwise : public ArmDepthwise {
public:
  using ArmDepthwise::ArmDepthwise;

  Values prepareWeights(const Values &packed) override {
    Values weights;
    for (auto [group, vector] : llvm::enumerate(packed)) {
      Value bytes = vector ? vector : makeOnes(group);
      weights.push_back(kb.slice(bytes, 0, 16));
      weights.push_back(kb.slice(bytes, 16, 16));
    }
    return weights;
  }

  Values prepareColumn(const Values &rows) override {
    Values groups;
    auto get = [&](size_t row) { return rows[std::min(row, rows.size() - 1)]; };
    for (size_t first = 0; first < rows.size(); first += 4) {
      // Rows behind the window have zero weights, so any bytes do.
      Value low = kb.bitcast(kb.interleave(get(first), get(first + 1)), 8, kb.i16());
      Value high = first + 2 < rows.size()
                       ? kb.bitcast(kb.interleave(get(first + 2), get(first + 3)), 8, kb.i16())
                       : low;
      groups.push_back(kb.bitcast(kb.shuffle(low, high, {0, 8, 1, 9, 2, 10, 3, 11}), 16, kb.i8()));
      groups.push_back(
          kb.bitcast(kb.shuffle(low, high, {4, 12, 5, 13, 6, 14, 7, 15}), 16, kb.i8()));
    }
    return groups;
  }

  void accumulate(Values &sums, const Values &column, const Values &weights) override {
    for (size_t i = 0; i < weights.size(); ++i)
      sums[i % 2] = kb.intrinsic("llvm.aarch64.neon.sdot", sums[i % 2].getType(),
                                 {sums[i % 2], weights[i], column[i]});
  }

  int64_t getWeightRegisters() const override { return 2 * llvm::divideCeil(height, 4); }
};

/// SMULL, SMLAL of two rows in 16 bits, SADDW into 32.
class SmullDepthwise : public ArmDepthwise {
public:
  SmullDepthwise(KernelBuilder &kb, int64_t lanes, int64_t height, bool fullRange)
      : ArmDepthwise(kb, lanes, height), together(fullRange ? 1 : 2) {}

  Values prepareWeights(const Values &packed) override {
    Values weights;
    for (auto [group, vector] : llvm::enumerate(packed)) {
      Value bytes = vector ? vector : makeOnes(group);
      for (int64_t row = group * 4; row < std::min<int64_t>(group * 4 + 4, height); ++row)
        weights.push_back(pickRow(bytes, row % 4));
    }
    return weights;
  }

  Values prepareColumn(const Values &rows) override { return rows; }

  void accumulate(Values &sums, const Values &column, const Values &weights) override {
    OpBuilder &b = kb.builder;
    for (size_t first = 0; first < column.size(); first += together) {
      Value products;
      for (size_t row = first; row < std::min(first + together, column.size()); ++row) {
        Value product = arith::MulIOp::create(b, kb.loc, kb.signExtend(column[row], kb.i16()),
                                              kb.signExtend(weights[row], kb.i16()));
        products =
            products ? arith::AddIOp::create(b, kb.loc, products, product).getResult() : product;
      }
      for (int half = 0; half < 2; ++half)
        sums[half] = arith::AddIOp::create(
            b, kb.loc, sums[half], kb.signExtend(kb.slice(products, half * 4, 4), kb.i32()));
    }
  }

  int64_t getWeightRegisters() const override { return height; }

private:
  size_t together;
};

} // namespace

std::unique_ptr<DepthwiseSteps> makeSdotDepthwise(KernelBuilder &kb, int64_t lanes,
                                                  int64_t height) {
  return std::make_unique<SdotDepthwise>(kb, lanes, height);
}

std::unique_ptr<DepthwiseSteps> makeSmullDepthwise(KernelBuilder &kb, int64_t lanes, int64_t height,
                                                   bool fullRange) {
  return std::make_unique<SmullDepthwise>(kb, lanes, height, fullRange);
}

} // namespace kvant::codegen
