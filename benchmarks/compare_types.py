# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Says of each type of layer whether int8 is predicted faster than float32, on AArch64 cores.

usage: python compare_types.py --bin TOOLS --work FOLDER --armcount FOLDER [--json FILE]
       python compare_types.py --from FILE [--swap]

The layers of layers.json that say "guard" are compiled in both types and run under the emulator. A
layer's cycles are those that llvm-mca expects of its blocks, each as often as it was executed. Exit
status 1 if an int8 layer needs more cycles than its float form, unless --allow names the layer
and the core ("add@cortex-a53"). --swap exchanges the two types in
what another run wrote, which must fail: a check of the check.
"""

import argparse
import json
import sys
from pathlib import Path

import layers
from arm_programs import Programs, hottest, predict

# One core for each level of instructions.
CORES = {"v80": "cortex-a53", "dotprod": "cortex-a76", "i8mm": "cortex-a710"}
# Blocks that make up this share of the instructions stand for all of them.
SHARE = 0.97


def measure(args):
    """{layer: {core: [int8 cycles, float cycles]}}."""
    chosen = [layer for layer in layers.LAYERS if layer.get("guard")]
    models = {}
    for layer in chosen:
        models[layers.file_stem(layer)] = layers.write(layer, args.work), []
        models[layers.file_stem(layer, False)] = (layers.write(layer, args.work, False),
                                                  ["--scheme", "float32"])
    programs = Programs(args.bin, args.work, models, args.armcount)
    figures = {layer["name"]: {} for layer in chosen}
    for level, core in CORES.items():
        _, blocks = programs.run(level)
        parts = {name: hottest(found, SHARE) for name, found in blocks.items()}
        cycles = iter(predict([b for part in parts.values() for b in part], core, iterations=20))
        totals = {name: sum(b.executions * next(cycles) for b in part)
                  for name, part in parts.items()}
        for layer in chosen:
            figures[layer["name"]][core] = [totals[layers.file_stem(layer, quantized)]
                                            for quantized in (True, False)]
    return figures


def judge(figures, allowed):
    """Prints the table, and returns how many layers int8 makes slower that are not allowed to be."""
    slower, messages, unused = 0, [], set(allowed)
    print(f"{'int8 / float32 cycles':24}" + "".join(f"{core:>28}" for core in CORES.values()))
    for name, cores in figures.items():
        cells = []
        for core, (integer, real) in cores.items():
            cells.append(f"{integer / 1e3:.1f} / {real / 1e3:.1f} K {integer / real:5.2f}")
            if integer > real:
                case = f"{name}@{core}"
                unused.discard(case)
                slower += case not in allowed
                cells[-1] += " *"
                messages.append(f"int8 is predicted slower than float32: {case}"
                                + (" (allowed)" if case in allowed else ""))
        print(f"{name:24}" + "".join(f"{cell:>28}" for cell in cells))
    messages += [f"no longer slower, so no need to allow it: {case}" for case in sorted(unused)]
    print("\n".join(messages))
    return slower


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--armcount", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--from", type=Path, dest="source")
    parser.add_argument("--allow", action="append", default=[], metavar="LAYER@CORE")
    parser.add_argument("--swap", action="store_true")
    args = parser.parse_args()
    if args.source:
        figures = json.loads(args.source.read_text())
    else:
        args.work.mkdir(parents=True, exist_ok=True)
        figures = measure(args)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")
    if args.swap:
        figures = {name: {core: pair[::-1] for core, pair in cores.items()}
                   for name, cores in figures.items()}
    return 1 if judge(figures, args.allow) else 0


if __name__ == "__main__":
    sys.exit(main())
