// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C header of a program, for C and C++.
#include "kvant/Package/Package.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace kvant::package {

std::string makeIdentifier(StringRef text) {
  static const StringSet<> keywords = {
      "alignas", "alignof", "and",      "asm",      "auto",     "bool",    "break",    "case",
      "catch",   "char",    "class",    "const",    "continue", "default", "delete",   "do",
      "double",  "else",    "enum",     "extern",   "false",    "float",   "for",      "goto",
      "if",      "inline",  "int",      "long",     "main",     "new",     "not",      "operator",
      "or",      "private", "public",   "register", "restrict", "return",  "short",    "signed",
      "sizeof",  "static",  "struct",   "switch",   "template", "this",    "true",     "try",
      "typedef", "union",   "unsigned", "using",    "virtual",  "void",    "volatile", "while",
      "xor"};
  std::string out;
  for (char c : text.take_front(128))
    out += isAlnum(c) ? c : '_';
  if (out.empty() || isDigit(out.front()) || keywords.contains(out))
    out.insert(out.begin(), 'm');
  return out;
}

/// Text for a comment: what could end it, or is not plain ASCII, is left out.
static std::string makeComment(StringRef text) {
  std::string out;
  for (char c : text.take_front(200))
    out += isPrint(c) && c != '*' && c != '\\' && c != '?' ? c : '_';
  return out;
}

static const char *getCType(ElementKind kind) {
  switch (kind) {
  case ElementKind::Bool:
  case ElementKind::U8:
    return "uint8_t";
  case ElementKind::I8:
    return "int8_t";
  case ElementKind::I16:
    return "int16_t";
  case ElementKind::U16:
  case ElementKind::F16:
    return "uint16_t";
  case ElementKind::I32:
    return "int32_t";
  case ElementKind::U32:
    return "uint32_t";
  case ElementKind::I64:
    return "int64_t";
  case ElementKind::U64:
    return "uint64_t";
  case ElementKind::F32:
    return "float";
  case ElementKind::F64:
    return "double";
  }
  return "void";
}

static void printTensors(raw_ostream &os, StringRef upper, StringRef what,
                         ArrayRef<TensorSpec> specs) {
  for (auto [i, spec] : enumerate(specs)) {
    os << "/* " << what.lower() << "s[" << i << "]: \"" << makeComment(spec.name) << "\", "
       << getElementKindName(spec.kind) << " ["
       << join(map_range(spec.shape, [](int64_t dim) { return std::to_string(dim); }), ", ") << "]";
    if (spec.kind == ElementKind::F16)
      os << " (as bits)";
    if (spec.quantized)
      os << ", real = " << format("%.9g", spec.scale) << " * (stored - " << spec.zeroPoint << ")";
    os << " */\n";
    os << "#define " << upper << "_" << what << i << "_ELEMENTS " << spec.getNumElements() << "\n";
    os << "#define " << upper << "_" << what << i << "_BYTES " << spec.getNumBytes() << "\n";
    os << "typedef " << getCType(spec.kind) << " " << upper.lower() << "_" << what.lower() << i
       << "_t;\n";
    if (spec.quantized) {
      os << "#define " << upper << "_" << what << i << "_SCALE " << format("%.17g", spec.scale)
         << "\n";
      os << "#define " << upper << "_" << what << i << "_ZERO_POINT (" << spec.zeroPoint << ")\n";
    }
  }
}

static constexpr StringLiteral kInfoTypes = R"(
#ifndef KVANT_INFO_VERSION
#define KVANT_INFO_VERSION 1
#define KVANT_INFO_MAGIC 0x544e564bu
enum kvant_type {
  KVANT_BOOL, KVANT_INT8, KVANT_UINT8, KVANT_INT16, KVANT_UINT16, KVANT_INT32, KVANT_UINT32,
  KVANT_INT64, KVANT_UINT64, KVANT_FLOAT16, KVANT_FLOAT32, KVANT_FLOAT64
};
/* Offsets count bytes from the beginning of the record. */
typedef struct kvant_tensor {
  uint32_t name;       /* offset of a string */
  uint32_t type;       /* enum kvant_type */
  uint32_t rank;
  uint32_t shape;      /* offset of `rank` values of int64_t */
  uint64_t bytes;
  double scale;        /* real = scale * (stored - zero_point), if quantized */
  int32_t zero_point;
  uint32_t quantized;  /* 0 or 1 */
} kvant_tensor;
typedef struct kvant_info {
  uint32_t magic, version;
  uint32_t bytes;                /* of the whole record */
  uint32_t name;                 /* offset of a string */
  uint32_t num_inputs, inputs;   /* offset of num_inputs values of kvant_tensor */
  uint32_t num_outputs, outputs; /* offset of num_outputs values of kvant_tensor */
  uint64_t arena_bytes;
  uint32_t integer_only;
  uint32_t quantization;         /* offset of a string, JSON */
} kvant_info;
#endif
)";

// NAME stands for the program's name.
static constexpr StringLiteral kCpuAArch64 = R"(
/* What the processor can do, for io.cpu: 1 = dot product, 2 = 8-bit matrix multiplication.
 * Any value without a bit that is missing is right too, 0 for instance. */
static inline uint32_t NAME_cpu(void) {
  uint32_t cpu = 0;
#if defined(__aarch64__) && defined(__linux__)
  if (getauxval(16 /* AT_HWCAP */) >> 20 & 1) cpu |= 1u;
  if (getauxval(26 /* AT_HWCAP2 */) >> 13 & 1) cpu |= 2u;
#endif
  return cpu;
}
)";

static constexpr StringLiteral kCpuX86 = R"(
/* What the processor and the system can do, for io.cpu: 1 = AVX2, FMA, F16C; 2 = AVX-512 F, DQ,
 * BW, VL; 4 = AVX-512 VNNI; 8 = AVX-VNNI. */
static inline uint32_t NAME_cpu(void) {
  uint32_t cpu = 0;
#if defined(__x86_64__)
  uint32_t a, b, c, d, low, high;
  const uint32_t avx = 1u << 12 | 1u << 27 | 1u << 28 | 1u << 29;
  const uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
  __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0));
  if (a < 7) return 0;
  __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1), "c"(0));
  if ((c & avx) != avx) return 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if ((low & 6u) != 6u) return 0;
  __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
  if (b >> 5 & 1u) cpu |= 1u;
  if (cpu && (b & avx512) == avx512 && (low & 0xe0u) == 0xe0u)
    cpu |= c >> 11 & 1u ? 6u : 2u;
  __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(1));
  if (cpu && a >> 4 & 1u) cpu |= 8u;
#endif
  return cpu;
}
)";

static constexpr StringLiteral kThreadFields = R"(
  /* To compute on several threads, else 0: how many may work at the same time, the caller's own
   * included, and a function that calls task(argument, index) once for each index below count,
   * in any order, and returns when all calls have returned. It runs up to some hundred times in
   * a call of the program, each for some microseconds: the threads should wait for it awake.
   * Neighbouring indices work on neighbouring memory: best is a thread that gets the same ones
   * each time. Results do not depend on it, by a bit. */
  uint32_t threads;
  void (*parallel)(void *context, uint32_t count, void (*task)(void *argument, uint32_t index),
                   void *argument);
  void *parallel_context; /* the first argument of `parallel` */
)";

static std::string replaceName(StringRef text, StringRef name) {
  std::string out;
  while (!text.empty()) {
    auto [before, after] = text.split("NAME");
    out += before;
    if (before.size() == text.size())
      break;
    out += name;
    text = after;
  }
  return out;
}

std::string makeHeader(const ProgramInfo &info, const codegen::Target &target) {
  std::string out;
  raw_string_ostream os(out);
  StringRef name = info.name;
  std::string upper = name.upper();
  os << "/* Made by Kvant. The program `" << name << "` for " << target.name << ", " << target.cpu
     << ".\n"
     << " *\n"
     << " *   static uint8_t arena[" << upper << "_ARENA_BYTES] __attribute__((aligned(64)));\n"
     << " *   " << name << "_io io = {.inputs = {{in, sizeof in}}, .outputs = {{out, sizeof out}},"
     << " .cpu = " << name << "_cpu()};\n"
     << " *   int status = " << name << "_run(&io, arena, sizeof arena);\n"
     << " *\n"
     << " * All state is in the arena: calls with different arenas may run at the same time. */\n"
     << "#ifndef " << upper << "_KVANT_H\n#define " << upper << "_KVANT_H\n\n"
     << "#include <stddef.h>\n#include <stdint.h>\n"
     << "#if defined(__aarch64__) && defined(__linux__)\n#include <sys/auxv.h>\n#endif\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n"
     << kInfoTypes << "\n";
  os << "/* Size of the arena, which is aligned to 64. */\n#define " << upper << "_ARENA_BYTES "
     << std::max<uint64_t>(info.arenaBytes, 1) << "\n";
  os << "#define " << upper << "_INPUTS " << info.inputs.size() << "\n#define " << upper
     << "_OUTPUTS " << info.outputs.size() << "\n\n";
  printTensors(os, upper, "INPUT", info.inputs);
  os << "\n";
  printTensors(os, upper, "OUTPUT", info.outputs);
  os << "\n/* Where the tensors are, packed, and how large in bytes; they may not overlap. */\n"
     << "typedef struct " << name << "_io {\n";
  if (!info.inputs.empty())
    os << "  struct { const void *data; size_t size; } inputs[" << info.inputs.size() << "];\n";
  if (!info.outputs.empty())
    os << "  struct { void *data; size_t size; } outputs[" << info.outputs.size() << "];\n";
  os << "  uint32_t cpu; /* " << name << "_cpu() */\n"
     << kThreadFields << "} " << name << "_io;\n\n";
  os << "/* What " << name << "_run returns. Nothing but 0 has touched the outputs. */\n"
     << "#ifndef KVANT_STATUS\n#define KVANT_STATUS\nenum kvant_status {\n"
     << "  KVANT_OK,\n"
     << "  KVANT_NULL_POINTER,      /* io, the arena or a tensor's data */\n"
     << "  KVANT_WRONG_INPUT_SIZE,\n"
     << "  KVANT_WRONG_OUTPUT_SIZE,\n"
     << "  KVANT_ARENA_TOO_SMALL,\n"
     << "  KVANT_ARENA_MISALIGNED,  /* its address is no multiple of 64 */\n"
     << "  KVANT_CPU_TOO_OLD        /* io.cpu lacks what the program was compiled for */\n"
     << "};\n#endif\n\n";
  os << "int " << name << "_run(const " << name << "_io *io, void *arena, size_t arena_bytes);\n"
     << "const kvant_info *" << name << "_info(void);\n"
     << replaceName(target.isAArch64() ? kCpuAArch64 : kCpuX86, name)
     << "\n#ifdef __cplusplus\n}\n#endif\n#endif\n";
  return out;
}

} // namespace kvant::package
