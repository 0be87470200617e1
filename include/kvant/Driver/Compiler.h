// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The compiler as a library: what quant-compile and the Python module call.
#ifndef KVANT_DRIVER_COMPILER_H
#define KVANT_DRIVER_COMPILER_H

#include "kvant/Support/Samples.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <functional>
#include <string>
#include <vector>

namespace kvant {

/// What a compilation makes.
enum class Emit { Library, Static, Object, Runner, Tosa, Qnn, Llvm, Asm };

/// The names of the options --emit, --scheme, --io and --calibrator.
llvm::ArrayRef<llvm::StringRef> getEmitNames();
llvm::ArrayRef<llvm::StringRef> getSchemeNames();
llvm::ArrayRef<llvm::StringRef> getIoNames();
llvm::ArrayRef<llvm::StringRef> getCalibratorNames();
llvm::ArrayRef<llvm::StringRef> getTargetNames();

/// The options of quant-compile; each is described there. Empty strings are defaults.
struct CompileOptions {
  std::string model;
  std::string calibration, calibrator, recipe, scheme, budget;
  std::string target, cpu, emit, io, name;
  std::string tune;   ///< file of measured tiles, which need not exist yet
  std::string output; ///< names the program and its header; nothing is written to it
  int64_t batch = 0;
  InputScaling inputScaling;
  std::string inputScale, inputShift; ///< as they were given

  /// Called when a stage begins, with its name.
  std::function<void(llvm::StringRef)> progress;
};

struct CompileResult {
  llvm::SmallVector<char, 0> bytes; ///< the library, the text, ...
  std::string header;               ///< of C; empty where there is none
  std::string headerName;           ///< "NAME.h"
  bool executable = false;
  std::string tiles;         ///< new text of the file of --tune; empty if that has all already
  std::string tilesFile;     ///< its name
  llvm::json::Object report; ///< what --json prints, see docs/json-output.md
  std::vector<std::string> warnings;
};

/// Compiles. An error whose code is invalid_argument says that the options, the model or the
/// data are at fault; any other that something else is.
llvm::Expected<CompileResult> compile(const CompileOptions &options);

/// The pass pipeline that compile() runs.
llvm::Expected<std::string> getPipeline(const CompileOptions &options);

/// Writes the header, the file of --tune and the library itself, which appear whole or not at
/// all.
llvm::Error writeResult(const CompileResult &result, llvm::StringRef output);

/// The exit code of a tool that ends with `error`, which is printed to stderr: 2 if the input
/// or the command line is at fault, 1 otherwise.
int reportError(llvm::Error error);

} // namespace kvant

#endif // KVANT_DRIVER_COMPILER_H
