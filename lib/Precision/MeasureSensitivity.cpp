// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-measure-sensitivity: the program with only one operation quantized, for each candidate.
#include "Decisions.h"
#include "Trial.h"
#include "kvant/Calibrate/Collector.h"
#include "kvant/Calibrate/ObservedTensors.h"
#include "kvant/Precision/Passes.h"

using namespace mlir;

namespace kvant::precision {
#define GEN_PASS_DEF_MEASURESENSITIVITY
#include "kvant/Precision/Passes.h.inc"

namespace {
class MeasureSensitivity : public impl::MeasureSensitivityBase<MeasureSensitivity> {
public:
  using MeasureSensitivityBase::MeasureSensitivityBase;

private:
  void runOnOperation() override {
    ModuleOp module = getOperation();
    func::FuncOp function = calibrate::getMain(module);
    if (!function)
      return signalPassFailure();
    if (llvm::Error error = measure(module, function)) {
      emitError(UnknownLoc::get(&getContext()))
          << "kvant-measure-sensitivity: " << llvm::toString(std::move(error));
      signalPassFailure();
    }
  }

  llvm::Error measure(ModuleOp module, func::FuncOp function) {
    auto scaling = calibrate::parseInputScaling(inputScale, inputShift);
    if (!scaling)
      return scaling.takeError();
    SmallVector<Operation *> candidates = getCandidates(function);
    if (candidates.empty())
      return llvm::Error::success();
    auto trial = Trial::create(module, {data, samples, *scaling});
    if (!trial)
      return trial.takeError();
    SmallVector<Quality> qualities;
    for (unsigned index = 0; index < candidates.size(); ++index) {
      OwningOpRef<ModuleOp> clone = module.clone();
      SmallVector<Operation *> copies = getCandidates(calibrate::getMain(*clone));
      for (Operation &op : calibrate::getMain(*clone).getBody().front())
        if (getScheme(&op) == kInteger)
          setDecision(&op, &op == copies[index] ? kInteger : kFloat, "measured alone");
      llvm::Expected<Quality> quality = trial->measure(*clone);
      if (!quality)
        return quality.takeError();
      qualities.push_back(*quality);
    }
    for (auto [op, quality] : llvm::zip(candidates, qualities))
      setSensitivity(op, quality.getSqnrDb(), quality.flips);
    return llvm::Error::success();
  }
};
} // namespace
} // namespace kvant::precision
