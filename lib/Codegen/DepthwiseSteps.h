// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner step of depthwise convolution: one implementation per kind of instruction.
#ifndef KVANT_LIB_CODEGEN_DEPTHWISESTEPS_H
#define KVANT_LIB_CODEGEN_DEPTHWISESTEPS_H

#include "KernelBuilder.h"
#include <memory>

namespace kvant::codegen {

/// The rows of one column of the input that are used together: those of the windows of `lines`
/// neighbouring lines of the result.
struct DepthwiseRows {
  int64_t height, lines = 1, stride = 1;

  int64_t count() const { return height + (lines - 1) * stride; }
};

/// A block of `lanes` channels of one pixel is summed up over the window column by column.
class DepthwiseSteps {
public:
  DepthwiseSteps(KernelBuilder &kb, int64_t lanes, DepthwiseRows rows)
      : kb(kb), lanes(lanes), rows(rows) {}
  virtual ~DepthwiseSteps() = default;

  using Values = llvm::SmallVector<mlir::Value>;

  /// What the packed weights of one column of the window, loaded as vectors of `lanes` groups,
  /// become once before the loops for one of the lines. Null weights stand for ones in all rows
  /// of the window.
  virtual Values prepareWeights(const Values &packed, int64_t line) = 0;
  /// What the rows of one column of the input become; shared by all outputs that use it.
  virtual Values prepareColumn(const Values &rows) = 0;
  /// Sums of a vector of `lanes` accumulators, or of zeros if that is null.
  virtual Values start(mlir::Value first) = 0;
  /// Adds columns of the input, as prepared, times those of the window, for one of the lines.
  virtual void accumulate(Values &sums, llvm::ArrayRef<Values> columns,
                          llvm::ArrayRef<Values> weights, int64_t line) = 0;
  /// True if products are added to the register of the first sum, which would be copied first.
  virtual bool addsInPlace() const { return false; }
  /// A vector of `lanes` accumulators.
  virtual mlir::Value finish(const Values &sums) = 0;

  /// Registers that an output of one line, and a column of the weights of all lines, occupy.
  virtual int64_t getSumRegisters() const = 0;
  virtual int64_t getWeightRegisters() const = 0;
  /// Registers that a prepared column occupies, and instructions that make one.
  virtual int64_t getColumnRegisters() const { return rows.count(); }
  virtual int64_t getColumnCost() const { return rows.count(); }
  /// Instructions that add a column to an output.
  virtual int64_t getSumCost() const { return rows.height; }

protected:
  /// Packed weights that are all one, for the rows of group `group` that exist.
  mlir::Value makeOnes(int64_t group);
  /// The bytes of row `row` of a packed group of weights.
  mlir::Value pickRow(mlir::Value packed, int64_t row);
  /// Calls `multiply` with each register of the columns and the weights that belong to it.
  static void overProducts(llvm::ArrayRef<Values> columns, llvm::ArrayRef<Values> weights,
                           llvm::function_ref<void(mlir::Value, mlir::Value)> multiply);
  mlir::Value orZero(mlir::Value first) { return first ? first : kb.splat(0, lanes, kb.i32()); }

  KernelBuilder &kb;
  int64_t lanes;
  DepthwiseRows rows;
};

std::unique_ptr<DepthwiseSteps> makeDepthwiseSteps(KernelBuilder &kb, int64_t lanes,
                                                   DepthwiseRows rows, bool integer, bool flipInput,
                                                   bool fullRange);
std::unique_ptr<DepthwiseSteps> makeVnniDepthwise(KernelBuilder &kb, int64_t lanes,
                                                  DepthwiseRows rows, bool flipInput);
std::unique_ptr<DepthwiseSteps> makeAvx2Depthwise(KernelBuilder &kb, int64_t lanes,
                                                  DepthwiseRows rows);
std::unique_ptr<DepthwiseSteps> makeSdotDepthwise(KernelBuilder &kb, int64_t lanes,
                                                  DepthwiseRows rows);
std::unique_ptr<DepthwiseSteps> makeSmullDepthwise(KernelBuilder &kb, int64_t lanes,
                                                   DepthwiseRows rows, bool fullRange);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_DEPTHWISESTEPS_H
