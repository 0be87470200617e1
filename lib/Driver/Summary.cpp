// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The report of a compilation for people.
#include "kvant/Driver/Summary.h"

#include "kvant/Driver/Compiler.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace llvm;

namespace kvant {

/// The table of what quantizing each operation alone costs, if it was measured.
static void printSensitivities(raw_ostream &os, const json::Array &ops) {
  bool any = any_of(ops, [](const json::Value &op) {
    return op.getAsObject() && op.getAsObject()->getNumber("sqnr_db");
  });
  if (!any)
    return;
  os << "\nquantizing one operation alone:\n";
  os << "   SQNR dB  scheme           operation\n";
  for (const json::Value &value : ops) {
    const json::Object &op = *value.getAsObject();
    std::optional<double> sqnr = op.getNumber("sqnr_db");
    if (!sqnr)
      continue;
    os << format("%10.2f", *sqnr) << "  " << left_justify(op.getString("scheme").value_or(""), 16)
       << " " << op.getString("kind").value_or("") << " " << op.getString("name").value_or("")
       << ": " << op.getString("reason").value_or("") << '\n';
  }
}

void printSummary(raw_ostream &os, const json::Object &report, StringRef output) {
  const json::Array *ops = report.getArray("ops");
  MapVector<StringRef, int> schemes;
  if (ops)
    for (const json::Value &value : *ops)
      ++schemes[value.getAsObject()->getString("scheme").value_or("")];
  std::vector<std::string> counts;
  for (auto &[scheme, count] : schemes)
    counts.push_back(std::to_string(count) + " " + scheme.str());
  os << output << ": " << report.getInteger("library_bytes").value_or(0) << " bytes for "
     << report.getString("target").value_or("") << " (" << report.getString("cpu").value_or("")
     << ")\n";
  os << "operations: " << join(counts, ", ")
     << (report.getBoolean("integer_only").value_or(false) ? "; integers only" : "") << '\n';
  os << "weights " << report.getInteger("weight_bytes").value_or(0) << " bytes, arena "
     << report.getInteger("arena_bytes").value_or(0) << " bytes, "
     << format("%.2f", report.getObject("seconds")->getNumber("total").value_or(0))
     << " s to compile\n";
  if (!ops)
    return;
  if (schemes.size() > 1)
    for (const json::Value &value : *ops) {
      const json::Object &op = *value.getAsObject();
      if (op.getString("scheme") != StringRef("float32"))
        continue;
      os << "in float: " << op.getString("kind").value_or("") << " '"
         << op.getString("name").value_or("") << "': " << op.getString("reason").value_or("")
         << '\n';
    }
  printSensitivities(os, *ops);
}

int finishOutput() {
  outs().flush();
  if (!outs().has_error())
    return 0;
  std::error_code code = outs().error();
  outs().clear_error();
  return reportError(createStringError(code, "standard output: " + code.message()));
}

} // namespace kvant
