// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of cores. ARM: the cores' Software Optimization Guides and LLVM's models of them.
#include "CpuModel.h"

namespace kvant::codegen {

namespace {

// The A53 and A55 move 64 bits a cycle: a load of a whole register takes two.
const CpuModel kCores[] = {
    // name       issue mul mat perm loads latency
    {"cortex-a53", 2, 1, 0, 1, 0.5, 4}, {"cortex-a55", 2, 1, 0, 1, 0.5, 4},
    {"cortex-a72", 3, 1, 0, 2, 1, 4},   {"cortex-a76", 4, 2, 0, 2, 2, 3},
    {"cortex-a78", 4, 2, 0, 2, 2, 3},   {"neoverse-n1", 4, 2, 0, 2, 2, 3},
    {"cortex-a710", 5, 2, 2, 2, 3, 3},  {"neoverse-n2", 5, 2, 2, 2, 3, 3},
    {"cortex-x2", 6, 4, 2, 4, 3, 3},    {"cortex-x4", 8, 4, 4, 4, 3, 3},
    {"neoverse-v1", 6, 4, 4, 4, 3, 3},  {"neoverse-v2", 6, 4, 2, 4, 3, 3},
};

// A library for every ARMv8 is tuned for what its levels stand for. An issue width of one
// counts instructions: the compromise between cores that differ in everything else.
const CpuModel kGenericArm = {"generic", 1, 1, 1, 1, 1, 4};
const CpuModel kGenericX86 = {"generic", 4, 2, 0, 1, 2, 4};

} // namespace

const CpuModel &getCpuModel(const Level &level) {
  for (const CpuModel &core : kCores)
    if (core.name == level.tune)
      return core;
  return level.vectorBits == 128 ? kGenericArm : kGenericX86;
}

llvm::StringRef getScheduledCpu(const Level &level) {
  // The schedule of an out-of-order core keeps fewer values alive than LLVM's generic one.
  if (level.vectorBits == 128 && level.tune == "generic")
    return "neoverse-n1";
  return level.tune;
}

} // namespace kvant::codegen
