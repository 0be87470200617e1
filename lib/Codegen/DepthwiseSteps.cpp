// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Depthwise convolution on x86, by dot products over the rows of a column or by widening
// multiplies, and in float32.
#include "DepthwiseSteps.h"

#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

Value DepthwiseSteps::makeOnes(int64_t group) {
  SmallVector<int8_t> ones(lanes * kernel::kDotGroup);
  for (size_t i = 0; i < ones.size(); ++i)
    ones[i] = group * kernel::kDotGroup + int64_t(i) % kernel::kDotGroup < height ? 1 : 0;
  return kb.constantBytes(ones);
}

Value DepthwiseSteps::pickRow(Value packed, int64_t row) {
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < lanes; ++lane)
    mask.push_back(lane * kernel::kDotGroup + row);
  return kb.shuffle(packed, packed, mask);
}

namespace {

/// VPDPBUSD over four rows: sixteen channels to a register.
class VnniDepthwise : public DepthwiseSteps {
public:
  VnniDepthwise(KernelBuilder &kb, int64_t lanes, int64_t height, bool flipInput)
      : DepthwiseSteps(kb, lanes, height), flipInput(flipInput) {}

  Values prepareWeights(const Values &packed) override {
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

  Values start() override { return {kb.splat(0, lanes, kb.i32())}; }

  void accumulate(Values &sums, const Values &column, const Values &weights) override {
    for (auto [x, w] : llvm::zip(column, weights))
      sums[0] = kb.intrinsic("llvm.x86.avx512.vpdpbusd.512", sums[0].getType(), {sums[0], x, w});
  }

  Value finish(const Values &sums) override { return sums[0]; }
  int64_t getSumRegisters() const override { return 1; }
  int64_t getWeightRegisters() const override { return llvm::divideCeil(height, 4); }

private:
  bool flipInput;
};

/// VPMADDWD over two rows: eight channels to a register.
class Avx2Depthwise : public DepthwiseSteps {
public:
  using DepthwiseSteps::DepthwiseSteps;

  Values prepareWeights(const Values &packed) override {
    Values weights;
    for (auto [group, vector] : llvm::enumerate(packed)) {
      Value bytes = vector ? vector : makeOnes(group);
      for (int64_t row = group * 4; row < std::min<int64_t>(group * 4 + 4, height); row += 2) {
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

  Values start() override { return {kb.splat(0, lanes, kb.i32())}; }

  void accumulate(Values &sums, const Values &column, const Values &weights) override {
    for (auto [x, w] : llvm::zip(column, weights)) {
      Value products = kb.intrinsic("llvm.x86.avx2.pmadd.wd", sums[0].getType(), {x, w});
      sums[0] = arith::AddIOp::create(kb.builder, kb.loc, sums[0], products);
    }
  }

  Value finish(const Values &sums) override { return sums[0]; }
  int64_t getSumRegisters() const override { return 1; }
  int64_t getWeightRegisters() const override { return llvm::divideCeil(height, 2); }
};

/// Multiply and add, row after row of a column.
class FloatDepthwise : public DepthwiseSteps {
public:
  using DepthwiseSteps::DepthwiseSteps;

  Values prepareWeights(const Values &packed) override { return packed; }
  Values prepareColumn(const Values &rows) override { return rows; }
  Values start() override { return {kb.splat(0, lanes, kb.f32())}; }

  void accumulate(Values &sums, const Values &column, const Values &weights) override {
    for (auto [x, w] : llvm::zip(column, weights))
      sums[0] = vector::FMAOp::create(kb.builder, kb.loc, x, w, sums[0]);
  }

  Value finish(const Values &sums) override { return sums[0]; }
  int64_t getSumRegisters() const override { return lanes * 32 / kb.level.vectorBits; }
  int64_t getWeightRegisters() const override { return height * getSumRegisters(); }
};

} // namespace

std::unique_ptr<DepthwiseSteps> makeDepthwiseSteps(KernelBuilder &kb, int64_t lanes, int64_t height,
                                                   bool integer, bool flipInput, bool fullRange) {
  if (!integer)
    return std::make_unique<FloatDepthwise>(kb, lanes, height);
  switch (kb.level.dot) {
  case DotKind::Vnni:
    return std::make_unique<VnniDepthwise>(kb, lanes, height, flipInput);
  case DotKind::Sdot:
  case DotKind::Smmla:
    return makeSdotDepthwise(kb, lanes, height);
  case DotKind::Widen:
    break;
  }
  if (kb.isArm())
    return makeSmullDepthwise(kb, lanes, height, fullRange);
  return std::make_unique<Avx2Depthwise>(kb, lanes, height);
}

} // namespace kvant::codegen
