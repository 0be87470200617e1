// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Depthwise convolution on x86, by dot products over the rows of a column or by widening
// multiplies.
#include "DepthwiseSteps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// VPDPBUSD over four rows: sixteen channels to a register.
class VnniDepthwise : public DepthwiseSteps {
public:
  VnniDepthwise(KernelBuilder &kb, int64_t lanes, DepthwiseRows rows, bool flipInput)
      : DepthwiseSteps(kb, lanes, rows), flipInput(flipInput) {}

  Values prepareWeights(const Values &packed, int64_t) override {
    Values weights;
    for (auto [group, vector] : llvm::enumerate(packed))
      weights.push_back(vector ? vector : makeOnes(group));
    return weights;
  }

  Values prepareColumn(const Values &rows) override {
    Values groups;
    for (size_t first = 0; first < rows.size(); first += 4) {
      Value group;
      for (size_t row = first; row < std::min(first + 4, rows.size()); ++row) {
        Value word = kb.zeroExtend(rows[row], kb.i32());
        if (row != first)
          word = arith::ShLIOp::create(kb.builder, kb.loc, word,
                                       kb.splat(8 * (row - first), lanes, kb.i32()));
        group = group ? arith::OrIOp::create(kb.builder, kb.loc, group, word).getResult() : word;
      }
      if (flipInput)
        group =
            arith::XOrIOp::create(kb.builder, kb.loc, group, kb.splat(0x80808080, lanes, kb.i32()));
      groups.push_back(kb.bitcast(group, lanes * 4, kb.i8()));
    }
    return groups;
  }

  Values start(Value first) override { return {orZero(first)}; }

  void accumulate(Values &sums, ArrayRef<Values> columns, ArrayRef<Values> weights,
                  int64_t) override {
    overProducts(columns, weights, [&](Value x, Value w) { sums[0] = kb.dotBytes(sums[0], x, w); });
  }

  Value finish(const Values &sums) override { return sums[0]; }
  int64_t getSumRegisters() const override { return 1; }
  int64_t getWeightRegisters() const override { return llvm::divideCeil(rows.height, 4); }

private:
  bool flipInput;
};

/// VPMADDWD over two rows: eight channels to a register.
class Avx2Depthwise : public DepthwiseSteps {
public:
  using DepthwiseSteps::DepthwiseSteps;

  Values prepareWeights(const Values &packed, int64_t) override {
    Values weights;
    for (auto [group, vector] : llvm::enumerate(packed)) {
      Value bytes = vector ? vector : makeOnes(group);
      for (int64_t row = group * 4; row < std::min<int64_t>(group * 4 + 4, rows.height); row += 2) {
        Value pair = kb.interleave(pickRow(bytes, row % 4), pickRow(bytes, row % 4 + 1));
        weights.push_back(kb.signExtend(pair, kb.i16()));
      }
    }
    return weights;
  }

  Values prepareColumn(const Values &rows) override {
    Values pairs;
    for (size_t row = 0; row < rows.size(); row += 2) {
      Value next = rows[std::min(row + 1, rows.size() - 1)];
      pairs.push_back(kb.signExtend(kb.interleave(rows[row], next), kb.i16()));
    }
    return pairs;
  }

  Values start(Value first) override { return {orZero(first)}; }

  void accumulate(Values &sums, ArrayRef<Values> columns, ArrayRef<Values> weights,
                  int64_t) override {
    overProducts(columns, weights, [&](Value x, Value w) {
      Value products = kb.intrinsic("llvm.x86.avx2.pmadd.wd", sums[0].getType(), {x, w});
      sums[0] = arith::AddIOp::create(kb.builder, kb.loc, sums[0], products);
    });
  }

  Value finish(const Values &sums) override { return sums[0]; }
  int64_t getSumRegisters() const override { return 1; }
  int64_t getWeightRegisters() const override { return llvm::divideCeil(rows.height, 2); }
};

} // namespace

std::unique_ptr<DepthwiseSteps> makeVnniDepthwise(KernelBuilder &kb, int64_t lanes,
                                                  DepthwiseRows rows, bool flipInput) {
  return std::make_unique<VnniDepthwise>(kb, lanes, rows, flipInput);
}

std::unique_ptr<DepthwiseSteps> makeAvx2Depthwise(KernelBuilder &kb, int64_t lanes,
                                                  DepthwiseRows rows) {
  return std::make_unique<Avx2Depthwise>(kb, lanes, rows);
}

} // namespace kvant::codegen
