// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loops of each operation of the kernel dialect.
#ifndef KVANT_LIB_CODEGEN_KERNELLOWERING_H
#define KVANT_LIB_CODEGEN_KERNELLOWERING_H

#include "KernelBuilder.h"
#include "VectorEpilogue.h"
#include "dialects/Kernel/Kernel.h"
#include "llvm/ADT/STLExtras.h"

namespace kvant::codegen {

llvm::LogicalResult lowerDotConv(KernelBuilder &kb, kernel::DotConvOp op);
llvm::LogicalResult lowerDepthwiseConv(KernelBuilder &kb, kernel::DepthwiseConvOp op);
/// The loops for weights packed in interleaved lanes (KernelPacking.h).
void lowerInterleavedDepthwise(KernelBuilder &kb, kernel::DepthwiseConvOp op);
void lowerElementwise(KernelBuilder &kb, kernel::ElementwiseOp op);
void lowerPack(KernelBuilder &kb, kernel::PackOp op);
llvm::LogicalResult lowerPad(KernelBuilder &kb, kernel::PadOp op);

/// Writes `value` around the part of an image buffer of `shape` that `halo` (top, bottom, left,
/// right) leaves.
void fillHalo(KernelBuilder &kb, mlir::Value flat, llvm::ArrayRef<int64_t> shape,
              llvm::ArrayRef<int64_t> halo, mlir::Attribute value);

template <typename OpT> EpilogueBuffers flattenBuffers(KernelBuilder &kb, OpT op) {
  EpilogueBuffers buffers;
  llvm::SmallVector<int64_t> out = op.getOutShape(), halo = op.getHaloSides();
  for (mlir::Value buffer : op.getChannels())
    buffers.channels.push_back(buffer);
  for (auto [index, buffer] : llvm::enumerate(op.getElements())) {
    buffers.elements.push_back(kb.flatten(buffer));
    buffers.elementLayouts.push_back(ImageLayout(
        out, mlir::cast<mlir::MemRefType>(buffer.getType()), op.getElementStart(index)));
  }
  buffers.result = kb.flatten(op.getInit());
  buffers.resultLayout =
      ImageLayout(out, mlir::cast<mlir::MemRefType>(op.getInitType()), {halo[0], halo[2]});
  return buffers;
}

/// Where the kernel reads its input.
template <typename OpT> ImageLayout getInputLayout(OpT op) {
  return ImageLayout(op.getOutShape(), mlir::cast<mlir::MemRefType>(op.getInputType()),
                     op.getInputStart());
}

/// Fills what the kernel does not compute of its destination.
template <typename OpT> void fillHalo(KernelBuilder &kb, OpT op, const EpilogueBuffers &buffers) {
  if (op.getHalo())
    fillHalo(kb, buffers.result, op.getInitType().getShape(), *op.getHalo(), *op.getHaloValue());
}

/// Checks that packed operands and instructions of the level fit together.
template <typename OpT> llvm::LogicalResult verifyLevel(KernelBuilder &kb, OpT op) {
  bool wantsUnsigned = op.isInteger() && kb.level.dot == DotKind::Vnni;
  bool hasUnsigned = op.getInputUnsigned() ? op.getInputOffset() == 0 : op.getInputOffset() == 128;
  bool isPlain = !op.getInputUnsigned() && op.getInputOffset() == 0;
  if (wantsUnsigned ? !hasUnsigned : !isPlain)
    return op.emitOpError("expected an input of ")
           << (wantsUnsigned ? "unsigned" : "signed") << " bytes for level " << kb.level.name;
  return mlir::success();
}

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_KERNELLOWERING_H
