// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs that run inside this process: shared libraries, and models compiled here.
#include "kvant/Driver/Program.h"

#include "Programs.h"
#include "kvant/Calibrate/Executor.h"
#include "kvant/Driver/ThreadTeam.h"
#include "kvant/Package/Info.h"
#include "kvant/Runtime/Info.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>

using namespace llvm;

namespace kvant {

Program::~Program() = default;

Error makeInputError(const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument), message);
}

SmallVector<int64_t, 4> joinSamples(ArrayRef<int64_t> shape, int64_t samples) {
  SmallVector<int64_t, 4> joined(shape);
  if (samples == 1)
    return joined;
  if (joined.empty())
    joined.push_back(samples);
  else
    joined.front() *= samples;
  return joined;
}

namespace {

/// Calls an ExecutableProgram in turn for each sample.
class InProcess : public Program {
public:
  InProcess(std::unique_ptr<ExecutableProgram> program, std::string quantization)
      : program(std::move(program)), quantization(std::move(quantization)) {}

  ArrayRef<TensorSpec> getInputs() const override { return program->getInputs(); }
  ArrayRef<TensorSpec> getOutputs() const override { return program->getOutputs(); }
  std::string getQuantization() const override { return quantization; }

  Expected<RunResult> run(const SampleSet &samples, int64_t calls) override {
    int64_t count = samples.getNumSamples();
    RunResult result;
    for (const TensorSpec &spec : getOutputs()) {
      NpyArray array;
      array.name = spec.name;
      array.kind = spec.kind;
      array.shape = joinSamples(spec.shape, count);
      array.data.resize(count * spec.getNumBytes());
      result.outputs.push_back(std::move(array));
    }
    std::vector<double> times;
    std::vector<std::vector<char>> data(getInputs().size());
    for (int64_t call = 0; call < std::max(calls, count); ++call) {
      int64_t sample = call % count;
      SmallVector<ArrayRef<char>> inputs;
      for (auto [i, bytes] : enumerate(data)) {
        bytes = samples.get(sample, i);
        inputs.push_back(bytes);
      }
      SmallVector<MutableArrayRef<char>> outputs;
      for (auto [array, spec] : zip(result.outputs, getOutputs()))
        outputs.push_back(
            MutableArrayRef(array.data).slice(sample * spec.getNumBytes(), spec.getNumBytes()));
      auto start = std::chrono::steady_clock::now();
      if (Error error = program->run(inputs, outputs))
        return std::move(error);
      std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
      times.push_back(time.count());
    }
    llvm::sort(times);
    result.minMicroseconds = times.front();
    result.medianMicroseconds = times[times.size() / 2];
    return result;
  }

private:
  std::unique_ptr<ExecutableProgram> program;
  std::string quantization;
};

/// io.cpu of this machine.
uint32_t getHostCpu() {
  StringMap<bool> features = sys::getHostCPUFeatures();
  auto has = [&](std::initializer_list<StringRef> names) {
    return all_of(names, [&](StringRef name) { return features.lookup(name); });
  };
#if defined(__aarch64__)
  return (has({"dotprod"}) ? 1 : 0) | (has({"i8mm"}) ? 2 : 0);
#else
  uint32_t cpu = has({"avx2", "fma", "f16c"}) ? 1 : 0;
  if (cpu && has({"avx512f", "avx512bw", "avx512dq", "avx512vl"}))
    cpu |= has({"avx512vnni"}) ? 6 : 2;
  if (cpu && has({"avxvnni"}))
    cpu |= 8;
  return cpu;
#endif
}

struct Span {
  const void *data;
  size_t size;
};

/// A shared library as quant-compile makes it.
class Library : public ExecutableProgram {
public:
  using Run = int (*)(const void *io, void *arena, size_t arenaBytes);

  Library(package::ProgramInfo info, Run entry, unsigned threads)
      : info(std::move(info)), entry(entry), arena(nullptr, &std::free), team(threads) {
    arenaBytes = alignTo(std::max<uint64_t>(this->info.arenaBytes, 1), 64);
    arena.reset(std::aligned_alloc(64, arenaBytes));
  }

  ArrayRef<TensorSpec> getInputs() const override { return info.inputs; }
  ArrayRef<TensorSpec> getOutputs() const override { return info.outputs; }

  Error run(ArrayRef<ArrayRef<char>> inputs, ArrayRef<MutableArrayRef<char>> outputs) override {
    if (!arena)
      return createStringError(std::make_error_code(std::errc::not_enough_memory),
                               "no memory for an arena of " + Twine(arenaBytes) + " bytes");
    spans.clear();
    for (ArrayRef<char> input : inputs)
      spans.push_back({input.data(), input.size()});
    for (MutableArrayRef<char> output : outputs)
      spans.push_back({output.data(), output.size()});
    ThreadTeam::CallerFields fields = team.getFields(cpu);
    static_assert(sizeof fields % sizeof(Span) == 8, "the rest ends within a span");
    spans.resize(spans.size() + sizeof fields / sizeof(Span) + 1);
    std::memcpy(spans.end() - (sizeof fields / sizeof(Span) + 1), &fields, sizeof fields);
    static constexpr const char *kStatus[] = {
        "",
        "null pointer",
        "wrong input size",
        "wrong output size",
        "arena too small",
        "arena misaligned",
        "this processor lacks instructions that the library was compiled for"};
    int status = entry(spans.data(), arena.get(), arenaBytes);
    if (status == 0)
      return Error::success();
    return createStringError(info.name + "_run returned " + Twine(status) +
                             (status > 0 && status <= 6 ? Twine(": ") + kStatus[status] : Twine()));
  }

private:
  package::ProgramInfo info;
  Run entry;
  std::unique_ptr<void, void (*)(void *)> arena;
  size_t arenaBytes = 0;
  SmallVector<Span> spans; ///< laid out as NAME_io: cpu is the first word after the tensors
  ThreadTeam team;
  uint32_t cpu = getHostCpu();
};

} // namespace

std::unique_ptr<Program> makeInProcess(std::unique_ptr<ExecutableProgram> program,
                                       std::string quantization) {
  return std::make_unique<InProcess>(std::move(program), std::move(quantization));
}

Expected<std::unique_ptr<Program>>
openLibrary(StringRef path, const object::ELFObjectFileBase &file, unsigned threads) {
  Triple host(sys::getProcessTriple());
  if (file.getArch() != host.getArch())
    return makeInputError(path + ": a library for " + Triple::getArchTypeName(file.getArch()) +
                          ", this machine is " + Triple::getArchTypeName(host.getArch()) +
                          "; compile with --emit runner and run that with --emulator");
  // The library says by its symbols what it is called.
  std::string name;
  for (object::ELFSymbolRef symbol : file.getDynamicSymbolIterators()) {
    Expected<StringRef> text = symbol.getName();
    if (!text) {
      consumeError(text.takeError());
      continue;
    }
    if (text->consume_back("_info") && (name.empty() || *text < name))
      name = text->str();
  }
  if (name.empty())
    return makeInputError(path + ": exports no NAME_info, so quant-compile did not make it");

  // Without a slash the loader would search its own path.
  std::string file_path = path.contains('/') ? path.str() : "./" + path.str();
  void *handle = dlopen(file_path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return makeInputError(path + ": " + dlerror());
  auto getInfo = reinterpret_cast<const kvant_info *(*)()>(dlsym(handle, (name + "_info").c_str()));
  auto run = reinterpret_cast<Library::Run>(dlsym(handle, (name + "_run").c_str()));
  if (!getInfo || !run)
    return makeInputError(path + ": lacks " + name + "_run");
  const kvant_info *record = getInfo();
  if (record->magic != KVANT_INFO_MAGIC)
    return makeInputError(path + ": " + name + "_info() returns no record");
  Expected<package::ProgramInfo> info =
      package::parseInfo(ArrayRef(reinterpret_cast<const char *>(record), record->bytes));
  if (!info)
    return makeInputError(path + ": " + toString(info.takeError()));
  std::string quantization = info->quantization;
  return makeInProcess(std::make_unique<Library>(std::move(*info), run, threads),
                       std::move(quantization));
}

Expected<std::unique_ptr<Program>> openProgram(StringRef path, const ProgramOptions &options) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file =
      MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return makeInputError(path + ": " + file.getError().message());
  if (!(*file)->getBuffer().starts_with("\x7f"
                                        "ELF"))
    return openModel(path, options.threads);
  Expected<std::unique_ptr<object::ObjectFile>> elf =
      object::ObjectFile::createELFObjectFile((*file)->getMemBufferRef());
  if (!elf)
    return makeInputError(path + ": " + toString(elf.takeError()));
  auto &object = cast<object::ELFObjectFileBase>(**elf);
  if (object.getEType() == ELF::ET_EXEC) {
    if (options.threads > 1)
      return makeInputError(path +
                            ": a runner computes on one thread; compile with --emit library");
    return openRunner(path, options.emulator);
  }
  if (object.getEType() == ELF::ET_DYN)
    return openLibrary(path, object, options.threads);
  return makeInputError(path + ": an object file cannot be run; link it, or compile with "
                               "--emit library or --emit runner");
}

} // namespace kvant
