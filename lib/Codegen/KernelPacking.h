// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights in the order in which kernels read them.
#ifndef KVANT_LIB_CODEGEN_KERNELPACKING_H
#define KVANT_LIB_CODEGEN_KERNELPACKING_H

#include <cstdint>
#include <vector>

namespace kvant::codegen {

/// Shape of the weights of a dot_conv: `channels` times `runs` times `run` elements, row-major.
struct DotWeights {
  int64_t channels, runs, run;
  int64_t taps = 1; ///< of a run, if these are interleaved: see getSharedTaps
};

/// Channels of one tap that are packed before those of the next tap of a run.
constexpr int64_t kTapChunk = 16;

/// The taps of a run, if kernels go through kTapChunk channels of all of them at a time, so that
/// neighbouring outputs share pixels in registers; 1 if they go from the first element of a run to
/// the last.
int64_t getSharedTaps(int64_t group, int64_t taps, int64_t channels, int64_t columnStride);

/// Zeros behind each run of `run` elements, so that it has `padded`.
std::vector<int8_t> padRuns(const std::vector<int8_t> &weights, int64_t run, int64_t padded);

/// The last `rest` elements of each of `lines` runs of `run` behind the others of all of them, for
/// each channel.
std::vector<int8_t> moveRests(const std::vector<int8_t> &weights, int64_t lines, int64_t run,
                              int64_t rest);

/// Blocks of `block` channels in vectors of `lanes`, groups of `group` elements: see
/// kernel.dot_conv.
template <typename T>
std::vector<T> packDotWeights(const std::vector<T> &weights, DotWeights shape, int64_t lanes,
                              int64_t block, int64_t group);

/// Shape of the weights of a depthwise_conv: [height, width, channels], row-major.
struct DepthwiseWeights {
  int64_t height, width, channels;
};

/// True if the weights [height, width, channels] are the same for all channels.
template <typename T> bool hasEqualChannels(const std::vector<T> &weights, int64_t channels) {
  for (size_t i = 0; i != weights.size(); ++i)
    if (weights[i] != weights[i / channels * channels])
      return false;
  return true;
}

/// Blocks of `lanes` channels, groups of `group` rows: see kernel.depthwise_conv.
template <typename T>
std::vector<T> packDepthwiseWeights(const std::vector<T> &weights, DepthwiseWeights shape,
                                    int64_t lanes, int64_t group);

/// True for depthwise weights whose lanes are the bytes of a register of 256 or 512 bits: see
/// getInterleavedElement.
constexpr bool isInterleaved(int64_t lanes) { return lanes >= 32; }

/// Channels of one block of a depthwise convolution.
struct DepthwiseBlock {
  int64_t start, size;
};

/// Block `index`: the last one moves back to end with the last channel, so that no vector
/// passes the end of a pixel. Interleaved lanes repeat a last block that is smaller.
DepthwiseBlock getDepthwiseBlock(int64_t index, int64_t lanes, int64_t channels);

/// True if blocks of interleaved lanes cover `channels` without waste.
bool canInterleave(int64_t lanes, int64_t channels, int64_t columnStride);

/// Bytes of `lanes` channels that are interleaved with those of other rows by unpacking within
/// 128 bits come as four vectors of a quarter of `lanes` groups: lane `lane` of these belongs to
/// this channel.
int64_t getInterleavedElement(int64_t lanes, int64_t lane);
/// The inverse.
int64_t getInterleavedLane(int64_t lanes, int64_t element);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_KERNELPACKING_H
