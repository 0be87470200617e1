// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Saturation to bytes by VPACKSSDW and VPACKSSWB.
#include "VectorNarrow.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

bool isConstant(Value value, int64_t expected) {
  APInt constant;
  return matchPattern(value, m_ConstantInt(&constant)) && constant.getSExtValue() == expected;
}

/// x of min(max(x, -128), 127), or null.
Value getSaturated(Value value) {
  auto min = value.getDefiningOp<arith::MinSIOp>();
  if (!min || !isConstant(min.getRhs(), INT8_MAX))
    return nullptr;
  auto max = min.getLhs().getDefiningOp<arith::MaxSIOp>();
  if (!max || !isConstant(max.getRhs(), INT8_MIN))
    return nullptr;
  return max.getLhs();
}

Value pack(KernelBuilder &kb, Value a, Value b, Type element) {
  bool words = element.isInteger(16), wide = kb.level.vectorBits == 512;
  StringRef name = wide ? (words ? "llvm.x86.avx512.packssdw.512" : "llvm.x86.avx512.packsswb.512")
                        : (words ? "llvm.x86.avx2.packssdw" : "llvm.x86.avx2.packsswb");
  int64_t count = kb.level.vectorBits / element.getIntOrFloatBitWidth();
  return kb.intrinsic(name, kb.vectorOf(count, element), {a, b});
}

} // namespace

Narrowing findNarrowing(const KernelBuilder &kb, Region &epilogue) {
  if (kb.isArm())
    return {};
  Value value = epilogue.front().getTerminator()->getOperand(0);
  while (Operation *op = value.getDefiningOp()) {
    if (auto truncate = dyn_cast<arith::TruncIOp>(op)) {
      Value wide = getSaturated(truncate.getIn());
      if (!wide || !truncate.getIn().getType().isInteger(32) || !truncate.getType().isInteger(8))
        return {};
      return {op, wide};
    }
    if (!isa<arith::MaxSIOp, arith::MinSIOp, arith::XOrIOp>(op) ||
        !matchPattern(op->getOperand(1), m_Constant()))
      return {};
    value = op->getOperand(0);
  }
  return {};
}

Value emitNarrowing(KernelBuilder &kb, Value wide, bool interleaved) {
  int64_t lanes = kb.level.vectorBits / 32, quads = lanes / 4;
  int64_t count = cast<VectorType>(wide.getType()).getDimSize(0), vectors = count / lanes;
  if (vectors == 1 || count % lanes != 0) {
    auto limit = [&](int64_t value) { return kb.splat(value, count, kb.i32()); };
    wide = arith::MaxSIOp::create(kb.builder, kb.loc, wide, limit(INT8_MIN));
    wide = arith::MinSIOp::create(kb.builder, kb.loc, wide, limit(INT8_MAX));
    return arith::TruncIOp::create(kb.builder, kb.loc, kb.vectorOf(count, kb.i8()), wide);
  }
  SmallVector<Value> parts;
  for (int64_t v = 0; v < kNarrowedVectors; ++v)
    parts.push_back(kb.slice(wide, std::min(v, vectors - 1) * lanes, lanes));
  Value low = pack(kb, parts[0], parts[1], kb.i16());
  Value high = vectors == 2 ? low : pack(kb, parts[2], parts[3], kb.i16());
  Value bytes = pack(kb, low, high, kb.i8());
  if (interleaved)
    return bytes;
  // Each 128 bits hold four bytes of each vector.
  SmallVector<int64_t> order;
  for (int64_t v = 0; v < vectors; ++v)
    for (int64_t quad = 0; quad < quads; ++quad)
      order.push_back(quad * 4 + v);
  Value words = kb.bitcast(bytes, lanes, kb.i32());
  return kb.bitcast(kb.shuffle(words, words, order), count, kb.i8());
}

} // namespace kvant::codegen
