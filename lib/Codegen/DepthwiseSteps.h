// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner step of depthwise convolution: one implementation per kind of instruction.
#ifndef KVANT_LIB_CODEGEN_DEPTHWISESTEPS_H
#define KVANT_LIB_CODEGEN_DEPTHWISESTEPS_H

#include "KernelBuilder.h"
#include <memory>

namespace kvant::codegen {

/// A block of `lanes` channels of one pixel is summed up over the window column by column.
class DepthwiseSteps {
public:
  DepthwiseSteps(KernelBuilder &kb, int64_t lanes, int64_t height)
      : kb(kb), lanes(lanes), height(height) {}
  virtual ~DepthwiseSteps() = default;

  using Values = llvm::SmallVector<mlir::Value>;

  /// What the packed weights of one column of the window, loaded as vectors of `lanes` groups,
  /// become once before the loops. Null weights stand for ones in all rows of the window.
  virtual Values prepareWeights(const Values &packed) = 0;
  /// What the rows of one column of the input become; shared by all outputs that use it.
  virtual Values prepareColumn(const Values &rows) = 0;
  virtual Values start() = 0;
  virtual void accumulate(Values &sums, const Values &column, const Values &weights) = 0;
  /// A vector of `lanes` accumulators.
  virtual mlir::Value finish(const Values &sums) = 0;

  /// Registers that an output and a column of weights occupy.
  virtual int64_t getSumRegisters() const = 0;
  virtual int64_t getWeightRegisters() const = 0;

protected:
  /// Packed weights that are all one, for the rows of group `group` that exist.
  mlir::Value makeOnes(int64_t group);
  /// The bytes of row `row` of a packed group of weights.
  mlir::Value pickRow(mlir::Value packed, int64_t row);

  KernelBuilder &kb;
  int64_t lanes, height;
};

std::unique_ptr<DepthwiseSteps> makeDepthwiseSteps(KernelBuilder &kb, int64_t lanes, int64_t height,
                                                   bool integer, bool flipInput, bool fullRange);
std::unique_ptr<DepthwiseSteps> makeVnniDepthwise(KernelBuilder &kb, int64_t lanes, int64_t height,
                                                  bool flipInput);
std::unique_ptr<DepthwiseSteps> makeAvx2Depthwise(KernelBuilder &kb, int64_t lanes, int64_t height);
std::unique_ptr<DepthwiseSteps> makeSdotDepthwise(KernelBuilder &kb, int64_t lanes, int64_t height);
std::unique_ptr<DepthwiseSteps> makeSmullDepthwise(KernelBuilder &kb, int64_t lanes, int64_t height,
                                                   bool fullRange);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_DEPTHWISESTEPS_H
