// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folders: what an operation is when it does nothing, or its operands are constants.
#include "dialects/Qnn/Qnn.h"

using namespace mlir;
using namespace kvant::qnn;

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : OpFoldResult();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  for (auto [index, perm] : llvm::enumerate(getPerms()))
    if (static_cast<int64_t>(index) != perm)
      return {};
  return getInput().getType() == getType() ? getInput() : OpFoldResult();
}

#define KVANT_NO_FOLD(OP)                                                                         \
  OpFoldResult OP::fold(FoldAdaptor) { return {}; }
KVANT_NO_FOLD(QuantizeOp)
KVANT_NO_FOLD(DequantizeOp)
KVANT_NO_FOLD(RequantizeOp)
KVANT_NO_FOLD(CastOp)
KVANT_NO_FOLD(AddOp)
KVANT_NO_FOLD(SubOp)
KVANT_NO_FOLD(MulOp)
KVANT_NO_FOLD(DivOp)
KVANT_NO_FOLD(MinimumOp)
KVANT_NO_FOLD(MaximumOp)
KVANT_NO_FOLD(SquaredDifferenceOp)
KVANT_NO_FOLD(ReluOp)
KVANT_NO_FOLD(Relu6Op)
KVANT_NO_FOLD(ReluN1To1Op)
KVANT_NO_FOLD(LogisticOp)
KVANT_NO_FOLD(TanhOp)
KVANT_NO_FOLD(HardSwishOp)
KVANT_NO_FOLD(EluOp)
KVANT_NO_FOLD(AbsOp)
KVANT_NO_FOLD(NegOp)
KVANT_NO_FOLD(ExpOp)
KVANT_NO_FOLD(LogOp)
KVANT_NO_FOLD(SqrtOp)
KVANT_NO_FOLD(RsqrtOp)
KVANT_NO_FOLD(SinOp)
KVANT_NO_FOLD(CosOp)
KVANT_NO_FOLD(GeluOp)
KVANT_NO_FOLD(LeakyReluOp)
