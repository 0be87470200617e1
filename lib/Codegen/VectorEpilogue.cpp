// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cloning of scalar arithmetic onto vectors.
#include "VectorEpilogue.h"

#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// Scalars of an epilogue as vectors. Constants may have been moved in front of the kernel.
class VectorMap {
public:
  VectorMap(KernelBuilder &kb, int64_t count) : kb(kb), count(count) {}

  void map(Value scalar, Value vector) { vectors.map(scalar, vector); }

  Value lookup(Value scalar) {
    if (Value vector = vectors.lookupOrNull(scalar))
      return vector;
    auto constant = cast<arith::ConstantOp>(scalar.getDefiningOp());
    VectorType type = kb.vectorOf(count, scalar.getType());
    Value vector = arith::ConstantOp::create(
        kb.builder, kb.loc, DenseElementsAttr::get(type, Attribute(constant.getValue())));
    map(scalar, vector);
    return vector;
  }

  /// The same operation with vectors for scalars.
  Value clone(Operation &op) {
    OperationState state(kb.loc, op.getName());
    for (Value operand : op.getOperands())
      state.addOperands(lookup(operand));
    state.addTypes(kb.vectorOf(count, op.getResult(0).getType()));
    state.propertiesAttr = op.getPropertiesAsAttribute();
    state.addAttributes(op.getDiscardableAttrDictionary().getValue());
    return kb.builder.create(state)->getResult(0);
  }

private:
  KernelBuilder &kb;
  int64_t count;
  IRMapping vectors;
};

} // namespace

void emitEpilogue(KernelBuilder &kb, Region &region, const EpilogueBuffers &buffers, Value channel,
                  int64_t valid, ArrayRef<EpilogueRow> rows) {
  Block &block = region.front();
  int64_t count = cast<VectorType>(rows[0].accumulators.getType()).getDimSize(0);
  // Loaded before the first store, which might alias for all that LLVM knows.
  VectorMap common(kb, count);
  for (auto [index, buffer] : llvm::enumerate(buffers.channels))
    common.map(block.getArgument(1 + index), kb.load(buffer, channel, count));
  for (const EpilogueRow &row : rows) {
    VectorMap map(common);
    map.map(block.getArgument(0), row.accumulators);
    for (auto [index, buffer] : llvm::enumerate(buffers.elements))
      map.map(block.getArgument(1 + buffers.channels.size() + index),
              kb.loadPart(buffer, row.at.elements[index], count, valid));
    for (Operation &op : block.without_terminator()) {
      if (isa<arith::ConstantOp>(op))
        continue;
      auto scale = dyn_cast<tosa::ApplyScaleOp>(op);
      if (!scale) {
        map.map(op.getResult(0), map.clone(op));
        continue;
      }
      auto least = op.getAttrOfType<IntegerAttr>(kernel::kMinShiftAttr);
      map.map(scale, emitApplyScale(kb, map.lookup(scale.getValue()),
                                    map.lookup(scale.getMultiplier()), map.lookup(scale.getShift()),
                                    scale.getRoundingMode() == tosa::RoundingMode::DOUBLE_ROUND,
                                    least ? least.getInt() : 0));
    }
    kb.storePart(map.lookup(block.getTerminator()->getOperand(0)), buffers.result, row.at.result, valid);
  }
}

} // namespace kvant::codegen
