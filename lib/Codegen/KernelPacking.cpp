// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packing of weights.
#include "KernelPacking.h"

#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace kvant::codegen {

namespace {

/// More would make long code, for windows that are rare.
constexpr int64_t kMaxTaps = 3;

/// The first element of each group of a run, in the order of packing.
std::vector<int64_t> getGroupOrder(const DotWeights &shape, int64_t group) {
  std::vector<int64_t> order;
  if (shape.taps == 1) {
    for (int64_t first = 0; first < shape.run; first += group)
      order.push_back(first);
    return order;
  }
  int64_t channels = shape.run / shape.taps;
  for (int64_t chunk = 0; chunk < channels; chunk += kTapChunk)
    for (int64_t tap = 0; tap < shape.taps; ++tap)
      for (int64_t first = chunk; first < chunk + kTapChunk; first += group)
        order.push_back(tap * channels + first);
  return order;
}

} // namespace

int64_t getSharedTaps(int64_t group, int64_t taps, int64_t channels, int64_t columnStride) {
  // On NEON, whose groups these are, a row of a tile is a register. With a stride the taps share
  // too little to be worth the code.
  bool shared = group == 8 && taps <= kMaxTaps && channels % kTapChunk == 0 && columnStride == 1;
  return shared ? taps : 1;
}

std::vector<int8_t> padRuns(const std::vector<int8_t> &weights, int64_t run, int64_t padded) {
  std::vector<int8_t> result(weights.size() / run * padded);
  for (size_t i = 0; i != weights.size(); ++i)
    result[i / run * padded + i % run] = weights[i];
  return result;
}

std::vector<int8_t> moveRests(const std::vector<int8_t> &weights, int64_t lines, int64_t run,
                              int64_t rest) {
  std::vector<int8_t> result;
  result.reserve(weights.size());
  auto append = [&](int64_t channel, int64_t from, int64_t to) {
    for (int64_t line = 0; line < lines; ++line) {
      auto first = weights.begin() + (channel * lines + line) * run;
      result.insert(result.end(), first + from, first + to);
    }
  };
  for (int64_t channel = 0, count = int64_t(weights.size()) / (lines * run); channel < count;
       ++channel) {
    append(channel, 0, run - rest);
    append(channel, run - rest, run);
  }
  return result;
}

template <typename T>
std::vector<T> packDotWeights(const std::vector<T> &weights, DotWeights shape, int64_t lanes,
                              int64_t block, int64_t group) {
  int64_t padded = llvm::alignTo(shape.channels, lanes);
  std::vector<int64_t> order = getGroupOrder(shape, group);
  std::vector<T> packed;
  packed.reserve(padded * shape.runs * int64_t(order.size()) * group);
  for (int64_t first = 0; first < padded; first += block) {
    int64_t last = std::min(first + block, padded);
    for (int64_t run = 0; run < shape.runs; ++run)
      for (int64_t start : order)
        for (int64_t channel = first; channel < last; ++channel)
          for (int64_t k = start; k < start + group; ++k)
            packed.push_back(channel < shape.channels && k < shape.run
                                 ? weights[(channel * shape.runs + run) * shape.run + k]
                                 : T(0));
  }
  return packed;
}

template std::vector<int8_t> packDotWeights(const std::vector<int8_t> &, DotWeights, int64_t,
                                            int64_t, int64_t);
template std::vector<float> packDotWeights(const std::vector<float> &, DotWeights, int64_t, int64_t,
                                           int64_t);

DepthwiseBlock getDepthwiseBlock(int64_t index, int64_t lanes, int64_t channels) {
  int64_t left = channels - index * lanes, size = lanes;
  if (isInterleaved(lanes) && left < lanes)
    size = channels < lanes ? channels : left <= 16 ? 16 : left <= 32 ? 32 : lanes;
  return {std::max<int64_t>(std::min(index * lanes, channels - size), 0), size};
}

bool canInterleave(int64_t lanes, int64_t channels, int64_t columnStride) {
  if (channels >= lanes || channels == 16 || channels == 32)
    return true;
  // Lanes that no load of its own fills must lie side by side.
  return columnStride == 1 && channels <= 8 && llvm::isPowerOf2_64(channels);
}

template <typename T>
std::vector<T> packDepthwiseWeights(const std::vector<T> &weights, DepthwiseWeights shape,
                                    int64_t lanes, int64_t group) {
  int64_t blocks = llvm::divideCeil(shape.channels, lanes);
  int64_t groups = llvm::divideCeil(shape.height, group);
  std::vector<T> packed;
  packed.reserve(blocks * lanes * shape.width * groups * group);
  for (int64_t block = 0; block < blocks; ++block) {
    auto [start, size] = getDepthwiseBlock(block, lanes, shape.channels);
    for (int64_t column = 0; column < shape.width; ++column)
      for (int64_t g = 0; g < groups; ++g)
        for (int64_t lane = 0; lane < lanes; ++lane) {
          int64_t element = isInterleaved(lanes) ? getInterleavedElement(lanes, lane) : lane;
          int64_t channel = start + element % size;
          for (int64_t row = g * group; row < (g + 1) * group; ++row)
            packed.push_back(channel < shape.channels && row < shape.height
                                 ? weights[(row * shape.width + column) * shape.channels + channel]
                                 : T(0));
        }
  }
  return packed;
}

template std::vector<int8_t> packDepthwiseWeights(const std::vector<int8_t> &, DepthwiseWeights,
                                                  int64_t, int64_t);
template std::vector<float> packDepthwiseWeights(const std::vector<float> &, DepthwiseWeights,
                                                 int64_t, int64_t);

int64_t getInterleavedElement(int64_t lanes, int64_t lane) {
  int64_t size = lanes / 4, vector = lane / size, part = lane % size / 4;
  return part * 16 + vector * 4 + lane % 4;
}

int64_t getInterleavedLane(int64_t lanes, int64_t element) {
  int64_t size = lanes / 4, vector = element % 16 / 4, part = element / 16;
  return vector * size + part * 4 + element % 4;
}

} // namespace kvant::codegen
