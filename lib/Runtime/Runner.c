/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * A program around one compiled model: reads inputs and writes outputs as .npy, and times
 * itself. It is static and needs no C library, so that it runs wherever the kernel is Linux.
 *
 *   RUNNER [--repeat N] [--inputs IN.npy...] [--outputs OUT.npy...]
 *   RUNNER --info
 *
 * Files are given in the order of the model's inputs and outputs. An input holds one or more
 * samples one after another, in the model's own type. Exit code: 0 done, 2 the arguments or
 * files are at fault, 1 anything else. */
#include "System.h"
#include "kvant/Runtime/Info.h"

/* Given by the link: NAME_run and NAME_info of the model. */
extern int kvant_model_run(const void *io, void *arena, size_t arena_bytes);
extern const kvant_info *kvant_model_info(void);

enum { MAX_TENSORS = 64, HEADER_BYTES = 256 };

struct buffer {
  void *data;
  size_t size;
};

static size_t length(const char *text) {
  size_t n = 0;
  while (text[n])
    ++n;
  return n;
}

static int equal(const char *a, const char *b) {
  while (*a && *a == *b)
    ++a, ++b;
  return *a == *b;
}

static char *append(char *to, const char *text) {
  while (*text)
    *to++ = *text++;
  return to;
}

static char *append_number(char *to, uint64_t value) {
  char digits[20];
  int n = 0;
  do
    digits[n++] = (char)('0' + value % 10);
  while (value /= 10);
  while (n)
    *to++ = digits[--n];
  return to;
}

static _Noreturn void fail(int code, const char *what, const char *why) {
  sys_write(2, "error: ", 7);
  sys_write(2, what, length(what));
  sys_write(2, ": ", 2);
  sys_write(2, why, length(why));
  sys_write(2, "\n", 1);
  sys_exit(code);
}

static void *allocate(size_t size) {
  void *memory = sys_allocate(size);
  if (!memory)
    fail(1, "memory", "there is not enough");
  return memory;
}

/* numpy's code of each type, in the order of kvant_type. */
static const char kTypes[][4] = {"|b1", "|i1", "|u1", "<i2", "<u2", "<i4",
                                 "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"};

static int contains(const char *text, size_t size, const char *part) {
  size_t n = length(part);
  for (size_t at = 0; at + n <= size; ++at) {
    size_t i = 0;
    while (i < n && text[at + i] == part[i])
      ++i;
    if (i == n)
      return 1;
  }
  return 0;
}

/* Reads the data of a .npy file; the type must be the tensor's, the order C. */
static struct buffer read_npy(const char *path, const kvant_tensor *tensor) {
  int fd = sys_open_read(path);
  if (fd < 0)
    fail(2, path, "cannot open");
  int64_t size = sys_file_size(fd);
  if (size < 10)
    fail(2, path, "not a .npy file");
  char *bytes = allocate((size_t)size);
  for (int64_t got = 0; got < size;) {
    long n = sys_read(fd, bytes + got, (size_t)(size - got));
    if (n <= 0)
      fail(1, path, "cannot read");
    got += n;
  }
  sys_close(fd);
  const unsigned char *u = (const unsigned char *)bytes;
  static const char magic[] = "\x93NUMPY";
  for (int i = 0; i < 6; ++i)
    if (bytes[i] != magic[i])
      fail(2, path, "not a .npy file");
  if (u[6] != 1)
    fail(2, path, "not .npy version 1.0");
  size_t header = u[8] | (size_t)u[9] << 8;
  if (10 + header > (size_t)size)
    fail(2, path, "truncated");
  if (!contains(bytes + 10, header, "'fortran_order': False"))
    fail(2, path, "not in C order");
  if (!contains(bytes + 10, header, kTypes[tensor->type]))
    fail(2, path, "not of the element type of the model's input");
  struct buffer data = {bytes + 10 + header, (size_t)size - 10 - header};
  if (tensor->bytes == 0 || data.size == 0 || data.size % tensor->bytes != 0)
    fail(2, path, "not a whole number of samples");
  return data;
}

static void write_all(int fd, const char *path, const char *temporary, const char *data,
                      size_t size) {
  while (size > 0) {
    long n = sys_write(fd, data, size);
    if (n <= 0) {
      sys_unlink(temporary);
      fail(1, path, "cannot write");
    }
    data += n;
    size -= (size_t)n;
  }
}

/* Writes `samples` tensors as one array, joined along the first dimension. */
static void write_npy(const char *path, const kvant_info *info, const kvant_tensor *tensor,
                      uint64_t samples, const char *data) {
  char header[HEADER_BYTES + 32 * 20], *end = header + 10;
  const int64_t *shape = (const int64_t *)((const char *)info + tensor->shape);
  end = append(end, "{'descr': '");
  end = append(end, kTypes[tensor->type]);
  end = append(end, "', 'fortran_order': False, 'shape': (");
  if (tensor->rank == 0 && samples > 1) {
    end = append_number(end, samples);
    end = append(end, ",");
  }
  for (uint32_t i = 0; i < tensor->rank; ++i) {
    end = append_number(end, (uint64_t)shape[i] * (i == 0 ? samples : 1));
    end = append(end, ",");
  }
  end = append(end, "), }");
  while ((end + 1 - header) % 64 != 0)
    *end++ = ' ';
  *end++ = '\n';
  size_t size = (size_t)(end - header) - 10;
  append(header, "\x93NUMPY");
  header[6] = 1;
  header[7] = 0;
  header[8] = (char)(size & 0xff);
  header[9] = (char)(size >> 8);

  /* Under another name until it is whole. */
  char *temporary = allocate(length(path) + 5);
  append(append(temporary, path), ".tmp");
  int fd = sys_open_write(temporary);
  if (fd < 0)
    fail(1, path, "cannot write");
  write_all(fd, path, temporary, header, size + 10);
  write_all(fd, path, temporary, data, (size_t)(samples * tensor->bytes));
  if (sys_close(fd) < 0 || sys_rename(temporary, path) < 0) {
    sys_unlink(temporary);
    fail(1, path, "cannot write");
  }
}

/* In place; heap sort, since there may be many and there is no library. */
static void sort(uint64_t *values, uint64_t count) {
  for (uint64_t start = count / 2, end = count; end > 1;) {
    if (start > 0) {
      --start;
    } else {
      --end;
      uint64_t top = values[0];
      values[0] = values[end];
      values[end] = top;
    }
    for (uint64_t root = start, child; (child = 2 * root + 1) < end; root = child) {
      if (child + 1 < end && values[child] < values[child + 1])
        ++child;
      if (values[root] >= values[child])
        break;
      uint64_t swap = values[root];
      values[root] = values[child];
      values[child] = swap;
    }
  }
}

static uint64_t parse_number(const char *text) {
  uint64_t value = 0;
  if (!text || !*text)
    fail(2, "--repeat", "expected a number");
  for (; *text; ++text) {
    if (*text < '0' || *text > '9' || value > 100000000)
      fail(2, "--repeat", "expected a number from 1 to 100000000");
    value = value * 10 + (uint64_t)(*text - '0');
  }
  return value;
}

static const char *status_text(int status) {
  static const char *const texts[] = {
      "done",
      "null pointer",
      "wrong input size",
      "wrong output size",
      "arena too small",
      "arena misaligned",
      "this processor lacks instructions that the model was compiled for"};
  return status >= 0 && status <= 6 ? texts[status] : "unknown status";
}

/* io: inputs, outputs, cpu, no threads; laid out as the header's NAME_io. */
static struct buffer io[2 * MAX_TENSORS + 2];

static uint64_t timed_run(void *arena, size_t arena_bytes) {
  uint64_t start = sys_nanoseconds();
  int status = kvant_model_run(io, arena, arena_bytes);
  uint64_t end = sys_nanoseconds();
  if (status != 0)
    fail(1, "the model", status_text(status));
  return end - start;
}

_Noreturn __attribute__((used)) void runner_main(long *stack) {
  long argc = stack[0];
  char **argv = (char **)(stack + 1);
  const unsigned long *auxv = (const unsigned long *)(argv + argc + 1);
  while (*auxv) /* the environment */
    ++auxv;
  ++auxv;

  const kvant_info *info = kvant_model_info();
  const kvant_tensor *inputs = (const kvant_tensor *)((const char *)info + info->inputs);
  const kvant_tensor *outputs = (const kvant_tensor *)((const char *)info + info->outputs);
  if (info->num_inputs > MAX_TENSORS || info->num_outputs > MAX_TENSORS)
    fail(1, "the model", "more than 64 inputs or outputs");

  const char *files[2][MAX_TENSORS];
  uint32_t counts[2] = {0, 0};
  uint64_t repeat = 0;
  int list = -1;
  for (long i = 1; i < argc; ++i) {
    if (equal(argv[i], "--info")) {
      sys_write(1, info, info->bytes);
      sys_exit(0);
    } else if (equal(argv[i], "--repeat")) {
      repeat = parse_number(i + 1 < argc ? argv[++i] : NULL);
    } else if (equal(argv[i], "--inputs")) {
      list = 0;
    } else if (equal(argv[i], "--outputs")) {
      list = 1;
    } else if (list < 0 || argv[i][0] == '-' || counts[list] == MAX_TENSORS) {
      fail(2, argv[i],
           "unknown argument; usage: RUNNER [--info] [--repeat N] "
           "[--inputs IN.npy...] [--outputs OUT.npy...]");
    } else {
      files[list][counts[list]++] = argv[i];
    }
  }
  if (counts[0] != info->num_inputs)
    fail(2, "--inputs", "expected one .npy file for each input of the model");
  if (counts[1] != 0 && counts[1] != info->num_outputs)
    fail(2, "--outputs", "expected one .npy file for each output of the model");

  uint64_t samples = 1;
  struct buffer data[MAX_TENSORS];
  for (uint32_t i = 0; i < info->num_inputs; ++i) {
    data[i] = read_npy(files[0][i], &inputs[i]);
    uint64_t own = data[i].size / inputs[i].bytes;
    if (i > 0 && own != samples)
      fail(2, files[0][i], "another number of samples than the first input");
    samples = own;
  }
  char *results[MAX_TENSORS];
  for (uint32_t i = 0; i < info->num_outputs; ++i)
    results[i] = allocate((size_t)(samples * outputs[i].bytes));
  size_t arena_bytes = (size_t)info->arena_bytes;
  void *arena = allocate(arena_bytes);
  uint64_t calls = repeat > samples ? repeat : samples;
  uint64_t *times = allocate((size_t)calls * sizeof *times);
  struct buffer *out = io + info->num_inputs;
  *(uint32_t *)(out + info->num_outputs) = sys_cpu(auxv);

  /* Every sample once, then on in a circle until there are enough calls to time. */
  for (uint64_t call = 0; call < calls; ++call) {
    uint64_t sample = call % samples;
    for (uint32_t i = 0; i < info->num_inputs; ++i)
      io[i] =
          (struct buffer){(char *)data[i].data + sample * inputs[i].bytes, (size_t)inputs[i].bytes};
    for (uint32_t i = 0; i < info->num_outputs; ++i)
      out[i] = (struct buffer){results[i] + sample * outputs[i].bytes, (size_t)outputs[i].bytes};
    times[call] = timed_run(arena, arena_bytes);
  }
  for (uint32_t i = 0; i < counts[1]; ++i)
    write_npy(files[1][i], info, &outputs[i], samples, results[i]);

  sort(times, calls);
  char line[256], *end = append(line, "{\"samples\": ");
  end = append_number(end, samples);
  end = append(append_number(append(end, ", \"calls\": "), calls), ", \"cpu\": ");
  end = append_number(end, *(uint32_t *)(out + info->num_outputs));
  end = append_number(append(end, ", \"min_ns\": "), times[0]);
  end = append_number(append(end, ", \"median_ns\": "), times[calls / 2]);
  end = append(end, "}\n");
  sys_write(1, line, (size_t)(end - line));
  sys_exit(0);
}
