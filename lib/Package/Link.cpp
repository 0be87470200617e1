// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Linking inside this process, with lld's ELF driver as a library.
#include "kvant/Package/Package.h"

#include "Runner.h"
#include "kvant/Support/SignalHold.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace kvant::package {

static Error makeError(std::error_code code, const Twine &message) {
  return createStringError(code, "cannot link: " + message);
}

namespace {
/// A file for the linker to read or write, which is gone afterwards, and after a signal too.
class TemporaryFile {
public:
  TemporaryFile() = default;
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;
  ~TemporaryFile() {
    if (path.empty())
      return;
    sys::fs::remove(path);
    sys::DontRemoveFileOnSignal(path);
  }

  Error create(StringRef suffix, ArrayRef<char> bytes) {
    int fd = -1;
    SignalHold hold;
    if (std::error_code code = sys::fs::createTemporaryFile("kvant", suffix, fd, path))
      return makeError(code, "no temporary file: " + code.message());
    sys::RemoveFileOnSignal(path);
    raw_fd_ostream os(fd, /*shouldClose=*/true);
    os.write(bytes.data(), bytes.size());
    os.close();
    if (!os.has_error())
      return Error::success();
    std::error_code code = os.error();
    os.clear_error();
    return makeError(code, path + ": " + code.message());
  }

  SmallString<128> path;
};
} // namespace

/// Runs the linker. It keeps its state in globals, so one run at a time.
static Expected<Bytes> runLinker(std::vector<std::string> arguments,
                                 ArrayRef<ArrayRef<char>> objects, const codegen::Target &target) {
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);

  TemporaryFile output;
  if (Error error = output.create("out", {}))
    return std::move(error);
  std::vector<std::unique_ptr<TemporaryFile>> inputs;
  for (ArrayRef<char> object : objects) {
    inputs.push_back(std::make_unique<TemporaryFile>());
    if (Error error = inputs.back()->create("o", object))
      return std::move(error);
    arguments.push_back(std::string(inputs.back()->path));
  }
  for (const char *argument :
       {"-z", "relro", "-z", "now", "-z", "noexecstack", "-z", "defs", "-z", "text",
        // Phones with pages of 16 KiB load nothing less aligned.
        "-z", "max-page-size=16384", "--build-id=sha1", "--hash-style=gnu", "--gc-sections",
        "--strip-all", "--fatal-warnings", "--threads=1"})
    arguments.push_back(argument);
  arguments.insert(arguments.end(), {"-m", target.isAArch64() ? "aarch64linux" : "elf_x86_64", "-o",
                                     std::string(output.path)});

  std::vector<const char *> argv = {"ld.lld"};
  for (const std::string &argument : arguments)
    argv.push_back(argument.c_str());
  std::string messages;
  raw_string_ostream os(messages);
  lld::Result result = lld::lldMain(argv, os, os, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return makeError(std::make_error_code(std::errc::io_error), StringRef(messages).trim());

  ErrorOr<std::unique_ptr<MemoryBuffer>> file =
      MemoryBuffer::getFile(output.path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return makeError(file.getError(), output.path + ": " + file.getError().message());
  return Bytes((*file)->getBufferStart(), (*file)->getBufferEnd());
}

Expected<Bytes> linkLibrary(ArrayRef<char> object, const ProgramInfo &info, StringRef soname,
                            const codegen::Target &target) {
  std::vector<std::string> arguments = {"-shared", ("--soname=" + soname).str(),
                                        "--undefined=" + info.name + "_run",
                                        "--undefined=" + info.name + "_info"};
  return runLinker(std::move(arguments), object, target);
}

Expected<Bytes> linkRunner(ArrayRef<char> object, const ProgramInfo &info,
                           const codegen::Target &target) {
  std::vector<std::string> arguments = {"-static", "--entry=_start",
                                        "--defsym=kvant_model_run=" + info.name + "_run",
                                        "--defsym=kvant_model_info=" + info.name + "_info"};
  return runLinker(std::move(arguments), {object, getRunnerObject(target)}, target);
}

Expected<Bytes> makeArchive(ArrayRef<char> object, const ProgramInfo &info) {
  std::string member = info.name + ".o";
  std::vector<NewArchiveMember> members;
  members.emplace_back(MemoryBufferRef(StringRef(object.data(), object.size()), member));
  Expected<std::unique_ptr<MemoryBuffer>> archive =
      writeArchiveToBuffer(members, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU,
                           /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return archive.takeError();
  return Bytes((*archive)->getBufferStart(), (*archive)->getBufferEnd());
}

} // namespace kvant::package
