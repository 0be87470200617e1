// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect: registration, constants, and the checks of its discardable
// attributes.
#include "dialects/Qnn/Qnn.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace kvant::qnn;

#include "dialects/Qnn/QnnDialect.cpp.inc"
#include "dialects/Qnn/QnnEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Qnn/QnnAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Qnn/QnnOps.cpp.inc"

void QnnDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Qnn/QnnAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Qnn/QnnOps.cpp.inc"
      >();
}

Operation *QnnDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                           Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!elements || !tensor || elements.getShapedType().getShape() != tensor.getShape())
    return nullptr;
  return ConstantOp::create(builder, loc, tensor, elements);
}

llvm::StringRef kvant::qnn::getName(Operation *op) {
  Attribute name = op->getDiscardableAttr(kNameAttr);
  if (auto names = dyn_cast_or_null<ArrayAttr>(name))
    name = names.empty() ? Attribute() : names[0];
  auto text = dyn_cast_or_null<StringAttr>(name);
  return text ? text.getValue() : StringRef();
}

bool kvant::qnn::roundsLikeTFLite(Operation *op) {
  auto rounding = op->getDiscardableAttr(kRoundingAttr);
  auto text = dyn_cast_or_null<StringAttr>(rounding);
  return text && text.getValue() == "tflite";
}

quant::QuantizedType kvant::qnn::getQuantizedType(Value value) {
  return dyn_cast<quant::QuantizedType>(getElementTypeOrSelf(value.getType()));
}

//===----------------------------------------------------------------------===//
// Discardable attributes
//===----------------------------------------------------------------------===//

using EmitError = llvm::function_ref<InFlightDiagnostic()>;

static LogicalResult verifyName(EmitError emitError, Attribute value) {
  if (!isa<StringAttr>(value))
    return emitError() << "expected a string in '" << kNameAttr << "', got " << value;
  return success();
}

static LogicalResult verifyOpName(EmitError emitError, Operation *op, Attribute value) {
  auto names = dyn_cast<ArrayAttr>(value);
  if (!names)
    return verifyName(emitError, value);
  if (names.size() != op->getNumResults())
    return emitError() << "expected one name for each of the " << op->getNumResults()
                       << " results in '" << kNameAttr << "', got " << names.size();
  for (Attribute name : names)
    if (failed(verifyName(emitError, name)))
      return failure();
  return success();
}

static LogicalResult verifyRange(EmitError emitError, Attribute value) {
  auto range = dyn_cast<DenseF32ArrayAttr>(value);
  if (!range || range.size() != 2)
    return emitError() << "expected ranges `array<f32: min, max>` in '" << kRangeAttr << "', got "
                       << value;
  float low = range[0], high = range[1];
  if (!std::isfinite(low) || !std::isfinite(high) || low > high)
    return emitError() << "expected finite numbers min <= max in '" << kRangeAttr << "', got "
                       << value;
  return success();
}

static LogicalResult verifyRanges(EmitError emitError, unsigned count, Attribute value) {
  auto ranges = dyn_cast<ArrayAttr>(value);
  if (!ranges || ranges.size() != count)
    return emitError() << "expected an array of " << count << " ranges in '" << kRangeAttr
                       << "', got " << value;
  for (Attribute range : ranges)
    if (failed(verifyRange(emitError, range)))
      return failure();
  return success();
}

static LogicalResult verifyQuant(EmitError emitError, Attribute value) {
  auto type = dyn_cast<TypeAttr>(value);
  if (!type || !isa<quant::QuantizedType>(type.getValue()))
    return emitError() << "expected a quantized type in '" << kQuantAttr << "', got " << value;
  return success();
}

static LogicalResult verifyDecision(EmitError emitError, Attribute value) {
  auto decision = dyn_cast<DictionaryAttr>(value);
  for (StringRef key : {"scheme", "reason"})
    if (!decision || !isa_and_nonnull<StringAttr>(decision.get(key)))
      return emitError() << "expected a dictionary with the strings 'scheme' "
                            "and 'reason' in '"
                         << kDecisionAttr << "', got " << value;
  return success();
}

LogicalResult QnnDialect::verifyOperationAttribute(Operation *op, NamedAttribute attr) {
  StringRef name = attr.getName();
  Attribute value = attr.getValue();
  auto emitError = [&] { return op->emitOpError(); };
  if (name == kNameAttr)
    return verifyOpName(emitError, op, value);
  if (name == kRangeAttr)
    return verifyRanges(emitError, op->getNumResults(), value);
  if (name == kDecisionAttr)
    return verifyDecision(emitError, value);
  if (name == kRoundingAttr) {
    auto rounding = dyn_cast<StringAttr>(value);
    if (!rounding || (rounding.getValue() != "tflite" && rounding.getValue() != "single"))
      return op->emitOpError() << "expected \"single\" or \"tflite\" in '" << kRoundingAttr
                               << "', got " << value;
    return success();
  }
  if (name == kSourceAttr) {
    if (!isa<ModuleOp>(op) || !isa<DictionaryAttr>(value))
      return op->emitOpError() << "expected '" << kSourceAttr << "' to be a dictionary on a module";
    return success();
  }
  return op->emitOpError() << "expected an attribute that the qnn dialect defines for operations "
                              "(qnn.name, qnn.rounding, qnn.decision, qnn.range, qnn.source), "
                              "got '"
                           << name << "'";
}

LogicalResult QnnDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned argIndex,
                                                   NamedAttribute attr) {
  StringRef name = attr.getName();
  Attribute value = attr.getValue();
  auto emitError = [&] { return op->emitOpError() << "argument #" << argIndex << ": "; };
  if (name == kNameAttr)
    return verifyName(emitError, value);
  if (name == kQuantAttr)
    return verifyQuant(emitError, value);
  if (name == kRangeAttr)
    return verifyRanges(emitError, 1, value);
  return emitError() << "expected an attribute that the qnn dialect defines for arguments "
                        "(qnn.name, qnn.quant, qnn.range), got '"
                     << name << "'";
}

LogicalResult QnnDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned resultIndex,
                                                      NamedAttribute attr) {
  StringRef name = attr.getName();
  Attribute value = attr.getValue();
  auto emitError = [&] { return op->emitOpError() << "result #" << resultIndex << ": "; };
  if (name == kNameAttr)
    return verifyName(emitError, value);
  if (name == kQuantAttr)
    return verifyQuant(emitError, value);
  return emitError() << "expected an attribute that the qnn dialect defines for results "
                        "(qnn.name, qnn.quant), got '"
                     << name << "'";
}
