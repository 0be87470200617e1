# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions of many shapes, compiled and run, against 64-bit arithmetic.

Every case is a chain of TOSA operations with inputs of its own; a program holds those of a
family: the time that it takes to compile grows faster than their number. Counts differing elements (float: relative errors above 1e-5) and fails if there is one.
"""

import argparse
import dataclasses
import os
import re
import subprocess
import sys

import numpy as np

import conv_cases
import elementwise_cases
import join_cases
import matmul_cases
from conv_program import Program, apply_scale, constant
from odd_tiles import odd_tiles

FAMILIES = ("dot", "depthwise", "float", "elementwise", "matmul", "joins")
# What io.cpu says of a CPU of each level, and which one the emulator is.
CPU_BITS = {"v8.0": 0, "dotprod": 1, "i8mm": 3, "avx2": 1, "avxvnni": 9, "avx512vnni": 7}
MACHINES = {"v8.0": "cortex-a53", "dotprod": "neoverse-n1",
            "i8mm": "max,sve=off,sme=off,pauth=off"}


def run(command, **options):
    done = subprocess.run(command, capture_output=True, check=False, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nfailed with {done.returncode}\n"
                 f"{done.stderr.decode(errors='replace')[-3000:]}")
    return done.stdout


def build(program, args, folder):
    """Executables of `program` in `folder`, one for each level; returns the disassembly."""
    os.makedirs(folder, exist_ok=True)
    source = os.path.join(folder, "program.mlir")
    with open(source, "w", encoding="ascii") as file:
        file.write(program.text())
    options = f"name=program target={args.target} cpu={args.cpu} part-work={args.part_work}"
    if args.tiles:
        levels = [level for level, _ in args.levels]
        options += " tiles=" + odd_tiles(
            [case for case in program.cases if isinstance(case, conv_cases.Case)], levels, program.rng)
    pipeline = f"builtin.module(kvant-codegen{{{options}}})"
    lowered = os.path.join(folder, "lowered.mlir")
    run(["quant-opt", source, f"--pass-pipeline={pipeline}", "-o", lowered])
    with open(lowered, encoding="ascii") as file:
        text = file.read()
    arena = int(re.search(r"kvant\.arena_bytes = (\d+)", text).group(1))
    run(["mlir-translate", "--mlir-to-llvmir", lowered, "-o", lowered + ".ll"])
    triple = "x86_64-linux-gnu" if args.target == "host" else args.target
    llc = ["llc", "-O3", "-relocation-model=pic", lowered + ".ll"]
    if args.evex:
        assembly = run([*llc, "-filetype=asm", "-o", "-"])
        run(["llvm-mc", f"-triple={triple}", "-filetype=obj", "-o", lowered + ".o"],
            input=re.sub(rb"\{vex\}\s+vpdpbusd", b"{evex} vpdpbusd", assembly))
    else:
        run([*llc, "-filetype=obj", "-o", lowered + ".o"])
    listing = run(["llvm-objdump", "-d", "--no-show-raw-insn", lowered + ".o"]).decode()
    sizes = lambda arrays: "{" + ", ".join(str(a.nbytes) for a in arrays) + "}"
    for name, cpu in args.levels:
        with open(os.path.join(folder, "sizes.h"), "w", encoding="ascii") as file:
            file.write(f"#define RUN program_run\n#define NUM_INPUTS {len(program.inputs)}\n"
                       f"#define NUM_OUTPUTS {len(program.expected)}\n"
                       f"#define INPUT_SIZES {sizes(program.inputs)}\n"
                       f"#define OUTPUT_SIZES {sizes(program.expected)}\n"
                       f"#define ARENA {arena}\n#define CPU {cpu}\n#define THREADS {args.threads}\n")
        run(["clang", f"--target={triple}", "-O1", "-ffreestanding", "-nostdlib", "-static",
             "-fuse-ld=lld", "-fno-stack-protector", "-I", folder,
             os.path.join(os.path.dirname(__file__), "run_program.c"), lowered + ".o", "-o",
             os.path.join(folder, name)])
    return listing


def compare(program, output, label):
    bad, offset = 0, 0
    for index, expected in enumerate(program.expected):
        actual = np.frombuffer(output, expected.dtype, expected.size, offset)
        offset += expected.nbytes
        actual = actual.reshape(expected.shape)
        if expected.dtype == np.float32:
            wrong = np.abs(actual - expected) > 1e-5 * max(1, np.abs(expected).max())
        else:
            wrong = actual != expected
        if wrong.any():
            print(f"{label}: case {index}: {wrong.sum()} of {wrong.size} elements differ: "
                  f"{(program.cases + ['of several results'] * (index + 1))[index]}")
        bad += int(wrong.sum())
    return bad


def find_instructions(listing, level):
    """Which of the dot instructions a level uses."""
    symbol = re.sub("[^a-z0-9]", "_", level)
    body = "".join(re.findall(rf"<main_{symbol}(?:_task\d+)?>:\n(.*?)(?:\n\n|\Z)", listing, re.S))
    return {word for word in ("sdot", "smmla", "udot", "usdot", "vpdpbusd", "vpmaddwd", "sadalp")
            if re.search(rf"\b{word}\b", body)}


@dataclasses.dataclass
class Figures:
    """Of one level."""
    used: set = dataclasses.field(default_factory=set)
    cases: int = 0
    wrong: int = 0
    elements: int = 0


def make_program(family, args):
    program = Program(args.seed)
    module = {"elementwise": elementwise_cases, "matmul": matmul_cases, "joins": join_cases}.get(family)
    program.cases = module.cases() if module else conv_cases.cases(family)
    if args.only is not None:
        program.cases = [program.cases[args.only]]
    for case in program.cases:
        if module:
            module.add_case(program, case, constant, apply_scale)
        else:
            program.add(case)
    if args.only is None and not module:
        for steps in conv_cases.chains(family):
            program.add_chain(steps)
    return program


def sweep(family, args, figures):
    """Builds and runs the cases of a family; returns how many layers are divided into parts."""
    program = make_program(family, args)
    folder = os.path.join(args.work, family)
    listing = build(program, args, folder)
    data = b"".join(np.ascontiguousarray(a).tobytes() for a in program.inputs)
    for level, _ in args.levels:
        command = [os.path.join(folder, level)]
        if args.emulator:
            command = [args.emulator, "-cpu", MACHINES[level], *command]
        found = figures[level]
        found.used |= find_instructions(listing, level)
        found.cases += len(program.cases)
        found.wrong += compare(program, run(command, input=data), f"{level}: {family}")
        found.elements += sum(a.size for a in program.expected)
    return len(re.findall(r"_task[0-9]+>:", listing))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", default="all", choices=(*FAMILIES, "all"))
    parser.add_argument("--target", default="host")
    parser.add_argument("--cpu", default="native")
    parser.add_argument("--work", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="run one case of the family")
    parser.add_argument("--tiles", action="store_true", help="with odd register tiles")
    parser.add_argument("--emulator", help="path of qemu-aarch64")
    parser.add_argument("--evex", action="store_true",
                        help="give vpdpbusd the encoding of AVX512-VNNI with 256 bits: the same "
                        "operation, for machines that lack AVX-VNNI")
    parser.add_argument("--part-work", type=int, default=12000,
                        help="what makes a part of a layer: small values divide small layers")
    parser.add_argument("--threads", type=int, default=0,
                        help="io.threads; the parts of a layer then run from the last to the first")
    parser.add_argument("--levels", default="avx512vnni", help="levels to run, by comma")
    args = parser.parse_args()
    args.levels = [(level, CPU_BITS[level]) for level in args.levels.split(",")]
    figures = {level: Figures() for level, _ in args.levels}
    parts = sum(sweep(family, args, figures)
                for family in (FAMILIES if args.family == "all" else [args.family]))
    if args.threads:
        print(f"{parts} layers in parts")
    for level, found in figures.items():
        print(f"{level}: uses {' '.join(sorted(found.used))}")
    for level, found in figures.items():
        print(f"{level}: {found.cases} cases, {found.wrong} of {found.elements} elements differ")
    sys.exit(any(found.wrong for found in figures.values()))


if __name__ == "__main__":
    main()
