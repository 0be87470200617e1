# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counts elements in which our program of a .tflite model differs from LiteRT's reference kernels.

usage: compare.py MODEL.tflite ... [--inputs N] [--seed S] [--npz FILE] [--tensors] [--library]

With --tensors every intermediate tensor is compared too. With --library the program is the
library that quant-compile makes, run by quant-run; else upstream's pipeline compiles our TOSA.
Exit status 1 if anything differs.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

import native
from litert import Reference


def real_inputs(path, details, count):
    """Samples of an .npz in the input's own integers, by its scale."""
    archive = np.load(path)
    detail = details[0]
    name = detail["name"].split(":")[0]
    keys = [k for k in archive.files if k != "labels"]
    data = archive[name if name in keys else keys[0]][:count]
    scale, zero_point = detail["quantization"]
    samples = []
    for sample in data:
        sample = sample.reshape(detail["shape"])
        if sample.dtype != detail["dtype"]:
            info = np.iinfo(detail["dtype"])
            stored = np.round(sample.astype(np.float64) / scale) + zero_point
            sample = np.clip(stored, info.min, info.max).astype(detail["dtype"])
        samples.append([sample])
    return samples


def signed(array):
    """u8 results arrive as i8 with the same bits."""
    return array.view(np.int8) if array.dtype == np.uint8 else array


def compare_outputs(model, samples, program, reference):
    """(differing elements, all elements, largest difference)."""
    differing = total = worst = 0
    for sample in samples:
        wanted = reference.run(sample)
        got = program.run([signed(a) for a in sample])
        for w, g in zip(wanted, got):
            # As far apart as the numbers are that the bits stand for.
            g = g.view(w.dtype) if w.dtype == np.uint8 else g
            difference = np.abs(w.reshape(g.shape).astype(np.float64) - g)
            differing += int((difference > 0).sum())
            total += difference.size
            worst = max(worst, float(difference.max(initial=0)))
    return differing, total, worst


def compare_tensors(samples, program, reference, report):
    """As above, over every result whose name LiteRT knows; `report` gets the worst per name."""
    differing = total = 0
    unknown = set()
    for sample in samples:
        reference.run(sample)
        tensors = reference.tensors()
        for (name, _, _), got in zip(program.results, program.run([signed(a) for a in sample])):
            wanted = tensors.get(name)
            if wanted is None or wanted.size != got.size:
                unknown.add(name)
                continue
            count = int((signed(wanted).reshape(got.shape) != got).sum())
            if count:
                report[name] = report.get(name, 0) + count
            differing += count
            total += got.size
    return differing, total, sorted(unknown)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--inputs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--npz", type=Path, help="real samples, used beside the random ones")
    parser.add_argument("--tensors", action="store_true")
    parser.add_argument("--library", action="store_true")
    options = parser.parse_args()
    failed = False
    for model in options.models:
        reference = Reference(model, tensors=options.tensors)
        rng = np.random.default_rng(options.seed)
        samples = [reference.random_inputs(rng) for _ in range(options.inputs)]
        if options.npz:
            samples += real_inputs(options.npz, reference.inputs, options.inputs)
        text = native.import_tflite(model, ["kvant-expose-tensors"] if options.tensors else [])
        text = native.lower_to_tosa(text)
        if options.library:
            program = native.Library(text, samples)
        else:
            program = native.Program(text, "-O2")
        if options.tensors:
            report = {}
            differing, total, unknown = compare_tensors(samples, program, reference, report)
            print(f"{model.name}: {differing} of {total} elements differ in "
                  f"{len(program.results)} tensors; not compared: {unknown}")
            for name, count in report.items():
                print(f"  {name}: {count}")
        else:
            differing, total, worst = compare_outputs(model, samples, program, reference)
            print(f"{model.name}: {differing} of {total} elements differ, by at most {worst:g}")
        failed |= differing > 0
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
