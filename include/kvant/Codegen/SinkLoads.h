// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads of constants back into loops that have no registers for them.
#ifndef KVANT_CODEGEN_SINKLOADS_H
#define KVANT_CODEGEN_SINKLOADS_H

#include "llvm/IR/PassManager.h"

namespace kvant::codegen {

/// Undoes what LICM does too much of: it moves every load of a weight or a scale out of the loop
/// over pixels, and the register allocator stores what does not fit in registers to the stack.
/// From there each comes back by an instruction of its own, where two neighbours in .rodata take
/// one.
class SinkLoadsPass : public llvm::PassInfoMixin<SinkLoadsPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

} // namespace kvant::codegen

#endif // KVANT_CODEGEN_SINKLOADS_H
