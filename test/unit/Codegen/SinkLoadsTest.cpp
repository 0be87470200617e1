// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads of constants return to a loop that has no registers for them, and to no other.

#include "kvant/Codegen/SinkLoads.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SourceMgr.h"
#include "gtest/gtest.h"

using namespace llvm;

namespace {

/// A loop that adds `count` vectors, loaded in front of it from `global`, to what it reads.
std::string makeLoop(unsigned count, StringRef global) {
  std::string text = "@weights = internal constant [4096 x i8] zeroinitializer\n"
                     "@state = internal global [4096 x i8] zeroinitializer\n"
                     "define void @f(ptr noalias %out) {\nentry:\n";
  raw_string_ostream stream(text);
  for (unsigned i = 0; i != count; ++i)
    stream << "  %w" << i << " = load <16 x i8>, ptr getelementptr (i8, ptr @" << global << ", i64 "
           << 16 * i << ")\n";
  stream << "  br label %loop\nloop:\n  %i = phi i64 [ 0, %entry ], [ %next, %loop ]\n"
            "  %p = getelementptr <16 x i8>, ptr %out, i64 %i\n"
            "  %s0 = load <16 x i8>, ptr %p\n";
  for (unsigned i = 0; i != count; ++i)
    stream << "  %s" << i + 1 << " = add <16 x i8> %s" << i << ", %w" << i << "\n";
  stream << "  store <16 x i8> %s" << count << ", ptr %p\n"
         << "  %next = add i64 %i, 1\n  %more = icmp ult i64 %next, 100\n"
            "  br i1 %more, label %loop, label %exit\nexit:\n  ret void\n}\n";
  return text;
}

/// Loads in each block of the loop's function behind the pass.
SmallVector<unsigned> countLoads(const std::string &text) {
  LLVMContext context;
  SMDiagnostic error;
  std::unique_ptr<Module> module = parseAssemblyString(text, error, context);
  EXPECT_TRUE(module) << error.getMessage().str();
  if (!module)
    return {};
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager graphs;
  ModuleAnalysisManager modules;
  PassBuilder builder;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  Function &function = *module->getFunction("f");
  FunctionPassManager passes;
  passes.addPass(kvant::codegen::SinkLoadsPass());
  passes.run(function, functions);
  EXPECT_FALSE(verifyFunction(function, &errs()));
  SmallVector<unsigned> counts;
  for (BasicBlock &block : function)
    counts.push_back(
        count_if(block, [](Instruction &instruction) { return isa<LoadInst>(instruction); }));
  return counts;
}

TEST(SinkLoads, MovesWhatHasNoRegisters) {
  EXPECT_EQ(countLoads(makeLoop(40, "weights")), (SmallVector<unsigned>{0, 41, 0}));
}

TEST(SinkLoads, LeavesWhatFits) {
  EXPECT_EQ(countLoads(makeLoop(12, "weights")), (SmallVector<unsigned>{12, 1, 0}));
}

TEST(SinkLoads, LeavesWhatMayChange) {
  EXPECT_EQ(countLoads(makeLoop(40, "state")), (SmallVector<unsigned>{40, 1, 0}));
}

} // namespace
