// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Epilogues that add one more tensor: part of kvant-simplify-rescales.
#ifndef KVANT_LIB_CODEGEN_SIMPLIFYRESIDUAL_H
#define KVANT_LIB_CODEGEN_SIMPLIFYRESIDUAL_H

#include "EpilogueRewriter.h"

namespace kvant::codegen {

/// Where the accumulator becomes a byte before anything else is done with it, and the result
/// is a function of that byte and of one element, both steps are rewritten: the first proven
/// by its steps, the second by comparison of all pairs. False if nothing was changed.
bool simplifyResidualToFloat(mlir::Operation *kernel, const ByteEpilogue &epilogue);
bool simplifyResidualIntegers(const ByteEpilogue &epilogue);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_SIMPLIFYRESIDUAL_H
