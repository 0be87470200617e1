# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An independent compiler on our integer TOSA: IREE against the libraries of quant-compile.

usage: iree.py MODEL ... --iree DIR [--inputs N]

MODEL is a quantized .tflite, or an .mlir that quant-compile --emit tosa wrote. Each is validated
strictly for pro_int first; only a .tflite may use the extension doubleround. DIR is a virtual
environment with iree-base-compiler and iree-base-runtime. Exit status 1 if an element differs.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import native


def run_iree(venv, text, samples, folder):
    """The outputs of each sample, by iree-compile and iree-run-module."""
    generic = folder / "generic.mlir"
    generic.write_bytes(native.tool(native.BIN / "quant-opt", "--kvant-strip-attributes",
                                    "--mlir-print-op-generic", stdin=text.encode()))
    module = folder / "module.vmfb"
    native.tool(venv / "bin/iree-compile", "--iree-input-type=tosa",
                "--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=llvm-cpu",
                "--iree-llvmcpu-target-cpu=host", generic, "-o", module)
    results = native.parse_signature(text)
    for sample in samples:
        arguments = []
        for i, array in enumerate(sample):
            np.save(folder / f"in{i}.npy", array)
            arguments.append(f"--input=@{folder / f'in{i}.npy'}")
        outputs = [folder / f"out{i}.npy" for i in range(len(results))]
        native.tool(venv / "bin/iree-run-module", f"--module={module}", "--function=main",
                    "--device=local-sync", *arguments, *[f"--output=@{o}" for o in outputs])
        yield [np.load(o) for o in outputs]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--iree", type=Path, required=True)
    parser.add_argument("--inputs", type=int, default=10)
    options = parser.parse_args()
    failed = False
    for model in options.models:
        if model.suffix == ".mlir":
            text = native.validate(model.read_text(), "pro_int", "")
        else:
            text = native.lower_to_tosa(native.import_tflite(model), integer_only=True)
        rng = np.random.default_rng(2)
        samples = [[rng.integers(-128, 128, shape).astype(dtype)
                    for dtype, shape in native.parse_arguments(text)]
                   for _ in range(options.inputs)]
        program = native.Library(text, samples)
        differing = total = 0
        with tempfile.TemporaryDirectory() as folder:
            for sample, got in zip(samples, run_iree(options.iree, text, samples, Path(folder))):
                for wanted, made in zip(program.run(sample), got):
                    differing += int((wanted != made.reshape(wanted.shape)).sum())
                    total += wanted.size
        print(f"{model.name}: {differing} of {total} elements differ between IREE and our library")
        failed |= differing > 0
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
