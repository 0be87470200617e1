// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// numpy's .npz archives, through libzip.
#include "kvant/Support/Npz.h"

#include "NpyHeader.h"
#include "kvant/Support/OutputFile.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <memory>
#include <zip.h>

using namespace llvm;

namespace kvant {

static Error makeError(StringRef path, const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           path + ": " + message);
}

static Error prefixError(StringRef path, Error error) {
  return makeError(path, toString(std::move(error)));
}

namespace {
struct CloseArchive {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t *entry) const { zip_fclose(entry); }
};
} // namespace

/// Reads up to `wanted` bytes of `entry`, as they come: what an entry claims to
/// hold is not allocated before it is there.
static Error readEntry(zip_file_t *entry, uint64_t wanted, std::vector<char> &out, StringRef path,
                       StringRef name) {
  constexpr uint64_t kChunk = 1 << 20;
  while (wanted > 0) {
    size_t old = out.size();
    uint64_t chunk = std::min(wanted, std::max<uint64_t>(kChunk, old));
    out.resize(old + chunk);
    zip_int64_t got = zip_fread(entry, out.data() + old, chunk);
    out.resize(old + std::max<zip_int64_t>(got, 0));
    if (got < 0)
      return makeError(path,
                       "array '" + name + "': cannot decompress: " + zip_file_strerror(entry));
    if (got == 0)
      return Error::success();
    wanted -= got;
  }
  return Error::success();
}

/// Reads entry `index`. An array of an unknown element type is nullopt.
static Expected<std::optional<NpyArray>>
readArray(zip_t *archive, zip_uint64_t index, StringRef path, StringRef name, int64_t &budget) {
  std::unique_ptr<zip_file_t, CloseEntry> entry(zip_fopen_index(archive, index, 0));
  if (!entry)
    return makeError(path, "array '" + name + "': cannot open: " + zip_strerror(archive));
  std::vector<char> bytes;
  if (Error error = readEntry(entry.get(), kMaxNpyHeader, bytes, path, name))
    return std::move(error);
  Expected<NpyHeader> header = parseNpyHeader(bytes, name);
  if (!header)
    return prefixError(path, header.takeError());
  if (!header->known)
    return std::nullopt;
  budget -= header->dataBytes;
  if (budget < 0)
    return makeError(path,
                     "the arrays together need more than " + Twine(kMaxArrayBytes) + " bytes");
  bytes.erase(bytes.begin(), bytes.begin() + header->size);
  // One byte more than announced shows that there is too much.
  uint64_t missing = uint64_t(header->dataBytes) + 1 -
                     std::min<uint64_t>(bytes.size(), uint64_t(header->dataBytes) + 1);
  if (Error error = readEntry(entry.get(), missing, bytes, path, name))
    return std::move(error);
  Expected<NpyArray> array = makeNpyArray(*header, std::move(bytes), name);
  if (!array)
    return prefixError(path, array.takeError());
  return std::optional<NpyArray>(std::move(*array));
}

static Expected<std::vector<NpyArray>> readArchive(StringRef path) {
  int code = 0;
  std::unique_ptr<zip_t, CloseArchive> archive(zip_open(path.str().c_str(), ZIP_RDONLY, &code));
  if (!archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    scope_exit cleanup([&] { zip_error_fini(&error); });
    return makeError(path, Twine("not a readable .npz: ") + zip_error_strerror(&error));
  }
  std::vector<NpyArray> arrays;
  StringSet<> names;
  int64_t budget = kMaxArrayBytes;
  zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char *entryName = zip_get_name(archive.get(), i, ZIP_FL_ENC_GUESS);
    if (!entryName)
      return makeError(path, "entry " + Twine(i) + " has no name");
    StringRef name(entryName);
    if (!name.consume_back(".npy"))
      continue;
    if (!names.insert(name).second)
      return makeError(path, "array '" + name + "' is there twice");
    Expected<std::optional<NpyArray>> array = readArray(archive.get(), i, path, name, budget);
    if (!array)
      return array.takeError();
    if (*array)
      arrays.push_back(std::move(**array));
  }
  return arrays;
}

Expected<std::vector<NpyArray>> readNpz(StringRef path) {
  sys::fs::file_status status;
  if (std::error_code code = sys::fs::status(path, status))
    return makeError(path, code.message());
  if (!sys::fs::is_regular_file(status))
    return makeError(path, "not a regular file");
  ErrorOr<std::unique_ptr<MemoryBuffer>> start =
      MemoryBuffer::getFileSlice(path, std::min<uint64_t>(status.getSize(), 8), 0);
  if (!start)
    return makeError(path, start.getError().message());
  StringRef magic = (*start)->getBuffer();
  if (magic.starts_with("PK"))
    return readArchive(path);
  if (!magic.starts_with(kNpyMagic))
    return makeError(path,
                     magic.empty() ? "the file is empty" : "neither an .npz nor an .npy file");
  ErrorOr<std::unique_ptr<MemoryBuffer>> file =
      MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return makeError(path, file.getError().message());
  StringRef bytes = (*file)->getBuffer();
  Expected<NpyArray> array = parseNpy(ArrayRef(bytes.data(), bytes.size()), sys::path::stem(path));
  if (!array)
    return prefixError(path, array.takeError());
  std::vector<NpyArray> arrays;
  arrays.push_back(std::move(*array));
  return arrays;
}

/// The bytes of an archive of `arrays`, stored, with one fixed date: the same
/// arrays give the same file.
static Expected<std::vector<char>> makeArchive(StringRef path, ArrayRef<NpyArray> arrays) {
  zip_error_t error;
  zip_error_init(&error);
  scope_exit cleanup([&] { zip_error_fini(&error); });
  auto fail = [&](const char *message) {
    return makeError(path, Twine("cannot make the archive: ") + message);
  };
  zip_source_t *target = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (!target)
    return fail(zip_error_strerror(&error));
  scope_exit release([&] { zip_source_free(target); });
  std::unique_ptr<zip_t, CloseArchive> archive(zip_open_from_source(target, ZIP_TRUNCATE, &error));
  if (!archive)
    return fail(zip_error_strerror(&error));
  zip_source_keep(target); // the archive owns one reference now, this function the other
  std::vector<std::vector<char>> files;
  files.reserve(arrays.size()); // libzip reads them only in zip_close
  for (const NpyArray &array : arrays) {
    const std::vector<char> &bytes = files.emplace_back(serializeNpy(array));
    zip_source_t *source = zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0);
    if (!source)
      return fail(zip_strerror(archive.get()));
    zip_int64_t index =
        zip_file_add(archive.get(), (array.name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      return fail(zip_strerror(archive.get()));
    }
    // 0x0021 is the first day of 1980, where the dates of zip begin.
    if (zip_set_file_compression(archive.get(), index, ZIP_CM_STORE, 0) < 0 ||
        zip_file_set_dostime(archive.get(), index, 0, 0x0021, 0) < 0)
      return fail(zip_strerror(archive.get()));
  }
  if (zip_close(archive.get()) < 0)
    return fail(zip_strerror(archive.get()));
  archive.release();
  zip_stat_t stat;
  if (zip_source_stat(target, &stat) < 0 || !(stat.valid & ZIP_STAT_SIZE) ||
      zip_source_open(target) < 0)
    return fail(zip_error_strerror(zip_source_error(target)));
  std::vector<char> out(stat.size);
  zip_int64_t got = zip_source_read(target, out.data(), out.size());
  zip_source_close(target);
  if (got != zip_int64_t(out.size()))
    return fail("it cannot be read back");
  return out;
}

Error writeNpz(StringRef path, ArrayRef<NpyArray> arrays) {
  Expected<std::vector<char>> bytes = makeArchive(path, arrays);
  if (!bytes)
    return bytes.takeError();
  return writeFile(path, *bytes);
}

} // namespace kvant
