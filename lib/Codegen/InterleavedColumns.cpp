// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loading and unpacking of rows.
#include "InterleavedColumns.h"

#include "KernelTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

/// True for buffers in the arena, behind which kArenaSlack bytes may be read.
static bool isInArena(Value buffer) {
  Operation *op = buffer.getDefiningOp();
  while (isa_and_nonnull<memref::CollapseShapeOp, memref::ExpandShapeOp, memref::CastOp,
                         memref::SubViewOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return isa_and_nonnull<memref::ViewOp>(op);
}

InterleavedColumns::InterleavedColumns(KernelBuilder &kb, kernel::DepthwiseConvOp op,
                                       const ImageLayout &layout, int64_t lines)
    : numBytes(getInterleavedLanes(kb.level)), numLanes(numBytes / kParts),
      maxCarried(kb.level.vectorRegisters / 2), kb(kb), op(op), stride(op.getStride()),
      dilation(op.getDilation()), window(op.getWindow()), pixel(layout.getPixel()),
      line(layout.getLine()), input(kb.flatten(op.getInput())),
      rows(window[0] + (lines - 1) * stride[0]),
      groups(llvm::divideCeil(window[0], kernel::kDotGroup)) {}

InterleavedColumns::Values InterleavedColumns::load(Value at) {
  Values loaded;
  for (int64_t row = 0; row < rows; ++row)
    loaded.push_back(loadRow(kb.add(at, row * getRowSize())));
  return interleave(loaded);
}

bool InterleavedColumns::holdsNeighbours() {
  // Where the line ends, one more vector behind the last is all that can be read.
  return isInArena(op.getInput()) && channels == pixel && dilation[1] == 1 && pixels > 1 &&
         channels * pixels == numBytes && stride[1] <= 2 && window[1] > stride[1] &&
         (window[1] - stride[1]) * channels <= numBytes &&
         channels % (stride[1] == 1 ? 4 : 16) == 0 && stride[1] * groups * kParts <= maxCarried;
}

InterleavedColumns::Values InterleavedColumns::loadPhases(Value at, Value behind) {
  SmallVector<Values> byPhase(stride[1]);
  for (int64_t row = 0; row < rows; ++row) {
    Value first = kb.load(input, kb.add(at, row * getRowSize()), numBytes);
    if (stride[1] == 1) {
      byPhase[0].push_back(flipRow(first));
      continue;
    }
    Value second = kb.load(input, kb.add(behind, row * getRowSize() + numBytes), numBytes);
    int64_t words = channels / 4;
    for (int64_t phase = 0; phase < 2; ++phase) {
      SmallVector<int64_t> mask;
      for (int64_t i = 0; i < numLanes; ++i)
        mask.push_back((i / words * 2 + phase) * words + i % words);
      Value row = kb.shuffle(kb.bitcast(first, numLanes, kb.i32()),
                             kb.bitcast(second, numLanes, kb.i32()), mask);
      byPhase[phase].push_back(flipRow(kb.bitcast(row, numBytes, kb.i8())));
    }
  }
  Values phases;
  for (const Values &phase : byPhase)
    llvm::append_range(phases, interleave(phase));
  return phases;
}

InterleavedColumns::Values InterleavedColumns::shift(const Values &column, const Values &next,
                                                     int64_t bytes) {
  Values shifted;
  for (int64_t at = 0; at < int64_t(column.size()); ++at) {
    int64_t place = at % kParts + bytes / 4, quarter = place / kParts, quarters = numBytes / 16;
    int64_t from = at - at % kParts + place % kParts;
    if (quarter % quarters == 0) {
      shifted.push_back(quarter == 0 ? column[from] : next[from]);
      continue;
    }
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < numLanes; ++lane)
      mask.push_back(quarter * 4 + lane);
    Value words = kb.shuffle(kb.bitcast(column[from], numLanes, kb.i32()),
                             kb.bitcast(next[from], numLanes, kb.i32()), mask);
    shifted.push_back(kb.bitcast(words, numBytes, kb.i8()));
  }
  return shifted;
}

InterleavedColumns::Values InterleavedColumns::interleave(const Values &loaded) {
  Values column;
  for (int64_t group = 0; group < groups; ++group) {
    // Behind the last row the weights are zero, so any bytes do.
    auto get = [&](size_t row) {
      return loaded[std::min(group * kernel::kDotGroup + row, loaded.size() - 1)];
    };
    for (bool highBytes : {false, true}) {
      Value upper = unpack(get(0), get(1), kb.i8(), highBytes);
      Value lower = unpack(get(2), get(3), kb.i8(), highBytes);
      for (bool highWords : {false, true})
        column.push_back(kb.bitcast(unpack(upper, lower, kb.i16(), highWords), numBytes, kb.i8()));
    }
  }
  return column;
}

/// Bytes of `pixels` pixels, the rest is zero.
Value InterleavedColumns::loadRow(Value at) {
  Value row;
  if (pixels == 1 || isAdjacent()) {
    row = kb.loadPart(input, at, numBytes, pixels * channels);
  } else {
    Values parts;
    for (int64_t i = 0; i < pixels; ++i)
      parts.push_back(kb.load(input, kb.add(at, i * stride[1] * pixel), channels));
    parts.resize(numBytes / channels, kb.splat(0, channels, kb.i8()));
    // In pairs, which become insertions of halves.
    while (parts.size() > 1) {
      Values pairs;
      for (size_t i = 0; i < parts.size(); i += 2)
        pairs.push_back(kb.concat({parts[i], parts[i + 1]}));
      parts = pairs;
    }
    row = parts[0];
  }
  return flipRow(row);
}

/// The bytes as the instruction wants them, unsigned.
Value InterleavedColumns::flipRow(Value row) {
  if (op.getInputOffset() == 0)
    return row;
  return arith::XOrIOp::create(kb.builder, kb.loc, row, kb.splat(0x80, numBytes, kb.i8()));
}

/// VPUNPCK: the low or high halves of each 128 bits of two vectors in turns.
Value InterleavedColumns::unpack(Value a, Value b, Type element, bool high) {
  int64_t width = element.getIntOrFloatBitWidth(), count = 8 * numBytes / width, lane = 128 / width;
  SmallVector<int64_t> mask;
  for (int64_t first = high ? lane / 2 : 0; first < count; first += lane)
    for (int64_t i = first; i < first + lane / 2; ++i)
      mask.append({i, count + i});
  return kb.shuffle(kb.bitcast(a, count, element), kb.bitcast(b, count, element), mask);
}

} // namespace kvant::codegen
