// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Signals that end the process wait while a file is made that they must remove.
#ifndef KVANT_SUPPORT_SIGNALHOLD_H
#define KVANT_SUPPORT_SIGNALHOLD_H

#include <csignal>

namespace kvant {

/// As long as it lives, this thread takes no SIGINT, SIGTERM or SIGHUP: a file that exists but is
/// not yet registered with llvm::sys::RemoveFileOnSignal would be left behind.
class SignalHold {
public:
  SignalHold() {
    sigset_t held;
    sigemptyset(&held);
    for (int signal : {SIGINT, SIGTERM, SIGHUP})
      sigaddset(&held, signal);
    pthread_sigmask(SIG_BLOCK, &held, &before);
  }
  ~SignalHold() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
  SignalHold(const SignalHold &) = delete;
  SignalHold &operator=(const SignalHold &) = delete;

private:
  sigset_t before;
};

} // namespace kvant

#endif // KVANT_SUPPORT_SIGNALHOLD_H
