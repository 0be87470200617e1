// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of elements whose type is known at run time only.
#include "kvant/Support/Elements.h"

#include "llvm/ADT/APFloat.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

using namespace llvm;

namespace kvant {

template <typename T> static T load(const char *data, int64_t index) {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

template <typename T> static void store(char *data, int64_t index, T value) {
  std::memcpy(data + index * sizeof(T), &value, sizeof(T));
}

bool isFloatKind(ElementKind kind) {
  return kind == ElementKind::F16 || kind == ElementKind::F32 || kind == ElementKind::F64;
}

double getElementAsDouble(const char *data, ElementKind kind, int64_t index) {
  switch (kind) {
  case ElementKind::F16: {
    APFloat half(APFloat::IEEEhalf(), APInt(16, load<uint16_t>(data, index)));
    return half.convertToDouble();
  }
  case ElementKind::F32:
    return load<float>(data, index);
  case ElementKind::F64:
    return load<double>(data, index);
  case ElementKind::U64:
    return double(load<uint64_t>(data, index));
  default:
    return double(getElementAsInt(data, kind, index));
  }
}

int64_t getElementAsInt(const char *data, ElementKind kind, int64_t index) {
  switch (kind) {
  case ElementKind::Bool:
    return load<uint8_t>(data, index) != 0;
  case ElementKind::I8:
    return load<int8_t>(data, index);
  case ElementKind::U8:
    return load<uint8_t>(data, index);
  case ElementKind::I16:
    return load<int16_t>(data, index);
  case ElementKind::U16:
    return load<uint16_t>(data, index);
  case ElementKind::I32:
    return load<int32_t>(data, index);
  case ElementKind::U32:
    return load<uint32_t>(data, index);
  case ElementKind::I64:
    return load<int64_t>(data, index);
  case ElementKind::U64:
    return int64_t(std::min<uint64_t>(load<uint64_t>(data, index), INT64_MAX));
  case ElementKind::F16:
  case ElementKind::F32:
  case ElementKind::F64:
    return int64_t(getElementAsDouble(data, kind, index));
  }
  return 0;
}

void setElementFromDouble(char *data, ElementKind kind, int64_t index, double value) {
  switch (kind) {
  case ElementKind::F16: {
    APFloat half(value);
    bool losesInfo = false;
    half.convert(APFloat::IEEEhalf(), APFloat::rmNearestTiesToEven, &losesInfo);
    store<uint16_t>(data, index, uint16_t(half.bitcastToAPInt().getZExtValue()));
    return;
  }
  case ElementKind::F32:
    store<float>(data, index, float(value));
    return;
  case ElementKind::F64:
    store<double>(data, index, value);
    return;
  default:
    setElementFromInt(data, kind, index, int64_t(value));
  }
}

void setElementFromInt(char *data, ElementKind kind, int64_t index, int64_t value) {
  switch (getElementSize(kind)) {
  case 1:
    store<uint8_t>(data, index, kind == ElementKind::Bool ? value != 0 : uint8_t(value));
    return;
  case 2:
    store<uint16_t>(data, index, uint16_t(value));
    return;
  case 4:
    store<uint32_t>(data, index, uint32_t(value));
    return;
  default:
    store<uint64_t>(data, index, uint64_t(value));
  }
}

static bool isSignedKind(ElementKind kind) {
  return kind == ElementKind::I8 || kind == ElementKind::I16 || kind == ElementKind::I32 ||
         kind == ElementKind::I64;
}

int64_t getMinValue(ElementKind kind) {
  return isSignedKind(kind) ? -(int64_t(1) << (getElementSize(kind) * 8 - 2)) * 2 : 0;
}

int64_t getMaxValue(ElementKind kind) {
  if (kind == ElementKind::Bool)
    return 1;
  unsigned bits = getElementSize(kind) * 8 - isSignedKind(kind);
  return bits >= 63 ? INT64_MAX : (int64_t(1) << bits) - 1;
}

int64_t quantizeValue(double value, double scale, int64_t zeroPoint, ElementKind kind) {
  float steps = std::round(float(value) / float(scale));
  // Clamped before the conversion, which is undefined outside of the integer's
  // range.
  double low = double(getMinValue(kind)), high = double(getMaxValue(kind));
  return int64_t(std::clamp(double(steps) + double(zeroPoint), low, high));
}

double getRealValue(const TensorSpec &spec, const char *data, int64_t index) {
  if (!spec.quantized)
    return getElementAsDouble(data, spec.kind, index);
  return spec.scale * double(getElementAsInt(data, spec.kind, index) - spec.zeroPoint);
}

} // namespace kvant
