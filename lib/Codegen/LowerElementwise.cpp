// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kernel.elementwise to loops over vectors of bytes.
#include "KernelLowering.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

/// Vectors of bytes that one round computes on NEON, where addresses and branches count.
constexpr int64_t kArmUnroll = 2;

class ElementwiseLowering {
public:
  ElementwiseLowering(KernelBuilder &kb, kernel::ElementwiseOp op);

  void lower() {
    EpiloguePlace start{kb.index(result.offset), {}};
    for (const Operand &element : elements)
      start.elements.push_back(kb.index(element.offset));
    overRuns(0, kb.index(input.offset), start);
  }

private:
  /// Where the elements of an operand lie.
  struct Operand {
    SmallVector<int64_t> strides;
    int64_t offset;

    explicit Operand(Value buffer = {}) {
      if (buffer)
        std::tie(strides, offset) = cast<MemRefType>(buffer.getType()).getStridesAndOffset();
    }
  };

  void visitOperands(llvm::function_ref<void(Operand &)> visit) {
    visit(input);
    visit(result);
    for (Operand &element : elements)
      visit(element);
  }
  void drop(size_t dim) {
    visitOperands([&](Operand &operand) { operand.strides.erase(operand.strides.begin() + dim); });
    shape.erase(shape.begin() + dim);
  }
  void mergeDimensions();
  EpiloguePlace move(const EpiloguePlace &place, llvm::function_ref<Value(int64_t)> distance,
                     size_t dim);
  void overRuns(size_t dim, Value in, const EpiloguePlace &place);
  void lowerRun(Value in, const EpiloguePlace &place);
  void emit(Value in, const EpiloguePlace &place, Value at, int64_t size);

  KernelBuilder &kb;
  kernel::ElementwiseOp op;
  SmallVector<int64_t> shape; ///< loops, and elements of a run
  Operand input, result;
  SmallVector<Operand> elements;
  Value flatInput;
  EpilogueBuffers buffers;
};

ElementwiseLowering::ElementwiseLowering(KernelBuilder &kb, kernel::ElementwiseOp op)
    : kb(kb), op(op), shape(cast<ShapedType>(op.getInit().getType()).getShape()),
      input(op.getInput()), result(op.getInit()), flatInput(kb.flatten(op.getInput())) {
  for (Value element : op.getElements()) {
    elements.push_back(Operand(element));
    buffers.elements.push_back(kb.flatten(element));
  }
  buffers.result = kb.flatten(op.getInit());
  mergeDimensions();
}

/// Makes one dimension of neighbours that are one for all operands: contiguous buffers are one run.
void ElementwiseLowering::mergeDimensions() {
  // The place in a dimension of one element is always 0, whatever its stride.
  for (size_t dim = shape.size(); dim-- != 0;)
    if (shape[dim] == 1)
      drop(dim);
  for (size_t dim = shape.size(); dim-- > 1;) {
    bool merges = true;
    visitOperands([&](Operand &operand) {
      merges &= operand.strides[dim - 1] == operand.strides[dim] * shape[dim];
    });
    if (!merges)
      continue;
    visitOperands([&](Operand &operand) { operand.strides[dim - 1] = operand.strides[dim]; });
    shape[dim - 1] *= shape[dim];
    drop(dim);
  }
  // The elements of a run follow each other.
  bool isRun = !shape.empty();
  visitOperands([&](Operand &operand) { isRun = isRun && operand.strides.back() == 1; });
  if (isRun)
    return;
  shape.push_back(1);
  visitOperands([](Operand &operand) { operand.strides.push_back(1); });
}

EpiloguePlace ElementwiseLowering::move(const EpiloguePlace &place,
                                        llvm::function_ref<Value(int64_t)> distance, size_t dim) {
  EpiloguePlace moved{kb.add(place.result, distance(result.strides[dim])), {}};
  for (auto [at, element] : llvm::zip_equal(place.elements, elements))
    moved.elements.push_back(kb.add(at, distance(element.strides[dim])));
  return moved;
}

void ElementwiseLowering::overRuns(size_t dim, Value in, const EpiloguePlace &place) {
  if (dim + 1 == shape.size())
    return lowerRun(in, place);
  kb.loop(shape[dim], [&](Value index) {
    auto distance = [&](int64_t stride) { return kb.mul(index, stride); };
    overRuns(dim + 1, kb.add(in, distance(input.strides[dim])), move(place, distance, dim));
  });
}

void ElementwiseLowering::lowerRun(Value in, const EpiloguePlace &place) {
  int64_t count = shape.back(), width = kb.level.vectorBits / 8;
  if (count < width) {
    for (int64_t done = 0; done < count;) {
      int64_t piece = llvm::bit_floor(uint64_t(count - done));
      emit(in, place, kb.index(done), piece);
      done += piece;
    }
    return;
  }
  int64_t unroll = kb.isArm() && count >= kArmUnroll * width ? kArmUnroll : 1;
  int64_t step = unroll * width;
  kb.loop(llvm::divideCeil(count, step), [&](Value index) {
    Value at = kb.mul(index, step);
    // The last round moves back to end with the run: it computes some elements again.
    if (count % step != 0)
      at = kb.min(at, count - step);
    for (int64_t i = 0; i < unroll; ++i)
      emit(in, place, kb.add(at, i * width), width);
  });
}

void ElementwiseLowering::emit(Value in, const EpiloguePlace &place, Value at, int64_t size) {
  EpiloguePlace moved{kb.add(place.result, at), {}};
  for (Value element : place.elements)
    moved.elements.push_back(kb.add(element, at));
  emitEpilogue(kb, op.getEpilogue(), buffers, {.channel = at, .channels = size, .valid = size},
               {{kb.load(flatInput, kb.add(in, at), size), {moved}}});
}

} // namespace

void lowerElementwise(KernelBuilder &kb, kernel::ElementwiseOp op) {
  ElementwiseLowering(kb, op).lower();
}

} // namespace kvant::codegen
