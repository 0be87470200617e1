/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * System calls for x86-64 and AArch64 Linux, and the functions of the C library that a
 * compiler may call on its own. */
#include "System.h"

enum {
  AT_FDCWD_ = -100,
  O_WRONLY_ = 1,
  O_CREAT_ = 0100,
  O_TRUNC_ = 01000,
  SEEK_SET_ = 0,
  SEEK_END_ = 2
};

#if defined(__x86_64__)
enum {
  NR_read = 0,
  NR_write = 1,
  NR_close = 3,
  NR_lseek = 8,
  NR_mmap = 9,
  NR_clock_gettime = 228,
  NR_exit_group = 231,
  NR_openat = 257,
  NR_unlinkat = 263,
  NR_renameat = 264
};

static long call(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
enum {
  NR_unlinkat = 35,
  NR_renameat = 38,
  NR_openat = 56,
  NR_close = 57,
  NR_lseek = 62,
  NR_read = 63,
  NR_write = 64,
  NR_exit_group = 94,
  NR_clock_gettime = 113,
  NR_mmap = 222
};

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}
#else
#error "the runner knows x86-64 and AArch64"
#endif

int sys_open_read(const char *path) { return call(NR_openat, AT_FDCWD_, (long)path, 0, 0, 0, 0); }
int sys_open_write(const char *path) {
  return call(NR_openat, AT_FDCWD_, (long)path, O_WRONLY_ | O_CREAT_ | O_TRUNC_, 0666, 0, 0);
}
long sys_read(int fd, void *data, size_t size) {
  return call(NR_read, fd, (long)data, (long)size, 0, 0, 0);
}
long sys_write(int fd, const void *data, size_t size) {
  return call(NR_write, fd, (long)data, (long)size, 0, 0, 0);
}
int sys_close(int fd) { return call(NR_close, fd, 0, 0, 0, 0, 0); }
int sys_unlink(const char *path) { return call(NR_unlinkat, AT_FDCWD_, (long)path, 0, 0, 0, 0); }
int sys_rename(const char *from, const char *to) {
  return call(NR_renameat, AT_FDCWD_, (long)from, AT_FDCWD_, (long)to, 0, 0);
}
int64_t sys_file_size(int fd) {
  int64_t size = call(NR_lseek, fd, 0, SEEK_END_, 0, 0, 0);
  if (size >= 0)
    call(NR_lseek, fd, 0, SEEK_SET_, 0, 0, 0);
  return size;
}
void *sys_allocate(size_t size) {
  /* PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS */
  long address = call(NR_mmap, 0, (long)(size ? size : 1), 3, 0x22, -1, 0);
  return address < 0 && address > -4096 ? NULL : (void *)address;
}
uint64_t sys_nanoseconds(void) {
  struct {
    int64_t seconds, nanoseconds;
  } time = {0, 0};
  call(NR_clock_gettime, /*CLOCK_MONOTONIC=*/1, (long)&time, 0, 0, 0, 0);
  return (uint64_t)time.seconds * 1000000000u + (uint64_t)time.nanoseconds;
}
_Noreturn void sys_exit(int code) {
  for (;;)
    call(NR_exit_group, code, 0, 0, 0, 0, 0);
}

/* The loops are kept as loops: recognised as memcpy, they would call themselves. */
__attribute__((no_builtin)) void *memcpy(void *restrict to, const void *restrict from,
                                         size_t size) {
  char *t = to;
  const char *f = from;
  for (; size >= 8; size -= 8, t += 8, f += 8)
    __builtin_memcpy_inline(t, f, 8);
  while (size--)
    *t++ = *f++;
  return to;
}
__attribute__((no_builtin)) void *memset(void *to, int value, size_t size) {
  char *t = to;
  while (size--)
    *t++ = (char)value;
  return to;
}

/* The first instructions: main's arguments are on the stack that the kernel made. */
#if defined(__x86_64__)
__asm__(".globl _start\n"
        ".type _start,@function\n"
        "_start:\n"
        "  endbr64\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rdi\n"
        "  and $-16, %rsp\n"
        "  call runner_main\n"
        "  ud2\n"
        ".size _start, .-_start\n");

static void cpuid(uint32_t leaf, uint32_t part, uint32_t out[4]) {
  __asm__ volatile("cpuid"
                   : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                   : "a"(leaf), "c"(part));
}

uint32_t sys_cpu(const unsigned long *auxv) {
  (void)auxv;
  uint32_t r[4], low = 0, high = 0, cpu = 0;
  cpuid(0, 0, r);
  if (r[0] < 7)
    return 0;
  cpuid(1, 0, r);
  /* FMA, OSXSAVE, AVX, F16C */
  const uint32_t needed = 1u << 12 | 1u << 27 | 1u << 28 | 1u << 29;
  if ((r[2] & needed) != needed)
    return 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if ((low & 6) != 6) /* the system saves the XMM and YMM registers */
    return 0;
  cpuid(7, 0, r);
  if (r[1] >> 5 & 1)
    cpu |= 1;
  /* AVX512 F, DQ, BW, VL; the system saves their registers */
  const uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
  if ((cpu & 1) && (r[1] & avx512) == avx512 && (low & 0xe0) == 0xe0) {
    cpu |= 2;
    if (r[2] >> 11 & 1)
      cpu |= 4;
  }
  cpuid(7, 1, r);
  if ((cpu & 1) && (r[0] >> 4 & 1)) /* AVX-VNNI */
    cpu |= 8;
  return cpu;
}
#else
__asm__(".globl _start\n"
        ".type _start,%function\n"
        "_start:\n"
        "  bti c\n"
        "  mov x29, #0\n"
        "  mov x30, #0\n"
        "  mov x0, sp\n"
        "  bl runner_main\n"
        "  brk #1\n"
        ".size _start, .-_start\n");

uint32_t sys_cpu(const unsigned long *auxv) {
  uint32_t cpu = 0;
  for (; auxv[0] != 0; auxv += 2) {
    if (auxv[0] == 16 && (auxv[1] >> 20 & 1)) /* AT_HWCAP, ASIMDDP */
      cpu |= 1;
    if (auxv[0] == 26 && (auxv[1] >> 13 & 1)) /* AT_HWCAP2, I8MM */
      cpu |= 2;
  }
  return cpu;
}
#endif
