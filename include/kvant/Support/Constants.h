// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading and making of constant tensors, whatever their storage.
#ifndef KVANT_SUPPORT_CONSTANTS_H
#define KVANT_SUPPORT_CONSTANTS_H

#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace kvant {

/// Reads the elements of a dense constant (inline, splat, or a resource) as
/// numbers.
class ConstantReader {
public:
  /// A reader of `attr`, or nothing when its elements are not numbers of 1 to
  /// 64 bits or its storage is absent or of the wrong size (a resource that the
  /// file did not define).
  static std::optional<ConstantReader> create(mlir::Attribute attr);

  /// A reader of the constant that defines `value` (an operation with the trait
  /// ConstantLike), or nothing.
  static std::optional<ConstantReader> create(mlir::Value value);

  mlir::ShapedType getType() const { return type; }
  mlir::Type getElementType() const { return type.getElementType(); }
  llvm::ArrayRef<int64_t> getShape() const { return type.getShape(); }
  int64_t getNumElements() const { return type.getNumElements(); }
  /// True if one stored element stands for all.
  bool isSplat() const { return splat; }
  bool isFloat() const { return mlir::isa<mlir::FloatType>(getElementType()); }

  /// Element `index` in row-major order. Integers are converted.
  double getFloat(int64_t index) const;
  /// Element `index`; the type must be an integer type. Signless integers are
  /// signed unless `asUnsigned`; signed and unsigned ones are what they say.
  int64_t getInt(int64_t index, bool asUnsigned = false) const;

  /// All elements, splats expanded.
  std::vector<float> getFloats() const;
  std::vector<int64_t> getInts(bool asUnsigned = false) const;

private:
  ConstantReader(mlir::ShapedType type, llvm::ArrayRef<char> bytes, unsigned elementBytes,
                 bool splat)
      : type(type), bytes(bytes), elementBytes(elementBytes), splat(splat) {}

  uint64_t getBits(int64_t index) const;

  mlir::ShapedType type;
  llvm::ArrayRef<char> bytes;
  unsigned elementBytes;
  bool splat;
};

/// Constants of more elements than this are resources, aligned for vector
/// loads.
constexpr int64_t kMaxInlineElements = 64;

/// A dense constant of the shape and element type of `type` (of the storage
/// type if the elements are quantized) from row-major little-endian `bytes`,
/// whole bytes per element. Elements that are all equal give a splat; otherwise
/// more than kMaxInlineElements give a resource, named by its contents so that
/// the text does not depend on what ran before.
mlir::ElementsAttr makeConstant(mlir::ShapedType type, llvm::ArrayRef<char> bytes);

template <typename T>
mlir::ElementsAttr makeConstant(mlir::ShapedType type, llvm::ArrayRef<T> elements) {
  return makeConstant(type, llvm::ArrayRef<char>(reinterpret_cast<const char *>(elements.data()),
                                                 elements.size() * sizeof(T)));
}

/// Converts `values` to the elements of `type` (float or integer, or quantized
/// with such storage) and makes the constant. Integers are truncated to the
/// width of the type.
mlir::ElementsAttr makeFloatConstant(mlir::ShapedType type, llvm::ArrayRef<float> values);
mlir::ElementsAttr makeIntConstant(mlir::ShapedType type, llvm::ArrayRef<int64_t> values);

} // namespace kvant

#endif // KVANT_SUPPORT_CONSTANTS_H
