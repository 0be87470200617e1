/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * Runs the programs of a static library under the emulator, one marked inference each. Built by
 * arm_programs.py with -DPROGRAMS="X(name) ...", the headers of the programs, and armcount.h. */
#include <stdio.h>
#include <stdlib.h>

#include "armcount.h"
#include "programs.h"

/* Any bytes do for integers; floats are between 0 and 1. */
static void fill(unsigned char *bytes, const kvant_tensor *tensor) {
  for (size_t i = 0; i < tensor->bytes; ++i)
    bytes[i] = (unsigned char)((i * 2654435761u) >> 13);
  if (tensor->type == KVANT_FLOAT32)
    for (size_t i = 0; i < tensor->bytes / 4; ++i)
      ((float *)bytes)[i] = (float)((i * 2654435761u >> 8) & 0xffff) / 65536.f;
}

static void *allocate(size_t size) { return aligned_alloc(64, (size + 64) / 64 * 64); }

/* The first inference warms up; the second one is counted. */
#define X(NAME)                                                                                    \
  static int run_##NAME(unsigned cpu) {                                                            \
    const kvant_info *info = (const kvant_info *)NAME##_info();                                    \
    const kvant_tensor *in = (const kvant_tensor *)((const char *)info + info->inputs);            \
    const kvant_tensor *out = (const kvant_tensor *)((const char *)info + info->outputs);          \
    void *arena = allocate(info->arena_bytes);                                                     \
    NAME##_io io = {0};                                                                            \
    for (unsigned i = 0; i < info->num_inputs; ++i) {                                              \
      void *data = allocate(in[i].bytes);                                                          \
      fill(data, &in[i]);                                                                          \
      io.inputs[i].data = data;                                                                    \
      io.inputs[i].size = in[i].bytes;                                                             \
    }                                                                                              \
    for (unsigned i = 0; i < info->num_outputs; ++i) {                                             \
      io.outputs[i].data = allocate(out[i].bytes);                                                 \
      io.outputs[i].size = out[i].bytes;                                                           \
    }                                                                                              \
    io.cpu = cpu;                                                                                  \
    int status = NAME##_run(&io, arena, info->arena_bytes);                                        \
    ARMCOUNT_BEGIN();                                                                              \
    status |= NAME##_run(&io, arena, info->arena_bytes);                                           \
    ARMCOUNT_END();                                                                                \
    if (status)                                                                                    \
      printf("%s: status %d\n", #NAME, status);                                                    \
    return status;                                                                                 \
  }
PROGRAMS
#undef X

int main(int argc, char **argv) {
  unsigned cpu = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
#define X(NAME) | run_##NAME(cpu)
  return 0 PROGRAMS;
}
