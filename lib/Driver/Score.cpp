// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Figures over the outputs of a program.
#include "kvant/Driver/Score.h"

#include "Programs.h"
#include "kvant/Support/Elements.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <cstring>

using namespace llvm;

namespace kvant {

/// The real values of sample `sample` of the first output.
static std::vector<double> getScores(const ScoredOutputs &outputs, int64_t sample) {
  const NpyArray &array = outputs.arrays.front();
  int64_t count = array.getNumElements() / outputs.samples;
  std::vector<double> scores(count);
  for (int64_t i = 0; i < count; ++i)
    scores[i] = getRealValue(outputs.specs.front(), array.data.data(), sample * count + i);
  return scores;
}

static int64_t getBest(ArrayRef<double> scores) {
  return std::max_element(scores.begin(), scores.end()) - scores.begin();
}

Error scoreLabels(const ScoredOutputs &outputs, const NpyArray &labels, StringRef labelFile,
                  json::Object &figures) {
  if (isFloatKind(labels.kind))
    return makeInputError(labelFile + ": labels are " + getElementKindName(labels.kind) +
                          ", expected integers");
  if (labels.getNumElements() != outputs.samples)
    return makeInputError(labelFile + ": " + Twine(labels.getNumElements()) + " labels for " +
                          Twine(outputs.samples) + " samples");
  int64_t right = 0, among5 = 0;
  for (int64_t sample = 0; sample < outputs.samples; ++sample) {
    std::vector<double> scores = getScores(outputs, sample);
    int64_t label = getElementAsInt(labels.data.data(), labels.kind, sample);
    if (label < 0 || label >= int64_t(scores.size()))
      return makeInputError(labelFile + ": label " + Twine(label) + " of sample " + Twine(sample) +
                            ", expected 0 to " + Twine(int64_t(scores.size()) - 1));
    int64_t better = 0;
    for (int64_t i = 0; i < int64_t(scores.size()); ++i)
      better += scores[i] > scores[label] || (scores[i] == scores[label] && i < label);
    right += better == 0;
    among5 += better < 5;
  }
  figures["top1"] = double(right) / double(outputs.samples);
  figures["top5"] = double(among5) / double(outputs.samples);
  return Error::success();
}

Error scoreDifference(const ScoredOutputs &outputs, const ScoredOutputs &reference,
                      json::Object &figures) {
  if (outputs.arrays.size() != reference.arrays.size())
    return makeInputError("--compare: " + Twine(reference.arrays.size()) + " outputs, expected " +
                          Twine(outputs.arrays.size()));
  double signal = 0, noise = 0, largest = 0;
  int64_t elements = 0, mismatched = 0;
  for (auto [i, array] : enumerate(outputs.arrays)) {
    const NpyArray &other = reference.arrays[i];
    const TensorSpec &spec = outputs.specs[i], &otherSpec = reference.specs[i];
    if (array.getNumElements() != other.getNumElements())
      return makeInputError("--compare: output '" + other.name + "' has " +
                            Twine(other.getNumElements()) + " elements, expected " +
                            Twine(array.getNumElements()));
    bool same = array.kind == other.kind;
    unsigned size = getElementSize(array.kind);
    for (int64_t e = 0; e < array.getNumElements(); ++e) {
      double value = getRealValue(spec, array.data.data(), e);
      double wanted = getRealValue(otherSpec, other.data.data(), e);
      double difference = value - wanted;
      signal += wanted * wanted;
      noise += difference * difference;
      largest = std::max(largest, std::fabs(difference));
      mismatched +=
          same ? std::memcmp(array.data.data() + e * size, other.data.data() + e * size, size) != 0
               : value != wanted;
    }
    elements += array.getNumElements();
  }
  int64_t agreeing = 0;
  if (!outputs.arrays.empty())
    for (int64_t sample = 0; sample < outputs.samples; ++sample)
      agreeing += getBest(getScores(outputs, sample)) == getBest(getScores(reference, sample));
  figures["agreement"] = double(agreeing) / double(outputs.samples);
  // Without noise there is no ratio to give.
  if (noise > 0 && signal > 0)
    figures["sqnr_db"] = 10 * std::log10(signal / noise);
  else
    figures["sqnr_db"] = nullptr;
  figures["mse"] = elements ? noise / double(elements) : 0;
  figures["max_abs_diff"] = largest;
  figures["mismatched_elements"] = mismatched;
  return Error::success();
}

} // namespace kvant
