// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A .tflite file whose structure has been checked: what the importer may rely
// on.
#ifndef KVANT_LIB_IMPORT_TFLITE_READER_H
#define KVANT_LIB_IMPORT_TFLITE_READER_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "tflite/schema_generated.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <string>

namespace kvant::tflite {

/// Tensors of more dimensions are refused.
constexpr unsigned kMaxRank = 8;
/// Tensors of more elements are refused (TFLite's own sizes are 32 bits).
constexpr int64_t kMaxElements = INT32_MAX;
/// Optional operands are written as this tensor index.
constexpr int32_t kNoTensor = -1;

/// A verified file. Every index that leads from one table to another is in
/// range, every vector that must be there is there, tensors have legal shapes
/// and exactly sized data, and the operators are in an order in which each uses
/// only what is already defined.
class Reader {
public:
  /// Checks `buffer`; emits one error and gives null if anything is wrong.
  static std::unique_ptr<Reader> create(llvm::MemoryBufferRef buffer, llvm::StringRef file,
                                        mlir::MLIRContext *context);

  /// Checks that the operators are in an order in which each uses only what is defined. It is
  /// apart because an operator that is not supported is the better error.
  llvm::LogicalResult verifyOrder() const;

  const Model &getModel() const { return *model; }
  const SubGraph &getGraph() const { return *graph; }
  llvm::StringRef getFile() const { return file; }
  mlir::MLIRContext *getContext() const { return context; }

  const Tensor &getTensor(int32_t index) const { return *graph->tensors()->Get(index); }
  /// The tensor's name, or "tensor_<index>" if the file gives none.
  std::string getTensorName(int32_t index) const;
  llvm::SmallVector<int64_t> getShape(int32_t index) const;
  /// The tensor's bytes in the file; empty if it is not a constant.
  llvm::ArrayRef<char> getData(int32_t index) const;
  bool isConstant(int32_t index) const { return !getData(index).empty(); }

  /// The operator's code as a number (new or old field) and as a name, with the
  /// name of a custom operator: "CUSTOM Convolution2DTransposeBias".
  int32_t getCode(const Operator &op) const;
  llvm::StringRef getCustomCode(const Operator &op) const;
  std::string getCodeName(const Operator &op) const;

  /// "operator 12 (CONV_2D) 'name of the first result'".
  std::string describeOperator(unsigned index) const;
  /// "tensor 5 'name'".
  std::string describeTensor(int32_t index) const;

  /// An error that starts with the name of the file.
  mlir::InFlightDiagnostic emitError() const;

private:
  Reader(llvm::StringRef file, mlir::MLIRContext *context) : file(file), context(context) {}

  llvm::LogicalResult verifyBytes(llvm::MemoryBufferRef buffer);
  llvm::LogicalResult verifyModel();
  llvm::LogicalResult verifyTensor(int32_t index);
  llvm::LogicalResult verifyOperator(unsigned index);

  std::string file;
  mlir::MLIRContext *context;
  /// A copy of the file: flatbuffers relies on the alignment of its first byte.
  std::unique_ptr<llvm::WritableMemoryBuffer> bytes;
  const Model *model = nullptr;
  const SubGraph *graph = nullptr;
};

/// Bytes per element in a constant of `type`, or 0 if tensors of the type are
/// not supported.
unsigned getStoredElementBytes(TensorType type);

/// All names of the enumeration value, also of those that are out of range
/// ("type 77").
std::string getTypeName(TensorType type);
std::string getOperatorName(int32_t code);

} // namespace kvant::tflite

#endif // KVANT_LIB_IMPORT_TFLITE_READER_H
