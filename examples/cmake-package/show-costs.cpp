// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a program of the qnn dialect and prints what each of its operations costs.
#include "dialects/Qnn/Qnn.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: show-costs PROGRAM.mlir\n";
    return 2;
  }
  mlir::MLIRContext context;
  context.loadDialect<mlir::func::FuncDialect, mlir::quant::QuantDialect, kvant::qnn::QnnDialect>();
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(argv[1], &context);
  if (!module)
    return 2;
  int64_t total = 0;
  module->walk([&](kvant::qnn::QuantizableOpInterface op) {
    llvm::outs() << op->getName() << " " << op.getCost() << "\n";
    total += op.getCost();
  });
  llvm::outs() << "total " << total << "\n";
  return 0;
}
