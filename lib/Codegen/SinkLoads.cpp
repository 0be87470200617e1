// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads of constants back into loops that have no registers for them.
#include "kvant/Codegen/SinkLoads.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsAArch64.h"
#include "llvm/IR/PatternMatch.h"

using namespace llvm;

namespace kvant::codegen {

namespace {

/// Vector registers of AArch64, and bits of one.
constexpr int64_t kRegisters = 32, kRegisterBits = 128;

/// True if `address` lies in a constant: addresses may be integers.
bool isInConstant(const Value *address) {
  using namespace PatternMatch;
  const Value *a, *b;
  if (match(address, m_Add(m_Value(a), m_Value(b))))
    return isInConstant(a) || isInConstant(b);
  if (match(address, m_IntToPtr(m_Value(a))) || match(address, m_PtrToInt(m_Value(a))))
    return isInConstant(a);
  if (!address->getType()->isPointerTy())
    return false;
  const Value *object = getUnderlyingObject(address);
  if (object != address)
    return isInConstant(object);
  auto *global = dyn_cast<GlobalVariable>(object);
  return global && global->isConstant();
}

bool isLoadOfConstants(const Instruction &instruction) {
  if (auto *load = dyn_cast<LoadInst>(&instruction))
    return load->isSimple() && load->getType()->isVectorTy() &&
           isInConstant(load->getPointerOperand());
  auto *call = dyn_cast<IntrinsicInst>(&instruction);
  return call && call->getIntrinsicID() == Intrinsic::aarch64_neon_ld4r &&
         isInConstant(call->getArgOperand(0));
}

/// Registers that a value takes. Parts of one and what is put together of others are the same
/// registers.
int64_t countRegisters(const Value &value) {
  auto *type = dyn_cast<FixedVectorType>(value.getType());
  auto *shuffle = dyn_cast<ShuffleVectorInst>(&value);
  int part = 0;
  if (!type || (shuffle && (shuffle->isConcat() || shuffle->isExtractSubvectorMask(part))))
    return 0;
  return divideCeil(type->getPrimitiveSizeInBits().getFixedValue(), kRegisterBits);
}

/// The most registers that values made in `block` take at once, in the order of instructions.
int64_t getPressure(const BasicBlock &block) {
  SmallPtrSet<const Instruction *, 32> live;
  int64_t now = 0;
  auto add = [&](const Instruction &made) {
    if (live.insert(&made).second)
      now += countRegisters(made);
  };
  for (const Instruction &instruction : block)
    if (instruction.isUsedOutsideOfBlock(&block))
      add(instruction);
  int64_t most = now;
  // Backwards: a value lives from its last use up to where it is made.
  for (const Instruction &instruction : reverse(block)) {
    if (live.erase(&instruction))
      now -= countRegisters(instruction);
    for (const Value *operand : instruction.operands()) {
      auto *made = dyn_cast<Instruction>(operand);
      if (made && made->getParent() == &block && !isa<PHINode>(instruction))
        add(*made);
    }
    most = std::max(most, now);
  }
  return most;
}

/// Registers that `loop` needs for what it makes and for what it uses from outside.
int64_t getPressure(const Loop &loop) {
  int64_t inside = 0, outside = 0;
  SmallPtrSet<const Value *, 32> seen;
  for (const BasicBlock *block : loop.blocks()) {
    inside = std::max(inside, getPressure(*block));
    for (const Instruction &instruction : *block)
      for (const Value *operand : instruction.operands()) {
        auto *made = dyn_cast<Instruction>(operand);
        if (made && !loop.contains(made) && seen.insert(made).second)
          outside += countRegisters(*made);
      }
  }
  return inside + outside;
}

/// A load, and the parts of what it gives, each behind its source.
SmallVector<Instruction *> getParts(Instruction &load) {
  SmallVector<Instruction *> parts = {&load};
  for (size_t index = 0; index != parts.size(); ++index)
    for (User *user : parts[index]->users())
      if (isa<ExtractValueInst, BitCastInst>(user))
        parts.push_back(cast<Instruction>(user));
  return parts;
}

/// The block that dominates all uses of `parts` but those among themselves.
BasicBlock *findUses(ArrayRef<Instruction *> parts, const DominatorTree &dominators) {
  BasicBlock *common = nullptr;
  for (Instruction *part : parts)
    for (const Use &use : part->uses()) {
      auto *user = cast<Instruction>(use.getUser());
      if (is_contained(parts, user))
        continue;
      auto *phi = dyn_cast<PHINode>(user);
      BasicBlock *block = phi ? phi->getIncomingBlock(use) : user->getParent();
      common = common ? dominators.findNearestCommonDominator(common, block) : block;
    }
  return common;
}

/// Moves `parts` in front of the first use in `block`, or to its end.
void sink(ArrayRef<Instruction *> parts, BasicBlock &block) {
  Instruction *first = block.getTerminator();
  for (Instruction &other : block)
    if (!isa<PHINode>(other) && any_of(other.operands(), [&](const Use &operand) {
          return is_contained(parts, dyn_cast<Instruction>(operand));
        })) {
      first = &other;
      break;
    }
  for (Instruction *part : parts)
    part->moveBefore(first->getIterator());
}

} // namespace

PreservedAnalyses SinkLoadsPass::run(Function &function, FunctionAnalysisManager &analyses) {
  auto &loops = analyses.getResult<LoopAnalysis>(function);
  auto &dominators = analyses.getResult<DominatorTreeAnalysis>(function);
  struct Candidate {
    SmallVector<Instruction *> parts;
    BasicBlock *uses;
  };
  MapVector<Loop *, SmallVector<Candidate>> found;
  for (BasicBlock &block : function)
    for (Instruction &instruction : block) {
      if (!isLoadOfConstants(instruction))
        continue;
      SmallVector<Instruction *> parts = getParts(instruction);
      BasicBlock *uses = findUses(parts, dominators);
      Loop *loop = uses ? loops.getLoopFor(uses) : nullptr;
      if (loop && none_of(parts, [&](Instruction *part) { return loop->contains(part); }))
        found[loop].push_back({std::move(parts), uses});
    }
  bool changed = false;
  for (auto &[loop, candidates] : found)
    if (getPressure(*loop) > kRegisters)
      for (const Candidate &candidate : candidates) {
        sink(candidate.parts, *candidate.uses);
        changed = true;
      }
  if (!changed)
    return PreservedAnalyses::all();
  PreservedAnalyses preserved;
  preserved.preserveSet<CFGAnalyses>();
  return preserved;
}

} // namespace kvant::codegen
