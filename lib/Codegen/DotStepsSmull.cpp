// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner step of the dot-product family by SMULL and SADALP.
#include "DotStepsArm.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// SMULL and SMLAL into 16 bits, SADALP into 32: each lane holds a part of the sum of one
/// channel, which are added at the end.
class SmullSteps : public ArmSteps {
public:
  using ArmSteps::ArmSteps;

  int64_t getUnroll() const override { return std::max(tile.chain, ArmSteps::getUnroll()); }

  SmallVector<Value> start() override {
    return zeros(tile.rows * tile.getColumns() * kChannels, 4);
  }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    int64_t together = tile.chain;
    for (int64_t group = 0; group < chunk.groups; group += together) {
      int64_t count = std::min(together, chunk.groups - group);
      SmallVector<SmallVector<Value>> rows;
      for (int64_t row = 0; row < tile.rows; ++row)
        rows.push_back(
            widen(count, [&](int64_t g) { return getX(chunk, row, group + g, kGroup); }));
      for (int64_t channel = 0; channel < tile.getColumns() * kChannels; ++channel) {
        SmallVector<Value> weights = widen(count, [&](int64_t g) {
          return getWeights(chunk, group + g, channel / kChannels, (channel % kChannels) * kGroup,
                            kGroup);
        });
        for (int64_t row = 0; row < tile.rows; ++row)
          addProducts(accumulators[row * tile.getColumns() * kChannels + channel], rows[row],
                      weights);
      }
    }
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    ArrayRef<Value> parts =
        accumulators.slice((row * tile.getColumns() + column) * kChannels, kChannels);
    Value sum = addPairs(addPairs(parts[0], parts[1]), addPairs(parts[2], parts[3]));
    if (column < tile.vectors)
      sum = arith::AddIOp::create(kb.builder, kb.loc, sum, tile.bias[column]);
    return sum;
  }

private:
  SmallVector<Value> widen(int64_t count, llvm::function_ref<Value(int64_t)> load) {
    SmallVector<Value> wide;
    for (int64_t group = 0; group < count; ++group)
      wide.push_back(kb.signExtend(load(group), kb.i16()));
    return wide;
  }

  void addProducts(Value &sum, ArrayRef<Value> x, ArrayRef<Value> weights) {
    Value products;
    for (auto [a, b] : llvm::zip(x, weights)) {
      Value product = arith::MulIOp::create(kb.builder, kb.loc, a, b);
      products = products ? arith::AddIOp::create(kb.builder, kb.loc, products, product).getResult()
                          : product;
    }
    Value pairs = kb.intrinsic("llvm.aarch64.neon.saddlp", sum.getType(), {products});
    sum = arith::AddIOp::create(kb.builder, kb.loc, sum, pairs);
  }

  Value addPairs(Value a, Value b) {
    return kb.intrinsic("llvm.aarch64.neon.addp", kb.vectorOf(4, kb.i32()), {a, b});
  }
};

} // namespace

std::unique_ptr<DotSteps> makeSmullSteps(KernelBuilder &kb, const DotTile &tile) {
  return std::make_unique<SmullSteps>(kb, tile);
}

} // namespace kvant::codegen
