// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of elements whose type is known at run time only.
#ifndef KVANT_SUPPORT_ELEMENTS_H
#define KVANT_SUPPORT_ELEMENTS_H

#include "kvant/Support/Samples.h"

namespace kvant {

bool isFloatKind(ElementKind kind);

/// Element `index` of packed `data`. Integers beyond 2^53 lose bits.
double getElementAsDouble(const char *data, ElementKind kind, int64_t index);
/// Element `index` of packed `data` of an integer kind; above 2^63-1 it
/// saturates.
int64_t getElementAsInt(const char *data, ElementKind kind, int64_t index);

void setElementFromDouble(char *data, ElementKind kind, int64_t index, double value);
void setElementFromInt(char *data, ElementKind kind, int64_t index, int64_t value);

/// The values that an integer kind can hold.
int64_t getMinValue(ElementKind kind);
int64_t getMaxValue(ElementKind kind);

/// round-half-away(value / scale) + zeroPoint in float, clamped to `kind`:
/// TFLite's QUANTIZE.
int64_t quantizeValue(double value, double scale, int64_t zeroPoint, ElementKind kind);

/// The real value of element `index` of a tensor of `spec`: dequantized if it
/// is quantized.
double getRealValue(const TensorSpec &spec, const char *data, int64_t index);

} // namespace kvant

#endif // KVANT_SUPPORT_ELEMENTS_H
