// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What --target and --cpu resolve to.

#include "kvant/Codegen/Target.h"

#include "gtest/gtest.h"

using namespace kvant::codegen;

namespace {

Target get(llvm::StringRef name, llvm::StringRef cpu) {
  llvm::Expected<Target> target = getTarget(name, cpu);
  EXPECT_TRUE(static_cast<bool>(target));
  return target ? *target : Target();
}

std::string getError(llvm::StringRef name, llvm::StringRef cpu) {
  llvm::Expected<Target> target = getTarget(name, cpu);
  return target ? "" : llvm::toString(target.takeError());
}

TEST(Target, GenericAArch64HasThreeLevels) {
  for (llvm::StringRef name : {"aarch64-linux-gnu", "aarch64-linux-android"}) {
    Target target = get(name, "");
    EXPECT_EQ(target.cpu, "generic");
    ASSERT_EQ(target.levels.size(), 3u);
    EXPECT_EQ(target.levels[0].name, "v8.0");
    EXPECT_EQ(target.levels[0].cpuBits, 0u);
    EXPECT_EQ(target.levels[1].name, "dotprod");
    EXPECT_EQ(target.levels[1].cpuBits, 1u);
    EXPECT_EQ(target.levels[2].name, "i8mm");
    EXPECT_EQ(target.levels[2].cpuBits, 3u);
  }
}

TEST(Target, ArmCpusHaveTheirOwnLevel) {
  auto dotOf = [](llvm::StringRef cpu) { return get("aarch64-linux-gnu", cpu).levels.at(0).dot; };
  EXPECT_EQ(dotOf("cortex-a53"), DotKind::Widen);
  EXPECT_EQ(dotOf("cortex-a72"), DotKind::Widen);
  EXPECT_EQ(dotOf("cortex-a55"), DotKind::Sdot);
  EXPECT_EQ(dotOf("cortex-a76"), DotKind::Sdot);
  EXPECT_EQ(dotOf("neoverse-n1"), DotKind::Sdot);
  EXPECT_EQ(dotOf("cortex-x2"), DotKind::Smmla);
  EXPECT_EQ(dotOf("neoverse-v2"), DotKind::Smmla);
}

#ifdef __x86_64__
TEST(Target, X86CpusHaveTheirOwnLevel) {
  for (llvm::StringRef cpu : {"x86-64-v3", "haswell", "znver3", "x86-64-v4", "skylake-avx512"}) {
    EXPECT_EQ(get("host", cpu).levels.at(0).name, "avx2") << cpu.str();
    EXPECT_EQ(get("host", cpu).levels.at(0).cpuBits, 1u);
  }
  for (llvm::StringRef cpu : {"icelake-server", "znver4", "cascadelake"}) {
    EXPECT_EQ(get("host", cpu).levels.at(0).name, "avx512vnni") << cpu.str();
    EXPECT_EQ(get("host", cpu).levels.at(0).cpuBits, 7u);
  }
  for (llvm::StringRef cpu : {"alderlake", "sierraforest", "arrowlake", "grandridge"}) {
    EXPECT_EQ(get("host", cpu).levels.at(0).name, "avxvnni") << cpu.str();
    EXPECT_EQ(get("host", cpu).levels.at(0).cpuBits, 9u);
    EXPECT_EQ(get("host", cpu).levels.at(0).vectorBits, 256u);
  }
  // With both kinds of VNNI the wider registers count.
  EXPECT_EQ(get("host", "sapphirerapids").levels.at(0).name, "avx512vnni");
  EXPECT_NE(getError("host", "nehalem").find("haswell"), std::string::npos);
}

TEST(Target, CalibrationIsTheSameOnEveryHost) {
  Target target = getCalibrationTarget();
  EXPECT_EQ(target.cpu, "x86-64-v3");
  EXPECT_EQ(target.levels.size(), 1u);
}
#endif

TEST(Target, RefusalsSayWhatThereIs) {
  EXPECT_NE(getError("windows", "").find("aarch64-linux-android"), std::string::npos);
  EXPECT_NE(getError("aarch64-linux-gnu", "cortex-a99").find("cortex-a76"), std::string::npos);
  EXPECT_NE(getError("host", "cortex-a76"), "");
}

} // namespace
