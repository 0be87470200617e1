// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vector operations by short names.
#include "KernelBuilder.h"

#include "KernelOperands.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;

namespace kvant::codegen {

namespace {

std::optional<int64_t> getConstant(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  return std::nullopt;
}

VectorType typeOf(Value vector) { return cast<VectorType>(vector.getType()); }

} // namespace

VectorType KernelBuilder::vectorOf(int64_t count, Type element) const {
  return VectorType::get({count}, element);
}

Value KernelBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value KernelBuilder::add(Value a, Value b) {
  if (getConstant(b))
    return add(a, *getConstant(b));
  if (getConstant(a))
    return add(b, *getConstant(a));
  return arith::AddIOp::create(builder, loc, a, b);
}

Value KernelBuilder::add(Value a, int64_t b) {
  if (b == 0)
    return a;
  if (std::optional<int64_t> constant = getConstant(a))
    return index(*constant + b);
  return arith::AddIOp::create(builder, loc, a, index(b));
}

Value KernelBuilder::mul(Value a, int64_t b) {
  if (b == 1)
    return a;
  if (std::optional<int64_t> constant = getConstant(a))
    return index(*constant * b);
  return arith::MulIOp::create(builder, loc, a, index(b));
}

Value KernelBuilder::divide(Value a, int64_t b) {
  if (std::optional<int64_t> constant = getConstant(a))
    return index(*constant / b);
  if (b == 1)
    return a;
  return arith::DivUIOp::create(builder, loc, a, index(b));
}

Value KernelBuilder::min(Value a, int64_t b) {
  if (std::optional<int64_t> constant = getConstant(a))
    return index(std::min(*constant, b));
  return arith::MinUIOp::create(builder, loc, a, index(b));
}

Value KernelBuilder::selectBelow(Value value, int64_t bound, Value below, Value other) {
  if (std::optional<int64_t> constant = getConstant(value))
    return *constant < bound ? below : other;
  Value isBelow =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, value, index(bound));
  return arith::SelectOp::create(builder, loc, isBelow, below, other);
}

SmallVector<Value>
KernelBuilder::loop(int64_t count, ArrayRef<Value> carried,
                    llvm::function_ref<SmallVector<Value>(Value, ArrayRef<Value>)> body) {
  if (count == 1)
    return body(index(0), carried);
  auto loop = scf::ForOp::create(builder, loc, index(0), index(count), index(1), carried);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> arguments(loop.getRegionIterArgs());
  SmallVector<Value> results = body(loop.getInductionVar(), arguments);
  builder.setInsertionPointToEnd(loop.getBody());
  if (!carried.empty())
    scf::YieldOp::create(builder, loc, results);
  return SmallVector<Value>(loop.getResults());
}

void KernelBuilder::loop(int64_t count, llvm::function_ref<void(Value)> body) {
  if (count == 1)
    return body(index(0));
  auto loop = scf::ForOp::create(builder, loc, index(0), index(count), index(1));
  loop->setAttr(kParallelLoopAttr, builder.getUnitAttr());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

Value KernelBuilder::turn(Value value, int64_t count, bool backward) {
  return backward ? add(mul(value, -1), count - 1) : value;
}

Value KernelBuilder::flatten(Value buffer) {
  buffer = getContiguousBase(buffer);
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 1)
    return buffer;
  SmallVector<ReassociationIndices> all(1);
  for (int64_t i = 0; i < type.getRank(); ++i)
    all[0].push_back(i);
  return memref::CollapseShapeOp::create(builder, loc, buffer, all);
}

Value KernelBuilder::load(Value flat, Value at, int64_t count) {
  Type element = cast<MemRefType>(flat.getType()).getElementType();
  return vector::LoadOp::create(builder, loc, vectorOf(count, element), flat, at);
}

SmallVector<Value> KernelBuilder::loadFour(StringRef name, VectorType type, Value address) {
  auto all = LLVM::LLVMStructType::getLiteral(builder.getContext(), {type, type, type, type});
  Value loaded = intrinsic(name, all, {address});
  SmallVector<Value> vectors;
  for (int64_t i = 0; i < 4; ++i)
    vectors.push_back(LLVM::ExtractValueOp::create(builder, loc, loaded, i));
  return vectors;
}

SmallVector<Value> KernelBuilder::loadRepeatedPairs(Value flat, Value at) {
  SmallVector<Value> vectors =
      loadFour("llvm.aarch64.neon.ld4r", vectorOf(2, i64()), getAddress(flat, mul(at, 4)));
  for (Value &vector : vectors)
    vector = bitcast(vector, 4, i32());
  return vectors;
}

void KernelBuilder::store(Value vector, Value flat, Value at) {
  vector::StoreOp::create(builder, loc, vector, flat, at);
}

Value KernelBuilder::loadPart(Value flat, Value at, int64_t count, int64_t valid) {
  if (valid >= count)
    return load(flat, at, count);
  Type element = cast<MemRefType>(flat.getType()).getElementType();
  Value result = arith::ConstantOp::create(
      builder, loc, cast<TypedAttr>(builder.getZeroAttr(vectorOf(count, element))));
  for (int64_t done = 0; done < valid;) {
    int64_t piece = llvm::bit_floor(uint64_t(valid - done));
    Value part = load(flat, add(at, done), piece);
    result = vector::InsertStridedSliceOp::create(builder, loc, part, result,
                                                  ArrayRef<int64_t>{done}, ArrayRef<int64_t>{1});
    done += piece;
  }
  return result;
}

void KernelBuilder::storePart(Value vector, Value flat, Value at, int64_t valid) {
  int64_t count = typeOf(vector).getDimSize(0);
  if (valid >= count)
    return store(vector, flat, at);
  for (int64_t done = 0; done < valid;) {
    int64_t piece = llvm::bit_floor(uint64_t(valid - done));
    store(slice(vector, done, piece), flat, add(at, done));
    done += piece;
  }
}

Value KernelBuilder::getAddress(Value flat, Value at) {
  Value start = memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, flat);
  Value sum = arith::IndexCastOp::create(builder, loc, i64(), add(start, at));
  return LLVM::IntToPtrOp::create(builder, loc, LLVM::LLVMPointerType::get(builder.getContext()),
                                  sum);
}

Value KernelBuilder::advance(Value address, int64_t bytes) {
  if (bytes == 0)
    return address;
  return LLVM::GEPOp::create(builder, loc, address.getType(), i8(), address,
                             ArrayRef<LLVM::GEPArg>{int32_t(bytes)});
}

Value KernelBuilder::advance(Value address, Value bytes) {
  return LLVM::GEPOp::create(builder, loc, address.getType(), i8(), address,
                             ArrayRef<LLVM::GEPArg>{bytes});
}

/// No instruction, but the value before and after it has nothing in common for LLVM.
static Value createConcealment(KernelBuilder &kb, ValueRange operands, StringRef constraints) {
  return LLVM::InlineAsmOp::create(kb.builder, kb.loc, operands[0].getType(), operands,
                                   /*asm_string=*/"", constraints,
                                   /*has_side_effects=*/false, /*is_align_stack=*/false,
                                   LLVM::tailcallkind::TailCallKind::None,
                                   /*asm_dialect=*/LLVM::AsmDialectAttr(),
                                   /*operand_attrs=*/ArrayAttr())
      .getRes();
}

Value KernelBuilder::conceal(Value value) {
  // AArch64's constraint for a vector register is w.
  return createConcealment(*this, {value}, isa<VectorType>(value.getType()) ? "=w,0" : "=r,0");
}

Value KernelBuilder::concealedWord(Value word) {
  Type type = vectorOf(4, i32());
  Value vector = LLVM::InsertElementOp::create(
      builder, loc, LLVM::PoisonOp::create(builder, loc, type), word,
      LLVM::ConstantOp::create(builder, loc, i64(), builder.getI64IntegerAttr(0)));
  return createConcealment(*this, {vector}, "=w,0");
}

Value KernelBuilder::conceal(Value value, Value after) {
  return createConcealment(*this, {value, after},
                           isa<VectorType>(value.getType()) ? "=w,0,w" : "=r,0,w");
}

Value KernelBuilder::loadBytes(Value address, int64_t offset, int64_t count) {
  return LLVM::LoadOp::create(builder, loc, vectorOf(count, i8()), advance(address, offset),
                              /*alignment=*/1);
}

Value KernelBuilder::splat(int64_t value, int64_t count, Type element) {
  VectorType type = vectorOf(count, element);
  Attribute scalar = isa<FloatType>(element)
                         ? Attribute(builder.getFloatAttr(element, double(value)))
                         : Attribute(builder.getIntegerAttr(
                               element, APInt(element.getIntOrFloatBitWidth(), uint64_t(value),
                                              /*isSigned=*/false, /*implicitTrunc=*/true)));
  return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, scalar));
}

Value KernelBuilder::constantBytes(ArrayRef<int8_t> bytes) {
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(vectorOf(bytes.size(), i8()), bytes));
}

Value KernelBuilder::broadcast(Value scalar, int64_t count) {
  return vector::BroadcastOp::create(builder, loc, vectorOf(count, scalar.getType()), scalar);
}

Value KernelBuilder::bitcast(Value vector, int64_t count, Type element) {
  VectorType type = vectorOf(count, element);
  if (vector.getType() == type)
    return vector;
  return vector::BitCastOp::create(builder, loc, type, vector);
}

Value KernelBuilder::signExtend(Value vector, Type element) {
  VectorType type = vectorOf(typeOf(vector).getDimSize(0), element);
  return arith::ExtSIOp::create(builder, loc, type, vector);
}

Value KernelBuilder::zeroExtend(Value vector, Type element) {
  VectorType type = vectorOf(typeOf(vector).getDimSize(0), element);
  return arith::ExtUIOp::create(builder, loc, type, vector);
}

Value KernelBuilder::shuffle(Value a, Value b, ArrayRef<int64_t> mask) {
  return vector::ShuffleOp::create(builder, loc, a, b, mask);
}

Value KernelBuilder::splatLane(Value vector, int64_t lane, int64_t count) {
  return shuffle(vector, vector, SmallVector<int64_t>(count, lane));
}

Value KernelBuilder::slice(Value vector, int64_t first, int64_t count) {
  if (count == typeOf(vector).getDimSize(0))
    return vector;
  SmallVector<int64_t> mask(count);
  std::iota(mask.begin(), mask.end(), first);
  return shuffle(vector, vector, mask);
}

Value KernelBuilder::concat(ArrayRef<Value> vectors) {
  Value result = vectors[0];
  for (Value next : vectors.drop_front()) {
    int64_t a = typeOf(result).getDimSize(0), b = typeOf(next).getDimSize(0);
    SmallVector<int64_t> mask(a + b);
    std::iota(mask.begin(), mask.end(), 0);
    result = shuffle(result, next, mask);
  }
  return result;
}

Value KernelBuilder::interleave(Value a, Value b) {
  int64_t count = typeOf(a).getDimSize(0);
  SmallVector<int64_t> mask;
  for (int64_t i = 0; i < count; ++i)
    mask.append({i, count + i});
  return shuffle(a, b, mask);
}

Value KernelBuilder::dotBytes(Value sum, Value x, Value w) {
  auto type = cast<VectorType>(sum.getType());
  return intrinsic(type.getDimSize(0) == 16 ? "llvm.x86.avx512.vpdpbusd.512"
                                            : "llvm.x86.avx512.vpdpbusd.256",
                   type, {sum, x, w});
}

Value KernelBuilder::intrinsic(StringRef name, Type result, ArrayRef<Value> arguments) {
  return LLVM::CallIntrinsicOp::create(builder, loc, result, builder.getStringAttr(name),
                                       ValueRange(arguments))
      .getResult(0);
}

} // namespace kvant::codegen
