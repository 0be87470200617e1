// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a checked .tflite file to a module of qnn operations.
#include "OpImporter.h"
#include "kvant/Import/Import.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace kvant::tflite {

const OpTable &OpTable::get() {
  static const OpTable table = [] {
    OpTable t;
    registerConvOps(t);
    registerPoolOps(t);
    registerElementwiseOps(t);
    registerActivationOps(t);
    registerReduceOps(t);
    registerShapeOps(t);
    registerSliceOps(t);
    registerConvertOps(t);
    registerCustomOps(t);
    return t;
  }();
  return table;
}

std::vector<std::string> OpTable::getNames() const {
  std::vector<std::string> names;
  for (auto &entry : builtin)
    names.push_back(getOperatorName(entry.first));
  for (auto &entry : custom)
    names.push_back(("CUSTOM " + entry.first()).str());
  llvm::sort(names);
  return names;
}

namespace {

/// Builds one module from one file.
class GraphImporter {
public:
  GraphImporter(const Reader &reader, const ImportOptions &options)
      : reader(reader), options(options), state(reader) {}

  OwningOpRef<ModuleOp> run();

private:
  LogicalResult chooseBatch();
  FailureOr<RankedTensorType> getArgumentType(int32_t tensor);
  LogicalResult findHandlers();
  FailureOr<Value> getResult(int32_t tensor);
  FailureOr<DictionaryAttr> getSource();
  FailureOr<ArrayAttr> getTensorMap(const flatbuffers::Vector<flatbuffers::Offset<TensorMap>> *map,
                                    StringRef key);
  DictionaryAttr nameAttr(int32_t tensor) {
    auto name = state.builder.getStringAttr(reader.getTensorName(tensor));
    return state.builder.getDictionaryAttr(state.builder.getNamedAttr(qnn::kNameAttr, name));
  }

  const Reader &reader;
  const ImportOptions &options;
  GraphState state;
  /// One per operator.
  SmallVector<OpHandler> handlers;
};

} // namespace

/// An open batch is written as -1 in the signature of the shape.
static bool hasOpenBatch(const Tensor &tensor) {
  const auto *signature = tensor.shape_signature();
  return signature && signature->size() > 0 && signature->Get(0) == -1;
}

LogicalResult GraphImporter::chooseBatch() {
  if (options.batch && (*options.batch < 1 || *options.batch > INT32_MAX))
    return reader.emitError() << "expected a batch of 1 at least, got " << *options.batch;
  std::optional<int64_t> fileBatch;
  bool open = false;
  for (int32_t input : *reader.getGraph().inputs()) {
    const Tensor &tensor = reader.getTensor(input);
    if (const auto *signature = tensor.shape_signature())
      for (uint32_t i = 1; i < signature->size(); ++i)
        if (signature->Get(i) == -1)
          return reader.emitError() << reader.describeTensor(input) << ": dimension " << i
                                    << " of the input is open; expected a static shape (only the "
                                       "batch, dimension 0, may be open)";
    SmallVector<int64_t> shape = reader.getShape(input);
    if (shape.empty())
      continue;
    open |= hasOpenBatch(tensor);
    if (fileBatch && *fileBatch != shape[0] && options.batch)
      return reader.emitError() << reader.describeTensor(input) << ": has first dimension "
                                << shape[0] << ", another input " << *fileBatch
                                << "; expected one batch to replace by " << *options.batch;
    fileBatch = shape[0];
  }
  state.fileBatch = std::max<int64_t>(fileBatch.value_or(1), 1);
  state.batch = options.batch.value_or(open ? 1 : state.fileBatch);
  if (!fileBatch && options.batch && *options.batch != 1)
    return reader.emitError() << "no input has a batch dimension that could become "
                              << *options.batch;
  return success();
}

FailureOr<RankedTensorType> GraphImporter::getArgumentType(int32_t tensor) {
  auto elementType = convertElementType(reader, tensor, "an input of the graph");
  if (failed(elementType))
    return failure();
  SmallVector<int64_t> shape = reader.getShape(tensor);
  if (llvm::is_contained(shape, 0))
    return reader.emitError() << reader.describeTensor(tensor)
                              << ": an input of the graph has no elements";
  if (!shape.empty() && state.batch != state.fileBatch)
    shape[0] = state.batch;
  int64_t elements = 1;
  for (int64_t size : shape)
    if (llvm::MulOverflow(elements, size, elements) || elements > kMaxElements)
      return reader.emitError() << reader.describeTensor(tensor) << ": the batch of " << state.batch
                                << " gives more than " << kMaxElements << " elements";
  return RankedTensorType::get(shape, *elementType);
}

LogicalResult GraphImporter::findHandlers() {
  const OpTable &table = OpTable::get();
  for (unsigned i = 0, e = reader.getGraph().operators()->size(); i < e; ++i) {
    const Operator &op = *reader.getGraph().operators()->Get(i);
    int32_t code = reader.getCode(op);
    OpHandler handler = code == int32_t(BuiltinOperator::CUSTOM)
                            ? table.custom.lookup(reader.getCustomCode(op))
                            : table.builtin.lookup(code);
    if (!handler) {
      auto diagnostic = reader.emitError() << reader.describeOperator(i)
                                           << ": the operator is not supported; supported: ";
      llvm::interleaveComma(table.getNames(), diagnostic);
      return diagnostic;
    }
    handlers.push_back(handler);
  }
  return success();
}

FailureOr<Value> GraphImporter::getResult(int32_t tensor) {
  if (Value value = state.values.lookup(tensor))
    return value;
  // An output that no operator computes is a constant.
  auto elementType = convertElementType(reader, tensor, "an output of the graph");
  if (failed(elementType))
    return failure();
  auto value = convertConstant(reader, tensor, *elementType, "an output of the graph");
  if (failed(value))
    return failure();
  auto name = state.builder.getStringAttr(reader.getTensorName(tensor));
  auto constant =
      qnn::ConstantOp::create(state.builder, NameLoc::get(name),
                              RankedTensorType::get(reader.getShape(tensor), *elementType), *value);
  constant->setDiscardableAttr(qnn::kNameAttr, name);
  return constant.getOutput();
}

FailureOr<ArrayAttr>
GraphImporter::getTensorMap(const flatbuffers::Vector<flatbuffers::Offset<TensorMap>> *map,
                            StringRef key) {
  SmallVector<Attribute> entries;
  if (map)
    for (const TensorMap *entry : *map) {
      if (entry->tensor_index() >= reader.getGraph().tensors()->size())
        return reader.emitError() << "signature '" << key << "': tensor " << entry->tensor_index()
                                  << " is out of range; the file has "
                                  << reader.getGraph().tensors()->size();
      entries.push_back(
          state.builder.getStrArrayAttr({entry->name() ? entry->name()->str() : std::string(),
                                         reader.getTensorName(entry->tensor_index())}));
    }
  return state.builder.getArrayAttr(entries);
}

/// What the file says about itself. The path is left out: the program must not
/// depend on it.
FailureOr<DictionaryAttr> GraphImporter::getSource() {
  OpBuilder &b = state.builder;
  const Model &model = reader.getModel();
  SmallVector<NamedAttribute> entries;
  entries.push_back(b.getNamedAttr("format", b.getStringAttr("tflite")));
  entries.push_back(
      b.getNamedAttr("file", b.getStringAttr(llvm::sys::path::filename(reader.getFile()))));
  if (model.description() && model.description()->size())
    entries.push_back(b.getNamedAttr("description", b.getStringAttr(model.description()->str())));
  SmallVector<Attribute> signatures;
  if (const auto *defs = model.signature_defs())
    for (const SignatureDef *def : *defs) {
      if (def->subgraph_index() != 0)
        continue;
      std::string key = def->signature_key() ? def->signature_key()->str() : std::string();
      auto inputs = getTensorMap(def->inputs(), key), outputs = getTensorMap(def->outputs(), key);
      if (failed(inputs) || failed(outputs))
        return failure();
      signatures.push_back(b.getDictionaryAttr({b.getNamedAttr("key", b.getStringAttr(key)),
                                                b.getNamedAttr("inputs", *inputs),
                                                b.getNamedAttr("outputs", *outputs)}));
    }
  if (!signatures.empty())
    entries.push_back(b.getNamedAttr("signatures", b.getArrayAttr(signatures)));
  return b.getDictionaryAttr(entries);
}

OwningOpRef<ModuleOp> GraphImporter::run() {
  OpBuilder &b = state.builder;
  if (failed(findHandlers()) || failed(reader.verifyOrder()) || failed(chooseBatch()))
    return nullptr;
  auto source = getSource();
  if (failed(source))
    return nullptr;
  OwningOpRef<ModuleOp> module = ModuleOp::create(b.getUnknownLoc());
  (*module)->setAttr(qnn::kSourceAttr, *source);

  const SubGraph &graph = reader.getGraph();
  SmallVector<Type> argumentTypes;
  for (int32_t input : *graph.inputs()) {
    auto type = getArgumentType(input);
    if (failed(type))
      return nullptr;
    argumentTypes.push_back(*type);
  }
  b.setInsertionPointToEnd(module->getBody());
  auto func =
      func::FuncOp::create(b, b.getUnknownLoc(), "main", b.getFunctionType(argumentTypes, {}));
  Block *body = func.addEntryBlock();
  b.setInsertionPointToEnd(body);
  for (auto [i, input] : llvm::enumerate(*graph.inputs())) {
    Value argument = body->getArgument(i);
    argument.setLoc(NameLoc::get(b.getStringAttr(reader.getTensorName(input))));
    func.setArgAttrs(i, nameAttr(input));
    state.values[input] = argument;
    if (state.batch != state.fileBatch && !reader.getShape(input).empty())
      state.batched.insert(argument);
  }

  for (auto [i, handler] : llvm::enumerate(handlers)) {
    OpImporter op(state, i);
    if (failed(handler(op)))
      return nullptr;
  }

  SmallVector<Value> results;
  SmallVector<Attribute> resultAttrs;
  for (int32_t output : *graph.outputs()) {
    auto value = getResult(output);
    if (failed(value))
      return nullptr;
    results.push_back(*value);
    resultAttrs.push_back(nameAttr(output));
  }
  func::ReturnOp::create(b, b.getUnknownLoc(), results);
  func.setType(b.getFunctionType(argumentTypes, ValueRange(results).getTypes()));
  func.setResAttrsAttr(b.getArrayAttr(resultAttrs));
  if (failed(verify(*module)))
    return nullptr;
  return module;
}

} // namespace kvant::tflite

namespace kvant {

OwningOpRef<ModuleOp> importTFLite(llvm::MemoryBufferRef buffer, StringRef file,
                                   MLIRContext *context, const ImportOptions &options) {
  loadImportDialects(context);
  // Operands are read one after the other, also behind one that failed: only the first error
  // counts.
  bool seen = false;
  ScopedDiagnosticHandler first(context, [&](Diagnostic &diagnostic) {
    bool repeated = seen && diagnostic.getSeverity() == DiagnosticSeverity::Error;
    seen |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success(repeated);
  });
  auto reader = tflite::Reader::create(buffer, file, context);
  return reader ? tflite::GraphImporter(*reader, options).run() : nullptr;
}

std::vector<std::string> getTFLiteOperators() { return tflite::OpTable::get().getNames(); }

} // namespace kvant
