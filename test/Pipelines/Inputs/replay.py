# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: replay.py PIPELINE INPUT EXPECTED: runs quant-opt and compares the text."""
import pathlib
import subprocess
import sys

pipeline, source, expected = map(pathlib.Path, sys.argv[1:])
done = subprocess.run(["quant-opt", f"--pass-pipeline={pipeline.read_text().strip()}", str(source)],
                      capture_output=True, check=False)
if done.returncode != 0:
    sys.exit(done.stderr.decode(errors="replace"))
if done.stdout != expected.read_bytes():
    sys.exit(f"{expected}: quant-opt prints another text")
