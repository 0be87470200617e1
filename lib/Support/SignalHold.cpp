// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "kvant/Support/SignalHold.h"

#include "llvm/Support/Signals.h"
#include <atomic>
#include <ctime>
#include <unistd.h>

namespace kvant {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

std::atomic<int> holds = 0;
std::atomic<bool> ending = false;

/// Longest that the handler waits. It may have interrupted a thread that owns what the holder waits
/// for, such as the lock of an allocator.
constexpr int kMostMilliseconds = 1000;

void endProcess(int signal) {
  ending = true;
  for (int waited = 0; holds != 0 && waited < kMostMilliseconds; ++waited) {
    timespec pause{0, 1000000};
    nanosleep(&pause, nullptr);
  }
  llvm::sys::RunInterruptHandlers();
  struct sigaction act = {};
  act.sa_handler = SIG_DFL;
  sigaction(signal, &act, nullptr);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, signal);
  pthread_sigmask(SIG_UNBLOCK, &mask, nullptr);
  raise(signal);
}

} // namespace

SignalHold::SignalHold() {
  sigset_t held;
  sigemptyset(&held);
  for (int signal : kSignals)
    sigaddset(&held, signal);
  pthread_sigmask(SIG_BLOCK, &held, &before);
  ++holds;
  // Another thread is in the handler, and nothing is to be made any more.
  if (ending) {
    --holds;
    for (;;)
      pause();
  }
}

SignalHold::~SignalHold() {
  --holds;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void waitForSignalHolds() {
  for (int signal : kSignals) {
    struct sigaction before = {};
    sigaction(signal, nullptr, &before);
    // As under nohup.
    if (before.sa_handler == SIG_IGN)
      continue;
    struct sigaction act = {};
    act.sa_handler = endProcess;
    sigfillset(&act.sa_mask);
    sigaction(signal, &act, nullptr);
  }
}

} // namespace kvant
