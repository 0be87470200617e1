// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks the structure of a .tflite file before anything of it is used.
#include "Reader.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir;
using llvm::StringRef;

namespace kvant::tflite {

/// Files of more bytes are refused: flatbuffers offsets have 31 usable bits.
static constexpr uint64_t kMaxFileBytes = (uint64_t(1) << 31) - 1;
static constexpr unsigned kMaxTables = 1000000;
static constexpr unsigned kMaxDepth = 64;
static constexpr unsigned kSupportedVersion = 3;

/// Offsets 0 and 1 mean that the data is in the table (TensorFlow Lite's schema, table Buffer).
static bool isBehindRoot(const Buffer &buffer) { return buffer.offset() > 1; }

unsigned getStoredElementBytes(TensorType type) {
  switch (type) {
  case TensorType::INT8:
  case TensorType::UINT8:
  case TensorType::BOOL:
    return 1;
  case TensorType::FLOAT16:
  case TensorType::BFLOAT16:
  case TensorType::INT16:
    return 2;
  case TensorType::FLOAT32:
  case TensorType::INT32:
    return 4;
  case TensorType::INT64:
    return 8;
  default:
    return 0;
  }
}

std::string getTypeName(TensorType type) {
  const char *name = EnumNameTensorType(type);
  return *name ? name : ("type " + llvm::Twine(int(type))).str();
}

std::string getOperatorName(int32_t code) {
  const char *name = EnumNameBuiltinOperator(BuiltinOperator(code));
  return *name ? name : ("builtin code " + llvm::Twine(code)).str();
}

InFlightDiagnostic Reader::emitError() const {
  return mlir::emitError(UnknownLoc::get(context)) << file << ": ";
}

std::string Reader::getTensorName(int32_t index) const {
  if (const auto *name = getTensor(index).name(); name && name->size())
    return name->str();
  return ("tensor_" + llvm::Twine(index)).str();
}

SmallVector<int64_t> Reader::getShape(int32_t index) const {
  const auto *shape = getTensor(index).shape();
  return shape ? SmallVector<int64_t>(shape->begin(), shape->end()) : SmallVector<int64_t>();
}

ArrayRef<char> Reader::getData(int32_t index) const {
  const Buffer &buffer = *model->buffers()->Get(getTensor(index).buffer());
  if (isBehindRoot(buffer))
    return {bytes->getBufferStart() + buffer.offset(), size_t(buffer.size())};
  if (const auto *data = buffer.data())
    return {reinterpret_cast<const char *>(data->data()), data->size()};
  return {};
}

int32_t Reader::getCode(const Operator &op) const {
  // Codes above 127 are only in the new field; files from before it have only
  // the old one.
  const OperatorCode &code = *model->operator_codes()->Get(op.opcode_index());
  return std::max(int32_t(code.deprecated_builtin_code()), int32_t(code.builtin_code()));
}

StringRef Reader::getCustomCode(const Operator &op) const {
  const auto *name = model->operator_codes()->Get(op.opcode_index())->custom_code();
  return name ? StringRef(name->data(), name->size()) : StringRef();
}

std::string Reader::getCodeName(const Operator &op) const {
  int32_t code = getCode(op);
  if (code == int32_t(BuiltinOperator::CUSTOM))
    return ("CUSTOM " + getCustomCode(op)).str();
  return getOperatorName(code);
}

/// Control characters and quotes of a hostile name must not reach the terminal.
static std::string quote(StringRef name) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '\'';
  llvm::printEscapedString(name.take_front(200), os);
  os << (name.size() > 200 ? "...'" : "'");
  return text;
}

std::string Reader::describeTensor(int32_t index) const {
  return ("tensor " + llvm::Twine(index) + " " + quote(getTensorName(index))).str();
}

std::string Reader::describeOperator(unsigned index) const {
  const Operator &op = *graph->operators()->Get(index);
  std::string text = "operator " + std::to_string(index) + " (";
  llvm::raw_string_ostream os(text);
  llvm::printEscapedString(StringRef(getCodeName(op)).take_front(200), os);
  os << ")";
  const auto *outputs = op.outputs();
  if (outputs && outputs->size() > 0 && outputs->Get(0) >= 0 &&
      uint32_t(outputs->Get(0)) < graph->tensors()->size())
    os << " " << quote(getTensorName(outputs->Get(0)));
  return text;
}

LogicalResult Reader::verifyBytes(llvm::MemoryBufferRef buffer) {
  if (buffer.getBufferSize() == 0)
    return emitError() << "the file is empty; expected a .tflite model";
  if (buffer.getBufferSize() > kMaxFileBytes)
    return emitError() << "expected at most " << kMaxFileBytes << " bytes, got "
                       << uint64_t(buffer.getBufferSize());
  // Root offset and identifier come first; without them there is nothing to
  // verify.
  if (buffer.getBufferSize() < 8 ||
      std::memcmp(buffer.getBufferStart() + 4, ModelIdentifier(), 4) != 0)
    return emitError() << "expected the identifier 'TFL3' at byte 4: this is "
                          "not a .tflite model";
  bytes = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(buffer.getBufferSize(), file,
                                                            llvm::Align(16));
  if (!bytes)
    return emitError() << "not enough memory for " << uint64_t(buffer.getBufferSize()) << " bytes";
  std::memcpy(bytes->getBufferStart(), buffer.getBufferStart(), buffer.getBufferSize());

  const auto *start = reinterpret_cast<const uint8_t *>(bytes->getBufferStart());
  flatbuffers::Verifier::Options options;
  options.max_depth = kMaxDepth;
  options.max_tables = kMaxTables;
  flatbuffers::Verifier verifier(start, bytes->getBufferSize(), options);
  if (!VerifyModelBuffer(verifier))
    return emitError() << "the flatbuffer is damaged or truncated: an offset "
                          "leads out of the "
                          "file's "
                       << uint64_t(bytes->getBufferSize()) << " bytes";
  model = GetModel(start);
  return success();
}

LogicalResult Reader::verifyModel() {
  if (model->version() != kSupportedVersion)
    return emitError() << "expected format version " << kSupportedVersion << ", got "
                       << model->version();
  if (!model->subgraphs() || model->subgraphs()->size() == 0)
    return emitError() << "the model has no subgraph";
  if (!model->buffers() || model->buffers()->size() == 0)
    return emitError() << "the model has no buffers";
  if (!model->operator_codes())
    return emitError() << "the model has no operator codes";
  // Further subgraphs are the bodies of control flow, which is refused where it
  // is used.
  graph = model->subgraphs()->Get(0);
  if (!graph->tensors() || !graph->inputs() || !graph->outputs() || !graph->operators())
    return emitError() << "subgraph 0 lacks its tensors, inputs, outputs or operators";
  if (graph->inputs()->size() == 0 || graph->outputs()->size() == 0)
    return emitError() << "subgraph 0 has " << graph->inputs()->size() << " inputs and "
                       << graph->outputs()->size() << " outputs; expected at least one of each";
  for (uint32_t i = 0, e = graph->tensors()->size(); i < e; ++i)
    if (failed(verifyTensor(i)))
      return failure();
  for (uint32_t i = 0, e = graph->operators()->size(); i < e; ++i)
    if (failed(verifyOperator(i)))
      return failure();
  return success();
}

LogicalResult Reader::verifyTensor(int32_t index) {
  const Tensor &tensor = getTensor(index);
  if (tensor.buffer() >= model->buffers()->size())
    return emitError() << describeTensor(index) << ": buffer index " << tensor.buffer()
                       << " is out of range; the file has " << model->buffers()->size();
  const Buffer &buffer = *model->buffers()->Get(tensor.buffer());
  if (tensor.external_buffer())
    return emitError() << describeTensor(index)
                       << ": data in another file is not supported; expected it in this one";
  if (isBehindRoot(buffer)) {
    uint64_t fileBytes = bytes->getBufferSize();
    if (buffer.offset() > fileBytes || buffer.size() > fileBytes - buffer.offset())
      return emitError() << describeTensor(index) << ": its " << buffer.size()
                         << " bytes of data at offset " << buffer.offset()
                         << " lead out of the file's " << fileBytes << " bytes";
    if (buffer.data() && buffer.data()->size() != 0)
      return emitError() << describeTensor(index) << ": data both in the flatbuffer and at offset "
                         << buffer.offset() << "; expected one of them";
  }
  SmallVector<int64_t> shape = getShape(index);
  if (shape.size() > kMaxRank)
    return emitError() << describeTensor(index) << ": expected at most " << kMaxRank
                       << " dimensions, got " << shape.size();
  int64_t elements = 1;
  for (auto [i, size] : llvm::enumerate(shape)) {
    // Declared shapes of intermediate tensors are compared with inferred ones
    // later; here only the sizes that would overflow are refused.
    if (size < 0)
      return emitError() << describeTensor(index) << ": dimension " << i << " is " << size
                         << "; expected a positive size";
    if (llvm::MulOverflow(elements, size, elements) || elements > kMaxElements)
      return emitError() << describeTensor(index) << ": the shape has more than " << kMaxElements
                         << " elements";
  }
  if (const auto *signature = tensor.shape_signature();
      signature && signature->size() != 0 && signature->size() != shape.size())
    return emitError() << describeTensor(index) << ": the shape has " << shape.size()
                       << " dimensions, its signature " << signature->size();
  ArrayRef<char> data = getData(index);
  if (data.empty())
    return success();
  if (tensor.sparsity())
    return emitError() << describeTensor(index)
                       << ": sparse constants are not supported; expected dense ones";
  // Types that no supported operator takes are refused where they are used.
  unsigned elementBytes = getStoredElementBytes(tensor.type());
  if (elementBytes && int64_t(data.size()) != elements * elementBytes)
    return emitError() << describeTensor(index) << ": expected " << elements * elementBytes
                       << " bytes of data for its shape and type " << getTypeName(tensor.type())
                       << ", got " << uint64_t(data.size());
  return success();
}

LogicalResult Reader::verifyOperator(unsigned index) {
  const Operator &op = *graph->operators()->Get(index);
  int64_t numTensors = graph->tensors()->size();
  if (op.opcode_index() >= model->operator_codes()->size())
    return emitError() << "operator " << index << ": operator code index " << op.opcode_index()
                       << " is out of range; the file has " << model->operator_codes()->size();
  if (!op.inputs() || !op.outputs() || op.outputs()->size() == 0)
    return emitError() << describeOperator(index) << ": no list of inputs or outputs";
  for (auto [i, tensor] : llvm::enumerate(*op.inputs()))
    if (tensor < kNoTensor || tensor >= numTensors)
      return emitError() << describeOperator(index) << ": input " << i << " is tensor " << tensor
                         << ", out of range; the file has " << numTensors;
  for (auto [i, tensor] : llvm::enumerate(*op.outputs()))
    if (tensor < 0 || tensor >= numTensors)
      return emitError() << describeOperator(index) << ": output " << i << " is tensor " << tensor
                         << ", out of range; the file has " << numTensors;
  return success();
}

LogicalResult Reader::verifyOrder() const {
  constexpr int32_t kUndefined = -1, kInput = -2, kConstant = -3;
  int64_t numTensors = graph->tensors()->size();
  SmallVector<int32_t> definedBy(numTensors, kUndefined);
  for (int32_t i = 0; i < numTensors; ++i)
    if (isConstant(i))
      definedBy[i] = kConstant;
  for (int32_t input : *graph->inputs()) {
    if (input < 0 || input >= numTensors)
      return emitError() << "the graph's input is tensor " << input
                         << ", out of range; the file has " << numTensors;
    if (definedBy[input] != kUndefined)
      return emitError() << describeTensor(input) << ": the graph's input is "
                         << (definedBy[input] == kInput ? "listed twice" : "a constant");
    definedBy[input] = kInput;
  }
  for (auto [i, op] : llvm::enumerate(*graph->operators())) {
    for (int32_t input : *op->inputs()) {
      // A tensor without elements needs no data to be a constant (an empty list
      // of axes).
      if (input == kNoTensor || definedBy[input] != kUndefined ||
          llvm::is_contained(getShape(input), 0))
        continue;
      for (unsigned j = i, e = graph->operators()->size(); j < e; ++j)
        for (int32_t output : *graph->operators()->Get(j)->outputs())
          if (output == input)
            return emitError() << describeOperator(i) << ": uses " << describeTensor(input)
                               << " before " << describeOperator(j)
                               << " defines it; expected an order without cycles";
      return emitError() << describeOperator(i) << ": uses " << describeTensor(input)
                         << ", which nothing defines";
    }
    for (int32_t output : *op->outputs()) {
      if (definedBy[output] == kInput)
        return emitError() << describeOperator(i) << ": writes " << describeTensor(output)
                           << ", an input of the graph";
      if (definedBy[output] == kConstant)
        return emitError() << describeOperator(i) << ": writes " << describeTensor(output)
                           << ", a constant";
      if (definedBy[output] != kUndefined)
        return emitError() << describeOperator(i) << ": writes " << describeTensor(output)
                           << ", which " << describeOperator(definedBy[output])
                           << " writes already";
      definedBy[output] = i;
    }
  }
  for (int32_t output : *graph->outputs()) {
    if (output < 0 || output >= numTensors)
      return emitError() << "the graph's output is tensor " << output
                         << ", out of range; the file has " << numTensors;
    if (definedBy[output] == kUndefined)
      return emitError() << describeTensor(output)
                         << ": an output of the graph, but nothing defines it";
  }
  return success();
}

std::unique_ptr<Reader> Reader::create(llvm::MemoryBufferRef buffer, StringRef file,
                                       MLIRContext *context) {
  std::unique_ptr<Reader> reader(new Reader(file, context));
  if (failed(reader->verifyBytes(buffer)) || failed(reader->verifyModel()))
    return nullptr;
  return reader;
}

} // namespace kvant::tflite
