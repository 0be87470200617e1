# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""AArch64 without an AArch64 machine: executed instructions, and cycles that llvm-mca expects.

usage: python arm.py --bin TOOLS --work FOLDER --armcount FOLDER [--data MODELS] [NAME...]

For each model: millions of instructions per inference at each level of instructions (v80: Armv8.0,
dotprod, i8mm), ours over each peer's, with the size of the arena and of the stripped library that holds
all levels. Then the hottest blocks of each level, with the cycles of one execution on each core that
has the level, and the share of the core's peak that its products are.

The folder of --armcount holds the counting plugin's armcount.py, and rows.json with counts of peers;
--measure-peers counts LiteRT again where a row is missing.
"""

import json
import pathlib
import subprocess
import sys

import numpy as np

import contenders
import latency
from arm_programs import LEVELS, Programs, peak_per_cycle, predict

# Cores to look at each level on: those that have no better one, and cortex-x2 also for its SDOT.
CORES = {"v80": ["cortex-a53"],
         "dotprod": ["cortex-a55", "cortex-a76", "neoverse-n1", "cortex-x2"],
         "i8mm": ["cortex-a710", "cortex-x2", "cortex-x4", "neoverse-v2"]}
PEERS = {"litert": "LiteRT", "ort": "ORT", "iree": "IREE"}
# The instructions that do the products; a block's kind is the one that it has most of.
PRODUCTS = {"smmla": ("smmla",), "sdot": ("sdot",), "fmla": ("fmla",),
            "smlal": ("smull", "smull2", "smlal", "smlal2")}
# Multiplications of one such instruction: of bytes, or of floats.
MULTIPLICATIONS = {"smmla": 32, "sdot": 16, "smlal": 8, "fmla": 4}


def read_rows(paths):
    """{(runtime, model, level): instructions}; a later file wins."""
    rows = {}
    for path in paths:
        if path.exists():
            for line in path.read_text().splitlines():
                row = json.loads(line)
                key = row["runtime"], row["model"].rsplit(".", 1)[0], row["level"]
                rows[key] = row["total"]
    return rows


def measure_litert(model, level, args):
    """Counts LiteRT on a file, into rows of our own."""
    command = ["python3", args.armcount / "armcount.py", "peer", "-l", level, "-n", "2", "--json",
               args.work / "peer_rows.json", "litert", model]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode or "FAILED" in done.stdout:
        print(f"LiteRT cannot be counted on {model.name}: {done.stdout[-300:]}", file=sys.stderr)


def library_bytes(entry, model, options, args):
    """The shared library for any ARMv8, stripped."""
    library = args.work / f"{entry['name']}_aarch64.so"
    contenders.run([args.bin / "quant-compile", model, *options, "--target", "aarch64-linux-gnu",
                    "-o", library])
    return contenders.stripped_size(library, "llvm-strip-22")


def count(entry, args):
    found = latency.prepare(entry, args)
    if found is None:
        return None
    model, options, peer_model = found
    programs = Programs(args.bin, args.work / entry["name"].replace(" ", "_"),
                        {"m": (model, options)}, args.armcount)
    row = entry.get("counted") or (peer_model.stem if peer_model else None)
    rows = read_rows([args.armcount / "rows.json", args.work / "peer_rows.json"])
    _, litert_arena = contenders.describe(peer_model or model)
    result = {"name": entry["name"], "group": entry.get("group"), "levels": {}, "blocks": {},
              "arena_bytes": programs.reports["m"]["arena_bytes"],
              "litert_arena_bytes": litert_arena,
              "library_bytes": library_bytes(entry, model, options, args),
              "model_bytes": (peer_model or model).stat().st_size}
    for level in args.level:
        if args.measure_peers and peer_model and ("litert", row, level) not in rows:
            measure_litert(peer_model, level, args)
            rows = read_rows([args.armcount / "rows.json", args.work / "peer_rows.json"])
        counts, blocks = programs.run(level)
        total = counts["m"]["total"]
        kinds = sorted(counts["m"].items(), key=lambda kind: -kind[1])
        result["levels"][level] = {
            "instructions": total,
            "ratio": {peer: total / rows[peer, row, level] for peer in PEERS
                      if (peer, row, level) in rows},
            "kinds": {kind: n for kind, n in kinds if n and kind != "total"}}
        result["blocks"][level] = look_at(blocks["m"], level, args)
    return result


def multiplications(block):
    return block.executions * sum(block.count(*names) * MULTIPLICATIONS[kind]
                                  for kind, names in PRODUCTS.items())


def look_at(blocks, level, args):
    """The hottest blocks with their cycles on each core, and, if it is not among them, the reduction
    that multiplies most: of loops without a store, so that requantization is not part of it."""
    chosen = sorted(blocks, key=lambda b: -b.instructions())[:args.hot]
    reductions = [b for b in blocks if b.repeats() and not b.stores()]
    most = max(reductions, key=multiplications, default=None)
    if most and most not in chosen:
        chosen.append(most)
    total = sum(b.instructions() for b in blocks)
    cycles = {core: predict(chosen, core) for core in CORES[level]}
    found = []
    for number, block in enumerate(chosen):
        kind = max(PRODUCTS, key=lambda k: block.count(*PRODUCTS[k]))
        products = block.count(*PRODUCTS[kind])
        expected = {core: cycles[core][number] for core in CORES[level]}
        found.append({
            "address": block.address, "share": block.instructions() / total,
            "executions": block.executions, "length": len(block), "cycles": expected,
            "kind": kind if products else None, "products": products, "text": block.text,
            "reduction": block is most,
            "share_of_peak": {core: products / peak_per_cycle(core, kind) / expected[core]
                              for core in CORES[level]} if products else None})
    return found


def show(result, args):
    cells = [f"{result['name']:24}"]
    for level in args.level:
        figures = result["levels"][level]
        ratios = " ".join(f"{figures['ratio'][p]:5.2f}" if p in figures["ratio"] else "    -"
                          for p in PEERS)
        cells.append(f"{figures['instructions'] / 1e6:9.3f}M {ratios}")
    arena, library = result["litert_arena_bytes"], result["library_bytes"]
    cells.append(f"{result['arena_bytes'] / 1024:7.0f} K"
                 + (f" {result['arena_bytes'] / arena:5.2f}" if arena else "     -"))
    cells.append(f"{library / 1024:7.0f} K {library / result['model_bytes']:5.2f}" if library
                 else "      -")
    print(" |".join(cells), flush=True)


def show_blocks(result, args):
    for level in args.level:
        cores = CORES[level]
        kinds = list(result["levels"][level]["kinds"].items())[:8]
        total = result["levels"][level]["instructions"]
        print(f"\n{result['name']}, {level}: "
              + ", ".join(f"{kind} {n / total:.0%}" for kind, n in kinds))
        print(f"  {'block':>8}{'of all':>8}{'length':>8}{'products':>12}"
              + "".join(f"{core:>20}" for core in cores))
        for block in result["blocks"][level]:
            peak = block["share_of_peak"]
            print(f"  {block['address']:8x}{block['share']:8.1%}{block['length']:8}"
                  f"{block['products'] or '-':>6} {block['kind'] or '':5}"
                  + "".join(f"{block['cycles'][c]:13.1f}"
                            + (f" ({peak[c]:4.0%})" if peak else " " * 7) for c in cores))


def summarize(results, args):
    """Geometric means of ours / LiteRT, in integers and in floats, and the hottest reduction."""
    summary = {}
    for kind in ("integer", "float"):
        for level in args.level:
            ratios = {r["name"]: r["levels"][level]["ratio"]["litert"] for r in results
                      if r["name"].endswith("_float") == (kind == "float")
                      and "litert" in r["levels"][level]["ratio"]}
            if not ratios:
                continue
            most = max(ratios, key=ratios.get)
            summary[f"{kind} {level}"] = mean = {
                "geometric_mean": float(np.exp(np.mean(np.log(list(ratios.values()))))),
                "most": ratios[most], "most_name": most, "models": len(ratios)}
            print(f"{kind}, {level}: instructions, ours / LiteRT, geometric mean of "
                  f"{len(ratios)} models {mean['geometric_mean']:.3f}, most "
                  f"{mean['most']:.3f} ({most})")
    for level in args.level:
        for core in CORES[level]:
            best = {}
            for result in results:
                most = next((b for b in result["blocks"][level] if b["reduction"]), None)
                if most and most["products"]:
                    best[result["name"]] = most["kind"], most["share_of_peak"][core]
            if best:
                summary[f"peak {level} {core}"] = best
                print(f"{core}: share of peak of the loop of a reduction that multiplies most: "
                      + ", ".join(f"{name} {share:.0%} {kind}"
                                  for name, (kind, share) in best.items()))
    return summary


def main():
    parser = latency.make_parser(__doc__)
    parser.add_argument("--armcount", type=pathlib.Path, required=True)
    parser.add_argument("--hot", type=int, default=10, help="blocks to show (default: 10)")
    parser.add_argument("--level", nargs="*", choices=LEVELS, default=list(LEVELS))
    parser.add_argument("--measure-peers", action="store_true")
    parser.add_argument("names", nargs="*", help="models and layers (default: all counted models)")
    args = parser.parse_args()
    for name in ("bin", "work", "armcount"):
        setattr(args, name, getattr(args, name).resolve())
    args.work.mkdir(parents=True, exist_ok=True)
    if not (args.armcount / "armcount.py").exists():
        parser.error(f"{args.armcount}: no armcount.py there")
    entries = (latency.choose(args.names, parser) if args.names
               else [entry for entry in latency.MODELS if "counted" in entry])
    print(f"{'millions of instructions':24} |"
          + " |".join(f"{level:>10} " + " ".join(f"{p:>5}" for p in ("/LRT", "/ORT", "/IREE"))
                      for level in args.level)
          + " |    arena /LRT |  library /file")
    results = []
    for entry in entries:
        result = count(entry, args)
        if result is None:
            print(f"{entry['name']:24} needs its file (--data) and LiteRT")
            continue
        show(result, args)
        results.append(result)
    summary = summarize(results, args)
    for result in results:
        show_blocks(result, args)
    if args.json:
        args.json.write_text(json.dumps({"models": results, "summary": summary}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
