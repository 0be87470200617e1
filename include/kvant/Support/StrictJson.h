// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading of JSON files that refuses what the schema does not know.
#ifndef KVANT_SUPPORT_STRICTJSON_H
#define KVANT_SUPPORT_STRICTJSON_H

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <string>

namespace kvant {

/// Parses `path`, which must hold one JSON object. Errors name the file.
llvm::Expected<llvm::json::Value> parseJsonFile(llvm::StringRef path);

/// The fields of one object of a JSON file. Every read names a field; `finish` fails if the
/// object has one that was never asked for. Errors read "FILE: tensors[3].min: expected ...".
class JsonFields {
public:
  /// `path` is where `object` stands in the file: "" for the outermost.
  JsonFields(llvm::StringRef file, const llvm::json::Object &object, std::string path)
      : file(file), object(object), path(std::move(path)) {}

  /// Interprets `value` as an object; an error if it is something else.
  static llvm::Expected<JsonFields> create(llvm::StringRef file, const llvm::json::Value &value,
                                           std::string path);

  /// Reads a field that must be there.
  template <typename T> llvm::Error require(llvm::StringRef key, T &value) {
    if (!take(key))
      return error(key, "expected this field, it is missing");
    return read(key, value);
  }
  /// Reads a field if it is there; otherwise leaves `value` alone.
  template <typename T> llvm::Error optional(llvm::StringRef key, T &value) {
    return take(key) ? read(key, value) : llvm::Error::success();
  }
  bool has(llvm::StringRef key) const { return object.get(key) != nullptr; }

  /// An error about the field `key`, or about the object itself if `key` is empty.
  llvm::Error error(llvm::StringRef key, const llvm::Twine &message) const;
  /// Where the field `key` stands in the file.
  std::string getPath(llvm::StringRef key) const;
  /// Fails if a field was never read, naming it and the known ones.
  llvm::Error finish() const;

private:
  llvm::Error read(llvm::StringRef key, std::string &value);
  llvm::Error read(llvm::StringRef key, double &value);
  llvm::Error read(llvm::StringRef key, int64_t &value);
  llvm::Error read(llvm::StringRef key, std::vector<double> &value);
  llvm::Error read(llvm::StringRef key, std::vector<uint64_t> &value);
  llvm::Error read(llvm::StringRef key, const llvm::json::Array *&value);
  llvm::Error read(llvm::StringRef key, const llvm::json::Object *&value);
  const llvm::json::Value *take(llvm::StringRef key);

  std::string file;
  const llvm::json::Object &object;
  std::string path;
  llvm::StringSet<> known;
};

} // namespace kvant

#endif // KVANT_SUPPORT_STRICTJSON_H
