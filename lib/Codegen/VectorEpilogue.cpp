// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cloning of scalar arithmetic onto vectors.
#include "VectorEpilogue.h"

#include "KernelPacking.h"
#include "VectorNarrow.h"
#include "dialects/Kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

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

int64_t countOf(Value vector) { return cast<VectorType>(vector.getType()).getDimSize(0); }

/// x of a shift 31 - x, as kvant-simplify-rescales makes it for NEON; or null.
Value getLeftShift(Value shift) {
  APInt most;
  auto byte = shift.getDefiningOp<arith::TruncIOp>();
  auto back = byte ? byte.getIn().getDefiningOp<arith::SubIOp>() : nullptr;
  bool matches = back && matchPattern(back.getLhs(), m_ConstantInt(&most)) && most == 31;
  return matches ? back.getRhs() : Value();
}

/// roundeven and the conversion to i32 in one. x86 has an instruction for that, which LLVM does
/// not make of the two; NEON has FCVTNS, which it does.
Value emitRoundToInteger(KernelBuilder &kb, Value value) {
  int64_t count = countOf(value), native = kb.level.vectorBits / 32;
  if (kb.isArm() || count % native != 0) {
    Value rounded = math::RoundEvenOp::create(kb.builder, kb.loc, value);
    return arith::FPToSIOp::create(kb.builder, kb.loc, kb.vectorOf(count, kb.i32()), rounded);
  }
  VectorType type = kb.vectorOf(native, kb.i32());
  SmallVector<Value> parts;
  for (int64_t first = 0; first < count; first += native) {
    Value part = kb.slice(value, first, native);
    if (kb.level.vectorBits == 256) {
      parts.push_back(kb.intrinsic("llvm.x86.avx.cvt.ps2dq.256", type, {part}));
      continue;
    }
    Value all = arith::ConstantIntOp::create(kb.builder, kb.loc, kb.i16(), -1);
    // 4: rounding as the control register says, which is to nearest.
    Value mode = arith::ConstantIntOp::create(kb.builder, kb.loc, kb.i32(), 4);
    parts.push_back(kb.intrinsic("llvm.x86.avx512.mask.cvtps2dq.512", type,
                                 {part, kb.splat(0, native, kb.i32()), all, mode}));
  }
  return kb.concat(parts);
}

/// Bytes of so many vectors fill one on NEON.
constexpr int64_t kArmVectors = 4;

/// Pairs of lanes by their place in `pairs`.
Value shufflePairs(KernelBuilder &kb, Value vector, ArrayRef<int64_t> pairs) {
  Type element = cast<VectorType>(vector.getType()).getElementType();
  Type both = kb.builder.getIntegerType(element.getIntOrFloatBitWidth() * 2);
  Value halves = kb.bitcast(vector, countOf(vector) / 2, both);
  return kb.bitcast(kb.shuffle(halves, halves, pairs), int64_t(pairs.size()) * 2, element);
}

/// True if parts of `count` elements are words of a register of NEON.
bool hasWords(const KernelBuilder &kb, Value vector, int64_t count) {
  return kb.isArm() && count == 4 && countOf(vector) > count &&
         cast<VectorType>(vector.getType()).getElementType().isInteger(8);
}

/// Part `index` of `count` elements. LLVM takes the four bytes of a word apart, but not a word.
Value takePart(KernelBuilder &kb, Value vector, int64_t index, int64_t count) {
  if (!hasWords(kb, vector, count))
    return kb.slice(vector, index * count, count);
  Type element = cast<VectorType>(vector.getType()).getElementType();
  Value words = kb.bitcast(vector, countOf(vector) / count, kb.i32());
  return kb.bitcast(kb.slice(words, index, 1), count, element);
}

class EpilogueEmitter {
public:
  EpilogueEmitter(KernelBuilder &kb, Region &region, const EpilogueBuffers &buffers,
                  const EpilogueLayout &layout)
      : kb(kb), block(region.front()), buffers(buffers), layout(layout),
        narrowing(findNarrowing(kb, region)) {}

  void emit(ArrayRef<EpilogueRow> rows);
  bool narrows() const { return bool(narrowing); }

private:
  void emit(VectorMap map, const EpilogueRow &row);
  Value permute(Value vector, llvm::function_ref<int64_t(int64_t, int64_t)> element) {
    SmallVector<int64_t> mask;
    for (int64_t i = 0, n = countOf(vector); i < n; ++i)
      mask.push_back(element(n, i));
    return kb.shuffle(vector, vector, mask);
  }
  Value loadChannels(Value buffer, int64_t count);
  Value loadElements(size_t operand, const EpilogueRow &row);
  void storeResults(Value result, const EpilogueRow &row);

  KernelBuilder &kb;
  Block &block;
  const EpilogueBuffers &buffers;
  const EpilogueLayout &layout;
  Narrowing narrowing;
};

Value EpilogueEmitter::loadChannels(Value buffer, int64_t count) {
  // Its four registers follow each other, which is hard to find beside elements.
  if (kb.isArm() && layout.paired && layout.channels % 8 == 0 && buffers.elements.empty() &&
      cast<MemRefType>(buffer.getType()).getElementType().isInteger(32)) {
    SmallVector<Value> pairs;
    for (int64_t first = 0; first < layout.channels; first += 8)
      llvm::append_range(pairs, kb.loadRepeatedPairs(buffer, kb.add(layout.channel, first)));
    return kb.concat(pairs);
  }
  Value loaded = kb.load(buffer, layout.channel, layout.channels);
  if (count == layout.channels && !layout.interleaved && !layout.paired)
    return loaded;
  SmallVector<int64_t> mask;
  for (int64_t i = 0; i < count; ++i) {
    int64_t element = layout.paired        ? i / 4 * 2 + i % 2
                      : layout.interleaved ? getInterleavedElement(count, i)
                                           : i;
    mask.push_back(element % layout.channels);
  }
  return kb.shuffle(loaded, loaded, mask);
}

Value EpilogueEmitter::loadElements(size_t operand, const EpilogueRow &row) {
  Value buffer = buffers.elements[operand];
  int64_t part = row.at.size() == 1 ? countOf(row.accumulators) : layout.channels;
  int64_t valid = layout.adjacent ? part : layout.valid;
  SmallVector<Value> parts;
  for (const EpiloguePlace &at : row.at)
    parts.push_back(kb.loadPart(buffer, at.elements[operand], part, valid));
  Value elements = kb.concat(parts);
  if (int64_t left = countOf(row.accumulators) - countOf(elements))
    elements = kb.concat(
        {elements, kb.splat(0, left, cast<MemRefType>(buffer.getType()).getElementType())});
  if (layout.paired) {
    SmallVector<int64_t> pairs;
    for (int64_t first = 0; first < countOf(elements) / 2; first += layout.channels)
      for (int64_t pair = first; pair < first + layout.channels / 2; ++pair)
        pairs.append({pair, layout.channels / 2 + pair});
    return shufflePairs(kb, elements, pairs);
  }
  return layout.interleaved ? permute(elements, getInterleavedElement) : elements;
}

void EpilogueEmitter::storeResults(Value result, const EpilogueRow &row) {
  // Narrowing brings interleaved lanes into order.
  if (layout.interleaved && !narrowing)
    result = permute(result, getInterleavedLane);
  int64_t part = row.at.size() == 1 ? countOf(result) : layout.channels;
  int64_t valid = layout.adjacent ? part : layout.valid;
  // LLVM would compute the first word for itself.
  if (!layout.paired && hasWords(kb, result, part) && countOf(result) * 8 == kb.level.vectorBits)
    result = kb.conceal(result);
  for (auto [index, at] : llvm::enumerate(row.at)) {
    Value stored;
    if (layout.paired) {
      SmallVector<int64_t> pairs;
      for (int64_t pair = 0; pair < part / 2; ++pair)
        pairs.push_back(int64_t(index) / 2 * part + pair * 2 + int64_t(index) % 2);
      stored = shufflePairs(kb, result, pairs);
    } else {
      stored = takePart(kb, result, int64_t(index), part);
    }
    kb.storePart(stored, buffers.result, at.result, valid);
  }
}

void EpilogueEmitter::emit(VectorMap map, const EpilogueRow &row) {
  map.map(block.getArgument(0), row.accumulators);
  for (size_t index = 0; index != buffers.elements.size(); ++index)
    map.map(block.getArgument(1 + buffers.channels.size() + index), loadElements(index, row));
  for (Operation &op : block.without_terminator()) {
    if (isa<arith::ConstantOp>(op))
      continue;
    if (&op == narrowing.op) {
      map.map(op.getResult(0),
              emitNarrowing(kb, narrowing, map.lookup(narrowing.wide), layout.interleaved));
      continue;
    }
    if (auto convert = dyn_cast<arith::FPToSIOp>(op))
      if (auto round = convert.getIn().getDefiningOp<math::RoundEvenOp>()) {
        map.map(convert, emitRoundToInteger(kb, map.lookup(round.getOperand())));
        continue;
      }
    // Left out where the conversion takes it in.
    if (isa<math::RoundEvenOp>(op) && llvm::all_of(op.getUsers(), llvm::IsaPred<arith::FPToSIOp>))
      continue;
    auto scale = dyn_cast<tosa::ApplyScaleOp>(op);
    if (!scale) {
      map.map(op.getResult(0), map.clone(op));
      continue;
    }
    auto least = op.getAttrOfType<IntegerAttr>(kernel::kMinShiftAttr);
    ScaleTraits traits{scale.getRoundingMode() == tosa::RoundingMode::DOUBLE_ROUND,
                       op.hasAttr(kernel::kNonNegativeAttr), least ? least.getInt() : 0,
                       op.hasAttr(kernel::kShiftsLeftAttr)};
    Value left = getLeftShift(scale.getShift());
    map.map(scale, emitApplyScale(kb, map.lookup(scale.getValue()),
                                  map.lookup(scale.getMultiplier()), map.lookup(scale.getShift()),
                                  left ? map.lookup(left) : Value(), traits));
  }
  storeResults(map.lookup(block.getTerminator()->getOperand(0)), row);
}

void EpilogueEmitter::emit(ArrayRef<EpilogueRow> rows) {
  if (rows.empty())
    return;
  // Loaded before the first store, which might alias for all that LLVM knows.
  int64_t count = countOf(rows[0].accumulators);
  VectorMap common(kb, count);
  for (auto [index, buffer] : llvm::enumerate(buffers.channels))
    common.map(block.getArgument(1 + index), loadChannels(buffer, count));
  for (const EpilogueRow &row : rows)
    emit(common, row);
}

/// `rows` as one.
EpilogueRow join(KernelBuilder &kb, ArrayRef<EpilogueRow> rows, bool adjacent) {
  SmallVector<Value> vectors;
  EpilogueRow joined;
  for (const EpilogueRow &row : rows) {
    vectors.push_back(row.accumulators);
    if (!adjacent || joined.at.empty())
      joined.at.append(row.at);
  }
  joined.accumulators = kb.concat(vectors);
  return joined;
}

} // namespace

int64_t getEpilogueVectors(const KernelBuilder &kb, Region &region) {
  if (kb.isArm())
    return kArmVectors;
  return findNarrowing(kb, region) ? kNarrowedVectors : 1;
}

SmallVector<EpiloguePlace> getPlaces(KernelBuilder &kb, const EpilogueBuffers &buffers,
                                     Value channel, Value index, int64_t count, bool wholeLines) {
  SmallVector<EpiloguePlace> places;
  for (Value result : buffers.resultLayout.getPlaces(kb, index, count, wholeLines))
    places.push_back({kb.add(result, channel), {}});
  for (const ImageLayout &layout : buffers.elementLayouts)
    for (auto [place, element] :
         llvm::zip_equal(places, layout.getPlaces(kb, index, count, wholeLines)))
      place.elements.push_back(kb.add(element, channel));
  return places;
}

void emitEpilogue(KernelBuilder &kb, Region &region, const EpilogueBuffers &buffers,
                  const EpilogueLayout &layout, ArrayRef<EpilogueRow> rows) {
  if (rows.empty())
    return;
  EpilogueEmitter emitter(kb, region, buffers, layout);
  int64_t together = 1;
  if (emitter.narrows())
    together = std::max<int64_t>(getEpilogueVectors(kb, region) * kb.level.vectorBits / 32 /
                                     countOf(rows[0].accumulators),
                                 1);
  SmallVector<EpilogueRow> joined;
  while (!rows.empty()) {
    // What is left over makes shorter vectors.
    if (int64_t(rows.size()) < together)
      emitter.emit(std::exchange(joined, {}));
    size_t count = std::min<size_t>(together, rows.size());
    joined.push_back(join(kb, rows.take_front(count), layout.adjacent));
    rows = rows.drop_front(count);
  }
  emitter.emit(joined);
}

} // namespace kvant::codegen
