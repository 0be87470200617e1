// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the lines of a window have left behind their last whole group of four elements.
#ifndef KVANT_LIB_CODEGEN_LINERESTS_H
#define KVANT_LIB_CODEGEN_LINERESTS_H

#include "DotSteps.h"

namespace kvant::codegen {

/// `rest` elements of each of `lines` lines of a window, `xLine` elements apart: at most four.
struct LineRests {
  int64_t lines, rest, xLine;
};

/// The rests at `x` of the rows of a tile: line after line in a 32-bit lane for each row, zero
/// behind the last. Reads whole registers: less than one behind the last element.
GatheredRows gatherRests(KernelBuilder &kb, const DotTile &tile, mlir::Value x,
                         const LineRests &rests);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_LINERESTS_H
