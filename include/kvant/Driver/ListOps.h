// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which operations each importer, scheme and target takes.
#ifndef KVANT_DRIVER_LISTOPS_H
#define KVANT_DRIVER_LISTOPS_H

#include "llvm/Support/raw_ostream.h"

namespace kvant {

/// Prints what quant-compile --list-ops prints.
void printOps(llvm::raw_ostream &os);

} // namespace kvant

#endif // KVANT_DRIVER_LISTOPS_H
