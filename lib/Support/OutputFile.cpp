// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writing of files that appear whole or not at all.
#include "kvant/Support/OutputFile.h"

#include "kvant/Support/SignalHold.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <unistd.h>

using namespace llvm;

namespace kvant {

static Error makeWriteError(StringRef path, std::error_code code) {
  return createStringError(code, "%s: cannot write: %s", path.str().c_str(),
                           code.message().c_str());
}

/// Writes all of `bytes`; with `sync` they are on the disk when it returns, so
/// that a rename cannot reach it before them.
static std::error_code writeAll(int fd, ArrayRef<char> bytes, bool sync) {
  while (!bytes.empty()) {
    // Linux transfers at most 2 GiB minus a page at once.
    ssize_t written = ::write(fd, bytes.data(), std::min<size_t>(bytes.size(), 1u << 30));
    if (written < 0) {
      if (errno == EINTR)
        continue;
      return std::error_code(errno, std::generic_category());
    }
    bytes = bytes.drop_front(written);
  }
  if (sync && ::fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
    return std::error_code(errno, std::generic_category());
  return {};
}

OutputFiles::~OutputFiles() {
  for (Staged &file : staged)
    consumeError(file.temporary.discard());
}

Error OutputFiles::add(StringRef path, ArrayRef<char> bytes, bool executable) {
  if (path == "-") {
    if (std::error_code code = writeAll(STDOUT_FILENO, bytes, /*sync=*/false))
      return makeWriteError("standard output", code);
    return Error::success();
  }
  sys::fs::file_status status;
  std::error_code code = sys::fs::status(path, status);
  if (!code && sys::fs::is_directory(status))
    return makeWriteError(path, std::make_error_code(std::errc::is_a_directory));
  if (!code && !sys::fs::is_regular_file(status)) {
    int fd = -1;
    if ((code = sys::fs::openFileForWrite(path, fd, sys::fs::CD_OpenExisting)))
      return makeWriteError(path, code);
    code = writeAll(fd, bytes, /*sync=*/false);
    std::error_code closed = sys::Process::SafelyCloseFileDescriptor(fd);
    if (code || closed)
      return makeWriteError(path, code ? code : closed);
    return Error::success();
  }

  unsigned mode = sys::fs::all_read | sys::fs::all_write;
  if (executable)
    mode |= sys::fs::all_exe;
  auto create = [&] {
    SignalHold hold;
    return sys::fs::TempFile::create(path + ".%%%%%%%%.tmp", mode, sys::fs::OF_None);
  };
  Expected<sys::fs::TempFile> temporary = create();
  if (!temporary)
    return makeWriteError(path, errorToErrorCode(temporary.takeError()));
  staged.push_back({path.str(), std::move(*temporary)});
  if ((code = writeAll(staged.back().temporary.FD, bytes, /*sync=*/true)))
    return makeWriteError(path, code);
  return Error::success();
}

Error OutputFiles::commit() {
  while (!staged.empty()) {
    Staged file = std::move(staged.front());
    staged.erase(staged.begin());
    if (Error error = file.temporary.keep(file.path))
      return makeWriteError(file.path, errorToErrorCode(std::move(error)));
  }
  return Error::success();
}

Error writeFile(StringRef path, ArrayRef<char> bytes, bool executable) {
  OutputFiles files;
  if (Error error = files.add(path, bytes, executable))
    return error;
  return files.commit();
}

} // namespace kvant
