// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The epilogue of a kernel on vectors.
#ifndef KVANT_LIB_CODEGEN_VECTOREPILOGUE_H
#define KVANT_LIB_CODEGEN_VECTOREPILOGUE_H

#include "ImageLayout.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "llvm/ADT/STLExtras.h"

namespace kvant::codegen {

/// What is known of the operands of a tosa.apply_scale.
struct ScaleTraits {
  bool doubleRound;
  bool nonNegative; ///< results for negative values may be one more
  int64_t minShift; ///< no shift is less
  bool shiftsLeft;  ///< see kernel::kShiftsLeftAttr
};

/// A requantization of vectors of i32 (`shift`: of i8) by the level's own instructions where
/// they are exact. `left` may be null or hold 31 less the shift as words.
mlir::Value emitApplyScale(KernelBuilder &kb, mlir::Value value, mlir::Value multiplier,
                           mlir::Value shift, mlir::Value left, const ScaleTraits &traits);

/// The buffers around an epilogue, flattened.
struct EpilogueBuffers {
  llvm::SmallVector<mlir::Value> channels, elements;
  mlir::Value result;
  llvm::SmallVector<ImageLayout> elementLayouts;
  ImageLayout resultLayout;

  /// True if nothing lies between neighbouring pixels of a line.
  bool hasAdjacentPixels(int64_t channels) const {
    return resultLayout.getPixel() == channels &&
           llvm::all_of(elementLayouts,
                        [&](const ImageLayout &layout) { return layout.getPixel() == channels; });
  }
};

/// The places of one element, as indices, in the result and in each of the element operands.
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
  /// The place `lines` lines further down.
  EpiloguePlace addLines(KernelBuilder &kb, const EpilogueBuffers &buffers, int64_t lines) const {
    EpiloguePlace place{kb.add(result, lines * buffers.resultLayout.getLine()), {}};
    for (auto [element, layout] : llvm::zip_equal(elements, buffers.elementLayouts))
      place.elements.push_back(kb.add(element, lines * layout.getLine()));
    return place;
  }
  /// The place `pixels` pixels further on in the line.
  EpiloguePlace addPixels(KernelBuilder &kb, const EpilogueBuffers &buffers, int64_t pixels) const {
    EpiloguePlace place{kb.add(result, pixels * buffers.resultLayout.getPixel()), {}};
    for (auto [element, layout] : llvm::zip_equal(elements, buffers.elementLayouts))
      place.elements.push_back(kb.add(element, pixels * layout.getPixel()));
    return place;
  }
  /// The place `distance` channels further on, in the same pixel.
  EpiloguePlace add(KernelBuilder &kb, int64_t distance) const {
    EpiloguePlace place{kb.add(result, distance), {}};
    for (mlir::Value element : elements)
      place.elements.push_back(kb.add(element, distance));
    return place;
  }
};

/// A vector of accumulators and the places where equal parts of it go.
struct EpilogueRow {
  mlir::Value accumulators;
  llvm::SmallVector<EpiloguePlace, 1> at;
};

/// What the lanes of all rows have in common.
struct EpilogueLayout {
  mlir::Value channel; ///< of the first lane
  int64_t channels;    ///< lane i holds channel i modulo this
  int64_t valid;       ///< elements of each part that exist in the result
  /// The results of a row follow those of the row before.
  bool adjacent = false;
  /// Lane i holds element getInterleavedElement(lanes, i) of the row.
  bool interleaved = false;
  /// A row holds two places: lanes are two channels of the first, the same of the second, the
  /// next two of the first, and on.
  bool paired = false;
};

/// Emits `region` on each of `rows` and stores the results.
void emitEpilogue(KernelBuilder &kb, mlir::Region &region, const EpilogueBuffers &buffers,
                  const EpilogueLayout &layout, llvm::ArrayRef<EpilogueRow> rows);

/// Vectors of accumulators that are best passed to emitEpilogue as one, if they are of
/// neighbouring channels.
int64_t getEpilogueVectors(const KernelBuilder &kb, mlir::Region &region);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_VECTOREPILOGUE_H
