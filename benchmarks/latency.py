# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Latency of whole models, side by side with LiteRT in one run.

usage: python latency.py --bin TOOLS --work FOLDER [--data MODELS] [--rounds N] [--json FILE] [NAME...]

Each model is compiled for this host and timed on one thread, in turns with LiteRT's
interpreter (its default kernels with XNNPACK, one thread) on the same file. Both sides are timed by
single calls; a round's figure is the median of its calls, and the table gives the median
over the rounds with its spread (10th to 90th percentile). Without LiteRT only our side is
timed. The models are lines of models.json beside this file.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
MODELS = json.loads((HERE / "models.json").read_text())

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    Interpreter = None


class Ours:
    """A model compiled by quant-compile, timed by quant-run inside one process."""

    def __init__(self, tools, work, name, model, calibration):
        self.tools, self.library = tools, work / f"{name}.so"
        command = [tools / "quant-compile", model, "-o", self.library]
        if calibration:
            command += ["--calibration", calibration]
        subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def round(self, inputs, calls):
        command = [self.tools / "quant-run", self.library, "--inputs", inputs,
                   "--repeat", str(calls), "--json"]
        out = subprocess.run([str(c) for c in command], check=True, capture_output=True)
        return json.loads(out.stdout)["latency_us"]["median"]


class LiteRT:
    def __init__(self, model):
        self.interpreter = Interpreter(str(model), num_threads=1)
        self.interpreter.allocate_tensors()

    def round(self, inputs, calls):
        for detail in self.interpreter.get_input_details():
            self.interpreter.set_tensor(detail["index"], inputs[detail["name"]])
        invoke, times = self.interpreter.invoke, []
        invoke()
        for _ in range(calls):
            start = time.perf_counter_ns()
            invoke()
            times.append(time.perf_counter_ns() - start)
        return float(np.median(times)) / 1e3


def random_inputs(model, rng):
    """One sample per input, in the input's own type."""
    interpreter = Interpreter(str(model))
    arrays = {}
    for detail in interpreter.get_input_details():
        shape, kind = detail["shape"], np.dtype(detail["dtype"])
        if kind.kind == "f":
            arrays[detail["name"]] = rng.random(shape, dtype=np.float32)
        else:
            info = np.iinfo(kind)
            arrays[detail["name"]] = rng.integers(info.min, info.max, shape, kind, endpoint=True)
    return arrays


def statistics(samples):
    low, middle, high = np.percentile(samples, [10, 50, 90])
    return {"median_us": middle, "p10_us": low, "p90_us": high}


def find(path, data):
    """Paths in models.json are relative to the project, or to --data where they start with @."""
    if path is None:
        return None
    if path.startswith("@"):
        return data / path[1:] if data else None
    return HERE.parent / path


def bench(entry, args, rng):
    model, calibration = find(entry["model"], args.data), find(entry.get("calibration"), args.data)
    if model is None or not model.exists():
        return None
    peer_file = find(entry.get("peer_model", entry["model"]), args.data)
    ours = Ours(args.bin, args.work, entry["name"], model, calibration)
    peer = LiteRT(peer_file) if Interpreter else None
    if Interpreter:
        arrays = random_inputs(model, rng)
    else:
        loaded = np.load(calibration)
        arrays = {k: v[:1] for k, v in loaded.items()}
    inputs = args.work / f"{entry['name']}_input.npz"
    np.savez(inputs, **arrays)
    peer_inputs = random_inputs(peer_file, rng) if peer else None
    mine, theirs = [], []
    calls = entry.get("calls", 200)
    for _ in range(args.rounds):
        mine.append(ours.round(inputs, calls))
        if peer:
            theirs.append(peer.round(peer_inputs, calls))
    result = {"name": entry["name"], "kvant": statistics(mine)}
    if peer:
        result["litert"] = statistics(theirs)
        result["ratio_of_medians"] = result["kvant"]["median_us"] / result["litert"]["median_us"]
    return result


def show(result):
    def cell(side):
        s = result.get(side)
        return f"{s['median_us']:9.1f} ({s['p10_us']:.1f}..{s['p90_us']:.1f})" if s else "-"

    ratio = result.get("ratio_of_medians")
    print(f"{result['name']:24}{cell('kvant'):>30}{cell('litert'):>30}"
          f"{f'{ratio:.2f}' if ratio else '-':>8}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, help="folder of the models that start with @")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=pathlib.Path, help="write the figures here, too")
    parser.add_argument("names", nargs="*", help="models to measure (default: all)")
    args = parser.parse_args()
    args.bin, args.work = args.bin.resolve(), args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    known = [entry["name"] for entry in MODELS]
    unknown = sorted(set(args.names) - set(known))
    if unknown:
        parser.error(f"no such model: {', '.join(unknown)}; there are {', '.join(known)}")
    print(f"{'one thread, microseconds':24}{'kvant':>30}{'LiteRT':>30}{'ratio':>8}")
    rng = np.random.default_rng(0)
    results, failed = [], False
    for entry in MODELS:
        if args.names and entry["name"] not in args.names:
            continue
        try:
            result = bench(entry, args, rng)
        except subprocess.CalledProcessError as error:
            print(f"{entry['name']:24}{pathlib.Path(error.cmd[0]).name} failed")
            failed = True
            continue
        if result is None:
            print(f"{entry['name']:24}no model file here (--data)")
            continue
        show(result)
        results.append(result)
    if args.json:
        args.json.write_text(json.dumps(results, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
