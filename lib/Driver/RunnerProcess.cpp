// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs that run as processes of their own, perhaps under an emulator.
#include "Programs.h"
#include "kvant/Package/Info.h"
#include "kvant/Support/OutputFile.h"
#include "kvant/Support/SignalHold.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include <optional>

using namespace llvm;

namespace kvant {

namespace {

/// A file that is gone afterwards, and after a signal too.
class TemporaryFile {
public:
  static Expected<std::unique_ptr<TemporaryFile>> create(StringRef suffix) {
    auto file = std::make_unique<TemporaryFile>();
    SignalHold hold;
    if (std::error_code code = sys::fs::createTemporaryFile("kvant", suffix, file->path))
      return createStringError(code, "no temporary file: " + code.message());
    sys::RemoveFileOnSignal(file->path);
    return file;
  }
  TemporaryFile() = default;
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;
  ~TemporaryFile() {
    sys::fs::remove(path);
    sys::DontRemoveFileOnSignal(path);
  }

  std::string read() const {
    ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
        MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

  SmallString<128> path;
};

class Runner : public Program {
public:
  Runner(std::vector<std::string> command, package::ProgramInfo info)
      : command(std::move(command)), info(std::move(info)) {}

  ArrayRef<TensorSpec> getInputs() const override { return info.inputs; }
  ArrayRef<TensorSpec> getOutputs() const override { return info.outputs; }
  std::string getQuantization() const override { return info.quantization; }
  Expected<RunResult> run(const SampleSet &samples, int64_t calls) override;

  /// Runs `command`; returns what it printed.
  static Expected<std::string> execute(ArrayRef<std::string> command);

private:
  std::vector<std::string> command;
  package::ProgramInfo info;
};

Expected<std::string> Runner::execute(ArrayRef<std::string> command) {
  Expected<std::unique_ptr<TemporaryFile>> out = TemporaryFile::create("out");
  if (!out)
    return out.takeError();
  Expected<std::unique_ptr<TemporaryFile>> err = TemporaryFile::create("err");
  if (!err)
    return err.takeError();
  ErrorOr<std::string> program = sys::findProgramByName(command.front());
  if (!program)
    return makeInputError(command.front() + ": " + program.getError().message());
  SmallVector<StringRef> arguments(command.begin(), command.end());
  std::string message;
  int code = sys::ExecuteAndWait(*program, arguments, /*Env=*/std::nullopt,
                                 {StringRef(), StringRef((*out)->path), StringRef((*err)->path)},
                                 /*SecondsToWait=*/0,
                                 /*MemoryLimit=*/0, &message);
  if (code == 0)
    return (*out)->read();
  std::string text = StringRef((*err)->read()).trim().str();
  if (text.empty())
    text = message.empty() ? "exit code " + std::to_string(code) : message;
  return createStringError(join(command.take_front(4), " ") + ": " + text);
}

Expected<RunResult> Runner::run(const SampleSet &samples, int64_t calls) {
  std::vector<std::string> line = command;
  std::vector<std::unique_ptr<TemporaryFile>> inputs, outputs;
  line.push_back("--repeat");
  line.push_back(std::to_string(std::max<int64_t>(calls, 1)));
  line.push_back("--inputs");
  for (auto [i, spec] : enumerate(info.inputs)) {
    Expected<std::unique_ptr<TemporaryFile>> file = TemporaryFile::create("npy");
    if (!file)
      return file.takeError();
    NpyArray array;
    array.kind = spec.kind;
    array.shape = joinSamples(spec.shape, samples.getNumSamples());
    for (int64_t sample = 0; sample < samples.getNumSamples(); ++sample) {
      std::vector<char> bytes = samples.get(sample, i);
      array.data.insert(array.data.end(), bytes.begin(), bytes.end());
    }
    if (Error error = writeFile((*file)->path, serializeNpy(array)))
      return std::move(error);
    line.push_back(std::string((*file)->path));
    inputs.push_back(std::move(*file));
  }
  line.push_back("--outputs");
  for (size_t i = 0; i < info.outputs.size(); ++i) {
    Expected<std::unique_ptr<TemporaryFile>> file = TemporaryFile::create("npy");
    if (!file)
      return file.takeError();
    line.push_back(std::string((*file)->path));
    outputs.push_back(std::move(*file));
  }
  Expected<std::string> printed = execute(line);
  if (!printed)
    return printed.takeError();

  RunResult result;
  for (auto [file, spec] : zip(outputs, info.outputs)) {
    std::string bytes = file->read();
    Expected<NpyArray> array = parseNpy(bytes, spec.name);
    if (!array)
      return createStringError(command.back() +
                               ": wrote a bad file: " + toString(array.takeError()));
    result.outputs.push_back(std::move(*array));
  }
  Expected<json::Value> value = json::parse(*printed);
  const json::Object *object = value ? value->getAsObject() : nullptr;
  if (!value)
    consumeError(value.takeError());
  std::optional<int64_t> min = object ? object->getInteger("min_ns") : std::nullopt;
  std::optional<int64_t> median = object ? object->getInteger("median_ns") : std::nullopt;
  if (!min || !median)
    return createStringError(command.back() + ": printed no result");
  result.minMicroseconds = double(*min) / 1e3;
  result.medianMicroseconds = double(*median) / 1e3;
  return result;
}

} // namespace

Expected<std::unique_ptr<Program>> openRunner(StringRef path, StringRef emulator) {
  std::vector<std::string> command;
  SmallVector<StringRef> words;
  emulator.split(words, ' ', -1, /*KeepEmpty=*/false);
  for (StringRef word : words)
    command.push_back(word.str());
  command.push_back(path.contains('/') ? path.str() : "./" + path.str());
  std::vector<std::string> line = command;
  line.push_back("--info");
  Expected<std::string> bytes = Runner::execute(line);
  if (!bytes) {
    std::string message = toString(bytes.takeError());
    if (emulator.empty())
      message += "; a runner for another machine needs --emulator, for AArch64 --emulator "
                 "'qemu-aarch64 -cpu max'";
    return makeInputError(message);
  }
  Expected<package::ProgramInfo> info = package::parseInfo(*bytes);
  if (!info)
    return makeInputError(path +
                          ": not a runner made by quant-compile: " + toString(info.takeError()));
  return std::make_unique<Runner>(std::move(command), std::move(*info));
}

} // namespace kvant
