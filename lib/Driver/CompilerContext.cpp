// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An MLIR context with all that a compilation needs, which keeps what is said in it.
#include "CompilerContext.h"

#include "Programs.h"
#include "kvant/InitAll.h"
#include "mlir/IR/Location.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "llvm/ADT/StringExtras.h"
#include <mutex>

using namespace llvm;

namespace kvant {

/// Pipelines are text, so that every pass must be known by its name.
static void registerOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    mlir::registerAllPasses();
    kvant::registerAllPasses();
  });
}

static mlir::DialectRegistry makeRegistry() {
  registerOnce();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  kvant::registerAllDialects(registry);
  return registry;
}

/// "place: message", with the notes that belong to it.
static std::string format(mlir::Diagnostic &diagnostic) {
  std::string text;
  raw_string_ostream os(text);
  if (auto name = dyn_cast<mlir::NameLoc>(diagnostic.getLocation()))
    os << name.getName().getValue() << ": ";
  else if (auto place = dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation()))
    os << place.getFilename().getValue() << ':' << place.getLine() << ':' << place.getColumn()
       << ": ";
  os << diagnostic;
  for (mlir::Diagnostic &note : diagnostic.getNotes())
    // What follows an error of the verifier is the whole operation, weights and all.
    if (!StringRef(note.str()).starts_with("see current operation"))
      os << "\n  note: " << note.str();
  return text;
}

CompilerContext::CompilerContext() : context(makeRegistry()) {
  handler = context.getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
      errors.push_back(format(diagnostic));
    else if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Warning)
      warnings.push_back(format(diagnostic));
    return success();
  });
}

CompilerContext::~CompilerContext() { context.getDiagEngine().eraseHandler(handler); }

Error CompilerContext::takeError(const Twine &otherwise) {
  if (errors.empty())
    return createStringError(otherwise);
  return makeInputError(join(std::exchange(errors, {}), "\n"));
}

} // namespace kvant
