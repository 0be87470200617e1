// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads that compute the parts of a program's layers: a callback for NAME_io.
#ifndef KVANT_DRIVER_THREADTEAM_H
#define KVANT_DRIVER_THREADTEAM_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace kvant {

/// A caller and helpers that wait for its work: awake for a while, since the next layer comes
/// within microseconds, and asleep after that. One caller at a time.
class ThreadTeam {
public:
  using Task = void (*)(void *argument, uint32_t index);

  /// The end of NAME_io, from io.cpu on.
  struct CallerFields {
    uint32_t cpu;
    uint32_t threads;
    void (*parallel)(void *context, uint32_t count, Task task, void *argument);
    void *context;
  };

  /// `threads` includes the caller's own.
  explicit ThreadTeam(unsigned threads);
  ThreadTeam(const ThreadTeam &) = delete;
  ThreadTeam &operator=(const ThreadTeam &) = delete;
  ~ThreadTeam();

  /// Calls task(argument, index) for each index below `count`; returns when all have returned.
  void run(uint32_t count, Task task, void *argument);

  /// What a program is to be told, for a processor that has `cpu`.
  CallerFields getFields(uint32_t cpu);

private:
  void work(bool fromFront);
  void help();

  /// Number of the job, number of its tasks, how many of them were taken at the front (by the
  /// caller) and at the back (by helpers): 16 bits each. In one word, so that nobody takes a task
  /// of a job that is over. From both ends, so that a thread finds in its cache what it wrote
  /// in the layer before.
  std::atomic<uint64_t> state{0};
  std::atomic<Task> task{nullptr};
  std::atomic<void *> argument{nullptr};
  std::atomic<uint32_t> unfinished{0};
  std::atomic<uint32_t> sleepers{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<std::thread> helpers;
};

} // namespace kvant

#endif // KVANT_DRIVER_THREADTEAM_H
