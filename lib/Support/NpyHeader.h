// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The header of a .npy file, apart from its data, so that an archive's entry is
// judged by its first bytes before memory is spent on the rest.
#ifndef KVANT_LIB_SUPPORT_NPYHEADER_H
#define KVANT_LIB_SUPPORT_NPYHEADER_H

#include "kvant/Support/Npz.h"

namespace kvant {

inline constexpr llvm::StringLiteral kNpyMagic("\x93NUMPY");
/// Bytes up to the end of the longest header that is read. numpy's own are
/// below 1 KiB.
inline constexpr uint64_t kMaxNpyHeader = 64 << 10;
inline constexpr unsigned kMaxRank = 32; // numpy's own bound
/// The largest array that is read, and the most that one archive may hold.
inline constexpr int64_t kMaxArrayBytes = int64_t(8) << 30;

struct NpyHeader {
  bool known = false; ///< the element type is one of ElementKind; only then
                      ///< kind and dataBytes hold
  ElementKind kind = ElementKind::F32;
  std::string descr;
  bool swap = false; ///< big endian
  bool fortranOrder = false;
  llvm::SmallVector<int64_t, 4> shape;
  uint64_t size = 0; ///< where the data begins
  int64_t dataBytes = 0;
};

/// `bytes` is the file's beginning: all of it, or at least kMaxNpyHeader bytes.
llvm::Expected<NpyHeader> parseNpyHeader(llvm::ArrayRef<char> bytes, llvm::StringRef name);

/// `data` is what follows the header.
llvm::Expected<NpyArray> makeNpyArray(const NpyHeader &header, std::vector<char> data,
                                      llvm::StringRef name);

} // namespace kvant

#endif // KVANT_LIB_SUPPORT_NPYHEADER_H
