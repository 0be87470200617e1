// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs that arrive as MLIR: parsed, checked to be one function of known
// operations on static shapes, and given the names that an imported model has.
#include "kvant/Import/Import.h"

#include "dialects/Qnn/Qnn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Dialect/Tosa/Transforms/Passes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

namespace kvant {

namespace {

class ModuleChecker {
public:
  ModuleChecker(ModuleOp module, StringRef file, const ImportOptions &options)
      : module(module), file(file), options(options) {}

  LogicalResult run();

private:
  InFlightDiagnostic emitError() {
    return mlir::emitError(UnknownLoc::get(module.getContext())) << file << ": ";
  }
  LogicalResult findFunction();
  LogicalResult applyBatch();
  LogicalResult verifyOperations();
  LogicalResult verifyTypes();
  void nameArgumentsAndResults();

  ModuleOp module;
  StringRef file;
  const ImportOptions &options;
  func::FuncOp func;
};

} // namespace

LogicalResult ModuleChecker::findFunction() {
  for (Operation &op : *module.getBody()) {
    auto candidate = dyn_cast<func::FuncOp>(op);
    if (!candidate)
      return emitError() << "expected only func.func at the top of the module, got '"
                         << op.getName() << "'";
    if (func)
      return emitError() << "expected one function, got @" << func.getName() << " and @"
                         << candidate.getName();
    func = candidate;
  }
  if (!func)
    return emitError() << "expected one function, got none";
  if (func.isDeclaration())
    return emitError() << "@" << func.getName() << " has no body";
  if (!func.getBody().hasOneBlock() || !isa<func::ReturnOp>(func.getBody().front().getTerminator()))
    return emitError() << "@" << func.getName() << ": expected one block that ends in "
                       << "func.return";
  if (func.getNumResults() == 0)
    return emitError() << "@" << func.getName() << ": expected at least one result";
  func.setName("main");
  func.setPublic();
  return success();
}

LogicalResult ModuleChecker::verifyOperations() {
  WalkResult result = func.walk([&](Operation *op) {
    if (isa<func::FuncOp, func::ReturnOp>(op))
      return WalkResult::advance();
    if (op->getDialect() && isa<tosa::TosaDialect, qnn::QnnDialect>(op->getDialect()))
      return WalkResult::advance();
    emitError() << "'" << op->getName() << "' is not supported; supported: operations of TOSA 1.0 "
                << "and of the qnn dialect";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

LogicalResult ModuleChecker::applyBatch() {
  Block &body = func.getBody().front();
  bool open = false;
  for (BlockArgument argument : body.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type || type.getRank() == 0 || !type.isDynamicDim(0) ||
        !llvm::all_of(type.getShape().drop_front(),
                      [](int64_t size) { return !ShapedType::isDynamic(size); }))
      continue;
    SmallVector<int64_t> shape(type.getShape());
    shape[0] = options.batch.value_or(1);
    argument.setType(type.clone(shape));
    open = true;
  }
  if (!open) {
    if (options.batch && !llvm::any_of(body.getArgumentTypes(), [&](Type type) {
          auto tensor = dyn_cast<RankedTensorType>(type);
          return tensor && tensor.getRank() > 0 && tensor.getDimSize(0) == *options.batch;
        }))
      return emitError() << "the batch of the program is fixed; expected "
                            "inputs whose first "
                            "dimension is open (`?`) to become "
                         << *options.batch;
    return success();
  }
  func.setType(
      FunctionType::get(module.getContext(), body.getArgumentTypes(), func.getResultTypes()));
  // Upstream's inference carries the batch to every result.
  PassManager manager(module.getContext());
  manager.addNestedPass<func::FuncOp>(tosa::createTosaInferShapesPass());
  if (failed(manager.run(module)))
    return failure();
  // It leaves a cast to the declared type in front of what it does not know.
  func.walk([](tensor::CastOp cast) {
    cast.getResult().replaceAllUsesWith(cast.getSource());
    cast.erase();
  });
  func.setType(FunctionType::get(module.getContext(), body.getArgumentTypes(),
                                 body.getTerminator()->getOperandTypes()));
  return verify(module);
}

LogicalResult ModuleChecker::verifyTypes() {
  auto check = [&](Type type, const Twine &what) -> LogicalResult {
    // Shape values of TOSA are compile-time lists, not tensors.
    if (isa<tosa::shapeType>(type))
      return success();
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return emitError() << what << " has type " << type
                         << "; expected a ranked tensor of static shape";
    int64_t elements = 1;
    for (int64_t size : tensor.getShape())
      if (llvm::MulOverflow(elements, size, elements) || elements > INT32_MAX)
        return emitError() << what << " has type " << type << "; expected at most " << INT32_MAX
                           << " elements";
    return success();
  };
  for (BlockArgument argument : func.getArguments())
    if (failed(check(argument.getType(), "input " + Twine(argument.getArgNumber()))))
      return failure();
  WalkResult result = func.walk([&](Operation *op) {
    for (Type type : op->getResultTypes())
      if (failed(check(type, "a result of '" + op->getName().getStringRef() + "'")))
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

void ModuleChecker::nameArgumentsAndResults() {
  Builder builder(module.getContext());
  if (!module->hasAttr(qnn::kSourceAttr))
    module->setAttr(qnn::kSourceAttr,
                    builder.getDictionaryAttr(
                        {builder.getNamedAttr("format", builder.getStringAttr("mlir")),
                         builder.getNamedAttr(
                             "file", builder.getStringAttr(llvm::sys::path::filename(file)))}));
  for (unsigned i = 0, e = func.getNumArguments(); i < e; ++i)
    if (!func.getArgAttr(i, qnn::kNameAttr))
      func.setArgAttr(i, qnn::kNameAttr, builder.getStringAttr("arg" + Twine(i)));
  for (unsigned i = 0, e = func.getNumResults(); i < e; ++i)
    if (!func.getResultAttr(i, qnn::kNameAttr))
      func.setResultAttr(i, qnn::kNameAttr, builder.getStringAttr("output" + Twine(i)));
}

LogicalResult ModuleChecker::run() {
  if (options.batch && *options.batch < 1)
    return emitError() << "expected a batch of 1 at least, got " << *options.batch;
  if (failed(findFunction()) || failed(verifyOperations()) || failed(applyBatch()) ||
      failed(verifyTypes()))
    return failure();
  nameArgumentsAndResults();
  return success();
}

OwningOpRef<ModuleOp> importMLIR(llvm::MemoryBufferRef buffer, StringRef file, MLIRContext *context,
                                 const ImportOptions &options) {
  loadImportDialects(context);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(buffer.getBuffer(), file),
                             llvm::SMLoc());
  // Parser and verifier may find several faults; the first one is the error.
  bool seen = false;
  ScopedDiagnosticHandler first(context, [&](Diagnostic &diagnostic) {
    bool repeated = seen && diagnostic.getSeverity() == DiagnosticSeverity::Error;
    seen |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success(repeated);
  });
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, context);
  if (!module || failed(ModuleChecker(*module, file, options).run()))
    return nullptr;
  return module;
}

} // namespace kvant
