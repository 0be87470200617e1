/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
   Runs a generated program once without a C library: inputs from stdin, outputs to stdout.
   "sizes.h" defines RUN, NUM_INPUTS, NUM_OUTPUTS, INPUT_SIZES, OUTPUT_SIZES, ARENA, CPU, THREADS.
 */
#include "sizes.h"
#include <stddef.h>
#include <stdint.h>

typedef struct {
  struct {
    const void *data;
    size_t size;
  } inputs[NUM_INPUTS];
  struct {
    void *data;
    size_t size;
  } outputs[NUM_OUTPUTS];
  uint32_t cpu;
  uint32_t threads;
  void (*parallel)(void *context, uint32_t count, void (*task)(void *argument, uint32_t index),
                   void *argument);
  void *parallel_context;
} program_io;

int RUN(const program_io *io, void *arena, size_t arena_bytes);

static const size_t input_sizes[] = INPUT_SIZES, output_sizes[] = OUTPUT_SIZES;
static uint8_t arena[ARENA + 64] __attribute__((aligned(64)));
/* Every buffer ends at the end of a page that nobody may read past. */
#define PAGE 65536
#define SPACE (256u << 20)
static uint8_t space[SPACE] __attribute__((aligned(PAGE)));

static long call(long number, long a, long b, long c) {
#if defined(__x86_64__)
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
#endif
}
#if defined(__x86_64__)
enum { SYS_READ = 0, SYS_WRITE = 1, SYS_PROTECT = 10, SYS_EXIT = 60 };
#else
enum { SYS_READ = 63, SYS_WRITE = 64, SYS_PROTECT = 226, SYS_EXIT = 93 };
#endif

static void leave(int status) {
  for (;;)
    call(SYS_EXIT, status, 0, 0);
}

static uint8_t *next = space;
static uint8_t *take(size_t size) {
  size_t pages = (size + PAGE - 1) / PAGE * PAGE;
  uint8_t *end = next + pages;
  if (end + PAGE > space + SPACE)
    leave(101);
  call(SYS_PROTECT, (long)end, PAGE, 0);
  next = end + PAGE;
  return end - size;
}

static void move(long number, int file, uint8_t *data, size_t size) {
  while (size) {
    long done = call(number, file, (long)data, size);
    if (done <= 0)
      leave(100);
    data += done;
    size -= done;
  }
}

/* The parts of a layer in the order that is the least likely. */
static void backwards(void *context, uint32_t count, void (*task)(void *, uint32_t),
                      void *argument) {
  if (context != (void *)&space)
    leave(102);
  while (count-- > 0)
    task(argument, count);
}

__attribute__((used)) static void run(void) {
  static program_io io;
  for (int i = 0; i < NUM_INPUTS; ++i) {
    uint8_t *data = take(input_sizes[i]);
    move(SYS_READ, 0, data, input_sizes[i]);
    io.inputs[i].data = data;
    io.inputs[i].size = input_sizes[i];
  }
  for (int i = 0; i < NUM_OUTPUTS; ++i) {
    io.outputs[i].data = take(output_sizes[i]);
    io.outputs[i].size = output_sizes[i];
  }
  for (size_t i = 0; i < sizeof arena; ++i)
    arena[i] = (uint8_t)(i * 37 + 11);
  io.cpu = CPU;
  io.threads = THREADS;
  io.parallel = THREADS ? backwards : 0;
  io.parallel_context = (void *)&space;
  int status = RUN(&io, arena, ARENA);
  if (status)
    leave(status);
  for (int i = 0; i < NUM_OUTPUTS; ++i)
    move(SYS_WRITE, 1, io.outputs[i].data, io.outputs[i].size);
  leave(0);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n  andq $-16, %rsp\n  call run\n");
#else
__asm__(".globl _start\n_start:\n  b run\n");
#endif
