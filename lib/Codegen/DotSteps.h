// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner step of the dot-product family: one implementation per kind of instruction.
#ifndef KVANT_LIB_CODEGEN_DOTSTEPS_H
#define KVANT_LIB_CODEGEN_DOTSTEPS_H

#include "KernelBuilder.h"
#include <memory>

namespace kvant::codegen {

/// What a register tile works on.
struct DotTile {
  int64_t rows, vectors, lanes;
  int64_t packedVectors;      ///< vectors of the block of weights that those of the tile are in
  int64_t rowStride;          ///< elements of the input from one row of a line to the next
  mlir::Value input, weights; ///< flattened buffers
  llvm::SmallVector<mlir::Value> bias; ///< one vector of accumulators for each of `vectors`
  mlir::Value biasBuffer, firstBias;   ///< where `bias` is loaded from: buffer and position
  int64_t weightZp = 0;
  /// If runs of two lines of a window share a group: elements of the input from one line to the
  /// next, and elements of a run; else 0.
  int64_t lineStride = 0, lineRun = 0;
  bool flipInput = false;    ///< the input is signed, the instruction wants unsigned
  int64_t chain = 2;         ///< groups whose products can be summed up in 16 bits
  bool sharesPixels = false; ///< chunks that follow each other read the same pixels
  /// Lines of the result that the rows are on, as many on each, and elements of the input from one
  /// to the next.
  int64_t lines = 1, lineStep = 0;

  /// With a zero point of the weights, one more column sums up the inputs.
  int64_t getColumns() const { return vectors + (weightZp != 0 ? 1 : 0); }
  int64_t getRowsOfLine() const { return rows / lines; }
  /// Elements of the input from the first row to `row`.
  int64_t getOffset(int64_t row) const {
    return row / getRowsOfLine() * lineStep + row % getRowsOfLine() * rowStride;
  }
};

/// One group of each row of a tile, each in a 32-bit lane: of row `r` in lane `r % rows` of vector
/// `r / rows`.
struct GatheredRows {
  llvm::SmallVector<mlir::Value> vectors;
  int64_t rows = 0;
};

/// A part of a run: `groups` groups from `x` of the first row and `w` of the weights on. Both are
/// either positions in the buffers of the tile or addresses.
struct DotChunk {
  mlir::Value x, w;
  int64_t groups;
  int64_t lastValid;   ///< elements of the last group that belong to the run
  int64_t xOffset = 0; ///< elements from `x` to the first
  /// `w` is an address in a loop over chunks, which is best counted up by the loads.
  bool streamed = false;
  /// If the groups of the rows are no four bytes of the input: what they are, on x86.
  GatheredRows gathered = {};
  /// The weights, if they were loaded ahead, and whether to load those of the next chunk.
  llvm::ArrayRef<mlir::Value> ahead = {};
  bool loadsAhead = false;
  /// The chunk is that of so many taps of a line, one row apart, whose weights follow each other.
  int64_t taps = 1;
};

class DotSteps {
public:
  DotSteps(KernelBuilder &kb, const DotTile &tile) : kb(kb), tile(tile) {}
  virtual ~DotSteps() = default;

  /// Elements in one group, and groups that are best emitted together.
  virtual int64_t getGroup() const { return 4; }
  virtual int64_t getUnroll() const { return 4; }

  virtual llvm::SmallVector<mlir::Value> start() = 0;
  virtual void accumulate(llvm::SmallVectorImpl<mlir::Value> &accumulators,
                          const DotChunk &chunk) = 0;
  /// The addresses of a chunk that was accumulated, and of the weights behind it.
  virtual mlir::Value getNextX(const DotChunk &chunk) { return chunk.x; }
  virtual mlir::Value getNextWeights(const DotChunk &chunk);
  /// True if all taps that share pixels make one chunk.
  virtual bool takesTaps() const { return false; }
  /// True if the weights of a chunk can be loaded during the chunk before it.
  virtual bool canLoadAhead() const { return false; }
  virtual llvm::SmallVector<mlir::Value> loadAhead(const DotChunk &) { return {}; }
  /// What was loaded for the chunk behind the one that was accumulated.
  virtual llvm::ArrayRef<mlir::Value> getLoadedAhead() const { return {}; }
  /// The sum of one row and column without the zero point of the weights.
  virtual mlir::Value getSum(llvm::ArrayRef<mlir::Value> accumulators, int64_t row,
                             int64_t column) = 0;

  /// The accumulators of a row and vector as the epilogue takes them.
  mlir::Value finish(llvm::ArrayRef<mlir::Value> accumulators, int64_t row, int64_t vector);

  /// True if sums are best taken by pairs of rows: see EpilogueLayout::paired.
  virtual bool isPaired() const { return false; }
  /// The same of `row` and the next.
  virtual mlir::Value getPairSum(llvm::ArrayRef<mlir::Value> accumulators, int64_t row,
                                 int64_t column);
  mlir::Value finishPair(llvm::ArrayRef<mlir::Value> accumulators, int64_t row, int64_t vector);

protected:
  /// `count` elements of the weights from `offset` elements on in group `group` of a chunk, or
  /// ones for the column that sums up the inputs.
  mlir::Value getWeights(const DotChunk &chunk, int64_t group, int64_t column, int64_t offset,
                         int64_t count);
  /// The four elements of the input from element `at` of a chunk on, if lines share groups.
  mlir::Value getWord(const DotChunk &chunk, int64_t row, int64_t at);
  mlir::Value getX(const DotChunk &chunk, int64_t row, int64_t group, int64_t count);
  llvm::SmallVector<mlir::Value> zeros(int64_t count, int64_t lanes);

  KernelBuilder &kb;
  const DotTile &tile;

private:
  mlir::Value gatherLines(const DotChunk &chunk, int64_t row, int64_t group, int64_t count);
  /// `sum` with the zero point of the weights, which multiplies the sum of the inputs.
  mlir::Value correct(mlir::Value sum, llvm::function_ref<mlir::Value()> getInputs);
};

/// The steps of the level of `kb` for integers or floats.
std::unique_ptr<DotSteps> makeDotSteps(KernelBuilder &kb, const DotTile &tile, bool integer);

std::unique_ptr<DotSteps> makeVnniSteps(KernelBuilder &kb, const DotTile &tile);
std::unique_ptr<DotSteps> makeAvx2Steps(KernelBuilder &kb, const DotTile &tile);
std::unique_ptr<DotSteps> makeSdotSteps(KernelBuilder &kb, const DotTile &tile);
std::unique_ptr<DotSteps> makeSmmlaSteps(KernelBuilder &kb, const DotTile &tile);
std::unique_ptr<DotSteps> makeSmullSteps(KernelBuilder &kb, const DotTile &tile);
std::unique_ptr<DotSteps> makeFloatSteps(KernelBuilder &kb, const DotTile &tile);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_DOTSTEPS_H
