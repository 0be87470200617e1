// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kernel.pad to fills and copies of vectors.
#include "KernelLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// Vectors that are written without a loop, and in one round of a loop.
constexpr int64_t kMaxStraightVectors = 4;

/// Calls `emit` so that each of `count` elements is written at least once, by vectors of at
/// most `width` elements at one or some places: the last one moves back to end with the range.
void coverRange(KernelBuilder &kb, int64_t count, int64_t width,
                llvm::function_ref<void(ArrayRef<Value> places, int64_t size)> emit) {
  if (count == 0)
    return;
  width = std::min(width, int64_t(llvm::bit_floor(uint64_t(count))));
  auto emitVectors = [&](Value first, int64_t vectors) {
    SmallVector<Value> places;
    for (int64_t i = 0; i < vectors; ++i)
      places.push_back(kb.add(first, i * width));
    emit(places, width);
  };
  int64_t whole = count / width, round = kMaxStraightVectors, left = whole % round;
  if (whole > round)
    kb.loop(whole / round, [&](Value i) { emitVectors(kb.mul(i, round * width), round); });
  else
    left = whole;
  emitVectors(kb.index((whole - left) * width), left);
  if (count % width != 0)
    emit({kb.index(count - width)}, width);
}

void fill(KernelBuilder &kb, Value flat, Value at, int64_t count, Attribute value) {
  Type element = cast<MemRefType>(flat.getType()).getElementType();
  int64_t width = kb.level.vectorBits / element.getIntOrFloatBitWidth();
  coverRange(kb, count, width, [&](ArrayRef<Value> places, int64_t size) {
    Value vector = arith::ConstantOp::create(
        kb.builder, kb.loc, DenseElementsAttr::get(kb.vectorOf(size, element), value));
    for (Value place : places)
      kb.store(vector, flat, kb.add(at, place));
  });
}

} // namespace

void fillHalo(KernelBuilder &kb, Value flat, ArrayRef<int64_t> shape, ArrayRef<int64_t> halo,
              Attribute value) {
  int64_t edge = shape[2] * shape[3], left = halo[2] * shape[3], right = halo[3] * shape[3];
  int64_t lines = shape[1] - halo[0] - halo[1];
  kb.loop(shape[0], [&](Value image) {
    Value start = kb.mul(image, shape[1] * edge);
    fill(kb, flat, start, halo[0] * edge + left, value);
    // The gap behind a line is its right side and the left side of the next.
    if (lines > 1 && left + right != 0)
      kb.loop(lines - 1, [&](Value line) {
        Value gap = kb.add(kb.mul(line, edge), (halo[0] + 1) * edge - right);
        fill(kb, flat, kb.add(start, gap), left + right, value);
      });
    fill(kb, flat, kb.add(start, (halo[0] + lines) * edge - right), right + halo[1] * edge, value);
  });
}

LogicalResult lowerPad(KernelBuilder &kb, kernel::PadOp op) {
  ArrayRef<int64_t> in = cast<ShapedType>(op.getInput().getType()).getShape();
  ArrayRef<int64_t> out = cast<ShapedType>(op.getInit().getType()).getShape();
  Type element = cast<ShapedType>(op.getInput().getType()).getElementType();
  int64_t width = kb.level.vectorBits / element.getIntOrFloatBitWidth();
  ImageLayout layout(in, cast<MemRefType>(op.getInput().getType()), {0, 0});
  int64_t line = in[2] * in[3], outLine = out[2] * in[3];
  int64_t left = op.getLow()[1] * in[3], right = outLine - line - left;
  Value input = kb.flatten(op.getInput()), result = kb.flatten(op.getInit());

  auto fillAt = [&](Value at, int64_t count) { fill(kb, result, at, count, op.getValue()); };
  auto copyRange = [&](Value from, Value to, int64_t count) {
    coverRange(kb, count, width, [&](ArrayRef<Value> places, int64_t size) {
      // All are loaded before the first store, which might alias for all that LLVM knows.
      SmallVector<Value> vectors;
      for (Value place : places)
        vectors.push_back(kb.load(input, kb.add(from, place), size));
      for (auto [vector, place] : llvm::zip_equal(vectors, places)) {
        if (op.getFlipSign())
          vector = arith::XOrIOp::create(kb.builder, kb.loc, vector, kb.splat(0x80, size, element));
        kb.store(vector, result, kb.add(to, place));
      }
    });
  };

  auto copy = [&](Value from, Value to) {
    if (layout.getPixel() == in[3])
      return copyRange(from, to, line);
    kb.loop(line / in[3], [&](Value index) {
      copyRange(kb.add(from, kb.mul(index, layout.getPixel())), kb.add(to, kb.mul(index, in[3])),
                in[3]);
    });
  };

  // Without padding at the sides the lines of an image are one.
  int64_t lines = in[1], top = op.getLow()[0], bottom = out[1] - in[1] - top;
  if (left == 0 && right == 0 && (lines == 1 || layout.getLine() == in[2] * layout.getPixel())) {
    line *= lines;
    outLine = line;
    lines = 1;
  }
  int64_t edge = out[2] * in[3];
  kb.loop(in[0], [&](Value image) {
    Value from = layout.getPlace(kb, image, kb.index(0), kb.index(0));
    Value to = kb.mul(image, out[1] * edge);
    fillAt(to, top * edge + left);
    Value body = kb.add(to, top * edge + left);
    // The gap behind a line is its right side and the left side of the next.
    if (lines > 1)
      kb.loop(lines - 1, [&](Value index) {
        Value start = kb.add(body, kb.mul(index, outLine));
        copy(kb.add(from, kb.mul(index, layout.getLine())), start);
        fillAt(kb.add(start, line), left + right);
      });
    Value last = kb.add(body, (lines - 1) * outLine);
    copy(kb.add(from, (lines - 1) * layout.getLine()), last);
    fillAt(kb.add(last, line), right + bottom * edge);
  });
  return success();
}

} // namespace kvant::codegen
