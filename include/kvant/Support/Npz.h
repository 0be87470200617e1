// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading and writing of numpy's .npz and .npy files.
#ifndef KVANT_SUPPORT_NPZ_H
#define KVANT_SUPPORT_NPZ_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace kvant {

/// Element types that arrays may have.
enum class ElementKind : uint8_t { Bool, I8, U8, I16, U16, I32, U32, I64, U64, F16, F32, F64 };

/// Bytes per element.
unsigned getElementSize(ElementKind kind);
/// numpy's name of the type, for example "float32".
llvm::StringRef getElementKindName(ElementKind kind);

/// A dense array in C order, little endian.
struct NpyArray {
  std::string name; ///< name in the archive, without ".npy"
  ElementKind kind = ElementKind::F32;
  llvm::SmallVector<int64_t, 4> shape;
  std::vector<char> data; ///< getNumElements() * getElementSize(kind) bytes

  int64_t getNumElements() const;
};

/// Reads every array of `path` (a .npz, compressed or not, or a single .npy)
/// whose type is known; arrays of other types (strings, objects) are skipped.
/// Headers are bounded and checked; Fortran order is converted. An error names
/// the file and the array.
llvm::Expected<std::vector<NpyArray>> readNpz(llvm::StringRef path);

/// Parses one .npy file held in memory; `name` is used in errors only.
llvm::Expected<NpyArray> parseNpy(llvm::ArrayRef<char> bytes, llvm::StringRef name);

/// Serialises one array as .npy (version 1.0).
std::vector<char> serializeNpy(const NpyArray &array);

/// Writes `arrays` in the given order; the file appears whole or not at all.
llvm::Error writeNpz(llvm::StringRef path, llvm::ArrayRef<NpyArray> arrays);

} // namespace kvant

#endif // KVANT_SUPPORT_NPZ_H
