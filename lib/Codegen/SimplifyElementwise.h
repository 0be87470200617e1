// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of one or two bytes: part of kvant-simplify-rescales.
#ifndef KVANT_LIB_CODEGEN_SIMPLIFYELEMENTWISE_H
#define KVANT_LIB_CODEGEN_SIMPLIFYELEMENTWISE_H

#include "dialects/Kernel/Kernel.h"

namespace kvant::codegen {

/// Rewrites a kernel that rescales one byte, or adds two with their rescales, into a sum of
/// products: of floats, or of integers that are multiplied digit by digit in 16 bits. It is
/// proven by comparison of all bytes, or pairs. False if nothing was changed.
bool simplifyElementwise(kernel::ElementwiseOp kernel, bool toFloat);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_SIMPLIFYELEMENTWISE_H
