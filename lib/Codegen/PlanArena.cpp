// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-plan-arena: temporary buffers become views into one arena.

#include "KernelOrder.h"
#include "kvant/Codegen/ArenaPlan.h"
#include "kvant/Codegen/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_PLANARENA
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// Bytes of one element as LLVM stores it: odd widths take the next power of two.
FailureOr<uint64_t> getElementBytes(Type type) {
  if (isa<IndexType>(type))
    return 8;
  if (auto vector = dyn_cast<VectorType>(type)) {
    FailureOr<uint64_t> element = getElementBytes(vector.getElementType());
    if (failed(element) || vector.isScalable())
      return failure();
    return *element * vector.getNumElements();
  }
  if (!type.isIntOrFloat())
    return failure();
  return llvm::PowerOf2Ceil(llvm::divideCeil(type.getIntOrFloatBitWidth(), 8));
}

struct PlanArena : impl::PlanArenaBase<PlanArena> {
  using Base::Base;

  /// Size of what `op` allocates.
  FailureOr<uint64_t> getBytes(Operation *op) {
    auto type = cast<MemRefType>(op->getResult(0).getType());
    FailureOr<uint64_t> bytes = getElementBytes(type.getElementType());
    if (failed(bytes) || !type.hasStaticShape() || !type.getLayout().isIdentity()) {
      op->emitOpError() << "expected a buffer of static shape and plain layout, got " << type;
      return failure();
    }
    uint64_t total = *bytes;
    for (int64_t extent : type.getShape()) {
      if (extent != 0 && total > (uint64_t(1) << 46) / static_cast<uint64_t>(extent)) {
        op->emitOpError() << "expected a buffer that fits in memory, got " << type;
        return failure();
      }
      total *= static_cast<uint64_t>(extent);
    }
    return total;
  }

  /// The pairs of input and destination of kernels that may overlap, and the kernels.
  std::vector<BufferOverlap> getOverlaps(Block &body, const DenseMap<Operation *, unsigned> &steps,
                                         ArrayRef<Operation *> allocations,
                                         ArrayRef<BufferLife> lives,
                                         SmallVectorImpl<Operation *> &ordered) {
    DenseMap<Operation *, unsigned> indices;
    for (auto [index, op] : llvm::enumerate(allocations))
      indices[op] = index;
    auto find = [&](Value buffer) {
      Operation *op = buffer.getDefiningOp();
      while (auto view = dyn_cast_or_null<ViewLikeOpInterface>(op))
        op = view.getViewSource().getDefiningOp();
      auto found = indices.find(op);
      return found == indices.end() ? std::nullopt : std::optional<unsigned>(found->second);
    };
    std::vector<BufferOverlap> overlaps;
    for (Operation &op : body) {
      std::optional<OrderDistances> distances = getOrderDistances(&op);
      auto kernel = dyn_cast<DestinationStyleOpInterface>(op);
      if (!distances || !kernel)
        continue;
      std::optional<unsigned> input = find(op.getOperand(0));
      std::optional<unsigned> result = find(kernel.getDpsInitOperand(0)->get());
      unsigned step = steps.lookup(&op);
      // Another operand may be a view of the input too.
      if (!input || !result || *input == *result || lives[*input].last != step ||
          lives[*result].first != step ||
          llvm::any_of(op.getOperands().drop_front(),
                       [&](Value operand) { return find(operand) == input; }))
        continue;
      overlaps.push_back({*input, *result, distances->forward, distances->backward});
      ordered.push_back(&op);
    }
    return overlaps;
  }

  /// Tells a kernel to go in order if the plan makes its buffers overlap.
  void setOrder(Operation *op, const BufferOverlap &pair, const ArenaPlan &plan,
                ArrayRef<BufferLife> lives) {
    auto input = int64_t(plan.offsets[pair.input]), result = int64_t(plan.offsets[pair.result]);
    if (input >= result + int64_t(lives[pair.result].bytes) ||
        result >= input + int64_t(lives[pair.input].bytes))
      return;
    ++numOverlaps;
    op->setAttr(input >= result + pair.forward ? "forward" : "backward",
                UnitAttr::get(op->getContext()));
  }

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (!function.getBody().hasOneBlock()) {
      function.emitOpError("expected structured control flow: a body of one block");
      return signalPassFailure();
    }
    Block &body = function.getBody().front();

    DenseMap<Operation *, unsigned> steps;
    for (auto [index, op] : llvm::enumerate(body))
      steps[&op] = index;

    SmallVector<Operation *> allocations, deallocations;
    function.walk([&](Operation *op) {
      if (isa<memref::AllocOp, memref::AllocaOp>(op))
        allocations.push_back(op);
      else if (isa<memref::DeallocOp>(op))
        deallocations.push_back(op);
    });
    for (Operation *op : deallocations)
      op->erase();

    BufferViewFlowAnalysis aliases(function);
    std::vector<BufferLife> lives;
    for (Operation *op : allocations) {
      FailureOr<uint64_t> bytes = getBytes(op);
      if (failed(bytes))
        return signalPassFailure();
      // What is allocated inside a loop is alive from its first to its last turn.
      bool nested = op->getBlock() != &body;
      unsigned own = steps.lookup(body.findAncestorOpInBlock(*op));
      BufferLife life{*bytes, nested ? own : ~0u, own};
      for (Value alias : aliases.resolve(op->getResult(0))) {
        for (Operation *user : alias.getUsers()) {
          unsigned step = steps.lookup(body.findAncestorOpInBlock(*user));
          life.first = std::min(life.first, step);
          life.last = std::max(life.last, step);
        }
      }
      if (life.first == ~0u)
        life.first = life.last;
      lives.push_back(life);
    }

    SmallVector<Operation *> ordered;
    std::vector<BufferOverlap> overlaps = getOverlaps(body, steps, allocations, lives, ordered);
    ArenaPlan plan = planArena(lives, overlaps);
    for (auto [op, pair] : llvm::zip_equal(ordered, overlaps))
      setOrder(op, pair, plan, lives);
    numBuffers += lives.size();
    arenaBytes = arenaBytes + plan.bytes;
    lowerBound = lowerBound + plan.lowerBound;

    OpBuilder builder(&getContext());
    auto arenaType = MemRefType::get({static_cast<int64_t>(plan.bytes)}, builder.getI8Type());
    if (failed(function.insertArgument(function.getNumArguments(), arenaType, DictionaryAttr(),
                                       function.getLoc())))
      return signalPassFailure();
    Value arena = function.getArguments().back();
    function->setAttr("kvant.arena_bytes", builder.getI64IntegerAttr(plan.bytes));

    for (auto [op, offset] : llvm::zip_equal(allocations, plan.offsets)) {
      builder.setInsertionPointToStart(&body);
      Value start = arith::ConstantIndexOp::create(builder, op->getLoc(), offset);
      Value view = memref::ViewOp::create(builder, op->getLoc(),
                                          cast<MemRefType>(op->getResult(0).getType()), arena,
                                          start, ValueRange());
      op->getResult(0).replaceAllUsesWith(view);
      op->erase();
    }
  }
};

} // namespace
} // namespace kvant::codegen
