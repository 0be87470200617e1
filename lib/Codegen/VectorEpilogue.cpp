// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cloning of scalar arithmetic onto vectors.
#include "VectorEpilogue.h"

#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

Value cloneConstant(KernelBuilder &kb, arith::ConstantOp op, int64_t count) {
  VectorType type = kb.vectorOf(count, op.getType());
  return arith::ConstantOp::create(kb.builder, kb.loc,
                                   DenseElementsAttr::get(type, Attribute(op.getValue())));
}

/// The same operation with vectors for scalars.
Value cloneElementwise(KernelBuilder &kb, Operation &op, const IRMapping &map, int64_t count) {
  OperationState state(kb.loc, op.getName());
  for (Value operand : op.getOperands())
    state.addOperands(map.lookup(operand));
  state.addTypes(kb.vectorOf(count, op.getResult(0).getType()));
  state.propertiesAttr = op.getPropertiesAsAttribute();
  state.addAttributes(op.getDiscardableAttrDictionary().getValue());
  return kb.builder.create(state)->getResult(0);
}

} // namespace

void emitEpilogue(KernelBuilder &kb, Region &region, const EpilogueBuffers &buffers, Value channel,
                  int64_t valid, ArrayRef<EpilogueRow> rows) {
  Block &block = region.front();
  int64_t count = cast<VectorType>(rows[0].accumulators.getType()).getDimSize(0);
  // Loaded before the first store, which might alias for all that LLVM knows.
  IRMapping common;
  for (auto [index, buffer] : llvm::enumerate(buffers.channels))
    common.map(block.getArgument(1 + index), kb.load(buffer, channel, count));
  for (const EpilogueRow &row : rows) {
    IRMapping map(common);
    map.map(block.getArgument(0), row.accumulators);
    for (auto [index, buffer] : llvm::enumerate(buffers.elements))
      map.map(block.getArgument(1 + buffers.channels.size() + index),
              kb.loadPart(buffer, row.at, count, valid));
    for (Operation &op : block.without_terminator()) {
      Value result;
      if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
        result = cloneConstant(kb, constant, count);
      } else if (auto scale = dyn_cast<tosa::ApplyScaleOp>(op)) {
        auto least = op.getAttrOfType<IntegerAttr>(kernel::kMinShiftAttr);
        result = emitApplyScale(kb, map.lookup(scale.getValue()), map.lookup(scale.getMultiplier()),
                                map.lookup(scale.getShift()),
                                scale.getRoundingMode() == tosa::RoundingMode::DOUBLE_ROUND,
                                least ? least.getInt() : 0);
      } else {
        result = cloneElementwise(kb, op, map, count);
      }
      map.map(op.getResult(0), result);
    }
    kb.storePart(map.lookup(block.getTerminator()->getOperand(0)), buffers.result, row.at, valid);
  }
}

} // namespace kvant::codegen
