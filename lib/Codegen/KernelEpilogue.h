// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What follows a convolution and can be computed in its register tile.
#ifndef KVANT_LIB_CODEGEN_KERNELEPILOGUE_H
#define KVANT_LIB_CODEGEN_KERNELEPILOGUE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Operation.h"
#include <vector>

namespace kvant::codegen {

/// A constant with one element per output channel, the operand of an epilogue.
struct ChannelConstant {
  mlir::Type elementType;
  std::vector<int64_t> integers; ///< if elementType is an integer
  std::vector<float> floats;     ///< if it is float
};

/// A chain of element-wise TOSA operations, each the only use of the one before, that starts
/// at a convolution or at any tensor.
class Epilogue {
public:
  /// Collects the longest chain behind `convolution` that ends in elements as narrow as any
  /// within it.
  explicit Epilogue(mlir::Operation *convolution);
  /// The same for the chain that begins with `first`, a user of `start`; it may be empty.
  Epilogue(mlir::Value start, mlir::Operation *first);

  bool isEmpty() const { return chain.empty(); }
  /// Calls `visit` with each operation that the epilogue computes.
  void visitOperations(llvm::function_ref<void(mlir::Operation *)> visit) const;
  /// The result of the chain: what the kernel computes.
  mlir::Value getResult() const;
  /// The last operation of the chain; all operands dominate it.
  mlir::Operation *getLast() const { return chain.empty() ? convolution : chain.back(); }

  /// Builds the scalar arithmetic into an empty `block`: adds the arguments, emits the
  /// operations and the terminator.
  void build(mlir::OpBuilder &builder, mlir::Block &block);

  /// After `build`: constants and tensors that the block's arguments stand for.
  std::vector<ChannelConstant> channels;
  llvm::SmallVector<mlir::Value> elements;

  /// Erases the operations of the chain, whose results must be unused.
  void eraseChain();

private:
  /// Collects the chain that begins with `first`.
  void collect(mlir::Operation *first);

  mlir::Value start;            ///< what the chain is computed of
  mlir::Operation *convolution; ///< that makes it, to be erased with the chain; or null
  llvm::SmallVector<mlir::Operation *> chain;
  /// Rescales of other operands that are computed within the epilogue too.
  llvm::SmallVector<mlir::Operation *> absorbed;
};

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_KERNELEPILOGUE_H
