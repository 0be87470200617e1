// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the pixels of an image lie in a buffer that may have a halo around it.
#ifndef KVANT_LIB_CODEGEN_IMAGELAYOUT_H
#define KVANT_LIB_CODEGEN_IMAGELAYOUT_H

#include "KernelBuilder.h"

namespace kvant::codegen {

/// Places of elements, counted from the start of the flattened buffer.
class ImageLayout {
public:
  ImageLayout() = default;
  /// An image of shape `out` [N, H, W, C] in a buffer of `shape` from row and column `start` on.
  ImageLayout(llvm::ArrayRef<int64_t> out, llvm::ArrayRef<int64_t> shape,
              llvm::ArrayRef<int64_t> start)
      : images(out[0]), lines(out[1]), columns(out[2]), pixel(shape[3]), line(shape[2] * shape[3]),
        image(shape[1] * line), first(start[0] * line + start[1] * pixel) {}

  int64_t getPixel() const { return pixel; }
  int64_t getLine() const { return line; }
  /// True if the pixels of all lines and images follow each other without a gap.
  bool isDense() const { return line == columns * pixel && image == lines * line; }

  mlir::Value getPlace(KernelBuilder &kb, mlir::Value atImage, mlir::Value atLine,
                       mlir::Value atColumn) const;
  /// The place of the pixel that is number `index` over all lines and images.
  mlir::Value getPlace(KernelBuilder &kb, mlir::Value index) const;
  /// The places of `count` pixels from number `index` on; `wholeLines`: they
  /// begin with a line and end with one.
  llvm::SmallVector<mlir::Value> getPlaces(KernelBuilder &kb, mlir::Value index, int64_t count,
                                           bool wholeLines) const;

private:
  int64_t images = 0, lines = 0, columns = 0;
  int64_t pixel = 0, line = 0, image = 0, first = 0; ///< strides, and place of the first pixel
};

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_IMAGELAYOUT_H
