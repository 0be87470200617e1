// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the operations of a layer read and write, as ranges of bytes.
#ifndef KVANT_LIB_CODEGEN_LAYERACCESSES_H
#define KVANT_LIB_CODEGEN_LAYERACCESSES_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace kvant::codegen {

/// Bytes from `begin` to before `end`.
struct ByteRange {
  int64_t begin = 0, end = 0;

  bool isEmpty() const { return begin >= end; }
  bool overlaps(const ByteRange &other) const {
    return begin < other.end && other.begin < end && !isEmpty() && !other.isEmpty();
  }
  /// Grows to hold `other`, and what lies between.
  void include(const ByteRange &other);
};

/// An operation that reads or writes a buffer.
struct Access {
  mlir::Operation *op;
  mlir::Value buffer; ///< without views of its whole
  mlir::Value base;   ///< argument or global that it lies in
  ByteRange bytes;    ///< of the buffer in `base`; without an end if unknown

  bool overlaps(const Access &other) const {
    return base == other.base && bytes.overlaps(other.bytes);
  }
};

/// Of `op` to `buffer`, traced through views.
Access getAccess(mlir::Operation *op, mlir::Value buffer);

struct LayerAccesses {
  llvm::SmallVector<Access> reads, writes;
  /// Reads of bytes that something in the layer writes, but for those where the same round
  /// writes afterwards, element by element.
  llvm::SmallVector<Access> getEndangeredReads() const;
};

/// All accesses within `layer`; nothing if an operation does not say what it does.
std::optional<LayerAccesses> getLayerAccesses(mlir::Block &layer);

/// The bytes that `access` touches in some rounds of `loop`, from `first` to before `end`, or a
/// range around them.
ByteRange getBytes(const Access &access, mlir::scf::ForOp loop, int64_t first, int64_t end);
/// The bytes that `access` touches in all rounds of all loops.
inline ByteRange getBytes(const Access &access) { return getBytes(access, {}, 0, 0); }

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_LAYERACCESSES_H
