# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""AArch64 programs of ours on another machine: their executed instructions and basic blocks.

The emulator qemu-aarch64 runs them with a plugin that counts. It is found by a folder that
holds armcount.py (which runs a program under it) and armcount.h (which marks a region).
"""

import concurrent.futures
import functools
import json
import re
import subprocess
from pathlib import Path

from contenders import run

HERE = Path(__file__).resolve().parent
# The bits of io.cpu that make a library take a level; see a generated header.
LEVELS = {"v80": 0, "dotprod": 1, "i8mm": 3}
INSTRUCTION = 4  # bytes


class Programs:
    """Models compiled into one executable, {name: (model, options)}; names are C identifiers."""

    def __init__(self, tools, work, models, armcount):
        self.work, self.armcount = work, armcount
        self.names = list(models)
        work.mkdir(parents=True, exist_ok=True)

        def compile_one(item):
            name, (model, options) = item
            out = run([tools / "quant-compile", model, *options, "--target", "aarch64-linux-gnu",
                       "--emit", "object", "--name", name, "-o", work / f"{name}.o", "--json"])
            return name, json.loads(out)

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            self.reports = dict(pool.map(compile_one, models.items()))
        (work / "programs.h").write_text("".join(f'#include "{n}.h"\n' for n in self.names))
        self.program = work / "programs"
        run([Path("aarch64-linux-gnu-gcc"), "-w", "-O1", "-static", "-o", self.program,
             HERE / "count-instructions.c", *[work / f"{n}.o" for n in self.names], f"-I{work}",
             f"-I{armcount}", "-DPROGRAMS=" + " ".join(f"X({n})" for n in self.names),
             f"-Wl,-Map={work / 'programs.map'}"])

    def run(self, level, blocks=100_000):
        """Counts of instructions by kind for each program, and its executed blocks."""
        out = run([Path("python3"), self.armcount / "armcount.py", "prog", "-l", level, "--hot",
                   blocks, "--", self.program, LEVELS[level]]).decode()
        regions = [{key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}
                   | {"total": int(total)}
                   for total, line in re.findall(r"^region \d+: (\d+) instructions: (.*)$", out, re.M)]
        if len(regions) != len(self.names):
            raise RuntimeError(f"the emulator counted {len(regions)} of {len(self.names)} programs: "
                               f"{out[-500:]}")
        return dict(zip(self.names, regions)), self.assign(parse_blocks(out))

    def assign(self, blocks):
        """Blocks by program, by the addresses of the linker's map."""
        text = (self.work / "programs.map").read_text()
        ranges = [(int(start, 16), int(size, 16), Path(path).stem) for start, size, path in
                  re.findall(r"^ \.text\S*\s+0x(\w+)\s+0x(\w+) (\S+\.o)$", text, re.M)]
        found = {name: [] for name in self.names}
        for block in blocks:
            for start, size, name in ranges:
                if start <= block.address < start + size and name in found:
                    found[name].append(block)
        return found


class Block:
    """Instructions that the emulator ran in one go, as often as `executions` says."""

    def __init__(self, address, executions, text):
        self.address, self.executions = address, executions
        self.text = [line.strip() for line in text.splitlines() if line.strip()]

    def __len__(self):
        return len(self.text)

    def instructions(self):
        return self.executions * len(self.text)

    def branches(self):
        """Whether the last instruction may go elsewhere."""
        return re.match(r"(b|bl|br|blr|ret\w*|b\.\w+|cbn?z|tbn?z)\b", self.text[-1]) is not None

    def repeats(self):
        """Whether the block is the whole body of a loop."""
        return self.branches() and self.text[-1].endswith(f"#{self.address:#x}")

    def stores(self):
        return any(re.match(r"st[a-z0-9]+\b", line) for line in self.text)

    def count(self, *mnemonics):
        return sum(line.split()[0] in mnemonics for line in self.text)

    def assembly(self):
        """As an assembler reads it: targets of branches and pages lie out of its reach."""
        lines = [re.sub(r"^(b|bl|b\.\w+|cbn?z|tbn?z|adrp?|ldr)(\s.*)?#0x[0-9a-f]+$", r"\1\2#0", line)
                 for line in self.text]
        return "\n".join(lines)


def parse_blocks(text):
    pattern = r"^hot \d+ insns=\d+ execs=(\d+) len=\d+ addr=0x([0-9a-f]+).*\n((?:    .*\n)*)"
    return join_parts([Block(int(address, 16), int(executions), body)
                       for executions, address, body in re.findall(pattern, text, re.M)])


def join_parts(blocks):
    """The emulator ends a block at the end of a page of memory, or when its translation grows too
    long. Half a loop says little about the cycles of the whole, so it is joined with what follows."""
    starts = {block.address: block for block in blocks}
    for block in sorted(blocks, key=lambda b: -b.address):
        rest = starts.get(block.address + INSTRUCTION * len(block))
        if rest and not block.branches() and rest.executions:
            block.text = block.text + rest.text
            rest.executions = max(rest.executions - block.executions, 0)
    return [block for block in blocks if block.executions]


def hottest(blocks, share):
    """The fewest blocks that execute this share of all instructions."""
    ordered = sorted(blocks, key=lambda b: -b.instructions())
    rest = share * sum(b.instructions() for b in blocks)
    for number, block in enumerate(ordered, 1):
        rest -= block.instructions()
        if rest <= 0:
            return ordered[:number]
    return ordered


def predict(blocks, core, llvm_mca="llvm-mca-22", iterations=100):
    """Cycles that llvm-mca expects of one execution of each block, repeated as a loop is."""
    source = "".join(f"# LLVM-MCA-BEGIN {number}\n{block.assembly()}\n# LLVM-MCA-END\n"
                     for number, block in enumerate(blocks))
    out = run([Path(llvm_mca), "-mtriple=aarch64", f"-mcpu={core}", "-mattr=+dotprod,+i8mm",
               f"-iterations={iterations}", "-instruction-info=false", "-resource-pressure=false",
               "-json"], input=source.encode())
    regions = json.loads(out)["CodeRegions"]
    if len(regions) != len(blocks):
        raise RuntimeError(f"llvm-mca read {len(regions)} of {len(blocks)} blocks")
    return [region["SummaryView"]["TotalCycles"] / iterations for region in regions]


@functools.cache
def peak_per_cycle(core, mnemonic, llvm_mca="llvm-mca-22"):
    """How many independent instructions of a kind a core starts per cycle, by llvm-mca."""
    forms = {"sdot": "sdot v{0}.4s, v30.16b, v31.4b[0]", "smmla": "smmla v{0}.4s, v30.16b, v31.16b",
             "smlal": "smlal v{0}.4s, v30.4h, v31.4h", "fmla": "fmla v{0}.4s, v30.4s, v31.s[0]"}
    lines = "\n".join(forms[mnemonic].format(i) for i in range(24))
    return 24 / predict([Block(0, 1, lines)], core, llvm_mca)[0]
