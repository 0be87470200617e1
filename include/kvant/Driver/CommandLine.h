// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line of a tool: exactly its own options. LLVM's parser would also take the
// hundreds that LLVM's libraries register.
#ifndef KVANT_DRIVER_COMMANDLINE_H
#define KVANT_DRIVER_COMMANDLINE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace kvant {

/// An option as --help lists it. Exactly one of `text`, `number` and `flag` is set; an option
/// of none of them begins a group of that name.
struct CommandOption {
  llvm::StringRef name;  ///< with its dashes
  llvm::StringRef value; ///< what stands for the value in --help
  llvm::StringRef help;  ///< may have several lines
  std::string *text = nullptr;
  int64_t *number = nullptr; ///< at least 1
  bool *flag = nullptr;
};

/// Reads the arguments after the program's name; both `--name value` and `--name=value` are
/// taken. `operand` gets the one argument that is no option. The error lists the options.
llvm::Error parseCommandLine(int argc, char **argv, llvm::ArrayRef<CommandOption> options,
                             std::string &operand);

void printOptions(llvm::raw_ostream &os, llvm::ArrayRef<CommandOption> options);

/// Reads a finite number; the error names the option.
llvm::Expected<double> parseNumber(llvm::StringRef option, llvm::StringRef text);

/// What a tool does first: signal handlers that remove unfinished files, and errors instead
/// of death when a file grows beyond the limit.
void initializeTool(int &argc, char **&argv);

} // namespace kvant

#endif // KVANT_DRIVER_COMMANDLINE_H
