// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a compilation says about itself.
#include "Report.h"

#include "dialects/Qnn/Qnn.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace llvm;

namespace kvant {

void Report::addTime(StringRef stage, double value) {
  seconds[stage.str()] = std::round(value * 1e6) / 1e6;
  total += value;
}

/// The scheme of an operation: the decision, or what its types say.
static StringRef getScheme(mlir::Operation *op) {
  if (auto decision = op->getAttrOfType<mlir::DictionaryAttr>("qnn.decision"))
    if (auto scheme = decision.getAs<mlir::StringAttr>("scheme"))
      return scheme.getValue();
  bool quantizedOperand = any_of(op->getOperandTypes(), [](mlir::Type type) {
    return isa<mlir::quant::QuantizedType>(mlir::getElementTypeOrSelf(type));
  });
  if (op->getNumResults() == 0)
    return "";
  mlir::Type type = mlir::getElementTypeOrSelf(op->getResult(0).getType());
  if (isa<mlir::quant::QuantizedType>(type))
    return "static_wi8_ai8";
  // Weights are integers, or this is the step back to floats.
  if (isa<mlir::FloatType>(type) && quantizedOperand)
    return op->getName().stripDialect() == "dequantize" ? "static_wi8_ai8" : "weight_wi8";
  if (isa<mlir::FloatType>(type))
    return "float32";
  return "integer";
}

static int64_t getConstantBytes(mlir::Operation *op) {
  auto value = op->getAttrOfType<mlir::ElementsAttr>("value");
  if (!value)
    value = op->getAttrOfType<mlir::ElementsAttr>("values");
  if (!value)
    return 0;
  mlir::ShapedType type = value.getShapedType();
  if (!type.getElementType().isIntOrFloat())
    return 0;
  return type.getNumElements() * int64_t(divideCeil(type.getElementTypeBitWidth(), 8));
}

void Report::addProgram(mlir::ModuleOp module) {
  weightBytes = 0;
  bool first = ops.empty();
  module.walk([&](mlir::Operation *op) {
    if (op->hasTrait<mlir::OpTrait::ConstantLike>() || op->getName().stripDialect() == "const" ||
        op->getName().stripDialect() == "constant") {
      weightBytes += getConstantBytes(op);
      return;
    }
    StringRef dialect = op->getName().getDialectNamespace();
    if (!first || (dialect != "qnn" && dialect != "tosa"))
      return;
    // A value of JSON that is made of a StringRef would not outlive the program.
    json::Object entry;
    auto name = op->getAttrOfType<mlir::StringAttr>("qnn.name");
    StringRef scheme = getScheme(op);
    entry["name"] = name ? name.getValue().str() : "";
    entry["kind"] = op->getName().stripDialect().str();
    entry["scheme"] = scheme.str();
    entry["reason"] = "as in the model";
    entry["sqnr_db"] = nullptr;
    if (auto decision = op->getAttrOfType<mlir::DictionaryAttr>("qnn.decision")) {
      for (mlir::NamedAttribute field : decision) {
        if (field.getName() == "scheme")
          continue;
        if (auto text = dyn_cast<mlir::StringAttr>(field.getValue()))
          entry[field.getName().str()] = text.getValue().str();
        else if (auto number = dyn_cast<mlir::FloatAttr>(field.getValue()))
          entry[field.getName().str()] = number.getValueAsDouble();
        else if (auto integer = dyn_cast<mlir::IntegerAttr>(field.getValue()))
          entry[field.getName().str()] = integer.getInt();
      }
    } else if (is_contained({"quantize", "dequantize", "requantize"},
                            op->getName().stripDialect())) {
      entry["reason"] = "conversion between schemes";
    }
    ++schemes[scheme];
    ops.push_back(std::move(entry));
  });
}

void Report::setInterface(bool integer, uint64_t arena) {
  integerOnly = integer;
  arenaBytes = int64_t(arena);
}

void Report::setOutput(StringRef kind, uint64_t bytes) {
  output["emit"] = kind.str();
  output["bytes"] = int64_t(bytes);
}

std::string Report::getRecord(StringRef scheme) const {
  json::Object counts;
  for (auto &[name, count] : schemes)
    counts[name] = count;
  json::Object record{{"compiler", "kvant " KVANT_VERSION},
                      {"scheme", scheme.empty() ? "as in the model" : scheme},
                      {"ops", std::move(counts)}};
  std::string text;
  raw_string_ostream os(text);
  os << json::Value(std::move(record));
  return text;
}

json::Object Report::take(const CompileOptions &options, const PipelineOptions &pipeline,
                          const codegen::Target &target) {
  seconds["total"] = std::round(total * 1e6) / 1e6;
  json::Array levels;
  for (const codegen::Level &level : target.levels)
    levels.push_back(level.name);
  std::string scheme = pipeline.scheme;
  if (scheme.empty())
    scheme = schemes.size() == 1 ? schemes.front().first.str() : "mixed";
  json::Object object{
      {"model", options.model},
      {"name", pipeline.name},
      {"scheme", scheme},
      {"target", target.name},
      {"cpu", target.cpu},
      {"levels", std::move(levels)},
      {"integer_only", integerOnly},
      {"ops", std::move(ops)},
      {"weight_bytes", weightBytes},
      {"arena_bytes", arenaBytes},
      {"emit", output.get("emit") ? *output.get("emit") : json::Value(nullptr)},
      {"library_bytes", output.get("bytes") ? *output.get("bytes") : json::Value(nullptr)},
      {"seconds", std::move(seconds)}};
  return object;
}

} // namespace kvant
