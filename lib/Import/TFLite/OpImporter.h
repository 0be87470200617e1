// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the import of one operator is written with: operands, parameters,
// results, errors.
#ifndef KVANT_LIB_IMPORT_TFLITE_OPIMPORTER_H
#define KVANT_LIB_IMPORT_TFLITE_OPIMPORTER_H

#include "Reader.h"
#include "dialects/Qnn/Qnn.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace kvant::tflite {

/// The program under construction: which value stands for which tensor of the
/// file.
struct GraphState {
  explicit GraphState(const Reader &reader) : reader(reader), builder(reader.getContext()) {}

  const Reader &reader;
  mlir::OpBuilder builder;
  llvm::DenseMap<int32_t, mlir::Value> values;
  /// Constants made so far, also under the types that hybrid operators need
  /// them in.
  llvm::DenseMap<std::pair<int32_t, mlir::Type>, mlir::Value> constants;
  /// The batch in the file and the one asked for; equal when nothing changes.
  int64_t fileBatch = 1, batch = 1;
  /// Values whose first dimension holds the samples (only when the batch
  /// changes).
  llvm::DenseSet<mlir::Value> batched;
};

/// One operator of the file. Every method that fails has emitted one error,
/// which names the file, the operator's index, its name and its first result.
class OpImporter {
public:
  OpImporter(GraphState &state, unsigned index)
      : state(state), reader(state.reader), builder(state.builder), index(index),
        op(*reader.getGraph().operators()->Get(index)) {}

  mlir::InFlightDiagnostic emitError() const;
  mlir::OpBuilder &getBuilder() { return builder; }
  const Operator &getOperator() const { return op; }
  const Reader &getReader() const { return reader; }

  //===--- Operands
  //--------------------------------------------------------------------===//

  unsigned getNumInputs() const { return op.inputs()->size(); }
  unsigned getNumOutputs() const { return op.outputs()->size(); }
  int32_t getInputTensor(unsigned i) const { return op.inputs()->Get(i); }
  int32_t getOutputTensor(unsigned i) const { return op.outputs()->Get(i); }
  bool hasInput(unsigned i) const { return i < getNumInputs() && getInputTensor(i) >= 0; }

  /// Checks the number of operands (those at `min` and beyond are optional) and
  /// of results.
  llvm::LogicalResult expectArity(unsigned min, unsigned max, unsigned results = 1);
  llvm::LogicalResult expectArity(unsigned inputs) { return expectArity(inputs, inputs); }

  /// The operand's value, a constant included.
  mlir::FailureOr<mlir::Value> getInput(unsigned i);
  /// A constant or computed operand in the element type of weights for
  /// `activations`: 8-bit and 16-bit-float constants of a float operator are
  /// widened.
  mlir::FailureOr<mlir::Value> getWeights(unsigned i, mlir::Value activations);
  /// The bias, null if there is none. `scales` are those of input times
  /// weights.
  mlir::FailureOr<mlir::Value> getBias(unsigned i, mlir::Value activations, mlir::Value filter);
  /// The integers of an operand that must be a constant; `what` names it in the
  /// error.
  mlir::FailureOr<llvm::SmallVector<int64_t>> getConstantInts(unsigned i, llvm::StringRef what);
  mlir::FailureOr<int64_t> getConstantInt(unsigned i, llvm::StringRef what);
  /// The same of a tensor of 2 dimensions, row by row.
  mlir::FailureOr<llvm::SmallVector<int64_t>> getConstantMatrix(unsigned i, llvm::StringRef what);
  /// Constant operand `i` widened to `elementType`.
  mlir::FailureOr<mlir::Value> makeConstantOf(unsigned i, mlir::Type elementType) {
    return getConstant(getInputTensor(i), elementType);
  }
  /// The real numbers (dequantized) of an operand that must be a constant.
  mlir::FailureOr<llvm::SmallVector<double>> getConstantReals(unsigned i, llvm::StringRef what);

  //===--- Parameters
  //------------------------------------------------------------------===//

  /// The operator's options; fails if the file has another kind or none.
  template <typename T> mlir::FailureOr<const T *> getOptions() {
    const T *options = op.template builtin_options_as<T>();
    if (!options)
      return emitError() << "expected options of the operator, got none or another's";
    return options;
  }
  /// `axis` counted from the front; fails unless it is in [-rank, rank).
  mlir::FailureOr<int64_t> normalizeAxis(int64_t axis, int64_t rank, llvm::StringRef what = "axis");
  /// A clamp that qnn operations carry. TANH comes back as none with `tanh`
  /// set; the sign bit is refused.
  mlir::FailureOr<qnn::Activation> getActivation(ActivationFunctionType activation);
  /// [top, bottom, left, right] of SAME or VALID padding.
  mlir::FailureOr<llvm::SmallVector<int64_t>>
  getPadding(Padding padding, llvm::ArrayRef<int64_t> inputSize, llvm::ArrayRef<int64_t> kernel,
             llvm::ArrayRef<int64_t> stride, llvm::ArrayRef<int64_t> dilation);
  llvm::LogicalResult expectPositive(llvm::ArrayRef<int64_t> values, llvm::StringRef what);
  llvm::LogicalResult expectRank(mlir::Value value, int64_t rank, llvm::StringRef what);

  //===--- Results
  //---------------------------------------------------------------------===//

  /// Element type of result `i` in the file.
  mlir::FailureOr<mlir::Type> getOutputElementType(unsigned i = 0);
  /// Declared shape of result `i`, with the batch asked for.
  llvm::SmallVector<int64_t> getOutputShape(unsigned i = 0);

  /// Builds an operation, infers its result shapes and verifies it.
  mlir::FailureOr<mlir::Operation *> createOp(llvm::StringRef name, mlir::ValueRange operands,
                                              llvm::ArrayRef<mlir::NamedAttribute> attributes,
                                              llvm::ArrayRef<mlir::Type> elementTypes);
  template <typename OpTy>
  mlir::FailureOr<mlir::Value> create(mlir::ValueRange operands,
                                      llvm::ArrayRef<mlir::NamedAttribute> attributes,
                                      mlir::Type elementType) {
    auto made = createOp(OpTy::getOperationName(), operands, attributes, {elementType});
    if (mlir::failed(made))
      return mlir::failure();
    return (*made)->getResult(0);
  }
  /// Builds the operation of the only result, and sets that.
  template <typename OpTy>
  llvm::LogicalResult finish(mlir::ValueRange operands,
                             llvm::ArrayRef<mlir::NamedAttribute> attributes = {}) {
    auto type = getOutputElementType();
    if (mlir::failed(type))
      return mlir::failure();
    auto value = create<OpTy>(operands, attributes, *type);
    return mlir::failed(value) ? mlir::failure() : setOutput(0, *value);
  }
  /// Names `value` as result `i` of the operator, after comparing its type with
  /// the declared.
  llvm::LogicalResult setOutput(unsigned i, mlir::Value value);
  llvm::LogicalResult setOutputs(mlir::ValueRange values);
  /// The reshape of `value` to `shape`.
  mlir::FailureOr<mlir::Value> reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  /// Result 0 is `value` after `activation`, as operations of their own.
  llvm::LogicalResult finishWithActivation(mlir::Value value, ActivationFunctionType activation);

  //===--- Batch
  //-----------------------------------------------------------------------===//

  bool changesBatch() const { return state.batch != state.fileBatch; }
  bool isBatched(mlir::Value value) const { return state.batched.contains(value); }
  /// Refuses an operation that mixes samples, when the batch changes.
  llvm::LogicalResult refuseOnBatch(mlir::Value value, bool touchesBatch);
  /// A declared leading size, with the batch asked for.
  int64_t scaleBatch(int64_t size) const { return size / state.fileBatch * state.batch; }

  mlir::NamedAttribute attr(llvm::StringRef name, llvm::ArrayRef<int64_t> values) {
    return builder.getNamedAttr(name, builder.getDenseI64ArrayAttr(values));
  }
  mlir::NamedAttribute attr(llvm::StringRef name, int64_t value) {
    return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
  }
  mlir::NamedAttribute attr(llvm::StringRef name, float value) {
    return builder.getNamedAttr(name, builder.getF32FloatAttr(value));
  }
  mlir::NamedAttribute attr(qnn::Activation activation) {
    return builder.getNamedAttr("activation",
                                qnn::ActivationAttr::get(builder.getContext(), activation));
  }
  mlir::NamedAttribute unit(llvm::StringRef name) {
    return builder.getNamedAttr(name, builder.getUnitAttr());
  }

private:
  mlir::FailureOr<llvm::SmallVector<int64_t>> readConstantInts(unsigned i, unsigned maxRank,
                                                               llvm::StringRef what);
  mlir::FailureOr<mlir::Value> getConstant(int32_t tensor, mlir::Type elementType);
  mlir::FailureOr<mlir::Type> getElementType(int32_t tensor);

  GraphState &state;
  const Reader &reader;
  mlir::OpBuilder &builder;
  unsigned index;
  const Operator &op;
};

//===----------------------------------------------------------------------===//
// Types and constants
//===----------------------------------------------------------------------===//

/// The element type of a tensor of the file: a float, an integer, or a
/// quantized type where the file gives a scale to 8- and 16-bit integers.
/// `describe` starts an error.
mlir::FailureOr<mlir::Type> convertElementType(const Reader &reader, int32_t tensor,
                                               llvm::StringRef describe);
/// The quantized 32-bit type of a bias with the given scales (the file's own if
/// it has any).
mlir::FailureOr<mlir::Type> convertBiasType(const Reader &reader, int32_t tensor,
                                            llvm::ArrayRef<double> scales,
                                            llvm::StringRef describe);
/// The contents of constant `tensor` as elements of `elementType`.
mlir::FailureOr<mlir::ElementsAttr> convertConstant(const Reader &reader, int32_t tensor,
                                                    mlir::Type elementType,
                                                    llvm::StringRef describe);

//===----------------------------------------------------------------------===//
// The table of operators
//===----------------------------------------------------------------------===//

using OpHandler = llvm::LogicalResult (*)(OpImporter &);

/// Which operators are taken, by builtin code and by the name of a custom
/// operator.
struct OpTable {
  llvm::DenseMap<int32_t, OpHandler> builtin;
  llvm::StringMap<OpHandler> custom;

  void add(BuiltinOperator code, OpHandler handler) { builtin[int32_t(code)] = handler; }

  /// The table of all families, built once.
  static const OpTable &get();
  std::vector<std::string> getNames() const;
};

void registerConvOps(OpTable &table);
void registerPoolOps(OpTable &table);
void registerElementwiseOps(OpTable &table);
void registerActivationOps(OpTable &table);
void registerReduceOps(OpTable &table);
void registerShapeOps(OpTable &table);
void registerSliceOps(OpTable &table);
void registerConvertOps(OpTable &table);
void registerCustomOps(OpTable &table);

} // namespace kvant::tflite

#endif // KVANT_LIB_IMPORT_TFLITE_OPIMPORTER_H
