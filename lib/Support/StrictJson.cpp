// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading of JSON files that refuses what the schema does not know.
#include "kvant/Support/StrictJson.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace kvant {

static StringRef getKindName(const json::Value &value) {
  switch (value.kind()) {
  case json::Value::Null:
    return "null";
  case json::Value::Boolean:
    return "a boolean";
  case json::Value::Number:
    return "a number";
  case json::Value::String:
    return "a string";
  case json::Value::Array:
    return "an array";
  case json::Value::Object:
    return "an object";
  }
  return "an unknown kind";
}

static Error makeError(const Twine &message) { return createStringError(message); }

Expected<json::Value> parseJsonFile(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return makeError(path + ": cannot be read: " + buffer.getError().message());
  Expected<json::Value> value = json::parse((*buffer)->getBuffer());
  if (!value)
    return makeError(path + ": not valid JSON: " + toString(value.takeError()));
  if (!value->getAsObject())
    return makeError(path + ": expected one JSON object, got " + getKindName(*value));
  return value;
}

Expected<JsonFields> JsonFields::create(StringRef file, const json::Value &value,
                                        std::string path) {
  if (const json::Object *object = value.getAsObject())
    return JsonFields(file, *object, std::move(path));
  return makeError(file + ": " + path + ": expected an object, got " + getKindName(value));
}

std::string JsonFields::getPath(StringRef key) const {
  if (path.empty() || key.empty())
    return path + key.str();
  return path + "." + key.str();
}

Error JsonFields::error(StringRef key, const Twine &message) const {
  std::string where = getPath(key);
  return makeError(file + ": " + (where.empty() ? "" : where + ": ") + message);
}

Error JsonFields::finish() const {
  SmallVector<StringRef> names;
  for (const auto &entry : known)
    names.push_back(entry.getKey());
  llvm::sort(names);
  SmallVector<StringRef> present;
  for (const auto &entry : object)
    present.push_back(StringRef(entry.first));
  llvm::sort(present);
  for (StringRef name : present)
    if (!known.contains(name))
      return error(name, "unknown field; known here are " + llvm::join(names, ", "));
  return Error::success();
}

const json::Value *JsonFields::take(StringRef key) {
  known.insert(key);
  return object.get(key);
}

Error JsonFields::read(StringRef key, std::string &value) {
  const json::Value *field = take(key);
  if (auto text = field->getAsString()) {
    value = text->str();
    return Error::success();
  }
  return error(key, "expected a string, got " + getKindName(*field));
}

Error JsonFields::read(StringRef key, double &value) {
  const json::Value *field = take(key);
  if (auto number = field->getAsNumber()) {
    value = *number;
    return Error::success();
  }
  return error(key, "expected a number, got " + getKindName(*field));
}

Error JsonFields::read(StringRef key, int64_t &value) {
  const json::Value *field = take(key);
  if (auto number = field->getAsInteger()) {
    value = *number;
    return Error::success();
  }
  return error(key, "expected an integer, got " + getKindName(*field));
}

Error JsonFields::read(StringRef key, std::vector<double> &value) {
  const json::Array *array = nullptr;
  if (Error failure = read(key, array))
    return failure;
  value.clear();
  for (auto [index, element] : enumerate(*array)) {
    auto number = element.getAsNumber();
    if (!number)
      return error((key + "[" + Twine(index) + "]").str(),
                   "expected a number, got " + getKindName(element));
    value.push_back(*number);
  }
  return Error::success();
}

Error JsonFields::read(StringRef key, std::vector<uint64_t> &value) {
  const json::Array *array = nullptr;
  if (Error failure = read(key, array))
    return failure;
  value.clear();
  for (auto [index, element] : enumerate(*array)) {
    auto number = element.getAsInteger();
    if (!number || *number < 0)
      return error((key + "[" + Twine(index) + "]").str(),
                   "expected a non-negative integer, got " +
                       (number ? std::to_string(*number) : getKindName(element).str()));
    value.push_back(static_cast<uint64_t>(*number));
  }
  return Error::success();
}

Error JsonFields::read(StringRef key, const json::Array *&value) {
  const json::Value *field = take(key);
  value = field->getAsArray();
  return value ? Error::success() : error(key, "expected an array, got " + getKindName(*field));
}

Error JsonFields::read(StringRef key, const json::Object *&value) {
  const json::Value *field = take(key);
  value = field->getAsObject();
  return value ? Error::success() : error(key, "expected an object, got " + getKindName(*field));
}

} // namespace kvant
