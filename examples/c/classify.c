/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * Classifies handwritten digits with a compiled model: what a C program needs, and no more.
 *
 *   quant-compile digits.tflite --calibration calibration.npz --emit static -o digits.a
 *   cc classify.c digits.a -o classify
 *   ./classify test.raw
 *
 * test.raw holds samples: 64 floats (8x8 pixels of 0..1) and one float, the label, each. */
#include "digits.h"

#include <stdint.h>
#include <stdio.h>

/* All state of a run is in the arena: one per thread makes calls from many threads safe. */
static uint8_t arena[DIGITS_ARENA_BYTES] __attribute__((aligned(64)));

static int best_of(const float *scores, int count) {
  int best = 0;
  for (int i = 1; i < count; ++i)
    if (scores[i] > scores[best])
      best = i;
  return best;
}

static void draw(const float *pixels) {
  for (int y = 0; y < 8; ++y) {
    fputs("  ", stdout);
    for (int x = 0; x < 8; ++x) {
      char shade = " .:-=+*#%@"[(int)(pixels[8 * y + x] * 9)];
      putchar(shade);
      putchar(shade);
    }
    putchar('\n');
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: classify SAMPLES\n");
    return 2;
  }
  FILE *file = fopen(argv[1], "rb");
  if (!file) {
    perror(argv[1]);
    return 2;
  }
  float sample[65], scores[10];
  digits_io io = {.inputs = {{sample, 64 * sizeof(float)}},
                  .outputs = {{scores, sizeof scores}},
                  .cpu = digits_cpu()};
  int total = 0, correct = 0;
  uint32_t checksum = 2166136261u; /* FNV-1a over the bytes of all scores */
  while (fread(sample, sizeof sample, 1, file) == 1) {
    int status = digits_run(&io, arena, sizeof arena);
    if (status != 0) {
      fprintf(stderr, "classify: digits_run returned status %d\n", status);
      return 1;
    }
    int guess = best_of(scores, 10);
    if (total == 0) {
      draw(sample);
      printf("  is a %d, with a score of %.2f\n", guess, scores[guess]);
    }
    for (size_t i = 0; i < sizeof scores; ++i)
      checksum = (checksum ^ ((const unsigned char *)scores)[i]) * 16777619u;
    correct += guess == (int)sample[64];
    ++total;
  }
  fclose(file);
  printf("  %d of %d right, checksum of the scores %08x\n", correct, total, checksum);
  return 0;
}
