// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order of the passes of code generation.

#include "kvant/Pipelines/Codegen.h"

#include "kvant/Codegen/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Tosa/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

void addTosaCleanup(OpPassManager &functions) {
  functions.addPass(tosa::createTosaOptionalDecompositionsPass());
  functions.addPass(tosa::createTosaInferShapesPass());
  functions.addPass(tosa::createTosaMakeBroadcastablePass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
}

void addTosaToLinalg(OpPassManager &functions) {
  functions.addPass(tosa::createTosaToLinalgNamed());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createTosaToSCFPass());
  functions.addPass(tosa::createTosaToLinalg());
  functions.addPass(createTosaToTensorPass());
  functions.addPass(createTosaToArithPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createLinalgElementwiseOpFusionPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
}

void addBufferization(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createSeparateBuffers());
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion = bufferization::LayoutMapOption::IdentityLayoutMap;
  manager.addPass(bufferization::createOneShotBufferizePass(options));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  OpPassManager &functions = manager.nest<func::FuncOp>();
  functions.addPass(createResultsToArguments());
  functions.addPass(createFoldCopies());
  functions.addPass(createExpandCopies());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createPlanArena());
}

void addLoops(OpPassManager &functions) {
  functions.addPass(createArrangeLoops());
  functions.addPass(createConvertLinalgToLoopsPass());
  TosaToArithPassOptions arith;
  arith.includeApplyRescale = true;
  functions.addPass(createTosaToArithPass(arith));
  functions.addPass(createExpandMath());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  functions.addPass(createLoopInvariantCodeMotionPass());
}

void addConversionToLLVM(OpPassManager &manager) {
  OpPassManager &functions = manager.nest<func::FuncOp>();
  functions.addPass(memref::createExpandStridedMetadataPass());
  functions.addPass(createLowerAffinePass());
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  functions.addPass(arith::createArithExpandOpsPass(expand));
  functions.addPass(memref::createExpandOpsPass());
  functions.addPass(createSCFToControlFlowPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  manager.addPass(createConvertVectorToLLVMPass());
  // One conversion of all that is left: each walk over a large program counts. Functions take
  // bare pointers, as kvant-clone-levels asks for.
  manager.addPass(createConvertToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

} // namespace

void buildKernelPreparation(OpPassManager &manager, const CodegenOptions &options) {
  AttachTargetOptions target;
  target.target = options.target;
  target.cpu = options.cpu;
  manager.addPass(createAttachTarget(target));
  RecordInterfaceOptions interface;
  interface.name = options.name;
  manager.addPass(createRecordInterface(interface));
  addTosaCleanup(manager.nest<func::FuncOp>());
}

void buildCodegenPipeline(OpPassManager &manager, const CodegenOptions &options) {
  buildKernelPreparation(manager, options);
  FormKernelsOptions kernels;
  kernels.tiles.assign(options.tiles.begin(), options.tiles.end());
  manager.addNestedPass<func::FuncOp>(createFormKernels(kernels));
  manager.addNestedPass<func::FuncOp>(createSimplifyRescales());
  manager.addNestedPass<func::FuncOp>(createFoldPads());
  addTosaToLinalg(manager.nest<func::FuncOp>());
  addBufferization(manager);
  manager.addPass(createCloneLevels());
  manager.addNestedPass<func::FuncOp>(createLowerKernels());
  addLoops(manager.nest<func::FuncOp>());
  SplitLayersOptions split;
  split.partWork = options.partWork;
  manager.addPass(createSplitLayers(split));
  manager.addPass(createShareLayers());
  addConversionToLLVM(manager);
  manager.addPass(createEmitEntry());
  manager.addPass(createEmitTasks());
}

void registerCodegenPipeline() {
  PassPipelineRegistration<CodegenOptions>(
      "kvant-codegen", "Generate code for a program of TOSA operations: to the LLVM dialect",
      buildCodegenPipeline);
}

} // namespace kvant::codegen
