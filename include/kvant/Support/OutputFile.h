// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writing of files that appear whole or not at all.
#ifndef KVANT_SUPPORT_OUTPUTFILE_H
#define KVANT_SUPPORT_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include <string>
#include <vector>

namespace kvant {

/// A set of files that one command writes. Every file is first written beside
/// its place under a temporary name, and only when all of them are complete are
/// they renamed, in the order in which they were added. A failure, or a signal
/// that ends the process, removes the temporary files. "-" is the standard
/// output; a path that exists and is not a regular file (a pipe, /dev/null) is
/// written straight.
class OutputFiles {
public:
  OutputFiles() = default;
  OutputFiles(const OutputFiles &) = delete;
  OutputFiles &operator=(const OutputFiles &) = delete;
  ~OutputFiles();

  /// Writes `bytes` under a temporary name. The error names `path`.
  llvm::Error add(llvm::StringRef path, llvm::ArrayRef<char> bytes, bool executable = false);

  /// Gives every file its name.
  llvm::Error commit();

private:
  struct Staged {
    std::string path;
    llvm::sys::fs::TempFile temporary;
  };
  std::vector<Staged> staged;
};

/// Writes one file.
llvm::Error writeFile(llvm::StringRef path, llvm::ArrayRef<char> bytes, bool executable = false);

} // namespace kvant

#endif // KVANT_SUPPORT_OUTPUTFILE_H
