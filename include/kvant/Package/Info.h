// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The record that NAME_info() of a compiled program returns.
#ifndef KVANT_PACKAGE_INFO_H
#define KVANT_PACKAGE_INFO_H

#include "kvant/Support/Samples.h"

namespace kvant::package {

/// The contents of the record, see kvant/Runtime/Info.h for its bytes.
struct ProgramInfo {
  std::string name;
  std::vector<TensorSpec> inputs, outputs;
  uint64_t arenaBytes = 0;
  bool integerOnly = false;
  std::string quantization; ///< JSON
};

std::vector<char> serializeInfo(const ProgramInfo &info);

/// Reads a record of which nothing is trusted: it may come from any file. `bytes` may go on
/// after the record's end.
llvm::Expected<ProgramInfo> parseInfo(llvm::ArrayRef<char> bytes);

} // namespace kvant::package

#endif // KVANT_PACKAGE_INFO_H
