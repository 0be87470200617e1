// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Binding of .npz arrays to the inputs of a program.
#ifndef KVANT_SUPPORT_SAMPLES_H
#define KVANT_SUPPORT_SAMPLES_H

#include "kvant/Support/Npz.h"

namespace kvant {

/// An input or output of a program as it appears outside.
struct TensorSpec {
  std::string name;
  ElementKind kind = ElementKind::F32;
  llvm::SmallVector<int64_t, 4> shape;
  bool quantized = false; ///< scale and zeroPoint hold
  double scale = 1.0;
  int64_t zeroPoint = 0;

  int64_t getNumElements() const;
  int64_t getNumBytes() const { return getNumElements() * getElementSize(kind); }
};

/// How raw integers become the floats that a float input wants: scale * raw +
/// shift.
struct InputScaling {
  bool given = false;
  double scale = 1.0;
  double shift = 0.0;
};

/// Samples for the inputs of one program, in the element types that the program
/// wants.
///
/// Rules: arrays named as the inputs are taken, others ignored; if none match,
/// a single-input program takes the one numeric array that is not `labels`.
/// Samples run along the first axis, and a sample has as many elements as the
/// input with batch 1 (an input of batch B takes B consecutive samples at
/// once). Arrays that all have exactly their inputs' own shapes are one sample.
/// A float input takes floats as they are, and integers only with a scaling; an
/// integer input takes its own type as it is, and floats quantized by its
/// scale. An integer input without a scale also takes other integers whose
/// values it can hold. NaN and Inf are errors.
class SampleSet {
public:
  static llvm::Expected<SampleSet> load(llvm::StringRef path, llvm::ArrayRef<TensorSpec> inputs,
                                        const InputScaling &scaling = {});

  /// The same for arrays in memory; `origin` stands for the path in errors.
  static llvm::Expected<SampleSet> bind(llvm::StringRef origin, std::vector<NpyArray> arrays,
                                        llvm::ArrayRef<TensorSpec> inputs,
                                        const InputScaling &scaling = {});
  /// For a program without inputs: one run.
  static SampleSet loadNone();

  /// How many times the program is to be run.
  int64_t getNumSamples() const { return numSamples; }

  /// How many samples one run takes: the batch, where the file has one entry
  /// per sample.
  int64_t getSamplesPerRun() const { return samplesPerRun; }

  /// The bytes of input `input` for run `sample`: inputs[input].getNumBytes()
  /// of them.
  std::vector<char> get(int64_t sample, unsigned input) const;

  /// The array named `labels`, if the file has one of integers.
  const NpyArray *getLabels() const;

private:
  int64_t numSamples = 0;
  int64_t samplesPerRun = 1;
  std::vector<TensorSpec> specs;
  std::vector<NpyArray> arrays; ///< per input, already converted
  std::vector<NpyArray> labels; ///< empty or one
};

} // namespace kvant

#endif // KVANT_SUPPORT_SAMPLES_H
