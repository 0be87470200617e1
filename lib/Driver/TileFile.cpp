// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The file of --tune: measured register tiles.
#include "TileFile.h"

#include "kvant/Support/StrictJson.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace llvm;

namespace kvant {

template <size_t N>
static Error readSizes(JsonFields &fields, StringRef key, std::array<int64_t, N> &sizes) {
  std::vector<uint64_t> values;
  if (Error error = fields.require(key, values))
    return error;
  if (values.size() != N)
    return fields.error(key, "expected " + Twine(N) + " numbers, got " + Twine(values.size()));
  copy(values, sizes.begin());
  return Error::success();
}

/// The level of that name that some target has for `cpu`.
static std::optional<codegen::Level> findLevel(StringRef cpu, StringRef name) {
  for (StringRef targetName : {"host", "aarch64-linux-gnu"}) {
    // "native" is another CPU on every machine.
    Expected<codegen::Target> target = cpu.empty() || cpu == "native"
                                           ? createStringError("expected the name of a CPU")
                                           : codegen::getTarget(targetName, cpu);
    if (!target) {
      consumeError(target.takeError());
      continue;
    }
    Expected<const codegen::Level &> level = codegen::findLevel(*target, name);
    if (level)
      return *level;
    consumeError(level.takeError());
  }
  return std::nullopt;
}

Error TileFile::readEntry(StringRef file, const json::Value &value, const std::string &where) {
  Expected<JsonFields> created = JsonFields::create(file, value, where);
  if (!created)
    return created.takeError();
  JsonFields &fields = *created;
  Entry entry;
  codegen::TileChoice &choice = entry.choice;
  std::string cpu, type;
  if (Error error = fields.require("cpu", cpu))
    return error;
  if (Error error = fields.require("level", choice.level))
    return error;
  if (Error error = fields.require("type", type))
    return error;
  if (type != "int8" && type != "float32")
    return fields.error("type", "expected \"int8\" or \"float32\", got \"" + type + "\"");
  choice.shape.integer = type == "int8";
  if (Error error = readSizes(fields, "output", choice.shape.output))
    return error;
  if (Error error = fields.require("input_channels", choice.shape.inputChannels))
    return error;
  if (Error error = readSizes(fields, "window", choice.shape.window))
    return error;
  if (Error error = readSizes(fields, "stride", choice.shape.stride))
    return error;
  if (Error error = readSizes(fields, "dilation", choice.shape.dilation))
    return error;
  if (Error error = fields.require("rows", choice.tile.rows))
    return error;
  if (Error error = fields.require("vectors", choice.tile.vectors))
    return error;
  if (fields.has("speedup")) {
    double speedup = 0;
    if (Error error = fields.optional("speedup", speedup))
      return error;
    entry.speedup = speedup;
  }
  if (Error error = fields.finish())
    return error;

  std::optional<codegen::Level> level = findLevel(cpu, choice.level);
  if (!level)
    return fields.error("",
                        "there is no cpu \"" + cpu + "\" with a level \"" + choice.level + "\"");
  if (Error error = codegen::checkShape(choice.shape))
    return fields.error("", toString(std::move(error)));
  if (Error error = codegen::checkTile(*level, choice.shape, choice.tile))
    return fields.error("", toString(std::move(error)));
  std::string key = choice.getKey();
  if (!entries.try_emplace({cpu, key}, std::move(entry)).second)
    return fields.error("", "a tile for this cpu, level and shape stands before");
  return Error::success();
}

Expected<TileFile> TileFile::read(StringRef path) {
  TileFile file;
  if (!sys::fs::exists(path))
    return file;
  Expected<json::Value> value = parseJsonFile(path);
  if (!value)
    return value.takeError();
  JsonFields fields(path, *value->getAsObject(), "");
  int64_t version = 0;
  if (Error error = fields.require("version", version))
    return std::move(error);
  if (version != 1)
    return fields.error("version", "expected 1, got " + Twine(version));
  const json::Array *tiles = nullptr;
  if (Error error = fields.require("tiles", tiles))
    return std::move(error);
  if (Error error = fields.finish())
    return std::move(error);
  for (auto [index, element] : enumerate(*tiles))
    if (Error error = file.readEntry(path, element, ("tiles[" + Twine(index) + "]").str()))
      return std::move(error);
  return file;
}

std::vector<std::string> TileFile::getTiles(const codegen::Target &target) const {
  std::vector<std::string> tiles;
  for (const codegen::Level &level : target.levels)
    for (auto &[place, entry] : entries)
      if (place.first == target.cpu && entry.choice.level == level.name)
        tiles.push_back(entry.choice.getText());
  return tiles;
}

std::string TileFile::getText() const {
  std::string text;
  raw_string_ostream os(text);
  os << "{\"version\": 1, \"tiles\": [";
  StringRef separator = "\n  ";
  // One line for each tile, for people who compare versions of the file.
  for (const auto &item : entries) {
    os << std::exchange(separator, ",\n  ");
    const Entry &entry = item.second;
    const codegen::DotShape &shape = entry.choice.shape;
    json::OStream line(os);
    auto sizes = [&](StringRef key, ArrayRef<int64_t> values) {
      line.attributeArray(key, [&] {
        for (int64_t value : values)
          line.value(value);
      });
    };
    line.object([&] {
      line.attribute("cpu", item.first.first);
      line.attribute("level", entry.choice.level);
      line.attribute("type", shape.integer ? "int8" : "float32");
      sizes("output", shape.output);
      line.attribute("input_channels", shape.inputChannels);
      sizes("window", shape.window);
      sizes("stride", shape.stride);
      sizes("dilation", shape.dilation);
      line.attribute("rows", entry.choice.tile.rows);
      line.attribute("vectors", entry.choice.tile.vectors);
      if (entry.speedup)
        line.attribute("speedup", std::round(*entry.speedup * 1000) / 1000);
    });
  }
  os << "\n]}\n";
  return text;
}

} // namespace kvant
