// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file that is made while a signal comes in is gone when the process is.

#include "kvant/Support/SignalHold.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include "gtest/gtest.h"
#include <chrono>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace llvm;

namespace {

/// Makes the file while another thread takes the signal, which this one does not.
[[noreturn]] void makeFileDuring(int signal, StringRef path) {
  using namespace std::chrono_literals;
  std::signal(signal, SIG_DFL);
  kvant::waitForSignalHolds();
  std::thread other;
  {
    kvant::SignalHold hold;
    int fd = -1;
    if (sys::fs::openFileForWrite(path, fd))
      _exit(1);
    other = std::thread([signal] {
      sigset_t taken;
      sigemptyset(&taken);
      sigaddset(&taken, signal);
      pthread_sigmask(SIG_UNBLOCK, &taken, nullptr);
      raise(signal);
    });
    std::this_thread::sleep_for(100ms);
    sys::RemoveFileOnSignal(path);
  }
  std::this_thread::sleep_for(10s);
  _exit(2);
}

class SignalHoldTest : public testing::TestWithParam<int> {};

TEST_P(SignalHoldTest, LeavesNoFile) {
  SmallString<128> folder;
  ASSERT_FALSE(sys::fs::createUniqueDirectory("kvant-signal", folder));
  std::string path = (folder + "/file").str();
  pid_t child = fork();
  if (child == 0)
    makeFileDuring(GetParam(), path);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << status;
  EXPECT_EQ(WTERMSIG(status), GetParam());
  EXPECT_FALSE(sys::fs::exists(path));
  sys::fs::remove_directories(folder);
}

INSTANTIATE_TEST_SUITE_P(Signals, SignalHoldTest, testing::Values(SIGINT, SIGTERM, SIGHUP));

} // namespace
