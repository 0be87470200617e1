// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The executor that the driver registers.
#include "kvant/Calibrate/Executor.h"

namespace kvant {

ExecutableProgram::~ExecutableProgram() = default;

static Executor &getSlot() {
  static Executor executor;
  return executor;
}

void registerExecutor(Executor executor) { getSlot() = std::move(executor); }

llvm::Expected<Executor> getExecutor() {
  if (Executor &executor = getSlot())
    return executor;
  return llvm::createStringError("no executor is registered in this tool, so programs cannot be "
                                 "run while compiling");
}

} // namespace kvant
