// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The report of a compilation for people.
#ifndef KVANT_DRIVER_SUMMARY_H
#define KVANT_DRIVER_SUMMARY_H

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace kvant {

/// Prints sizes, and what stays in float and why.
void printSummary(llvm::raw_ostream &os, const llvm::json::Object &report, llvm::StringRef output);

/// Ends the standard output; the exit code: 1, with an error, if it could not be written.
int finishOutput();

} // namespace kvant

#endif // KVANT_DRIVER_SUMMARY_H
