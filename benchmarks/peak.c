/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * The most multiply-accumulate operations per second that one core of this machine does in
 * registers: {"int8": N, "float": N} in units of 1e9. Built for the machine by latency.py. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* As many accumulators as hide the latency of the instruction on every core that we know. */
enum { CHAINS = 12, STEPS = 20000, TRIALS = 400 };

/* LOOP times STEPS rounds of one STEP per chain, TRIALS times, and keeps the fastest trial. The
 * empty assembly makes each value opaque, so that nothing is folded or hoisted. */
#define LOOP(NAME, TYPE, ZERO, STEP, MACS)                                                         \
  static double NAME(void) {                                                                       \
    double best = 0;                                                                               \
    for (int trial = 0; trial < TRIALS; ++trial) {                                                 \
      TYPE acc[CHAINS], a = ZERO, b = ZERO;                                                        \
      for (int i = 0; i < CHAINS; ++i)                                                             \
        acc[i] = ZERO;                                                                             \
      double start = seconds();                                                                    \
      for (int n = 0; n < STEPS; ++n) {                                                            \
        __asm__("" : REGISTER(a), REGISTER(b));                                                    \
        _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; ++i) acc[i] = STEP(acc[i], a, b);     \
      }                                                                                            \
      for (int i = 0; i < CHAINS; ++i)                                                             \
        __asm__ volatile("" : REGISTER(acc[i]));                                                   \
      double rate = 1e-9 * MACS * CHAINS * STEPS / (seconds() - start);                            \
      best = rate > best ? rate : best;                                                            \
    }                                                                                              \
    return best;                                                                                   \
  }

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#if defined(__x86_64__)
#define REGISTER(X) "+v"(X)
#if defined(__AVX512VNNI__)
LOOP(measure_int8, __m512i, _mm512_setzero_si512(), _mm512_dpbusd_epi32, 64)
#elif defined(__AVXVNNI__)
LOOP(measure_int8, __m256i, _mm256_setzero_si256(), _mm256_dpbusd_avx_epi32, 32)
#elif defined(__AVX2__)
/* Two instructions for 16 products of 16 bits, and one addition. */
#define MADD(ACC, A, B) _mm256_add_epi32(ACC, _mm256_madd_epi16(A, B))
LOOP(measure_int8, __m256i, _mm256_setzero_si256(), MADD, 16)
#else
#define MADD(ACC, A, B) _mm_add_epi32(ACC, _mm_madd_epi16(A, B))
LOOP(measure_int8, __m128i, _mm_setzero_si128(), MADD, 8)
#endif
#define FMA512(ACC, A, B) _mm512_fmadd_ps(A, B, ACC)
#define FMA256(ACC, A, B) _mm256_fmadd_ps(A, B, ACC)
#define MULADD(ACC, A, B) _mm_add_ps(ACC, _mm_mul_ps(A, B))
#if defined(__AVX512F__)
LOOP(measure_float, __m512, _mm512_setzero_ps(), FMA512, 16)
#elif defined(__FMA__)
LOOP(measure_float, __m256, _mm256_setzero_ps(), FMA256, 8)
#else
LOOP(measure_float, __m128, _mm_setzero_ps(), MULADD, 4)
#endif
#elif defined(__aarch64__)
#define REGISTER(X) "+w"(X)
#if defined(__ARM_FEATURE_MATMUL_INT8)
#define SMMLA(ACC, A, B) vmmlaq_s32(ACC, vreinterpretq_s8_s32(A), vreinterpretq_s8_s32(B))
LOOP(measure_int8, int32x4_t, vdupq_n_s32(0), SMMLA, 32)
#elif defined(__ARM_FEATURE_DOTPROD)
#define SDOT(ACC, A, B) vdotq_s32(ACC, vreinterpretq_s8_s32(A), vreinterpretq_s8_s32(B))
LOOP(measure_int8, int32x4_t, vdupq_n_s32(0), SDOT, 16)
#else
#define SMLAL(ACC, A, B)                                                                           \
  vmlal_s16(ACC, vget_low_s16(vreinterpretq_s16_s32(A)), vget_low_s16(vreinterpretq_s16_s32(B)))
LOOP(measure_int8, int32x4_t, vdupq_n_s32(0), SMLAL, 4)
#endif
LOOP(measure_float, float32x4_t, vdupq_n_f32(0), vfmaq_f32, 4)
#else
static double measure_int8(void) { return 0; }
static double measure_float(void) { return 0; }
#endif

int main(void) {
  printf("{\"int8\": %.2f, \"float\": %.2f}\n", measure_int8(), measure_float());
  return 0;
}
