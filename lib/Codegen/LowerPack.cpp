// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kernel.pack to interleaved rows.
#include "KernelLowering.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// Columns that are interleaved at a time: a vector of 128 bits of each row.
constexpr int64_t kMaxColumns = 16;

class PackLowering {
public:
  PackLowering(KernelBuilder &kb, kernel::PackOp op)
      : kb(kb), shape(cast<ShapedType>(op.getInput().getType()).getShape()),
        group(kernel::getDotGroup(op.getLanes())), lanes(op.getLanes()), block(op.getBlock()),
        input(kb.flatten(op.getInput())), packed(op.getInit()) {}

  void lower() {
    int64_t groups = llvm::divideCeil(shape[1], group);
    int64_t size = groups * group * llvm::alignTo(shape[2], lanes);
    int64_t whole = shape[2] / block, done = whole * block;
    kb.loop(shape[0], [&](Value image) {
      Value from = kb.mul(image, shape[1] * shape[2]), to = kb.mul(image, size);
      if (whole != 0)
        kb.loop(whole, [&](Value index) {
          Value column = kb.mul(index, block);
          lowerBlock(kb.add(from, column), kb.add(to, kb.mul(column, groups * group)), block,
                     block);
        });
      if (done < shape[2])
        lowerBlock(kb.add(from, done), kb.add(to, done * groups * group),
                   llvm::alignTo(shape[2] - done, lanes), shape[2] - done);
    });
  }

private:
  /// The rows of `width` columns, of which `valid` exist.
  void lowerBlock(Value from, Value to, int64_t width, int64_t valid) {
    int64_t whole = shape[1] / group;
    if (whole != 0)
      kb.loop(whole, [&](Value index) {
        lowerGroup(kb.add(from, kb.mul(index, group * shape[2])),
                   kb.add(to, kb.mul(index, group * width)), width, valid, group);
      });
    if (whole * group < shape[1])
      lowerGroup(kb.add(from, whole * group * shape[2]), kb.add(to, whole * group * width), width,
                 valid, shape[1] - whole * group);
  }

  void lowerGroup(Value from, Value to, int64_t width, int64_t valid, int64_t rows) {
    for (int64_t done = 0; done < width;) {
      int64_t columns = std::min(kMaxColumns, int64_t(llvm::bit_floor(uint64_t(width - done))));
      SmallVector<Value> vectors;
      for (int64_t row = 0; row < group; ++row) {
        int64_t exist = row < rows ? std::clamp<int64_t>(valid - done, 0, columns) : 0;
        vectors.push_back(
            exist == 0 ? kb.splat(0, columns, kb.i8())
                       : kb.loadPart(input, kb.add(from, row * shape[2] + done), columns, exist));
      }
      kb.store(interleave(vectors), packed, kb.add(to, done * group));
      done += columns;
    }
  }

  /// Element 0 of each vector, then element 1 of each, and so on.
  Value interleave(ArrayRef<Value> vectors) {
    if (vectors.size() == 1)
      return vectors[0];
    SmallVector<Value> even, odd;
    for (auto [index, vector] : llvm::enumerate(vectors))
      (index % 2 ? odd : even).push_back(vector);
    return kb.interleave(interleave(even), interleave(odd));
  }

  KernelBuilder &kb;
  ArrayRef<int64_t> shape; ///< images, rows, columns
  int64_t group, lanes, block;
  Value input, packed;
};

} // namespace

void lowerPack(KernelBuilder &kb, kernel::PackOp op) { PackLowering(kb, op).lower(); }

} // namespace kvant::codegen
