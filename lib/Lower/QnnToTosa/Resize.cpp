// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resizing of height and width.
#include "Lowering.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <numeric>

using namespace mlir;

namespace kvant::lower {

namespace {
/// Where the samples of one axis lie: sample `o` at (o * down + offset) / up.
struct Sampling {
  int64_t up = 1, down = 1, offset = 0, border = 0;
};
} // namespace

/// The sampling of one axis as tosa.resize has it, or nothing if the operation cannot say it.
static std::optional<Sampling> getSampling(int64_t size, int64_t newSize, bool alignCorners,
                                           bool halfPixelCenters) {
  Sampling s;
  if (halfPixelCenters) {
    int64_t divisor = std::gcd(std::gcd(2 * newSize, 2 * size), std::abs(size - newSize));
    s = {2 * newSize / divisor, 2 * size / divisor, (size - newSize) / divisor, 0};
  } else if (alignCorners && newSize > 1 && size > 1) {
    int64_t divisor = std::gcd(newSize - 1, size - 1);
    s = {(newSize - 1) / divisor, (size - 1) / divisor, 0, 0};
  } else {
    int64_t divisor = std::gcd(newSize, size);
    s = {newSize / divisor, size / divisor, 0, 0};
  }
  s.border = (newSize - 1) * s.down - (size - 1) * s.up + s.offset;
  // The limits of the specification.
  if (s.up > (1 << 11) || s.down >= 16 * s.up || s.offset < -s.up || s.offset >= 16 * s.up ||
      s.border < -16 * s.up || s.border >= s.up || s.up > 256 * s.down)
    return std::nullopt;
  return s;
}

template <typename OpTy>
static FailureOr<std::optional<std::pair<Uniform, Uniform>>> checkResize(OpTy op) {
  if (isQuantized(op.getInput()) != isQuantized(op.getOutput()))
    return op.emitOpError("expected operand and result both quantized or both floats");
  if (!isQuantized(op.getInput()))
    return std::optional<std::pair<Uniform, Uniform>>();
  FailureOr<Uniform> in = getUniform8(op, op.getInput(), "an operand");
  if (failed(in))
    return failure();
  FailureOr<Uniform> out = getUniform8(op, op.getOutput(), "a result");
  if (failed(out))
    return failure();
  return std::optional(std::make_pair(*in, *out));
}

static Value emitResize(TosaEmitter &emit, Value x, Sampling y, Sampling z, ArrayRef<int64_t> shape,
                        Type element) {
  return tosa::ResizeOp::create(
      emit.getBuilder(), emit.getLocation(), RankedTensorType::get(shape, element), x,
      emit.shape({y.up, y.down, z.up, z.down}), emit.shape({y.offset, z.offset}),
      emit.shape({y.border, z.border}), tosa::ResizeMode::BILINEAR);
}

namespace {
/// The two neighbours of each sample of one axis and their weights.
struct Taps {
  SmallVector<int64_t> first, second, firstWeights, secondWeights;
};
} // namespace

/// Positions in 10-bit fixed point, as TFLite's integer kernel computes them.
static Taps getTaps(int64_t size, int64_t newSize, bool alignCorners, bool halfPixelCenters) {
  int64_t scale = (1024 * size + newSize / 2) / newSize;
  if (alignCorners && newSize > 1)
    scale = (1024 * (size - 1) + (newSize - 1) / 2) / (newSize - 1);
  Taps taps;
  for (int64_t i = 0; i < newSize; ++i) {
    int64_t position = i * scale + (halfPixelCenters ? scale / 2 - 512 : 0);
    int64_t first = std::max<int64_t>(position / 1024, 0);
    int64_t second = std::min((position + 1023) / 1024, size - 1);
    taps.first.push_back(first);
    taps.second.push_back(second);
    taps.secondWeights.push_back(position - 1024 * first);
    taps.firstWeights.push_back(1024 - taps.secondWeights.back());
  }
  return taps;
}

/// What tosa.resize would read, with weights in units of 1 / up.
static Taps getTaps(const Sampling &sampling, int64_t size, int64_t newSize) {
  Taps taps;
  for (int64_t i = 0; i < newSize; ++i) {
    int64_t position = i * sampling.down + sampling.offset;
    int64_t first = llvm::divideFloorSigned(position, sampling.up);
    taps.first.push_back(std::clamp<int64_t>(first, 0, size - 1));
    taps.second.push_back(std::clamp<int64_t>(first + 1, 0, size - 1));
    taps.secondWeights.push_back(position - first * sampling.up);
    taps.firstWeights.push_back(sampling.up - taps.secondWeights.back());
  }
  return taps;
}

/// The weighted sum of the four neighbours, in units of the product of the weights'.
static Value emitTaps(TosaEmitter &emit, Value x, const Taps &rows, const Taps &columns) {
  Value sum;
  auto addTap = [&](Value tap, ArrayRef<int64_t> rowWeights, ArrayRef<int64_t> columnWeights) {
    SmallVector<int64_t> weights;
    for (int64_t row : rowWeights)
      for (int64_t column : columnWeights)
        weights.push_back(row * column);
    SmallVector<int64_t> shape = {1, int64_t(rowWeights.size()), int64_t(columnWeights.size()), 1};
    Value weighted = emit.mul(emit.cast(tap, emit.i32()), emit.ints(emit.i32(), shape, weights));
    sum = sum ? emit.add(sum, weighted) : weighted;
  };
  Value left = emit.take(x, 2, columns.first), right = emit.take(x, 2, columns.second);
  addTap(emit.take(left, 1, rows.first), rows.firstWeights, columns.firstWeights);
  addTap(emit.take(left, 1, rows.second), rows.secondWeights, columns.firstWeights);
  addTap(emit.take(right, 1, rows.first), rows.firstWeights, columns.secondWeights);
  addTap(emit.take(right, 1, rows.second), rows.secondWeights, columns.secondWeights);
  return sum;
}

static LoweredValue lowerResizeBilinear(qnn::ResizeBilinearOp op, const Lowering &l) {
  auto both = checkResize(op);
  if (failed(both))
    return failure();
  TosaEmitter &emit = l.emit;
  ArrayRef<int64_t> shape = cast<ShapedType>(op.getOutput().getType()).getShape();
  ArrayRef<int64_t> inputShape = TosaEmitter::shapeOf(l[0]);
  bool corners = op.getAlignCorners(), centers = op.getHalfPixelCenters();
  std::optional<Sampling> rows = getSampling(inputShape[1], shape[1], corners, centers);
  std::optional<Sampling> columns = getSampling(inputShape[2], shape[2], corners, centers);
  bool direct = rows && columns;
  if (!*both) {
    if (!direct)
      return op.emitOpError("expected a ratio of sizes below 16 down and up to 256 up, got ")
             << inputShape[1] << "x" << inputShape[2] << " to " << shape[1] << "x" << shape[2];
    return emitResize(emit, l[0], *rows, *columns, shape, TosaEmitter::elementOf(l[0]));
  }
  auto [in, out] = **both;
  bool tflite = qnn::roundsLikeTFLite(op);
  Value stored;
  if (direct && !tflite) {
    // The sum has the weights of both axes in it. Upstream's lowering truncates positions before
    // the first sample where the specification wants their floor, so those are spelled out.
    bool beforeFirst = rows->offset < 0 || columns->offset < 0;
    Value sum = beforeFirst ? emitTaps(emit, l[0], getTaps(*rows, inputShape[1], shape[1]),
                                       getTaps(*columns, inputShape[2], shape[2]))
                            : emitResize(emit, l[0], *rows, *columns, shape, emit.i32());
    FailureOr<Multiplier> multiplier = getMultiplierFor(op, 1.0 / double(rows->up * columns->up));
    if (failed(multiplier))
      return failure();
    stored = emit.rescale(sum, emit.i8(), *multiplier, 0, 0, false);
  } else {
    Value sum = emitTaps(emit, l[0], getTaps(inputShape[1], shape[1], corners, centers),
                         getTaps(inputShape[2], shape[2], corners, centers));
    constexpr int64_t one = 1 << 20;
    Value nearest = emit.add(sum, emit.splat(sum, one / 2));
    if (tflite && !in.wasUnsigned) {
      // Ties away from zero.
      nearest = emit.select(emit.greater(sum, emit.splat(sum, 0)), nearest,
                            emit.sub(sum, emit.splat(sum, one / 2)));
      nearest = emit.binary<tosa::IntDivOp>(nearest, emit.splat(sum, one));
    } else {
      nearest = emit.shiftRight(nearest, emit.splat(sum, 20), /*round=*/false);
    }
    stored = emit.cast(nearest, emit.i8());
  }
  return tflite ? LoweredValue(stored) : requantize(op, emit, stored, in, out);
}

/// The source of each sample of one axis, in floats as TFLite computes it.
static SmallVector<int64_t> getNearest(int64_t size, int64_t newSize, bool alignCorners,
                                       bool halfPixelCenters) {
  float scale = alignCorners && newSize > 1 ? float(size - 1) / float(newSize - 1)
                                            : float(size) / float(newSize);
  float offset = halfPixelCenters ? 0.5f : 0.0f;
  SmallVector<int64_t> sources;
  for (int64_t i = 0; i < newSize; ++i) {
    float position = (float(i) + offset) * scale;
    int64_t source = int64_t(alignCorners ? std::round(position) : std::floor(position));
    sources.push_back(std::clamp<int64_t>(source, 0, size - 1));
  }
  return sources;
}

static bool repeatsEach(ArrayRef<int64_t> sources, int64_t size) {
  int64_t times = sources.size() / size;
  if (int64_t(sources.size()) % size != 0)
    return false;
  for (auto [i, source] : llvm::enumerate(sources))
    if (source != int64_t(i) / times)
      return false;
  return true;
}

static LoweredValue lowerResizeNearest(qnn::ResizeNearestOp op, const Lowering &l) {
  auto both = checkResize(op);
  if (failed(both))
    return failure();
  TosaEmitter &emit = l.emit;
  ArrayRef<int64_t> shape = cast<ShapedType>(op.getOutput().getType()).getShape();
  SmallVector<int64_t> from(TosaEmitter::shapeOf(l[0]));
  SmallVector<int64_t> rows =
      getNearest(from[1], shape[1], op.getAlignCorners(), op.getHalfPixelCenters());
  SmallVector<int64_t> columns =
      getNearest(from[2], shape[2], op.getAlignCorners(), op.getHalfPixelCenters());
  Value moved;
  if (repeatsEach(rows, from[1]) && repeatsEach(columns, from[2])) {
    Value split = emit.reshape(l[0], {from[0], from[1], 1, from[2], 1, from[3]});
    Value tiled = emit.tile(split, {1, 1, shape[1] / from[1], 1, shape[2] / from[2], 1});
    moved = emit.reshape(tiled, shape);
  } else {
    moved = emit.take(emit.take(l[0], 2, columns), 1, rows);
  }
  if (!*both || qnn::roundsLikeTFLite(op))
    return moved;
  return requantize(op, emit, moved, (*both)->first, (*both)->second);
}

void registerResize(LoweringRegistry &registry) {
  registry.add<qnn::ResizeBilinearOp>(lowerResizeBilinear);
  registry.add<qnn::ResizeNearestOp>(lowerResizeNearest);
}

} // namespace kvant::lower
