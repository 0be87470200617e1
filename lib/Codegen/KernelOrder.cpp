// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Distances that keep a kernel from overwriting what it has yet to read.
#include "KernelOrder.h"

#include "dialects/Kernel/Kernel.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <limits>

using namespace mlir;

namespace kvant::codegen {

namespace {

/// Weights that are read again and again must stay in the first cache, beside the image.
constexpr int64_t kMaxOrderedWeights = 16 * 1024;

int64_t getElementBytes(ShapedType type) { return type.getElementTypeBitWidth() / 8; }

/// Keeps the larger of two distances.
void widen(OrderDistances &distances, int64_t readStart, int64_t readEnd, int64_t writeStart,
           int64_t writeEnd) {
  distances.forward = std::max(distances.forward, writeEnd - readStart);
  distances.backward = std::max(distances.backward, readEnd - writeStart);
}

template <typename OpT> class Distances {
public:
  explicit Distances(OpT op)
      : op(op), in(op.getInputType().getShape()), init(op.getInitType().getShape()),
        out(op.getOutShape()), halo(op.getHaloSides()), start(op.getInputStart()),
        readBytes(getElementBytes(op.getInputType())),
        writeBytes(getElementBytes(op.getInitType())) {}

  OrderDistances get() {
    int64_t lines = out[0] * out[1];
    for (int64_t first = 0; first != lines; ++first) {
      int64_t last = std::min(first + kOrderedLines, lines) - 1;
      widen(distances, readLine(first), readLine(last, /*end=*/true), writeLine(first),
            writeLine(last) + out[2] * out[3] * writeBytes);
    }
    bool flat = op.isPointwise();
    int64_t pixels = lines * out[2];
    for (int64_t first = 0; flat && first != pixels; ++first) {
      int64_t last = std::min(first + kOrderedPixels, pixels) - 1;
      int64_t read = in[3] * readBytes, write = out[3] * writeBytes;
      widen(distances, readPixel(first), readPixel(last) + read, writePixel(first),
            writePixel(last) + write);
    }
    return distances;
  }

private:
  /// Start or end of the lines of the input that line `line` of the destination needs.
  int64_t readLine(int64_t line, bool end = false) {
    int64_t row = start[0] + line % out[1] * op.getStride()[0];
    if (end)
      row += (op.getWindow()[0] - 1) * op.getDilation()[0] + 1;
    return (line / out[1] * in[1] + row) * in[2] * in[3] * readBytes;
  }
  int64_t writeLine(int64_t line) {
    int64_t row = line / out[1] * init[1] + line % out[1] + halo[0];
    return (row * init[2] + halo[2]) * init[3] * writeBytes;
  }
  int64_t readPixel(int64_t pixel) {
    return readLine(pixel / out[2]) + (start[1] + pixel % out[2]) * in[3] * readBytes;
  }
  int64_t writePixel(int64_t pixel) {
    return writeLine(pixel / out[2]) + pixel % out[2] * out[3] * writeBytes;
  }

  OpT op;
  ArrayRef<int64_t> in, init;
  SmallVector<int64_t> out, halo, start;
  int64_t readBytes, writeBytes;
  OrderDistances distances{std::numeric_limits<int64_t>::min(),
                           std::numeric_limits<int64_t>::min()};
};

template <typename OpT> std::optional<OrderDistances> getDistances(OpT op) {
  auto weights = cast<ShapedType>(op.getWeights().getType());
  auto isContiguous = [](ShapedType type) {
    auto buffer = dyn_cast<MemRefType>(type);
    return buffer && buffer.getLayout().isIdentity();
  };
  if (!isContiguous(op.getInputType()) || !isContiguous(op.getInitType()) ||
      llvm::is_contained(op.getElements(), op.getInput()) ||
      weights.getNumElements() * getElementBytes(weights) > kMaxOrderedWeights)
    return std::nullopt;
  return Distances<OpT>(op).get();
}

} // namespace

std::optional<OrderDistances> getOrderDistances(Operation *op) {
  if (auto dot = dyn_cast<kernel::DotConvOp>(op))
    return getDistances(dot);
  if (auto depthwise = dyn_cast<kernel::DepthwiseConvOp>(op))
    return getDistances(depthwise);
  return std::nullopt;
}

} // namespace kvant::codegen
