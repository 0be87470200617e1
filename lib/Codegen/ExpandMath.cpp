// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-expand-math: mathematical functions as polynomials.

#include "kvant/Codegen/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_EXPANDMATH
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// Operations that every target has an instruction for, or that LLVM expands in place.
bool isInstruction(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp, math::CountLeadingZerosOp,
             math::CountTrailingZerosOp, math::CtPopOp, math::FloorOp, math::FmaOp,
             math::IsFiniteOp, math::IsInfOp, math::IsNaNOp, math::IsNormalOp, math::RoundEvenOp,
             math::SqrtOp, math::TruncOp>(op);
}

struct ExpandMath : impl::ExpandMathBase<ExpandMath> {
  using Base::Base;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    math::populateExpansionPatterns(patterns, {"sinh", "cosh", "tan", "asinh", "acosh", "atanh",
                                               "powf", "fpowi", "ipowi", "exp2", "round", "rsqrt"});
    auto every = [](StringRef name) { return true; };
    auto notInstruction = [](StringRef name) {
      return llvm::is_contained({"math.atan", "math.atan2", "math.tanh", "math.log", "math.log2",
                                 "math.log1p", "math.erf", "math.erfc", "math.asin", "math.acos",
                                 "math.exp", "math.expm1", "math.cbrt", "math.sin", "math.cos"},
                                name);
    };
    populateMathF32ExpansionPatterns(patterns, notInstruction);
    populateMathPolynomialApproximationPatterns(patterns, every);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();

    WalkResult result = getOperation().walk([](Operation *op) {
      if (!isa<math::MathDialect>(op->getDialect()) || isInstruction(op))
        return WalkResult::advance();
      op->emitOpError("expected a function with an expansion into arithmetic");
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
} // namespace kvant::codegen
