// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line of a tool: exactly its own options.
#include "kvant/Driver/CommandLine.h"

#include "Programs.h"
#include "kvant/Support/SignalHold.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Signals.h"
#include <cmath>
#include <csignal>

using namespace llvm;

namespace kvant {

static bool isGroup(const CommandOption &option) {
  return !option.text && !option.number && !option.flag;
}

static std::string listOptions(ArrayRef<CommandOption> options) {
  std::vector<StringRef> names;
  for (const CommandOption &option : options)
    if (!isGroup(option))
      names.push_back(option.name);
  return join(names, ", ");
}

static Error setNumber(const CommandOption &option, StringRef value) {
  if (value.getAsInteger(10, *option.number) || *option.number < 1 ||
      *option.number > 1'000'000'000)
    return makeInputError(option.name + ": expected a number from 1 to 1000000000, got '" + value +
                          "'");
  return Error::success();
}

Error parseCommandLine(int argc, char **argv, ArrayRef<CommandOption> options,
                       std::string &operand) {
  SmallPtrSet<const CommandOption *, 16> seen;
  for (int i = 1; i < argc; ++i) {
    StringRef argument(argv[i]);
    if (!argument.starts_with("-") || argument == "-") {
      if (!operand.empty())
        return makeInputError("two operands, '" + operand + "' and '" + argument +
                              "', expected one");
      operand = argument.str();
      if (operand.empty())
        return makeInputError("the operand is empty");
      continue;
    }
    auto [name, value] = argument.split('=');
    bool joined = argument.contains('=');
    const auto *option = find_if(options, [name = name](const CommandOption &candidate) {
      return !isGroup(candidate) && candidate.name == name;
    });
    if (option == options.end())
      return makeInputError("unknown option '" + name + "'; the options are " +
                            listOptions(options));
    if (!seen.insert(option).second)
      return makeInputError(name + ": given twice");
    if (option->flag) {
      if (joined)
        return makeInputError(name + ": takes no value");
      *option->flag = true;
      continue;
    }
    if (!joined) {
      if (++i == argc)
        return makeInputError(name + ": expected a value, " + option->value);
      value = argv[i];
    }
    if (value.empty())
      return makeInputError(name + ": expected a value, " + option->value);
    if (option->number) {
      if (Error error = setNumber(*option, value))
        return error;
      continue;
    }
    *option->text = value.str();
  }
  return Error::success();
}

void printOptions(raw_ostream &os, ArrayRef<CommandOption> options) {
  constexpr unsigned kColumn = 26;
  for (const CommandOption &option : options) {
    if (isGroup(option)) {
      os << '\n' << option.name << ":\n";
      continue;
    }
    std::string head = "  " + option.name.str();
    if (!option.value.empty())
      head += " " + option.value.str();
    SmallVector<StringRef> lines;
    option.help.split(lines, '\n');
    os << head;
    if (head.size() + 2 > kColumn)
      os << '\n' << std::string(kColumn, ' ');
    else
      os.indent(kColumn - head.size());
    os << join(lines, "\n" + std::string(kColumn, ' ')) << '\n';
  }
}

Expected<double> parseNumber(StringRef option, StringRef text) {
  double value = 0;
  if (text.getAsDouble(value) || !std::isfinite(value))
    return makeInputError(option + ": expected a number, got '" + text + "'");
  return value;
}

void initializeTool(int &argc, char **&argv) {
  // LLVM's handlers, which come next, hand a signal on to those that they replace.
  waitForSignalHolds();
  sys::PrintStackTraceOnErrorSignal(argv[0]);
  setBugReportMsg("This is a fault of Kvant. Please report it with the model and the command "
                  "line.\n");
  // A file beyond RLIMIT_FSIZE is then a failed write, which leaves nothing behind.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

} // namespace kvant
