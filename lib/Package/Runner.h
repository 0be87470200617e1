// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The runner's own code, compiled when Kvant was built.
#ifndef KVANT_LIB_PACKAGE_RUNNER_H
#define KVANT_LIB_PACKAGE_RUNNER_H

#include "kvant/Codegen/Target.h"
#include "llvm/ADT/ArrayRef.h"

namespace kvant::package {

/// A relocatable object for `target`.
llvm::ArrayRef<char> getRunnerObject(const codegen::Target &target);

} // namespace kvant::package

#endif // KVANT_LIB_PACKAGE_RUNNER_H
