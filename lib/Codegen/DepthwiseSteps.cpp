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
    ones[i] = group * kernel::kDotGroup + int64_t(i) % kernel::kDotGroup < rows.height ? 1 : 0;
  return kb.constantBytes(ones);
}

Value DepthwiseSteps::pickRow(Value packed, int64_t row) {
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < lanes; ++lane)
    mask.push_back(lane * kernel::kDotGroup + row);
  return kb.shuffle(packed, packed, mask);
}

namespace {

void overProducts(ArrayRef<DepthwiseSteps::Values> columns,
                  ArrayRef<DepthwiseSteps::Values> weights,
                  llvm::function_ref<void(Value, Value)> multiply) {
  for (auto [column, factors] : llvm::zip_equal(columns, weights))
    for (auto [x, w] : llvm::zip(column, factors))
      multiply(x, w);
}

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
    overProducts(columns, weights, [&](Value x, Value w) {
      sums[0] = kb.intrinsic("llvm.x86.avx512.vpdpbusd.512", sums[0].getType(), {sums[0], x, w});
    });
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

/// Multiply and add, row after row of a column.
class FloatDepthwise : public DepthwiseSteps {
public:
  using DepthwiseSteps::DepthwiseSteps;

  Values prepareWeights(const Values &packed, int64_t) override { return packed; }
  Values prepareColumn(const Values &rows) override { return rows; }
  Values start(Value first) override { return {first ? first : kb.splat(0, lanes, kb.f32())}; }

  void accumulate(Values &sums, ArrayRef<Values> columns, ArrayRef<Values> weights,
                  int64_t) override {
    overProducts(columns, weights, [&](Value x, Value w) {
      sums[0] = vector::FMAOp::create(kb.builder, kb.loc, x, w, sums[0]);
    });
  }

  Value finish(const Values &sums) override { return sums[0]; }
  int64_t getSumRegisters() const override { return lanes * 32 / kb.level.vectorBits; }
  int64_t getWeightRegisters() const override { return rows.height * getSumRegisters(); }
};

} // namespace

std::unique_ptr<DepthwiseSteps> makeDepthwiseSteps(KernelBuilder &kb, int64_t lanes,
                                                   DepthwiseRows rows, bool integer, bool flipInput,
                                                   bool fullRange) {
  if (!integer)
    return std::make_unique<FloatDepthwise>(kb, lanes, rows);
  switch (kb.level.dot) {
  case DotKind::Vnni:
    return std::make_unique<VnniDepthwise>(kb, lanes, rows, flipInput);
  case DotKind::Sdot:
  case DotKind::Smmla:
    return makeSdotDepthwise(kb, lanes, rows);
  case DotKind::Widen:
    break;
  }
  if (kb.isArm())
    return makeSmullDepthwise(kb, lanes, rows, fullRange);
  return std::make_unique<Avx2Depthwise>(kb, lanes, rows);
}

} // namespace kvant::codegen
