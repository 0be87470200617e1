// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Building of new epilogues in place of old ones.
#ifndef KVANT_LIB_CODEGEN_EPILOGUEREWRITER_H
#define KVANT_LIB_CODEGEN_EPILOGUEREWRITER_H

#include "ByteEpilogue.h"
#include "mlir/IR/Builders.h"

namespace kvant::codegen {

mlir::Value makeConstant(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type,
                         int64_t value);

/// The byte of an integer that lies in `reached` and must not leave `bounds`.
mlir::Value narrow(mlir::OpBuilder &builder, mlir::Value wide, bool isUnsigned,
                   const Interval &reached, const Interval &bounds);

/// Builds the new epilogue of a kernel beside the old one.
class EpilogueRewriter {
public:
  EpilogueRewriter(mlir::Operation *kernel, const ByteEpilogue &old);

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLoc() const { return kernel->getLoc(); }

  mlir::Value getAccumulator() const { return accumulator; }
  mlir::Value makeFloat(float value);
  /// The accumulator in the form of `channels`, as a float that is not rounded to an integer
  /// yet.
  mlir::Value scaleAccumulator(const FloatChannels &channels);
  /// One more argument, the kernel's element operand; after those of all channels.
  mlir::Value addElement();
  /// A float as an integer, with the form's rounding and zero point.
  mlir::Value makeInteger(mlir::Value value, const FloatForm &form);

  /// Puts the new epilogue, which yields `byte`, in place of the old one.
  void finish(mlir::Value byte);

private:
  mlir::Value addChannel(std::vector<float> values);

  mlir::Operation *kernel;
  mlir::OpBuilder builder;
  mlir::Block block;
  mlir::Value accumulator;
  int64_t paddedChannels;
  llvm::SmallVector<mlir::Value> channels;
};

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_EPILOGUEREWRITER_H
