// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the inner steps share, and the steps of float32.
#include "DotSteps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace kvant::codegen {

Value DotSteps::correct(Value sum, llvm::function_ref<Value()> getInputs) {
  if (tile.weightZp == 0)
    return sum;
  int64_t count = cast<VectorType>(sum.getType()).getDimSize(0);
  Value correction = arith::MulIOp::create(kb.builder, kb.loc, getInputs(),
                                           kb.splat(tile.weightZp, count, kb.i32()));
  return arith::SubIOp::create(kb.builder, kb.loc, sum, correction);
}

namespace {

Value loadFrom(KernelBuilder &kb, Value buffer, Value place, int64_t offset, int64_t count) {
  if (isa<LLVM::LLVMPointerType>(place.getType()))
    return kb.loadBytes(place, offset, count);
  return kb.load(buffer, kb.add(place, offset), count);
}

} // namespace

Value DotSteps::getNextWeights(const DotChunk &chunk) {
  return kb.advance(chunk.w, chunk.groups * tile.packedVectors * tile.lanes * getGroup());
}

Value DotSteps::getX(const DotChunk &chunk, int64_t row, int64_t group, int64_t count) {
  if (tile.lineStride != 0)
    return gatherLines(chunk, row, group, count);
  int64_t offset = chunk.xOffset + tile.getOffset(row) + group * getGroup();
  return loadFrom(kb, tile.input, chunk.x, offset, count);
}

Value DotSteps::getWord(const DotChunk &chunk, int64_t row, int64_t at) {
  int64_t offset = chunk.xOffset + tile.getOffset(row) + at / 4 * tile.lineStride;
  return LLVM::LoadOp::create(kb.builder, kb.loc, kb.i32(), kb.advance(chunk.x, offset),
                              /*alignment=*/1);
}

/// Four elements of each line, from the line of the first half of `group` on.
Value DotSteps::gatherLines(const DotChunk &chunk, int64_t row, int64_t group, int64_t count) {
  SmallVector<Value> words;
  int64_t end = (chunk.groups - 1) * getGroup() + chunk.lastValid;
  for (int64_t word = 0; word * 4 < count; ++word) {
    // A last line without a partner meets weights of zero, whatever is there.
    int64_t at = group * getGroup() + word * 4;
    words.push_back(at < end ? getWord(chunk, row, at) : words.back());
  }
  auto type = kb.vectorOf(int64_t(words.size()), kb.i32());
  return kb.bitcast(vector::FromElementsOp::create(kb.builder, kb.loc, type, words), count,
                    kb.i8());
}

Value DotSteps::finish(ArrayRef<Value> accumulators, int64_t row, int64_t vector) {
  return correct(getSum(accumulators, row, vector),
                 [&] { return getSum(accumulators, row, tile.vectors); });
}

Value DotSteps::getPairSum(ArrayRef<Value>, int64_t, int64_t) {
  llvm_unreachable("these sums are not paired");
}

Value DotSteps::finishPair(ArrayRef<Value> accumulators, int64_t row, int64_t vector) {
  return correct(getPairSum(accumulators, row, vector),
                 [&] { return getPairSum(accumulators, row, tile.vectors); });
}

Value DotSteps::getWeights(const DotChunk &chunk, int64_t group, int64_t column, int64_t offset,
                           int64_t count) {
  if (column < tile.vectors)
    return loadFrom(kb, tile.weights, chunk.w,
                    (group * tile.packedVectors + column) * tile.lanes * getGroup() + offset,
                    count);
  // Behind the end of a run the input is not zero, so the ones must be.
  int64_t valid = group + 1 == chunk.groups ? chunk.lastValid : getGroup();
  SmallVector<int8_t> ones(count);
  for (int64_t i = 0; i < count; ++i)
    ones[i] = i % getGroup() < valid && (tile.lineRun == 0 || i % 4 < tile.lineRun) ? 1 : 0;
  return kb.constantBytes(ones);
}

SmallVector<Value> DotSteps::zeros(int64_t count, int64_t lanes) {
  Value zero = kb.splat(0, lanes, kb.i32());
  return SmallVector<Value>(count, zero);
}

namespace {

/// Multiply and add, element after element of the run, so that the sum of an output does not
/// depend on the width of vectors.
class FloatSteps : public DotSteps {
public:
  using DotSteps::DotSteps;

  int64_t getGroup() const override { return 1; }

  SmallVector<Value> start() override {
    SmallVector<Value> accumulators;
    for (int64_t row = 0; row < tile.rows; ++row)
      llvm::append_range(accumulators, tile.bias);
    return accumulators;
  }

  void accumulate(SmallVectorImpl<Value> &accumulators, const DotChunk &chunk) override {
    // NEON multiplies by one element of a register, x86 broadcasts while loading.
    bool byElement = kb.isArm() && chunk.groups == getUnroll();
    SmallVector<Value> rows;
    if (byElement)
      for (int64_t row = 0; row < tile.rows; ++row)
        rows.push_back(getX(chunk, row, 0, chunk.groups));
    for (int64_t k = 0; k < chunk.groups; ++k) {
      SmallVector<Value> weights;
      for (int64_t v = 0; v < tile.vectors; ++v)
        weights.push_back(getWeights(chunk, k, v, 0, tile.lanes));
      for (int64_t row = 0; row < tile.rows; ++row) {
        Value x;
        if (byElement) {
          x = kb.splatLane(rows[row], k, tile.lanes);
        } else {
          Value at = kb.add(chunk.x, tile.getOffset(row) + k);
          Value scalar = memref::LoadOp::create(kb.builder, kb.loc, tile.input, at);
          x = kb.broadcast(scalar, tile.lanes);
        }
        for (int64_t v = 0; v < tile.vectors; ++v) {
          Value &sum = accumulators[row * tile.vectors + v];
          sum = vector::FMAOp::create(kb.builder, kb.loc, x, weights[v], sum);
        }
      }
    }
  }

  Value getSum(ArrayRef<Value> accumulators, int64_t row, int64_t column) override {
    return accumulators[row * tile.vectors + column];
  }
};

} // namespace

std::unique_ptr<DotSteps> makeFloatSteps(KernelBuilder &kb, const DotTile &tile) {
  return std::make_unique<FloatSteps>(kb, tile);
}

std::unique_ptr<DotSteps> makeDotSteps(KernelBuilder &kb, const DotTile &tile, bool integer) {
  if (!integer)
    return makeFloatSteps(kb, tile);
  switch (kb.level.dot) {
  case DotKind::Vnni:
    return makeVnniSteps(kb, tile);
  case DotKind::Smmla:
    // A single row would leave half of each product unused.
    return tile.rows == 1 ? makeSdotSteps(kb, tile) : makeSmmlaSteps(kb, tile);
  case DotKind::Sdot:
    return makeSdotSteps(kb, tile);
  case DotKind::Widen:
    break;
  }
  return kb.isArm() ? makeSmullSteps(kb, tile) : makeAvx2Steps(kb, tile);
}

} // namespace kvant::codegen
