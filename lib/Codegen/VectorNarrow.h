// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Results of 32 bits to bytes, several vectors at a time.
#ifndef KVANT_LIB_CODEGEN_VECTORNARROW_H
#define KVANT_LIB_CODEGEN_VECTORNARROW_H

#include "KernelBuilder.h"
#include "mlir/IR/Region.h"

namespace kvant::codegen {

/// Vectors of 32-bit lanes whose bytes fill one vector.
constexpr int64_t kNarrowedVectors = 4;

/// The operation of an epilogue that makes the byte of its result, if it saturates and only
/// constants are combined with it afterwards.
struct Narrowing {
  mlir::Operation *op = nullptr;
  mlir::Value wide;  ///< what saturates, to unsigned bytes if `isUnsigned`
  int64_t added = 0; ///< is added to it first, without leaving 32 bits
  bool isUnsigned = false;
  explicit operator bool() const { return op; }
};

/// Nothing if there is none.
Narrowing findNarrowing(const KernelBuilder &kb, mlir::Region &epilogue);

/// Saturates `wide`, the vector for `narrowing.wide`, to bytes. Interleaved lanes
/// (getInterleavedElement), which only x86 has, come out in order.
mlir::Value emitNarrowing(KernelBuilder &kb, const Narrowing &narrowing, mlir::Value wide,
                          bool interleaved);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_VECTORNARROW_H
