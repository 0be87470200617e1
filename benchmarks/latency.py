# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Latency of models and of single layers, ours beside LiteRT, ONNX Runtime and IREE in one run.

usage: python latency.py --bin TOOLS --work FOLDER [--data MODELS] [--rounds N] [--json FILE] [NAME...]

Each model is compiled for this host and timed on one thread. In a round everybody has a turn, and
a turn's figure is the median of its calls. The table gives the median over the rounds with its
spread (10th to 90th percentile), and how many times as long as ours a peer takes: the median of the
rounds' ratios, so that a machine that drifts does so for both. A peer that is not installed is
shown as '-'. NAME is a model of models.json or a layer of layers.json, or one of the words `models` and
`layers` for all of them. docs/performance.md tells how to read the table.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

import numpy as np

import branch_models
import contenders
import layers
import peers
import quantizer

HERE = pathlib.Path(__file__).resolve().parent
MODELS = json.loads((HERE / "models.json").read_text())
LAYERS = [{"name": layer["name"], "layer": layer} for layer in layers.LAYERS]
PEERS = {"litert": "LiteRT", "onnxruntime": "ONNX Runtime", "iree": "IREE"}
# What a turn lasts, in microseconds, and how many calls it may have.
TURN, FEWEST, MOST = 50_000, 5, 5000


def find(path, data):
    """Paths in models.json are relative to the project, or to --data where they start with @."""
    if path.startswith("@"):
        return data / path[1:] if data else None
    return HERE.parent / path


def prepare(entry, args):
    """The model that we compile, our options, and the file that peers run; None if it isn't here."""
    if "random" in entry or "layer" in entry:
        try:
            if "layer" in entry:
                model = layers.write(entry["layer"], args.work)
            else:
                model = branch_models.write(entry["random"], args.work / f"{entry['name']}.tflite")
        except ImportError:  # the writer needs LiteRT's schema
            return None
        return model, [], model
    model = find(entry["model"], args.data)
    if model is None or not model.exists():
        return None
    if not contenders.Interpreter and "calibration" not in entry:
        return None  # LiteRT says what inputs a model has
    if "calibration" in entry:
        return model, ["--calibration", find(entry["calibration"], args.data)], model
    if "quantize" in entry:
        source = entry["quantize"]
        calibration = quantizer.write_calibration(
            find(source["pictures"], args.data), source["size"], source["input"],
            args.work / f"{entry['name']}_calibration.npz")
        peer = args.work / f"{entry['name']}_quantizer.tflite"
        # The quantizer's file has int8 inputs and outputs.
        options = ["--calibration", calibration, "--io", "int8"]
        return model, options, quantizer.quantize(model, calibration, peer)
    return model, ["--scheme", "float32"] if entry["name"].endswith("_float") else [], model


def assemble(entry, model, options, peer_model, args):
    """Everybody who has a turn, by name, with inputs set."""
    rng = np.random.default_rng(0)
    stem = entry["name"] if "layer" not in entry else model.stem
    sides = {"kvant": contenders.Ours(args.bin, args.work, stem, model, options)}
    litert = contenders.make_litert(peer_model) if "litert" in args.peers else None
    if litert:
        arrays = litert.set_inputs(rng)
    elif contenders.Interpreter:
        arrays = contenders.LiteRT(peer_model or model).set_inputs(rng)
    else:
        arrays = {k: v[:1] for k, v in np.load(options[1]).items()}
    sides["kvant"].set_inputs(arrays)
    if not options and "layer" not in entry:
        program = contenders.single_rounding(args.bin, args.work, stem, model)
        sides["single"] = contenders.Ours(args.bin, args.work, f"{stem}_single", program)
        sides["single"].set_inputs(arrays)
    sides["litert"] = litert
    if peer_model and "onnxruntime" in args.peers:
        sides["onnxruntime"] = peers.make_onnxruntime(peer_model)
    if peer_model and "iree" in args.peers:
        sides["iree"] = peers.make_iree(peer_model, args.work)
    return {name: side for name, side in sides.items() if side}


def take_turns(sides, rounds):
    """{name: a figure per round}. Who begins changes from round to round."""
    calls = {name: int(np.clip(TURN / side.round(FEWEST), FEWEST, MOST))
             for name, side in sides.items()}
    order, figures = list(sides), {name: [] for name in sides}
    for number in range(rounds):
        first = number % len(order)
        for name in order[first:] + order[:first]:
            figures[name].append(sides[name].round(calls[name]))
    return figures


def statistics(samples):
    low, middle, high = np.percentile(samples, [10, 50, 90])
    return {"median": middle, "p10": low, "p90": high}


def bench(entry, args, peak):
    found = prepare(entry, args)
    if found is None:
        return None
    model, options, peer_model = found
    sides = assemble(entry, model, options, peer_model, args)
    figures = take_turns(sides, args.rounds)
    ours = np.array(figures["kvant"])
    macs, litert_arena = contenders.describe(peer_model or model)
    integer = "float32" not in options
    result = {
        "name": entry["name"], "group": entry.get("group"), "note": entry.get("note"), "macs": macs,
        "latency_us": {name: statistics(samples) for name, samples in figures.items()},
        "ratio": {name: statistics(np.array(samples) / ours)
                  for name, samples in figures.items() if name in PEERS},
        "arena_bytes": sides["kvant"].arena_bytes, "litert_arena_bytes": litert_arena,
        "library_bytes": sides["kvant"].library_bytes,
        "model_bytes": (peer_model or model).stat().st_size,
        "seconds_to_compile": sides["kvant"].seconds_to_compile,
    }
    if "single" in sides and "litert" in sides:
        result["ratio_single_rounding"] = statistics(
            np.array(figures["litert"]) / np.array(figures["single"]))
    if macs and peak:
        rate = macs / result["latency_us"]["kvant"]["median"] * 1e-3
        result["share_of_peak"] = rate / peak["int8" if integer else "float"]
    return result


def measure_peak(work):
    """GMAC/s of one core, by peak.c; None without a compiler."""
    for compiler in ("clang-22", "cc"):
        program = work / "peak"
        command = [compiler, "-O2", "-march=native", str(HERE / "peak.c"), "-o", str(program)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return json.loads(subprocess.run([str(program)], check=True, capture_output=True).stdout)
    return None


def machine():
    name = platform.processor()
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration, IndexError):
        pass
    return {"cpu": name, "arch": platform.machine(), "date": time.strftime("%Y-%m-%d")}


COLUMNS = [("model", 24), ("us", 9), ("(p10..p90)", 19), ("peak", 6), ("LiteRT us", 10), ("x", 6),
           ("(p10..p90)", 13), ("single", 7), ("ORT x", 7), ("IREE x", 7), ("arena", 8), ("of LiteRT", 10), ("library", 8),
           ("of file", 8), ("compile", 8)]


def line(cells):
    print("".join(f"{cell:>{width}}" if i else f"{cell:{width}}"
                  for i, (cell, (_, width)) in enumerate(zip(cells, COLUMNS))), flush=True)


def spread(figure, digits):
    return f"({figure['p10']:.{digits}f}..{figure['p90']:.{digits}f})"


def kib(size):
    return f"{size / 1024:.0f} K" if size else "-"


def show(result):
    ours, litert = result["latency_us"]["kvant"], result["latency_us"].get("litert")
    ratio, single = result["ratio"].get("litert"), result.get("ratio_single_rounding")
    share, arena, library = (result.get(k) for k in ("share_of_peak", "litert_arena_bytes",
                                                     "library_bytes"))
    line([result["name"], f"{ours['median']:.1f}", spread(ours, 1),
          f"{share:.0%}" if share else "-", f"{litert['median']:.1f}" if litert else "-",
          f"{ratio['median']:.2f}" if ratio else "-", spread(ratio, 2) if ratio else "",
          f"{single['median']:.2f}" if single else "-",
          *(f"{r['median']:.2f}" if r else "-"
            for r in (result["ratio"].get(peer) for peer in ("onnxruntime", "iree"))),
          kib(result["arena_bytes"]),
          f"{result['arena_bytes'] / arena:.2f}" if arena else "-", kib(library),
          f"{library / result['model_bytes']:.2f}" if library else "-",
          f"{result['seconds_to_compile']:.1f} s"])


def summarize(results):
    """Geometric means over the groups of models, with the smallest ratio of each."""
    summary = {}
    for group in sorted({r["group"] for r in results if r["group"]}):
        for peer in PEERS:
            ratios = {r["name"]: r["ratio"][peer]["median"] for r in results
                      if r["group"] == group and peer in r["ratio"]}
            if not ratios:
                continue
            least = min(ratios, key=ratios.get)
            summary[f"{group} {peer}"] = mean = {
                "geometric_mean": float(np.exp(np.mean(np.log(list(ratios.values()))))),
                "least": ratios[least], "least_name": least, "models": len(ratios)}
            print(f"{group}: {PEERS[peer]} / ours, geometric mean of {len(ratios)} models "
                  f"{mean['geometric_mean']:.2f}, least {mean['least']:.2f} ({least})")
    return summary


def choose(names, parser):
    """The lines of models.json and layers.json that the command line names."""
    groups = {"models": MODELS, "layers": LAYERS}
    known = {entry["name"]: entry for entry in MODELS + LAYERS}
    unknown = sorted(set(names) - set(known) - set(groups))
    if unknown:
        parser.error(f"no such model: {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = []
    for name in names or groups:
        chosen += groups.get(name) or [known[name]]
    return chosen


def make_parser(description):
    """The options of every benchmark of models."""
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, help="folder of the models that start with @")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures here, too")
    return parser


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--core", type=int, help="pin everything to this core")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS),
                        help="whom to compare with (default: all that are installed)")
    parser.add_argument("names", nargs="*", help="models and layers to measure (default: all)")
    args = parser.parse_args()
    args.bin, args.work = args.bin.resolve(), args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    entries = choose(args.names, parser)
    if args.core is not None:
        os.sched_setaffinity(0, {args.core})
    peak, host = measure_peak(args.work), machine()
    print(f"{host['cpu']}, {host['date']}, one thread; peak of a core: "
          + (f"{peak['int8']:.0f} int8 and {peak['float']:.0f} float GMAC/s" if peak else "-"))
    line([name for name, _ in COLUMNS])
    results, failed = [], False
    for entry in entries:
        try:
            result = bench(entry, args, peak)
        except RuntimeError as error:
            print(f"{entry['name']:24}{error}")
            failed = True
            continue
        if result is None:
            print(f"{entry['name']:24}needs its file (--data) and LiteRT")
            continue
        show(result)
        results.append(result)
    for result in results:
        if result["note"]:
            print(f"{result['name']}: {result['note']}")
    groups = summarize(results)
    if args.json:
        figures = {"machine": host, "peak_gmac_per_s": peak, "models": results, "groups": groups}
        args.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
