/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * The few Linux system calls that the runner makes, without a C library. */
#ifndef KVANT_LIB_RUNTIME_SYSTEM_H
#define KVANT_LIB_RUNTIME_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

/* Each returns what the kernel does: a negative errno on failure. */
int sys_open_read(const char *path);
int sys_open_write(const char *path);
long sys_read(int fd, void *data, size_t size);
long sys_write(int fd, const void *data, size_t size);
int sys_close(int fd);
int sys_unlink(const char *path);
int sys_rename(const char *from, const char *to);
int64_t sys_file_size(int fd);
/* Zeroed pages; NULL if there is no memory. */
void *sys_allocate(size_t size);
uint64_t sys_nanoseconds(void);
_Noreturn void sys_exit(int code);

/* io.cpu of this machine; `auxv` is the auxiliary vector that the kernel passes. */
uint32_t sys_cpu(const unsigned long *auxv);

#endif
