// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Signals that end the process wait while a file is made that they must remove.
#ifndef KVANT_SUPPORT_SIGNALHOLD_H
#define KVANT_SUPPORT_SIGNALHOLD_H

#include <csignal>

namespace kvant {

/// As long as it lives, this thread takes no SIGINT, SIGTERM or SIGHUP: a file that exists but is
/// not yet registered with llvm::sys::RemoveFileOnSignal would be left behind. In a program that
/// has called `waitForSignalHolds`, no other thread ends the process meanwhile either.
class SignalHold {
public:
  SignalHold();
  ~SignalHold();
  SignalHold(const SignalHold &) = delete;
  SignalHold &operator=(const SignalHold &) = delete;

private:
  sigset_t before;
};

/// Makes the process end by these signals only when no thread has a SignalHold, after removing all
/// registered files. For the start of `main`: it replaces the handlers of the whole process, which
/// is not for a library to do.
void waitForSignalHolds();

} // namespace kvant

#endif // KVANT_SUPPORT_SIGNALHOLD_H
