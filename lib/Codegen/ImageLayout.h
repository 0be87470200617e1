// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the pixels of an image lie in a buffer that may have a halo around it, or be a slice of a
// larger one.
#ifndef KVANT_LIB_CODEGEN_IMAGELAYOUT_H
#define KVANT_LIB_CODEGEN_IMAGELAYOUT_H

#include "KernelBuilder.h"

namespace kvant::codegen {

/// Places of elements, counted from the start of the flattened buffer (`KernelBuilder::flatten`).
class ImageLayout {
public:
  ImageLayout() = default;
  /// An image of shape `out` [N, H, W, C] in a buffer of `type` from row and column `start` on.
  ImageLayout(llvm::ArrayRef<int64_t> out, mlir::MemRefType type, llvm::ArrayRef<int64_t> start);

  /// Elements from one pixel, or line, or image, to the next.
  int64_t getPixel() const { return pixel; }
  int64_t getLine() const { return line; }
  int64_t getImage() const { return image; }
  /// True if the pixels of all lines and images have one distance from each other.
  bool isEven() const {
    return (lines * images == 1 || line == columns * pixel) &&
           (images == 1 || image == lines * line);
  }
  /// True if they have no gap in between.
  bool isDense() const { return isEven() && pixel == channels; }

  mlir::Value getPlace(KernelBuilder &kb, mlir::Value atImage, mlir::Value atLine,
                       mlir::Value atColumn) const;
  /// The place of the pixel that is number `index` over all lines and images.
  mlir::Value getPlace(KernelBuilder &kb, mlir::Value index) const;
  /// The places of `count` pixels from number `index` on; `wholeLines`: they
  /// begin with a line and end with one.
  llvm::SmallVector<mlir::Value> getPlaces(KernelBuilder &kb, mlir::Value index, int64_t count,
                                           bool wholeLines) const;

private:
  int64_t images = 0, lines = 0, columns = 0, channels = 0;
  int64_t pixel = 0, line = 0, image = 0, first = 0; ///< strides, and place of the first pixel
};

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_IMAGELAYOUT_H
