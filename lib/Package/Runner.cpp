// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The runner's own code, as bytes.
#include "Runner.h"

using namespace llvm;

namespace kvant::package {

// The object files are made by lib/Runtime/CMakeLists.txt.
static const unsigned char kX86[] = {
#include "lib/Runtime/runner-x86_64.inc"
};
static const unsigned char kAArch64[] = {
#include "lib/Runtime/runner-aarch64.inc"
};

ArrayRef<char> getRunnerObject(const codegen::Target &target) {
  auto bytes = target.isAArch64() ? ArrayRef(kAArch64) : ArrayRef(kX86);
  return ArrayRef(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

} // namespace kvant::package
