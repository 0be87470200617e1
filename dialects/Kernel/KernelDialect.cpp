// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registration of the kernel dialect, memory effects and bufferization of its operations.
#include "dialects/Kernel/Kernel.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace kvant::kernel;

#include "dialects/Kernel/KernelDialect.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Kernel/KernelOps.cpp.inc"

void KernelDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Kernel/KernelOps.cpp.inc"
      >();
}

namespace {

/// On buffers an operation reads its inputs and writes its destination; on tensors it is pure.
void addEffects(DestinationStyleOpInterface op,
                SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<BaseMemRefType>(operand.get().getType()))
      continue;
    if (op.isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
}

/// Makes the same operation on buffers and replaces the result by the destination.
LogicalResult bufferizeDestinationStyle(DestinationStyleOpInterface op, RewriterBase &rewriter,
                                        const bufferization::BufferizationOptions &options,
                                        bufferization::BufferizationState &state) {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    if (!isa<TensorType>(operand.getType())) {
      operands.push_back(operand);
      continue;
    }
    FailureOr<Value> buffer = bufferization::getBuffer(rewriter, operand, options, state);
    if (failed(buffer))
      return failure();
    operands.push_back(*buffer);
  }
  rewriter.setInsertionPoint(op);
  OperationState created(op->getLoc(), op->getName());
  created.addOperands(operands);
  created.propertiesAttr = op->getPropertiesAsAttribute();
  created.addAttributes(op->getDiscardableAttrDictionary().getValue());
  for (Region &region : op->getRegions()) {
    Region *moved = created.addRegion();
    moved->takeBody(region);
  }
  Operation *onBuffers = rewriter.create(created);
  unsigned init = op.getDpsInitOperand(0)->getOperandNumber();
  bufferization::replaceOpWithBufferizedValues(rewriter, op, onBuffers->getOperand(init));
  return success();
}

} // namespace

#define KVANT_KERNEL_INTERFACES(OP)                                                                \
  void OP::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {                   \
    addEffects(*this, effects);                                                                    \
  }                                                                                                \
  bool OP::bufferizesToMemoryRead(OpOperand &operand, const bufferization::AnalysisState &) {      \
    return !isDpsInit(&operand);                                                                   \
  }                                                                                                \
  bool OP::bufferizesToMemoryWrite(OpOperand &operand, const bufferization::AnalysisState &) {     \
    return isDpsInit(&operand);                                                                    \
  }                                                                                                \
  bufferization::AliasingValueList OP::getAliasingValues(OpOperand &operand,                       \
                                                         const bufferization::AnalysisState &) {   \
    if (!isDpsInit(&operand))                                                                      \
      return {};                                                                                   \
    return {{getTiedOpResult(&operand), bufferization::BufferRelation::Equivalent}};               \
  }                                                                                                \
  LogicalResult OP::bufferize(RewriterBase &rewriter,                                              \
                              const bufferization::BufferizationOptions &options,                  \
                              bufferization::BufferizationState &state) {                          \
    return bufferizeDestinationStyle(*this, rewriter, options, state);                             \
  }

KVANT_KERNEL_INTERFACES(PadOp)
KVANT_KERNEL_INTERFACES(PackOp)
KVANT_KERNEL_INTERFACES(DotConvOp)
KVANT_KERNEL_INTERFACES(DepthwiseConvOp)
KVANT_KERNEL_INTERFACES(ElementwiseOp)
#undef KVANT_KERNEL_INTERFACES
