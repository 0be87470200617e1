// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Extreme sums of products with constant weights.
#include "kvant/Codegen/AccumulatorRange.h"

#include "kvant/Support/Constants.h"

using namespace mlir;

namespace kvant::codegen {

std::vector<Interval> getAccumulatorRanges(const IntegerWeights &from) {
  int64_t channels = from.bias.size();
  int64_t count = channels == 0 ? 0 : from.weights.size() / channels;
  int64_t least = INT8_MIN - from.inputZp, most = INT8_MAX - from.inputZp;
  std::vector<Interval> ranges;
  ranges.reserve(channels);
  for (int64_t channel = 0; channel < channels; ++channel) {
    Interval range = {from.bias[channel], from.bias[channel]};
    for (int64_t i = 0; i < count; ++i) {
      int64_t w = from.weights[from.channelLast ? i * channels + channel : channel * count + i] -
                  from.weightZp;
      range.low += std::min(least * w, most * w);
      range.high += std::max(least * w, most * w);
    }
    ranges.push_back(range);
  }
  return ranges;
}

Attribute makeRangeAttr(Builder &builder, ArrayRef<Interval> ranges) {
  std::vector<int64_t> ends;
  for (const Interval &range : ranges)
    ends.push_back(range.low);
  for (const Interval &range : ranges)
    ends.push_back(range.high);
  if (llvm::any_of(ends, [](int64_t end) { return end != int32_t(end); }))
    return nullptr;
  auto type = RankedTensorType::get({2, int64_t(ranges.size())}, builder.getI32Type());
  return makeIntConstant(type, ends);
}

std::vector<Interval> readRangeAttr(Attribute attr, int64_t channels) {
  std::optional<ConstantReader> reader;
  if (attr)
    reader = ConstantReader::create(attr);
  if (!reader || !reader->getElementType().isInteger(32) ||
      reader->getNumElements() != 2 * channels)
    return {};
  std::vector<Interval> ranges;
  for (int64_t channel = 0; channel < channels; ++channel) {
    ranges.push_back({reader->getInt(channel), reader->getInt(channels + channel)});
    if (ranges.back().low > ranges.back().high)
      return {};
  }
  return ranges;
}

} // namespace kvant::codegen
