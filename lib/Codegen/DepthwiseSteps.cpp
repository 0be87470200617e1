// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the inner steps of depthwise convolution share, and the steps of float32.
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

void DepthwiseSteps::overProducts(ArrayRef<Values> columns, ArrayRef<Values> weights,
                                  llvm::function_ref<void(Value, Value)> multiply) {
  for (auto [column, factors] : llvm::zip_equal(columns, weights))
    for (auto [x, w] : llvm::zip(column, factors))
      multiply(x, w);
}

namespace {

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
    return makeVnniDepthwise(kb, lanes, rows, flipInput);
  case DotKind::Sdot:
  case DotKind::Smmla:
    return makeSdotDepthwise(kb, lanes, rows);
  case DotKind::Widen:
    break;
  }
  if (kb.isArm())
    return makeSmullDepthwise(kb, lanes, rows, fullRange);
  return makeAvx2Depthwise(kb, lanes, rows);
}

} // namespace kvant::codegen
