// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small team of threads that hand over work without system calls while they are busy.
#include "kvant/Driver/ThreadTeam.h"

#include <chrono>

namespace kvant {

namespace {

/// How long a helper waits awake: longer than any stretch of a program that is not divided.
constexpr std::chrono::microseconds kAwake{500};
/// Looks at shared memory between two looks at the clock.
constexpr int kLooks = 64;
constexpr uint32_t kMaxTasks = 0xffff;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

uint64_t getJob(uint64_t state) { return state >> 48; }
uint32_t getCount(uint64_t state) { return uint32_t(state >> 32) & kMaxTasks; }
uint32_t getFront(uint64_t state) { return uint32_t(state >> 16) & kMaxTasks; }
uint32_t getBack(uint64_t state) { return uint32_t(state) & kMaxTasks; }
bool hasTask(uint64_t state) { return getFront(state) + getBack(state) < getCount(state); }

/// Waits awake until `done` holds; false if that takes too long.
template <typename Condition> bool waitAwake(Condition done) {
  auto end = std::chrono::steady_clock::now() + kAwake;
  do {
    for (int look = 0; look < kLooks; ++look) {
      if (done())
        return true;
      pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return done();
}

} // namespace

ThreadTeam::ThreadTeam(unsigned threads) {
  for (unsigned i = 1; i < threads; ++i)
    helpers.emplace_back([this] { help(); });
}

ThreadTeam::~ThreadTeam() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    stop = true;
  }
  wake.notify_all();
  for (std::thread &helper : helpers)
    helper.join();
}

/// Runs tasks until there is none left to take.
void ThreadTeam::work(bool fromFront) {
  uint64_t seen = state.load(std::memory_order_acquire);
  while (hasTask(seen)) {
    uint64_t taken = seen + (fromFront ? uint64_t(1) << 16 : 1);
    if (!state.compare_exchange_weak(seen, taken, std::memory_order_acq_rel))
      continue;
    uint32_t index = fromFront ? getFront(seen) : getCount(seen) - 1 - getBack(seen);
    // The job cannot change until the task that was just taken has returned.
    task.load(std::memory_order_relaxed)(argument.load(std::memory_order_relaxed), index);
    unfinished.fetch_sub(1, std::memory_order_acq_rel);
    seen = state.load(std::memory_order_acquire);
  }
}

void ThreadTeam::help() {
  for (;;) {
    auto hasWork = [&] {
      // Sequentially consistent: ordered behind the change of `sleepers`.
      return hasTask(state.load()) || stop.load(std::memory_order_relaxed);
    };
    if (!waitAwake(hasWork)) {
      std::unique_lock<std::mutex> lock(mutex);
      sleepers.fetch_add(1);
      wake.wait(lock, hasWork);
      sleepers.fetch_sub(1);
    }
    if (stop.load(std::memory_order_relaxed))
      return;
    work(/*fromFront=*/false);
  }
}

void ThreadTeam::run(uint32_t count, Task function, void *value) {
  if (helpers.empty() || count > kMaxTasks) {
    for (uint32_t index = 0; index < count; ++index)
      function(value, index);
    return;
  }
  if (count == 0)
    return;
  task.store(function, std::memory_order_relaxed);
  argument.store(value, std::memory_order_relaxed);
  unfinished.store(count, std::memory_order_relaxed);
  uint64_t job = getJob(state.load(std::memory_order_relaxed)) + 1;
  state.store(job << 48 | uint64_t(count) << 32);
  if (sleepers.load() != 0) {
    std::lock_guard<std::mutex> lock(mutex);
    wake.notify_all();
  }
  work(/*fromFront=*/true);
  auto done = [&] { return unfinished.load(std::memory_order_acquire) == 0; };
  // With more threads than processors the one that works may have to be let in.
  while (!waitAwake(done))
    std::this_thread::yield();
}

ThreadTeam::CallerFields ThreadTeam::getFields(uint32_t cpu) {
  auto parallel = [](void *context, uint32_t count, Task task, void *argument) {
    static_cast<ThreadTeam *>(context)->run(count, task, argument);
  };
  return {cpu, uint32_t(helpers.size() + 1), parallel, this};
}

} // namespace kvant
