// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A program run over a file of samples, scored and timed: what quant-run does.
#ifndef KVANT_DRIVER_RUN_H
#define KVANT_DRIVER_RUN_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <string>

namespace kvant {

/// The options of quant-run; each is described there.
struct RunOptions {
  std::string program, inputs, outputs, labels, compare, emulator;
  std::string inputScale, inputShift;
  int64_t repeat = 0, threads = 1;
};

/// Runs; returns the object that --json prints. An error whose code is invalid_argument says
/// that the options or the files are at fault.
llvm::Expected<llvm::json::Object> runProgram(const RunOptions &options);

} // namespace kvant

#endif // KVANT_DRIVER_RUN_H
