// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The forms of programs that openProgram chooses from.
#ifndef KVANT_LIB_DRIVER_PROGRAMS_H
#define KVANT_LIB_DRIVER_PROGRAMS_H

#include "kvant/Calibrate/Executor.h"
#include "kvant/Driver/Program.h"

namespace kvant {

/// An error of the input or the command line.
llvm::Error makeInputError(const llvm::Twine &message);

/// The shape of `samples` tensors joined along the first axis.
llvm::SmallVector<int64_t, 4> joinSamples(llvm::ArrayRef<int64_t> shape, int64_t samples);

std::unique_ptr<Program> makeInProcess(std::unique_ptr<ExecutableProgram> program,
                                       std::string quantization);

/// A static executable made by --emit runner, each run of which is a process.
llvm::Expected<std::unique_ptr<Program>> openRunner(llvm::StringRef path, llvm::StringRef emulator);

/// A model, compiled for this machine as it is.
llvm::Expected<std::unique_ptr<Program>> openModel(llvm::StringRef path, unsigned threads);

} // namespace kvant

#endif // KVANT_LIB_DRIVER_PROGRAMS_H
