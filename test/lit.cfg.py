# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How lit runs Kvant's tests.

Features (for REQUIRES and UNSUPPORTED):
  test-data          the folder of models and conformance suites is there (%test_data)
  litert             %python has ai_edge_litert, for comparisons with LiteRT
  numpy, pytest      %python has them
  qemu-aarch64       AArch64 programs run under qemu (%qemu_aarch64)
  armcount           executed AArch64 instructions can be counted (%test_data/armcount)
  x86_64, aarch64    the host
  avx2, avx-vnni, avx512-vnni  instruction sets of the host
  asan               the tools are built with a sanitizer
  tosa-tools         generator and reference model of the TOSA conformance tests (%tosa_tools)
  <tool>             for each tool, as quant-compile: it is built
"""

import os
import platform
import shutil
import subprocess

import lit.formats

config.name = "kvant"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "unit", "python"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.kvant_build, "test")

# Variables of one CHECK-LABEL block must not leak into the next.
config.environment["FILECHECK_OPTS"] = "-enable-var-scope"
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "HOME"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

bin_dir = os.path.join(config.kvant_build, "bin")
config.environment["PATH"] = os.pathsep.join(
    [bin_dir, config.llvm_tools, os.environ.get("PATH", "")])

for tool in ("quant-opt", "quant-translate", "quant-compile", "quant-run", "quant-lsp-server"):
    if os.path.exists(os.path.join(bin_dir, tool)):
        config.available_features.add(tool)

config.substitutions += [
    ("%test_data", config.test_data),
    ("%python", config.python),
    ("%source_root", config.kvant_source),
    ("%kvant_lib", os.path.join(config.kvant_build, "lib")),
    ("%llvm_tools", config.llvm_tools),
]


def has_module(module):
    """Whether %python can import `module`; only looks, so that discovery stays fast."""
    check = f"import importlib.util as u, sys; sys.exit(u.find_spec('{module}') is None)"
    try:
        return subprocess.run([config.python, "-c", check], capture_output=True,
                              check=False).returncode == 0
    except OSError:
        return False


if has_module("numpy"):
    config.available_features.add("numpy")
if has_module("ai_edge_litert"):
    config.available_features.add("litert")
if has_module("pytest"):
    config.available_features.add("pytest")
if config.test_data and os.path.isdir(os.path.join(config.test_data, "models")):
    config.available_features.add("test-data")
if config.sanitize:
    config.available_features.add("asan")

# tools/dev/setup.sh installs them beside the environment of the other Python tests.
tosa_tools = os.environ.get("KVANT_TOSA_TOOLS",
                            os.path.join(config.kvant_source, ".venv-tosa"))
if all(os.access(os.path.join(tosa_tools, "bin", tool), os.X_OK)
       for tool in ("tosa_verif_build_tests", "tosa_reference_model", "tosa-opt")):
    config.available_features.add("tosa-tools")
    config.substitutions.append(("%tosa_tools", tosa_tools))

qemu = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
if qemu:
    config.available_features.add("qemu-aarch64")
    config.substitutions.append(("%qemu_aarch64", qemu))

# The emulator's plugin that counts instructions, and the script that runs a program under it.
if qemu and os.path.exists("/opt/armcount/insnhist.so") and config.test_data and os.path.exists(
        os.path.join(config.test_data, "armcount/armcount.py")):
    config.available_features.add("armcount")

host = {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
config.available_features.add(host)
if host == "x86_64":
    flags = set()
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
        for line in info:
            if line.startswith("flags"):
                flags = set(line.split())
                break
    if "avx2" in flags:
        config.available_features.add("avx2")
    if "avx_vnni" in flags:
        config.available_features.add("avx-vnni")
    if "avx512_vnni" in flags:
        config.available_features.add("avx512-vnni")
