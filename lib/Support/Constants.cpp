// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading and making of constant tensors, whatever their storage.
#include "kvant/Support/Constants.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"
#include <cstring>

using namespace mlir;

namespace kvant {

/// Bytes that one element of `type` takes in a dense constant, or 0 if it has
/// no such form.
static unsigned getElementBytes(Type type) {
  if (!type.isIntOrFloat())
    return 0;
  unsigned width = type.getIntOrFloatBitWidth();
  return width >= 1 && width <= 64 ? llvm::PowerOf2Ceil(llvm::divideCeil(width, 8)) : 0;
}

std::optional<ConstantReader> ConstantReader::create(Attribute attr) {
  ShapedType type;
  ArrayRef<char> bytes;
  bool splat = false;
  if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(attr)) {
    const AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    type = resource.getType();
    bytes = blob->getData();
  } else if (auto dense = dyn_cast_or_null<DenseIntOrFPElementsAttr>(attr)) {
    type = dense.getType();
    bytes = dense.getRawData();
    splat = dense.isSplat();
  } else {
    return std::nullopt;
  }
  unsigned elementBytes = type.hasStaticShape() ? getElementBytes(type.getElementType()) : 0;
  if (elementBytes == 0)
    return std::nullopt;
  uint64_t stored = splat ? 1 : type.getNumElements();
  if (bytes.size() != stored * elementBytes)
    return std::nullopt;
  return ConstantReader(type, bytes, elementBytes, splat);
}

std::optional<ConstantReader> ConstantReader::create(Value value) {
  ElementsAttr attr;
  if (!value || !matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  return create(Attribute(attr));
}

uint64_t ConstantReader::getBits(int64_t index) const {
  uint64_t bits = 0;
  std::memcpy(&bits, bytes.data() + (splat ? 0 : index) * elementBytes, elementBytes);
  return bits;
}

int64_t ConstantReader::getInt(int64_t index, bool asUnsigned) const {
  auto integer = cast<IntegerType>(getElementType());
  bool isUnsigned =
      integer.isUnsigned() || integer.getWidth() == 1 || (integer.isSignless() && asUnsigned);
  uint64_t bits = getBits(index) & llvm::maskTrailingOnes<uint64_t>(integer.getWidth());
  return isUnsigned ? int64_t(bits) : llvm::SignExtend64(bits, integer.getWidth());
}

double ConstantReader::getFloat(int64_t index) const {
  auto floatType = dyn_cast<FloatType>(getElementType());
  if (!floatType)
    return double(getInt(index));
  uint64_t bits = getBits(index);
  if (floatType.isF32())
    return llvm::bit_cast<float>(uint32_t(bits));
  llvm::APFloat value(floatType.getFloatSemantics(), llvm::APInt(floatType.getWidth(), bits));
  bool losesInfo;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return value.convertToDouble();
}

std::vector<float> ConstantReader::getFloats() const {
  std::vector<float> values(getNumElements());
  for (int64_t i = 0, e = getNumElements(); i < e; ++i)
    values[i] = float(getFloat(i));
  return values;
}

std::vector<int64_t> ConstantReader::getInts(bool asUnsigned) const {
  std::vector<int64_t> values(getNumElements());
  for (int64_t i = 0, e = getNumElements(); i < e; ++i)
    values[i] = getInt(i, asUnsigned);
  return values;
}

static Type getStorageType(Type elementType) {
  if (auto quantized = dyn_cast<quant::QuantizedType>(elementType))
    return quantized.getStorageType();
  return elementType;
}

static bool isRepeated(ArrayRef<char> bytes, size_t elementBytes) {
  return bytes.size() >= elementBytes &&
         std::memcmp(bytes.data(), bytes.data() + elementBytes, bytes.size() - elementBytes) == 0;
}

/// The resource that holds `bytes`: an existing one of the same contents, or a
/// new one.
static DenseResourceElementsHandle getResource(MLIRContext *context, ArrayRef<char> bytes) {
  auto &interface = DenseResourceElementsHandle::getManagerInterface(context);
  DialectResourceBlobManager &manager = interface.getBlobManager();
  auto *dialect = cast<BuiltinDialect>(interface.getDialect());
  uint64_t hash = llvm::xxh3_64bits(
      ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
  std::string key = "c" + llvm::utohexstr(hash, /*LowerCase=*/true, /*Width=*/16);
  if (auto *entry = manager.lookup(key)) {
    const AsmResourceBlob *blob = entry->getBlob();
    if (blob && blob->getData() == bytes)
      return DenseResourceElementsHandle(entry, dialect);
  }
  return manager.insert<DenseResourceElementsHandle>(
      dialect, key, HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, 64));
}

ElementsAttr makeConstant(ShapedType type, ArrayRef<char> bytes) {
  Type storage = getStorageType(type.getElementType());
  auto constantType = RankedTensorType::get(type.getShape(), storage);
  unsigned elementBytes = getElementBytes(storage);
  int64_t numElements = constantType.getNumElements();
  assert(elementBytes && int64_t(bytes.size()) == numElements * elementBytes &&
         "bytes do not fit the type");
  if (numElements > 0 && isRepeated(bytes, elementBytes))
    bytes = bytes.take_front(elementBytes);
  else if (numElements > kMaxInlineElements)
    return DenseResourceElementsAttr::get(constantType, getResource(type.getContext(), bytes));
  return DenseIntOrFPElementsAttr::getFromRawBuffer(constantType, bytes);
}

ElementsAttr makeIntConstant(ShapedType type, ArrayRef<int64_t> values) {
  unsigned elementBytes = getElementBytes(getStorageType(type.getElementType()));
  unsigned width = getStorageType(type.getElementType()).getIntOrFloatBitWidth();
  std::vector<char> bytes(values.size() * elementBytes);
  for (auto [i, value] : llvm::enumerate(values)) {
    uint64_t bits = uint64_t(value) & llvm::maskTrailingOnes<uint64_t>(width);
    std::memcpy(bytes.data() + i * elementBytes, &bits, elementBytes);
  }
  return makeConstant(type, bytes);
}

ElementsAttr makeFloatConstant(ShapedType type, ArrayRef<float> values) {
  auto floatType = cast<FloatType>(type.getElementType());
  if (floatType.isF32())
    return makeConstant<float>(type, values);
  unsigned elementBytes = getElementBytes(floatType);
  std::vector<char> bytes(values.size() * elementBytes);
  for (auto [i, value] : llvm::enumerate(values)) {
    llvm::APFloat converted(value);
    bool losesInfo;
    converted.convert(floatType.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                      &losesInfo);
    uint64_t bits = converted.bitcastToAPInt().getZExtValue();
    std::memcpy(bytes.data() + i * elementBytes, &bits, elementBytes);
  }
  return makeConstant(type, bytes);
}

} // namespace kvant
