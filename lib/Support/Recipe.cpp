// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading of recipes.
#include "kvant/Support/Recipe.h"
#include "kvant/Support/StrictJson.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/GlobPattern.h"

using namespace llvm;

namespace kvant {

static constexpr StringRef kOpSchemes[] = {"static_wi8_ai8", "float32"};
ArrayRef<StringRef> getOpSchemes() { return kOpSchemes; }

static constexpr StringRef kMethods[] = {"minmax", "moving-average", "percentile", "mse",
                                         "entropy"};

/// Empty patterns match all; a pattern matches itself even where it has special characters.
static bool matchesPattern(StringRef pattern, StringRef text) {
  if (pattern.empty() || pattern == text)
    return true;
  Expected<GlobPattern> glob = GlobPattern::create(pattern);
  if (glob)
    return glob->match(text);
  consumeError(glob.takeError());
  return false;
}

bool RecipeOverride::matches(StringRef opName, StringRef opKind) const {
  return matchesPattern(name, opName) && matchesPattern(kind, opKind);
}

std::string RecipeOverride::describe() const {
  std::string text;
  if (!name.empty())
    text += "name \"" + name + "\"";
  if (!kind.empty())
    text += std::string(text.empty() ? "" : ", ") + "kind \"" + kind + "\"";
  return text;
}

static Error readScheme(JsonFields &fields, std::optional<std::string> &scheme) {
  std::string text;
  if (Error error = fields.optional("scheme", text))
    return error;
  if (!fields.has("scheme"))
    return Error::success();
  if (!is_contained(kOpSchemes, text))
    return fields.error("scheme", "unknown scheme \"" + text + "\"; known are " +
                                      llvm::join(ArrayRef(kOpSchemes), ", "));
  scheme = text;
  return Error::success();
}

static Error readCalibrator(StringRef file, JsonFields &fields,
                            std::optional<CalibratorChoice> &choice) {
  const json::Object *object = nullptr;
  if (Error error = fields.optional("calibrator", object))
    return error;
  if (!object)
    return Error::success();
  JsonFields inner(file, *object, fields.getPath("calibrator"));
  CalibratorChoice result;
  if (Error error = inner.require("method", result.method))
    return error;
  if (!is_contained(kMethods, result.method))
    return inner.error("method", "unknown calibrator \"" + result.method + "\"; known are " +
                                     llvm::join(ArrayRef(kMethods), ", "));
  if (Error error = inner.optional("percentile", result.percentile))
    return error;
  if (!(result.percentile > 50.0 && result.percentile <= 100.0))
    return inner.error("percentile", "expected a number above 50 and at most 100");
  choice = result;
  return inner.finish();
}

static Error readPattern(JsonFields &fields, StringRef key, std::string &text) {
  if (Error error = fields.optional(key, text))
    return error;
  if (!fields.has(key))
    return Error::success();
  if (text.empty())
    return fields.error(key, "expected a pattern, got an empty string");
  Expected<GlobPattern> glob = GlobPattern::create(text);
  if (!glob)
    return fields.error(key, "not a pattern: " + toString(glob.takeError()));
  return Error::success();
}

static Error readOverride(StringRef file, JsonFields &fields, RecipeOverride &rule) {
  if (Error error = readPattern(fields, "name", rule.name))
    return error;
  if (Error error = readPattern(fields, "kind", rule.kind))
    return error;
  if (rule.name.empty() && rule.kind.empty())
    return fields.error("", "expected a \"name\" or a \"kind\" to match");
  if (Error error = readScheme(fields, rule.scheme))
    return error;
  if (Error error = readCalibrator(file, fields, rule.calibrator))
    return error;
  if (!rule.scheme && !rule.calibrator)
    return fields.error("", "expected a \"scheme\" or a \"calibrator\" to apply");
  return fields.finish();
}

Expected<Recipe> Recipe::read(StringRef path) {
  Expected<json::Value> value = parseJsonFile(path);
  if (!value)
    return value.takeError();
  JsonFields fields(path, *value->getAsObject(), "");
  Recipe recipe;
  int64_t version = 0;
  if (Error error = fields.require("version", version))
    return std::move(error);
  if (version != 1)
    return fields.error("version", "expected 1, got " + Twine(version));
  if (Error error = readScheme(fields, recipe.scheme))
    return std::move(error);
  if (Error error = readCalibrator(path, fields, recipe.calibrator))
    return std::move(error);
  const json::Array *overrides = nullptr;
  if (Error error = fields.optional("overrides", overrides))
    return std::move(error);
  if (Error error = fields.finish())
    return std::move(error);
  if (!overrides)
    return recipe;
  for (auto [index, element] : enumerate(*overrides)) {
    auto inner = JsonFields::create(path, element, ("overrides[" + Twine(index) + "]").str());
    if (!inner)
      return inner.takeError();
    RecipeOverride rule;
    if (Error error = readOverride(path, *inner, rule))
      return std::move(error);
    recipe.overrides.push_back(std::move(rule));
  }
  return recipe;
}

} // namespace kvant
