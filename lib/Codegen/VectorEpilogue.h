// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The epilogue of a kernel on vectors.
#ifndef KVANT_LIB_CODEGEN_VECTOREPILOGUE_H
#define KVANT_LIB_CODEGEN_VECTOREPILOGUE_H

#include "ImageLayout.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

namespace kvant::codegen {

/// A requantization of vectors of i32 (`shift`: of i8) by the level's own instructions where
/// they are exact: no shift is less than `minShift`.
mlir::Value emitApplyScale(KernelBuilder &kb, mlir::Value value, mlir::Value multiplier,
                           mlir::Value shift, bool doubleRound, int64_t minShift);

/// The buffers around an epilogue, flattened.
struct EpilogueBuffers {
  llvm::SmallVector<mlir::Value> channels, elements;
  mlir::Value result;
  llvm::SmallVector<ImageLayout> elementLayouts;
  ImageLayout resultLayout;
};

/// The places of one element in the result and in each of the element operands.
struct EpiloguePlace {
  mlir::Value result;
  llvm::SmallVector<mlir::Value> elements;

  /// The place of channel `channel` of a pixel, given by a layout's `getPlace`.
  template <typename... Args>
  static EpiloguePlace get(KernelBuilder &kb, const EpilogueBuffers &buffers, mlir::Value channel,
                           Args... pixel) {
    EpiloguePlace place;
    place.result = kb.add(buffers.resultLayout.getPlace(kb, pixel...), channel);
    for (const ImageLayout &layout : buffers.elementLayouts)
      place.elements.push_back(kb.add(layout.getPlace(kb, pixel...), channel));
    return place;
  }
  EpiloguePlace add(KernelBuilder &kb, int64_t distance) const {
    EpiloguePlace place{kb.add(result, distance), {}};
    for (mlir::Value element : elements)
      place.elements.push_back(kb.add(element, distance));
    return place;
  }
};

/// A vector of accumulators of neighbouring channels of one pixel.
struct EpilogueRow {
  mlir::Value accumulators;
  EpiloguePlace at; ///< of the first
};

/// Emits `region` on each of `rows`, whose channels begin at `channel`, and stores the first
/// `valid` lanes.
void emitEpilogue(KernelBuilder &kb, mlir::Region &region, const EpilogueBuffers &buffers,
                  mlir::Value channel, int64_t valid, llvm::ArrayRef<EpilogueRow> rows);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_VECTOREPILOGUE_H
