// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Raises a float TOSA program to qnn.
#include "kvant/Import/Passes.h"

#include "Patterns.h"
#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace kvant::import {

#define GEN_PASS_DEF_TOSATOQNN
#include "kvant/Import/Passes.h.inc"

std::optional<SmallVector<int64_t>> getShapeValues(Value shape) {
  auto constant = shape.getDefiningOp<tosa::ConstShapeOp>();
  if (!constant)
    return std::nullopt;
  auto values = constant.getValues().getValues<int64_t>();
  return SmallVector<int64_t>(values.begin(), values.end());
}

std::optional<double> getScalar(Value value) {
  auto constant = ConstantReader::create(value);
  if (!constant || constant->getNumElements() != 1)
    return std::nullopt;
  return constant->getFloat(0);
}

bool areZero(ArrayRef<Value> zeroPoints) {
  return llvm::all_of(zeroPoints, [](Value value) { return getScalar(value) == 0.0; });
}

Value makeConstant(PatternRewriter &rewriter, Location loc, RankedTensorType type,
                   ArrayRef<float> values) {
  return qnn::ConstantOp::create(rewriter, loc, type, makeFloatConstant(type, values));
}

namespace {

struct TosaToQnn : impl::TosaToQnnBase<TosaToQnn> {
  void runOnOperation() override {
    nameOperations();
    for (auto addPatterns : {addCompositePatterns, addAllPatterns}) {
      RewritePatternSet patterns(&getContext());
      addPatterns(patterns);
      if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
        getOperation().emitError("the rewriting to qnn does not end");
        return signalPassFailure();
      }
    }
    WalkResult result = getOperation().walk([](Operation *op) {
      // A constant is left only where its user is.
      if (!isa_and_nonnull<tosa::TosaDialect>(op->getDialect()) ||
          isa<tosa::ConstOp, tosa::ConstShapeOp>(op))
        return WalkResult::advance();
      op->removeDiscardableAttr(qnn::kNameAttr);
      op->emitOpError("has no form in qnn with these operands; supported: float convolutions, "
                      "matmul, pools, resize, arithmetic, clamp, sigmoid, tanh, exp, log, rsqrt, "
                      "sin, cos, sums, maxima and data movement, with constant shapes");
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  static void addAllPatterns(RewritePatternSet &patterns) {
    addContractionPatterns(patterns);
    addElementwisePatterns(patterns);
    addMovementPatterns(patterns);
  }

  /// Recipes and statistics know operations by name: that of the location, or the mnemonic
  /// with a number.
  void nameOperations() {
    llvm::StringMap<unsigned> counts;
    getOperation().walk([&](Operation *op) {
      if (!isa_and_nonnull<tosa::TosaDialect>(op->getDialect()) || op->getNumResults() != 1 ||
          isa<tosa::ConstOp, tosa::ConstShapeOp>(op) || op->hasAttr(qnn::kNameAttr))
        return;
      StringRef mnemonic = op->getName().stripDialect();
      std::string name = (mnemonic + "_" + Twine(counts[mnemonic]++)).str();
      if (auto loc = dyn_cast<NameLoc>(op->getLoc()); loc && !loc.getName().empty())
        name = loc.getName().str();
      op->setDiscardableAttr(qnn::kNameAttr, StringAttr::get(&getContext(), name));
    });
  }
};

} // namespace

} // namespace kvant::import
