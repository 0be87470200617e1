// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Binding of .npz arrays to the inputs of a program.
#include "kvant/Support/Samples.h"

#include "kvant/Support/Elements.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <cmath>
#include <cstring>
#include <optional>

using namespace llvm;

namespace kvant {

int64_t TensorSpec::getNumElements() const {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

static Error makeError(StringRef path, const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           path + ": " + message);
}

static std::string formatShape(ArrayRef<int64_t> shape) {
  std::string out = "[";
  for (auto [i, dim] : enumerate(shape))
    out += (i ? "," : "") + std::to_string(dim);
  return out + "]";
}

static std::string describe(const NpyArray &array) {
  return "'" + array.name + "' (" + getElementKindName(array.kind).str() + " " +
         formatShape(array.shape) + ")";
}

/// Chooses one array per input by name.
static Expected<std::vector<NpyArray>> bindArrays(StringRef path, std::vector<NpyArray> found,
                                                  ArrayRef<TensorSpec> inputs) {
  std::string have;
  for (const NpyArray &array : found)
    have += (have.empty() ? "" : ", ") + describe(array);
  if (have.empty())
    return makeError(path, "holds no array of numbers");

  std::vector<NpyArray> bound(inputs.size());
  size_t matched = 0;
  const TensorSpec *missing = nullptr;
  for (auto [i, input] : enumerate(inputs)) {
    auto it = find_if(
        found, [&, &input = input](const NpyArray &array) { return array.name == input.name; });
    if (it == found.end()) {
      missing = &input;
      continue;
    }
    bound[i] = *it;
    ++matched;
  }
  if (matched == inputs.size())
    return bound;
  if (matched == 0 && inputs.size() == 1) {
    erase_if(found, [](const NpyArray &array) { return array.name == "labels"; });
    if (found.size() == 1) {
      bound[0] = std::move(found[0]);
      return bound;
    }
  }
  return makeError(path, "no array for the input '" + missing->name + "' (" +
                             getElementKindName(missing->kind) + " " + formatShape(missing->shape) +
                             "); the file has " + have);
}

/// How the first axis of an array runs over samples.
struct Runs {
  int64_t count;      ///< runs of the program
  int64_t perRun = 1; ///< samples that each takes
};

static Expected<Runs> countRuns(StringRef path, const NpyArray &array, const TensorSpec &input) {
  int64_t elements = input.getNumElements();
  int64_t batch = input.shape.empty() ? 1 : input.shape.front();
  auto wrongShape = [&](const Twine &why) {
    return makeError(path, "array " + describe(array) + " does not fit the input '" + input.name +
                               "' of shape " + formatShape(input.shape) + ": " + why);
  };
  if (array.shape.empty())
    return wrongShape("it has no first axis for samples");
  int64_t samples = array.shape.front();
  if (samples == 0 || array.data.empty())
    return wrongShape("it has no samples");
  int64_t perSample = array.getNumElements() / samples;
  // A sample may also be the whole input, batch and all.
  if (perSample == elements)
    return Runs{samples};
  if (batch > 0 && perSample == elements / batch) {
    if (samples % batch != 0)
      return wrongShape("its " + Twine(samples) + " samples are no multiple of the batch of " +
                        Twine(batch));
    return Runs{samples / batch, batch};
  }
  return wrongShape("a sample has " + Twine(perSample) + " elements, expected " +
                    Twine(batch > 0 ? elements / batch : elements));
}

static std::string locate(const NpyArray &array, int64_t element) {
  int64_t perSample = array.shape.empty() || array.shape.front() == 0
                          ? array.getNumElements()
                          : array.getNumElements() / array.shape.front();
  return "sample " + std::to_string(element / perSample) + ", element " +
         std::to_string(element % perSample);
}

/// Converts the elements of `array` to the type of `input`, checking each
/// value.
static Error convert(StringRef path, NpyArray &array, const TensorSpec &input,
                     const InputScaling &scaling) {
  int64_t count = array.getNumElements();
  bool fromFloat = isFloatKind(array.kind), toFloat = isFloatKind(input.kind);
  if (fromFloat) {
    for (int64_t i = 0; i < count; ++i) {
      double value = getElementAsDouble(array.data.data(), array.kind, i);
      if (!std::isfinite(value))
        return makeError(path, "array '" + array.name + "', " + locate(array, i) + ": " +
                                   (std::isnan(value) ? "NaN" : "infinity") +
                                   ", expected finite numbers");
    }
  }
  if (array.kind == input.kind)
    return Error::success();
  if (!fromFloat && toFloat && !scaling.given)
    return makeError(path, "array " + describe(array) + " holds integers, the input '" +
                               input.name + "' takes " + getElementKindName(input.kind) +
                               "; say with --input-scale S --input-shift B which real value "
                               "S*raw + B they stand for");
  if (fromFloat && !toFloat && !input.quantized)
    return makeError(path, "array " + describe(array) + " holds floats, the input '" + input.name +
                               "' takes " + getElementKindName(input.kind) + " without a scale");
  if (!fromFloat && !toFloat && input.quantized && !scaling.given)
    return makeError(path, "array " + describe(array) + " holds other integers than the input '" +
                               input.name + "', which takes " + getElementKindName(input.kind) +
                               " as it is, or floats, or any integers with --input-scale");

  NpyArray out;
  out.name = array.name;
  out.kind = input.kind;
  out.shape = array.shape;
  out.data.resize(count * getElementSize(input.kind));
  int64_t low = toFloat ? 0 : getMinValue(input.kind), high = toFloat ? 0 : getMaxValue(input.kind);
  for (int64_t i = 0; i < count; ++i) {
    if (!fromFloat && !toFloat && !input.quantized) {
      int64_t value = getElementAsInt(array.data.data(), array.kind, i);
      if (value < low || value > high)
        return makeError(path, "array '" + array.name + "', " + locate(array, i) + ": " +
                                   Twine(value) + " is no " + getElementKindName(input.kind));
      setElementFromInt(out.data.data(), out.kind, i, value);
      continue;
    }
    double value = getElementAsDouble(array.data.data(), array.kind, i);
    if (!fromFloat)
      value = scaling.scale * value + scaling.shift;
    if (!toFloat) {
      setElementFromInt(out.data.data(), out.kind, i,
                        quantizeValue(value, input.scale, input.zeroPoint, input.kind));
      continue;
    }
    setElementFromDouble(out.data.data(), out.kind, i, value);
    if (!std::isfinite(getElementAsDouble(out.data.data(), out.kind, i)))
      return makeError(path, "array '" + array.name + "', " + locate(array, i) +
                                 ": too large for " + getElementKindName(input.kind));
  }
  array = std::move(out);
  return Error::success();
}

Expected<SampleSet> SampleSet::load(StringRef path, ArrayRef<TensorSpec> inputs,
                                    const InputScaling &scaling) {
  Expected<std::vector<NpyArray>> found = readNpz(path);
  if (!found)
    return found.takeError();
  return bind(path, std::move(*found), inputs, scaling);
}

Expected<SampleSet> SampleSet::bind(StringRef path, std::vector<NpyArray> found,
                                    ArrayRef<TensorSpec> inputs, const InputScaling &scaling) {
  SampleSet set;
  set.specs.assign(inputs.begin(), inputs.end());
  for (const NpyArray &array : found)
    if (array.name == "labels" && !isFloatKind(array.kind))
      set.labels.push_back(array);
  if (inputs.empty()) {
    set.numSamples = 1;
    return set;
  }
  Expected<std::vector<NpyArray>> bound = bindArrays(path, std::move(found), inputs);
  if (!bound)
    return bound.takeError();
  set.arrays = std::move(*bound);

  bool whole = all_of(zip(set.arrays, inputs),
                      [](auto pair) { return std::get<0>(pair).shape == std::get<1>(pair).shape; });
  std::optional<Runs> runs;
  if (whole) {
    runs = Runs{1};
    // The labels of a batch are still one per sample.
    if (inputs.size() == 1 && !inputs[0].shape.empty())
      runs->perRun = std::max<int64_t>(inputs[0].shape.front(), 1);
  }
  for (auto [array, input] : zip(set.arrays, inputs)) {
    if (!whole) {
      Expected<Runs> own = countRuns(path, array, input);
      if (!own)
        return own.takeError();
      if (runs && runs->count != own->count)
        return makeError(path, "array '" + array.name + "' is enough for " + Twine(own->count) +
                                   " runs, '" + set.arrays.front().name + "' for " +
                                   Twine(runs->count));
      runs = runs ? Runs{own->count, std::max(runs->perRun, own->perRun)} : *own;
    }
    if (Error error = convert(path, array, input, scaling))
      return std::move(error);
  }
  set.numSamples = runs->count;
  set.samplesPerRun = runs->perRun;
  return set;
}

SampleSet SampleSet::loadNone() {
  SampleSet set;
  set.numSamples = 1;
  return set;
}

std::vector<char> SampleSet::get(int64_t sample, unsigned input) const {
  int64_t size = specs[input].getNumBytes();
  const char *begin = arrays[input].data.data() + sample * size;
  return std::vector<char>(begin, begin + size);
}

const NpyArray *SampleSet::getLabels() const { return labels.empty() ? nullptr : &labels.front(); }

} // namespace kvant
