// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tiles are chosen by: how fast a core issues, multiplies and loads.
#ifndef KVANT_LIB_CODEGEN_CPUMODEL_H
#define KVANT_LIB_CODEGEN_CPUMODEL_H

#include "kvant/Codegen/Target.h"

namespace kvant::codegen {

/// Throughputs are instructions per cycle on whole vector registers of the level.
struct CpuModel {
  llvm::StringLiteral name; ///< as --cpu
  double issue;             ///< instructions of any kind
  double multiplies;        ///< SMULL, SDOT, VPDPBUSD, FMLA
  double matrix;            ///< SMMLA
  double permutes;          ///< ZIP, UZP, DUP; they share the units of multiplies
  double loads;
  double latency; ///< cycles from one accumulation to the next into the same register
};

/// The model of the core that `level` is tuned for; of a core of its generation if there is
/// no description of that one.
const CpuModel &getCpuModel(const Level &level);

/// The core whose schedule LLVM follows.
llvm::StringRef getScheduledCpu(const Level &level);

} // namespace kvant::codegen

#endif // KVANT_LIB_CODEGEN_CPUMODEL_H
