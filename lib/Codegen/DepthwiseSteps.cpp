// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Depthwise convolution by dot products over the rows of a column, by widening multiplies, and
// in float32.
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

/// SDOT over four rows: eight channels in two registers.
class SdotDepthwise : public DepthwiseSteps {
public:
  using DepthwiseSteps::DepthwiseSteps;

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

  Values start() override {
    Value zero = kb.splat(0, 4, kb.i32());
    return {zero, zero};
  }

  void accumulate(Values &sums, const Values &column, const Values &weights) override {
    for (size_t i = 0; i < weights.size(); ++i)
      sums[i % 2] = kb.intrinsic("llvm.aarch64.neon.sdot", sums[i % 2].getType(),
                                 {sums[i % 2], weights[i], column[i]});
  }

  Value finish(const Values &sums) override { return kb.concat(sums); }
  int64_t getSumRegisters() const override { return 2; }
  int64_t getWeightRegisters() const override { return 2 * llvm::divideCeil(height, 4); }
};

/// The bytes of row `row` of a packed group of eight channels.
Value pickRow(KernelBuilder &kb, Value packed, int64_t row, int64_t lanes) {
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < lanes; ++lane)
    mask.push_back(lane * kernel::kDotGroup + row);
  return kb.shuffle(packed, packed, mask);
}

/// SMULL, SMLAL of two rows in 16 bits, SADDW into 32.
class SmullDepthwise : public DepthwiseSteps {
public:
  SmullDepthwise(KernelBuilder &kb, int64_t lanes, int64_t height, bool fullRange)
      : DepthwiseSteps(kb, lanes, height), together(fullRange ? 1 : 2) {}

  Values prepareWeights(const Values &packed) override {
    Values weights;
    for (auto [group, vector] : llvm::enumerate(packed)) {
      Value bytes = vector ? vector : makeOnes(group);
      for (int64_t row = group * 4; row < std::min<int64_t>(group * 4 + 4, height); ++row)
        weights.push_back(pickRow(kb, bytes, row % 4, lanes));
    }
    return weights;
  }

  Values prepareColumn(const Values &rows) override { return rows; }

  Values start() override {
    Value zero = kb.splat(0, 4, kb.i32());
    return {zero, zero};
  }

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

  Value finish(const Values &sums) override { return kb.concat(sums); }
  int64_t getSumRegisters() const override { return 2; }
  int64_t getWeightRegisters() const override { return height; }

private:
  size_t together;
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
        Value pair = kb.interleave(pickRow(kb, bytes, row % 4, lanes),
                                   pickRow(kb, bytes, row % 4 + 1, lanes));
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
    return std::make_unique<SdotDepthwise>(kb, lanes, height);
  case DotKind::Widen:
    break;
  }
  if (kb.isArm())
    return std::make_unique<SmullDepthwise>(kb, lanes, height, fullRange);
  return std::make_unique<Avx2Depthwise>(kb, lanes, height);
}

} // namespace kvant::codegen
