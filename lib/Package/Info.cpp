// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The record that NAME_info() of a compiled program returns: written, read, and added to a
// program.
#include "kvant/Package/Info.h"

#include "kvant/Package/Package.h"
#include "kvant/Runtime/Info.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>
#include <cstring>

using namespace llvm;

namespace kvant::package {

static_assert(unsigned(ElementKind::Bool) == KVANT_BOOL &&
                  unsigned(ElementKind::I8) == KVANT_INT8 &&
                  unsigned(ElementKind::F64) == KVANT_FLOAT64,
              "the record numbers element types as ElementKind does");
static_assert(sizeof(kvant_tensor) == 40 && sizeof(kvant_info) == 48,
              "the record's layout is the same for every compiler");

namespace {
/// Grows a record piece by piece; every piece is aligned to 8.
class RecordWriter {
public:
  uint32_t reserve(size_t size) {
    bytes.resize(alignTo(bytes.size(), 8));
    size_t offset = bytes.size();
    bytes.resize(offset + size);
    return uint32_t(offset);
  }
  uint32_t add(const void *data, size_t size) {
    uint32_t offset = reserve(size);
    std::memcpy(bytes.data() + offset, data, size);
    return offset;
  }
  uint32_t addString(const std::string &text) { return add(text.c_str(), text.size() + 1); }
  template <typename T> void put(uint32_t offset, const T &value) {
    std::memcpy(bytes.data() + offset, &value, sizeof(T));
  }

  std::vector<char> bytes;
};
} // namespace

static void putTensors(RecordWriter &writer, uint32_t offset, ArrayRef<TensorSpec> specs) {
  for (const TensorSpec &spec : specs) {
    kvant_tensor tensor = {};
    tensor.name = writer.addString(spec.name);
    tensor.type = uint32_t(spec.kind);
    tensor.rank = uint32_t(spec.shape.size());
    tensor.shape = writer.add(spec.shape.data(), spec.shape.size() * sizeof(int64_t));
    tensor.bytes = spec.getNumBytes();
    tensor.scale = spec.quantized ? spec.scale : 1.0;
    tensor.zero_point = spec.quantized ? int32_t(spec.zeroPoint) : 0;
    tensor.quantized = spec.quantized;
    writer.put(offset, tensor);
    offset += sizeof(kvant_tensor);
  }
}

std::vector<char> serializeInfo(const ProgramInfo &info) {
  RecordWriter writer;
  uint32_t start = writer.reserve(sizeof(kvant_info));
  kvant_info record = {};
  record.magic = KVANT_INFO_MAGIC;
  record.version = KVANT_INFO_VERSION;
  record.num_inputs = uint32_t(info.inputs.size());
  record.num_outputs = uint32_t(info.outputs.size());
  record.inputs = writer.reserve(info.inputs.size() * sizeof(kvant_tensor));
  record.outputs = writer.reserve(info.outputs.size() * sizeof(kvant_tensor));
  putTensors(writer, record.inputs, info.inputs);
  putTensors(writer, record.outputs, info.outputs);
  record.name = writer.addString(info.name);
  record.quantization = writer.addString(info.quantization);
  record.arena_bytes = info.arenaBytes;
  record.integer_only = info.integerOnly;
  writer.bytes.resize(alignTo(writer.bytes.size(), 8));
  record.bytes = uint32_t(writer.bytes.size());
  writer.put(start, record);
  return std::move(writer.bytes);
}

namespace {
class RecordReader {
public:
  explicit RecordReader(ArrayRef<char> bytes) : bytes(bytes) {}

  template <typename T> bool read(uint64_t offset, T &value) const {
    if (offset > bytes.size() || sizeof(T) > bytes.size() - offset)
      return false;
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return true;
  }
  bool readString(uint64_t offset, std::string &text) const {
    if (offset >= bytes.size())
      return false;
    const void *end = std::memchr(bytes.data() + offset, 0, bytes.size() - offset);
    if (!end)
      return false;
    text.assign(bytes.data() + offset, static_cast<const char *>(end));
    return true;
  }

private:
  ArrayRef<char> bytes;
};
} // namespace

static Error makeError(const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           "the program's record is malformed: " + message);
}

static Error readTensors(const RecordReader &reader, uint64_t offset, uint32_t count,
                         std::vector<TensorSpec> &specs) {
  for (uint32_t i = 0; i < count; ++i, offset += sizeof(kvant_tensor)) {
    kvant_tensor tensor;
    TensorSpec spec;
    if (!reader.read(offset, tensor) || !reader.readString(tensor.name, spec.name))
      return makeError("a tensor lies outside of it");
    if (tensor.type > KVANT_FLOAT64)
      return makeError("unknown element type " + Twine(tensor.type));
    if (tensor.rank > 32)
      return makeError("rank " + Twine(tensor.rank));
    spec.kind = ElementKind(tensor.type);
    int64_t bytes = getElementSize(spec.kind);
    for (uint32_t d = 0; d < tensor.rank; ++d) {
      int64_t dim = 0;
      if (!reader.read(tensor.shape + uint64_t(d) * 8, dim))
        return makeError("a shape lies outside of it");
      if (dim < 1 || dim > INT32_MAX || MulOverflow<int64_t>(bytes, dim, bytes))
        return makeError("dimension " + Twine(dim));
      spec.shape.push_back(dim);
    }
    if (uint64_t(bytes) != tensor.bytes)
      return makeError("a tensor's size is not that of its shape");
    spec.quantized = tensor.quantized != 0;
    spec.scale = tensor.scale;
    spec.zeroPoint = tensor.zero_point;
    if (spec.quantized && !(std::isfinite(spec.scale) && spec.scale > 0))
      return makeError("a scale is not a positive number");
    specs.push_back(std::move(spec));
  }
  return Error::success();
}

Expected<ProgramInfo> parseInfo(ArrayRef<char> bytes) {
  kvant_info record;
  if (!RecordReader(bytes).read(0, record) || record.magic != KVANT_INFO_MAGIC)
    return makeError("it does not begin with KVNT");
  if (record.version != KVANT_INFO_VERSION)
    return makeError("version " + Twine(record.version) + ", expected " +
                     Twine(KVANT_INFO_VERSION));
  if (record.bytes < sizeof(record) || record.bytes > bytes.size())
    return makeError("it announces " + Twine(record.bytes) + " bytes");
  RecordReader reader(bytes.take_front(record.bytes));
  ProgramInfo info;
  if (!reader.readString(record.name, info.name) ||
      !reader.readString(record.quantization, info.quantization))
    return makeError("a string lies outside of it");
  info.arenaBytes = record.arena_bytes;
  info.integerOnly = record.integer_only != 0;
  if (Error error = readTensors(reader, record.inputs, record.num_inputs, info.inputs))
    return std::move(error);
  if (Error error = readTensors(reader, record.outputs, record.num_outputs, info.outputs))
    return std::move(error);
  return info;
}

void addInfo(mlir::ModuleOp module, const ProgramInfo &info) {
  using namespace mlir;
  std::string run = info.name + "_run", name = info.name + "_info";
  for (Operation &op : module.getOps()) {
    if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op)) {
      if (!function.isExternal() && function.getName() != run)
        function.setLinkage(LLVM::Linkage::Internal);
    } else if (auto global = dyn_cast<LLVM::GlobalOp>(op)) {
      if (global.getLinkage() == LLVM::Linkage::External)
        global.setLinkage(LLVM::Linkage::Internal);
    }
  }

  std::vector<char> bytes = serializeInfo(info);
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Location loc = module.getLoc();
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size());
  auto record = LLVM::GlobalOp::create(
      builder, loc, type, /*isConstant=*/true, LLVM::Linkage::Internal, name + "_record",
      builder.getStringAttr(StringRef(bytes.data(), bytes.size())), /*alignment=*/8);
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  auto function =
      LLVM::LLVMFuncOp::create(builder, loc, name, LLVM::LLVMFunctionType::get(pointer, {}));
  // The protection of branches and returns is the same for all functions of a program.
  if (auto entry = module.lookupSymbol<LLVM::LLVMFuncOp>(run)) {
    if (ArrayAttr passthrough = entry.getPassthroughAttr())
      function.setPassthroughAttr(passthrough);
  }
  builder.setInsertionPointToStart(function.addEntryBlock(builder));
  LLVM::ReturnOp::create(builder, loc, LLVM::AddressOfOp::create(builder, loc, record));
}

} // namespace kvant::package
