// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Statistics to and from JSON.
#include "kvant/Calibrate/Statistics.h"
#include "kvant/Support/OutputFile.h"
#include "kvant/Support/StrictJson.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace llvm;

namespace kvant::calibrate {

static Error readHistogram(StringRef file, const json::Object &object, const std::string &path,
                           Histogram &histogram) {
  JsonFields fields(file, object, path);
  if (Error error = fields.require("low", histogram.low))
    return error;
  if (Error error = fields.require("high", histogram.high))
    return error;
  if (Error error = fields.require("counts", histogram.counts))
    return error;
  if (histogram.counts.empty())
    return fields.error("counts", "expected at least one bin");
  if (!(histogram.low <= histogram.high))
    return fields.error("low", "expected at most \"high\"");
  return fields.finish();
}

static Error readRange(StringRef file, JsonFields &fields, RangeStatistics &range) {
  struct Field {
    StringRef name;
    double *value;
  };
  for (Field field :
       {Field{"min", &range.min}, Field{"max", &range.max}, Field{"average_min", &range.averageMin},
        Field{"average_max", &range.averageMax}}) {
    if (Error error = fields.require(field.name, *field.value))
      return error;
    if (!std::isfinite(*field.value))
      return fields.error(field.name, "expected a finite number");
  }
  if (range.min > range.max)
    return fields.error("min", "expected at most \"max\"");
  if (range.averageMin > range.averageMax)
    return fields.error("average_min", "expected at most \"average_max\"");
  const json::Object *histogram = nullptr;
  if (Error error = fields.optional("histogram", histogram))
    return error;
  if (!histogram)
    return Error::success();
  return readHistogram(file, *histogram, fields.getPath("histogram"), range.histogram);
}

static Error readTensor(StringRef file, JsonFields &fields, TensorStatistics &tensor) {
  if (Error error = fields.require("name", tensor.name))
    return error;
  if (Error error = readRange(file, fields, tensor.whole))
    return error;
  if (Error error = fields.optional("channel_mean", tensor.channelMean))
    return error;
  const json::Array *channels = nullptr;
  if (Error error = fields.optional("channels", channels))
    return error;
  if (Error error = fields.finish())
    return error;
  if (!channels)
    return Error::success();
  for (auto [index, element] : enumerate(*channels)) {
    auto inner = JsonFields::create(file, element,
                                    fields.getPath("channels") + "[" + std::to_string(index) + "]");
    if (!inner)
      return inner.takeError();
    if (Error error = readRange(file, *inner, tensor.channels.emplace_back()))
      return error;
    if (Error error = inner->finish())
      return error;
  }
  return Error::success();
}

Expected<Statistics> readStatistics(StringRef path) {
  Expected<json::Value> value = parseJsonFile(path);
  if (!value)
    return value.takeError();
  JsonFields fields(path, *value->getAsObject(), "");
  int64_t version = 0;
  Statistics statistics;
  const json::Array *tensors = nullptr;
  if (Error error = fields.require("version", version))
    return std::move(error);
  if (version != 1)
    return fields.error("version", "expected 1, got " + Twine(version));
  if (Error error = fields.require("samples", statistics.samples))
    return std::move(error);
  if (statistics.samples < 1)
    return fields.error("samples", "expected at least 1, got " + Twine(statistics.samples));
  if (Error error = fields.require("tensors", tensors))
    return std::move(error);
  if (Error error = fields.finish())
    return std::move(error);
  StringSet<> names;
  for (auto [index, element] : enumerate(*tensors)) {
    auto inner = JsonFields::create(path, element, "tensors[" + std::to_string(index) + "]");
    if (!inner)
      return inner.takeError();
    TensorStatistics &tensor = statistics.tensors.emplace_back();
    if (Error error = readTensor(path, *inner, tensor))
      return std::move(error);
    if (!names.insert(tensor.name).second)
      return inner->error("name", "the name \"" + tensor.name + "\" appears twice");
  }
  return statistics;
}

static void writeRange(json::OStream &json, const RangeStatistics &range) {
  json.attribute("min", range.min);
  json.attribute("max", range.max);
  json.attribute("average_min", range.averageMin);
  json.attribute("average_max", range.averageMax);
  if (range.histogram.empty())
    return;
  json.attributeObject("histogram", [&] {
    json.attribute("low", range.histogram.low);
    json.attribute("high", range.histogram.high);
    json.attributeArray("counts", [&] {
      for (uint64_t count : range.histogram.counts)
        json.value(static_cast<int64_t>(count));
    });
  });
}

Error writeStatistics(StringRef path, const Statistics &statistics) {
  std::string text;
  raw_string_ostream stream(text);
  json::OStream json(stream, /*IndentSize=*/1);
  json.object([&] {
    json.attribute("version", 1);
    json.attribute("samples", statistics.samples);
    json.attributeArray("tensors", [&] {
      for (const TensorStatistics &tensor : statistics.tensors)
        json.object([&] {
          json.attribute("name", tensor.name);
          writeRange(json, tensor.whole);
          if (!tensor.channelMean.empty())
            json.attributeArray("channel_mean", [&] {
              for (double mean : tensor.channelMean)
                json.value(mean);
            });
          if (!tensor.channels.empty())
            json.attributeArray("channels", [&] {
              for (const RangeStatistics &channel : tensor.channels)
                json.object([&] { writeRange(json, channel); });
            });
        });
    });
  });
  stream << "\n";
  return writeFile(path, text);
}

} // namespace kvant::calibrate
