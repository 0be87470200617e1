// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A program run over a file of samples, scored and timed.
#include "kvant/Driver/Run.h"

#include "Programs.h"
#include "kvant/Driver/CommandLine.h"
#include "kvant/Driver/Score.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace kvant {

/// More than any machine has; each costs a stack.
static constexpr int64_t kMaxThreads = 1024;

static Expected<InputScaling> getScaling(const RunOptions &options) {
  InputScaling scaling;
  if (options.inputScale.empty()) {
    if (!options.inputShift.empty())
      return makeInputError("--input-shift without --input-scale");
    return scaling;
  }
  Expected<double> scale = parseNumber("--input-scale", options.inputScale);
  if (!scale)
    return scale.takeError();
  if (*scale == 0)
    return makeInputError("--input-scale: expected a number other than 0");
  scaling = {true, *scale, 0};
  if (options.inputShift.empty())
    return scaling;
  Expected<double> shift = parseNumber("--input-shift", options.inputShift);
  if (!shift)
    return shift.takeError();
  scaling.shift = *shift;
  return scaling;
}

static Expected<NpyArray> readLabels(const RunOptions &options) {
  Expected<std::vector<NpyArray>> arrays = readNpz(options.labels);
  if (!arrays)
    return arrays.takeError();
  auto it = find_if(*arrays, [](const NpyArray &array) { return array.name == "labels"; });
  if (it != arrays->end())
    return *it;
  if (arrays->size() != 1)
    return makeInputError(options.labels + ": expected one array, or one named labels");
  return arrays->front();
}

static bool isArchive(StringRef path) {
  auto start = MemoryBuffer::getFileSlice(path, 2, 0);
  return start && (*start)->getBuffer() == "PK";
}

/// What `outputs` are compared with: those of another program, or read from a file.
static Error compare(const RunOptions &options, const InputScaling &scaling,
                     const ScoredOutputs &outputs, json::Object &figures) {
  if (isArchive(options.compare)) {
    Expected<std::vector<NpyArray>> arrays = readNpz(options.compare);
    if (!arrays)
      return arrays.takeError();
    // By name if all names are there, by order otherwise.
    std::vector<NpyArray> sorted;
    for (const TensorSpec &spec : outputs.specs)
      for (const NpyArray &array : *arrays)
        if (array.name == spec.name)
          sorted.push_back(array);
    if (sorted.size() != outputs.specs.size())
      sorted = std::move(*arrays);
    // An array of the output's own type means the same by its integers.
    std::vector<TensorSpec> specs;
    for (size_t i = 0; i < sorted.size(); ++i) {
      TensorSpec spec;
      if (i < outputs.specs.size() && sorted[i].kind == outputs.specs[i].kind)
        spec = outputs.specs[i];
      spec.kind = sorted[i].kind;
      specs.push_back(std::move(spec));
    }
    return scoreDifference(outputs, {sorted, specs, outputs.samples}, figures);
  }
  Expected<std::unique_ptr<Program>> program = openProgram(options.compare, {options.emulator});
  if (!program)
    return program.takeError();
  Expected<SampleSet> samples = SampleSet::load(options.inputs, (*program)->getInputs(), scaling);
  if (!samples)
    return samples.takeError();
  Expected<RunResult> result = (*program)->run(*samples, 0);
  if (!result)
    return result.takeError();
  return scoreDifference(outputs, {result->outputs, (*program)->getOutputs(), outputs.samples},
                         figures);
}

/// Outputs may share a name, or have one that no archive can hold twice.
static std::vector<NpyArray> nameUniquely(ArrayRef<NpyArray> arrays) {
  std::vector<NpyArray> named;
  StringSet<> names;
  for (auto [i, array] : enumerate(arrays)) {
    NpyArray copy = array;
    if (copy.name.empty() || !names.insert(copy.name).second)
      copy.name = "output" + std::to_string(i);
    names.insert(copy.name);
    named.push_back(std::move(copy));
  }
  return named;
}

Expected<json::Object> runProgram(const RunOptions &options) {
  if (options.program.empty())
    return makeInputError("no PROGRAM; see quant-run --help");
  Expected<InputScaling> scaling = getScaling(options);
  if (!scaling)
    return scaling.takeError();
  if (options.threads > kMaxThreads)
    return makeInputError("--threads: expected a number from 1 to " + Twine(kMaxThreads) +
                          ", got " + Twine(options.threads));
  Expected<std::unique_ptr<Program>> program =
      openProgram(options.program, {options.emulator, unsigned(options.threads)});
  if (!program)
    return program.takeError();
  if (options.inputs.empty() && !(*program)->getInputs().empty())
    return makeInputError(
        "no --inputs FILE; the inputs are " +
        join(map_range((*program)->getInputs(), [](const TensorSpec &spec) { return spec.name; }),
             ", "));
  Expected<SampleSet> samples =
      options.inputs.empty() ? SampleSet::loadNone()
                             : SampleSet::load(options.inputs, (*program)->getInputs(), *scaling);
  if (!samples)
    return samples.takeError();
  Expected<RunResult> result = (*program)->run(*samples, options.repeat);
  if (!result)
    return result.takeError();

  int64_t count = samples->getNumSamples() * samples->getSamplesPerRun();
  ScoredOutputs outputs{result->outputs, (*program)->getOutputs(), count};
  json::Object figures{{"samples", count}};
  bool scored = !result->outputs.empty() && result->outputs.front().getNumElements() % count == 0;
  if (!options.labels.empty()) {
    Expected<NpyArray> labels = readLabels(options);
    if (!labels)
      return labels.takeError();
    if (Error error = scoreLabels(outputs, *labels, options.labels, figures))
      return std::move(error);
  } else if (const NpyArray *labels = samples->getLabels(); labels && scored) {
    if (Error error = scoreLabels(outputs, *labels, options.inputs, figures))
      return std::move(error);
  }
  if (!options.compare.empty())
    if (Error error = compare(options, *scaling, outputs, figures))
      return std::move(error);
  if (options.repeat > 0)
    figures["latency_us"] =
        json::Object{{"min", result->minMicroseconds}, {"median", result->medianMicroseconds}};
  if (!options.outputs.empty())
    if (Error error = writeNpz(options.outputs, nameUniquely(result->outputs)))
      return std::move(error);
  return figures;
}

} // namespace kvant
