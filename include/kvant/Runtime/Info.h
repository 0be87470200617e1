/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * What a compiled program says about itself: the record that NAME_info() returns. It holds
 * offsets instead of pointers, so that a library needs no relocations for it, and is little
 * endian. A reader checks magic and version, and takes fields beyond the end as absent. */
#ifndef KVANT_INFO_VERSION
#define KVANT_INFO_VERSION 1
#define KVANT_INFO_MAGIC 0x544e564bu /* "KVNT" */

#include <stdint.h>

enum kvant_type {
  KVANT_BOOL,
  KVANT_INT8,
  KVANT_UINT8,
  KVANT_INT16,
  KVANT_UINT16,
  KVANT_INT32,
  KVANT_UINT32,
  KVANT_INT64,
  KVANT_UINT64,
  KVANT_FLOAT16,
  KVANT_FLOAT32,
  KVANT_FLOAT64
};

/* Offsets count bytes from the beginning of the record. */
typedef struct kvant_tensor {
  uint32_t name;  /* offset of a string that ends with NUL */
  uint32_t type;  /* enum kvant_type */
  uint32_t rank;  /* number of dimensions */
  uint32_t shape; /* offset of `rank` values of int64_t */
  uint64_t bytes; /* size of the tensor */
  double scale;   /* real = scale * (stored - zero_point), if quantized */
  int32_t zero_point;
  uint32_t quantized; /* 0 or 1 */
} kvant_tensor;

typedef struct kvant_info {
  uint32_t magic;
  uint32_t version;
  uint32_t bytes; /* size of the whole record */
  uint32_t name;  /* offset of the program's name, a string */
  uint32_t num_inputs;
  uint32_t inputs; /* offset of num_inputs values of kvant_tensor */
  uint32_t num_outputs;
  uint32_t outputs;     /* offset of num_outputs values of kvant_tensor */
  uint64_t arena_bytes; /* what NAME_run needs, aligned to 64 */
  uint32_t integer_only;
  uint32_t quantization; /* offset of the quantization record, JSON as a string */
} kvant_info;

#endif
