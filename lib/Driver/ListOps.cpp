// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which operations each importer, scheme and target takes.
#include "kvant/Driver/ListOps.h"

#include "CompilerContext.h"
#include "dialects/Qnn/Qnn.h"
#include "kvant/Driver/Compiler.h"
#include "kvant/Import/Import.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace kvant {

/// Names in lines of a readable length.
static void printNames(raw_ostream &os, ArrayRef<std::string> names) {
  size_t column = 0;
  for (const std::string &name : names) {
    if (column > 0 && column + name.size() + 1 > 96) {
      os << '\n';
      column = 0;
    }
    os << (column == 0 ? "  " : " ") << name;
    column += name.size() + (column == 0 ? 2 : 1);
  }
  os << "\n\n";
}

void printOps(raw_ostream &os) {
  os << "TensorFlow Lite (.tflite), import:\n";
  printNames(os, getTFLiteOperators());

  CompilerContext context;
  context.getContext().loadDialect<qnn::QnnDialect>();
  std::vector<std::string> quantizable, other;
  for (mlir::RegisteredOperationName name : context.getContext().getRegisteredOperations()) {
    if (name.getDialectNamespace() != "qnn")
      continue;
    bool takes = name.hasInterface<qnn::QuantizableOpInterface>();
    (takes ? quantizable : other).push_back(name.stripDialect().str());
  }
  llvm::sort(quantizable);
  llvm::sort(other);
  os << "The qnn dialect, scheme float32 on every target:\n";
  printNames(os, to_vector(concat<std::string>(quantizable, other)));
  os << "Considered by the schemes static_wi8_ai8 and mixed; what has no integer kernel stays in\n"
        "float, and the summary says why:\n";
  printNames(os, quantizable);
  os << "TOSA (.mlir): every operation of the 1.0 specification that MLIR 22 lowers.\n";
  os << "Targets: " << join(getTargetNames(), ", ") << ".\n";
}

} // namespace kvant
