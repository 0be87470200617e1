#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that C and C++ files are as clang-format 22 writes them; --fix rewrites the changed ones."""

import subprocess
import sys

from changed_files import ROOT, changed, tracked

SUFFIXES = (".cpp", ".h", ".c")


def main():
    fix = "--fix" in sys.argv
    files = changed(SUFFIXES) if fix else tracked(SUFFIXES)
    if not files:
        return 0
    mode = ["-i"] if fix else ["--dry-run", "--Werror"]
    run = subprocess.run(["clang-format-22", *mode, *files], cwd=ROOT, capture_output=True, text=True)
    unformatted = sorted({line.split(":")[0] for line in run.stderr.splitlines() if ": error:" in line})
    for name in unformatted:
        print(f"{name}: not formatted; ./dev format does it")
    if run.returncode and not unformatted:
        print(run.stderr)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
