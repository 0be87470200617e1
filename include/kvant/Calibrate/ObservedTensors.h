// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The activation tensors of a program and their names.
#ifndef KVANT_CALIBRATE_OBSERVEDTENSORS_H
#define KVANT_CALIBRATE_OBSERVEDTENSORS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <string>
#include <vector>

namespace kvant::calibrate {

struct ObservedTensor {
  mlir::Value value;
  std::string name; ///< unique in the function
};

/// @main, with one block; emits an error on the module and returns null if there is none.
mlir::func::FuncOp getMain(mlir::ModuleOp module);

/// Every float tensor that an operation with QuantizableOpInterface reads or writes as an
/// activation, constants excepted, in program order. A name is the source model's, or made of
/// the kind of operation and its number; repeated ones get a number.
std::vector<ObservedTensor> getObservedTensors(mlir::func::FuncOp function);

/// Sets and reads `qnn.range` and `observe.channel_mean` of one value, wherever they stand: on
/// the argument, or as one entry per result on the operation.
void setRange(mlir::Value value, double min, double max);
bool getRange(mlir::Value value, double &min, double &max);
void setChannelMean(mlir::Value value, llvm::ArrayRef<double> mean);
/// Empty if there is none.
llvm::ArrayRef<double> getChannelMean(mlir::Value value);

constexpr llvm::StringLiteral kChannelMeanAttr = "observe.channel_mean";

} // namespace kvant::calibrate

#endif // KVANT_CALIBRATE_OBSERVEDTENSORS_H
