// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Saturation to bytes: by VPACKSSDW and VPACKSSWB or VPACKUSWB, on NEON by SQXTN and SQXTUN.
#include "VectorNarrow.h"

#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

bool isConstant(Value value, int64_t expected) {
  APInt constant;
  return matchPattern(value, m_ConstantInt(&constant)) && constant.getSExtValue() == expected;
}

/// True if a number can be added to `value` that is no more than the result may be. What
/// kvant-simplify-rescales converts or shortens to words is proven to be.
bool isSmall(Value value) {
  if (value.getDefiningOp<arith::FPToSIOp>() || value.getDefiningOp<arith::TruncIOp>())
    return true;
  // A product with a multiplier below 2^31 then has bits to spare.
  auto scale = value.getDefiningOp<tosa::ApplyScaleOp>();
  auto least = scale ? scale->getAttrOfType<IntegerAttr>(kernel::kMinShiftAttr) : nullptr;
  return least && (least.getInt() >= 32 || scale->hasAttr(kernel::kShiftsLeftAttr));
}

/// x of min(max(x + added, -128), 127), or with `isUnsigned` of min(max(x + added, 0), 255);
/// or null.
Narrowing getSaturated(Value value) {
  auto min = value.getDefiningOp<arith::MinSIOp>();
  auto max = min ? min.getLhs().getDefiningOp<arith::MaxSIOp>() : nullptr;
  if (!max)
    return {};
  Narrowing narrowing;
  narrowing.isUnsigned = isConstant(max.getRhs(), 0);
  if (!isConstant(max.getRhs(), narrowing.isUnsigned ? 0 : INT8_MIN) ||
      !isConstant(min.getRhs(), narrowing.isUnsigned ? UINT8_MAX : INT8_MAX))
    return {};
  narrowing.wide = max.getLhs();
  APInt added;
  auto add = narrowing.wide.getDefiningOp<arith::AddIOp>();
  // Words saturate when they are made and when they are added, so that words do where the sum
  // of 32 bits does not wrap.
  if (add && isSmall(add.getLhs()) && matchPattern(add.getRhs(), m_ConstantInt(&added)) &&
      added.isSignedIntN(16)) {
    narrowing.added = added.getSExtValue();
    narrowing.wide = add.getLhs();
  }
  return narrowing;
}

/// Words of 32-bit lanes, saturated; `added` is added to them.
Value packWords(KernelBuilder &kb, Value a, Value b, int64_t added) {
  bool wide = kb.level.vectorBits == 512;
  VectorType type = kb.vectorOf(kb.level.vectorBits / 16, kb.i16());
  Value words =
      kb.intrinsic(wide ? "llvm.x86.avx512.packssdw.512" : "llvm.x86.avx2.packssdw", type, {a, b});
  if (added == 0)
    return words;
  return LLVM::SAddSat::create(kb.builder, kb.loc, type, words,
                               kb.splat(added, type.getDimSize(0), kb.i16()));
}

Value packBytes(KernelBuilder &kb, Value a, Value b, bool isUnsigned) {
  bool wide = kb.level.vectorBits == 512;
  StringRef name = isUnsigned ? (wide ? "llvm.x86.avx512.packuswb.512" : "llvm.x86.avx2.packuswb")
                              : (wide ? "llvm.x86.avx512.packsswb.512" : "llvm.x86.avx2.packsswb");
  return kb.intrinsic(name, kb.vectorOf(kb.level.vectorBits / 8, kb.i8()), {a, b});
}

/// `wide`, limited before it is shortened: for vectors that fill no register.
Value clampAndTruncate(KernelBuilder &kb, const Narrowing &narrowing, Value wide) {
  auto type = cast<VectorType>(wide.getType());
  auto limit = [&](int64_t value) {
    return kb.splat(value, type.getDimSize(0), type.getElementType());
  };
  if (narrowing.added != 0)
    wide = arith::AddIOp::create(kb.builder, kb.loc, wide, limit(narrowing.added));
  wide =
      arith::MaxSIOp::create(kb.builder, kb.loc, wide, limit(narrowing.isUnsigned ? 0 : INT8_MIN));
  wide = arith::MinSIOp::create(kb.builder, kb.loc, wide,
                                limit(narrowing.isUnsigned ? UINT8_MAX : INT8_MAX));
  return arith::TruncIOp::create(kb.builder, kb.loc, kb.vectorOf(type.getDimSize(0), kb.i8()),
                                 wide);
}

Value emitNeon(KernelBuilder &kb, const Narrowing &narrowing, Value wide) {
  auto type = cast<VectorType>(wide.getType());
  int64_t count = type.getDimSize(0);
  if (count % 4 != 0 || (count > 4 && count % 8 != 0))
    return clampAndTruncate(kb, narrowing, wide);
  Value words = wide;
  if (type.getElementType().isInteger(32)) {
    SmallVector<Value> parts;
    for (int64_t first = 0; first < count; first += 4)
      parts.push_back(kb.intrinsic("llvm.aarch64.neon.sqxtn", kb.vectorOf(4, kb.i16()),
                                   {kb.slice(wide, first, 4)}));
    words = kb.concat(parts);
  }
  // From -128 on is from 0 on with the top bit inverted, which takes one instruction for
  // sixteen bytes where an addition of words takes two.
  bool flips = !narrowing.isUnsigned && narrowing.added == INT8_MIN;
  if (narrowing.added != 0 && !flips)
    words = LLVM::SAddSat::create(kb.builder, kb.loc, words.getType(), words,
                                  kb.splat(narrowing.added, count, kb.i16()));
  bool toUnsigned = narrowing.isUnsigned || flips;
  StringRef name = toUnsigned ? "llvm.aarch64.neon.sqxtun" : "llvm.aarch64.neon.sqxtn";
  if (count == 4)
    words = kb.concat({words, words});
  SmallVector<Value> parts;
  for (int64_t first = 0; first < count; first += 8)
    parts.push_back(kb.intrinsic(name, kb.vectorOf(8, kb.i8()), {kb.slice(words, first, 8)}));
  Value bytes = kb.slice(kb.concat(parts), 0, count);
  if (!flips)
    return bytes;
  return arith::XOrIOp::create(kb.builder, kb.loc, bytes, kb.splat(INT8_MIN, count, kb.i8()));
}

} // namespace

Narrowing findNarrowing(const KernelBuilder &kb, Region &epilogue) {
  Value value = epilogue.front().getTerminator()->getOperand(0);
  while (Operation *op = value.getDefiningOp()) {
    if (auto truncate = dyn_cast<arith::TruncIOp>(op)) {
      Narrowing narrowing = getSaturated(truncate.getIn());
      bool fits = truncate.getIn().getType().isInteger(32) ||
                  (kb.isArm() && truncate.getIn().getType().isInteger(16));
      if (!narrowing.wide || !fits || !truncate.getType().isInteger(8))
        return {};
      narrowing.op = op;
      return narrowing;
    }
    if (!isa<arith::MaxSIOp, arith::MinSIOp, arith::MaxUIOp, arith::MinUIOp, arith::XOrIOp>(op) ||
        !matchPattern(op->getOperand(1), m_Constant()))
      return {};
    value = op->getOperand(0);
  }
  return {};
}

Value emitNarrowing(KernelBuilder &kb, const Narrowing &narrowing, Value wide, bool interleaved) {
  if (kb.isArm())
    return emitNeon(kb, narrowing, wide);
  int64_t lanes = kb.level.vectorBits / 32, quads = lanes / 4;
  int64_t count = cast<VectorType>(wide.getType()).getDimSize(0), vectors = count / lanes;
  if (vectors == 1 || count % lanes != 0)
    return clampAndTruncate(kb, narrowing, wide);
  SmallVector<Value> parts;
  for (int64_t v = 0; v < kNarrowedVectors; ++v)
    parts.push_back(kb.slice(wide, std::min(v, vectors - 1) * lanes, lanes));
  Value low = packWords(kb, parts[0], parts[1], narrowing.added);
  Value high = vectors == 2 ? low : packWords(kb, parts[2], parts[3], narrowing.added);
  Value bytes = packBytes(kb, low, high, narrowing.isUnsigned);
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
