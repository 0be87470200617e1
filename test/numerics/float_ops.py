#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs every operator of the import tests by quant-run and by LiteRT's reference kernels.

usage: float_ops.py TEST.test ...   (files that Import/TFLite/Inputs/cases.py reads)

Integers must be equal, floats within 1e-5 of the output's range. Models that LiteRT itself
refuses (a convolution without bias, custom operators) are left out and counted.
"""

import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from litert import Reference

CASES = pathlib.Path(__file__).resolve().parents[1] / "Import" / "TFLite" / "Inputs" / "cases.py"


def make_inputs(reference, model, random):
    """Random inputs inside the domain of the operator."""
    arrays = {}
    for detail in reference.inputs:
        shape, dtype = tuple(detail["shape"]), detail["dtype"]
        if np.issubdtype(dtype, np.floating):
            values = random.uniform(-3, 3, shape)
            if any(name in model.stem for name in ("log", "sqrt")):
                values = np.abs(values) + 0.1
        elif np.dtype(dtype).itemsize == 1:
            info = np.iinfo(dtype)
            values = random.integers(info.min, info.max + 1, shape)
        else:
            values = random.integers(0, 3, shape)
        arrays[detail["name"]] = values.astype(dtype)
    return arrays


def compare(model):
    """'' if equal, None if LiteRT refuses the model, else what differs."""
    random = np.random.default_rng(7)
    try:
        reference = Reference(model)
        inputs = make_inputs(reference, model, random)
        wanted = reference.run(list(inputs.values()))
    except (RuntimeError, ValueError):
        return None
    given, made = model.with_suffix(".in.npz"), model.with_suffix(".out.npz")
    np.savez(given, **inputs)
    done = subprocess.run(["quant-run", model, "--inputs", given, "--outputs", made],
                          check=False, capture_output=True, text=True, timeout=120)
    if done.returncode:
        return f"{model.stem}: {done.stderr.strip()}"
    archive = np.load(made)
    for detail, want in zip(reference.outputs, wanted):
        got = archive[detail["name"]].reshape(want.shape)
        if got.dtype != want.dtype:
            return f"{model.stem}: {got.dtype}, expected {want.dtype}"
        difference = np.abs(got.astype(np.float64) - want.astype(np.float64))
        worst = difference.max(initial=0)
        allowed = 0.0
        if np.issubdtype(want.dtype, np.floating):
            allowed = 1e-5 * max(1.0, float(np.abs(want).max(initial=0)))
        if not worst <= allowed:
            return f"{model.stem}: differs by {worst} (at most {allowed})"
    return ""


def main():
    with tempfile.TemporaryDirectory() as folder:
        for test in sys.argv[1:]:
            subprocess.run([sys.executable, CASES, test, "--keep", folder], check=True,
                           stdout=subprocess.DEVNULL)
        models = sorted(pathlib.Path(folder).glob("*.tflite"))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = list(pool.map(compare, models))
    faults = [text for text in results if text]
    print(f"{results.count('')} equal, {results.count(None)} refused by LiteRT")
    sys.exit("\n".join(faults) if faults or results.count("") < 50 else 0)


if __name__ == "__main__":
    main()
