#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check-tidy.py BUILD [FILE...]: clang-tidy on the files that the change touches, or on FILEs."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

from changed_files import ROOT, changed


def tidy(build, name):
    command = ["clang-tidy-22", "--quiet", "-p", build, name]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return run.stdout if run.returncode else ""


def main():
    build, names = sys.argv[1], sys.argv[2:] or changed([".cpp"])
    known = {entry["file"] for entry in json.loads(
        (pathlib.Path(build) / "compile_commands.json").read_text())}
    names = [n for n in names if str(ROOT / n) in known]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        findings = [out for out in pool.map(lambda n: tidy(build, n), names) if out]
    print("\n".join(findings), end="")
    print(f"clang-tidy: {len(names)} files checked")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
