# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runtimes that a benchmark times: ours and its peers, all on one thread.

Each has `round(calls)`: the median of the time of that many single calls, in microseconds. A peer
that is not installed, or that cannot run a file, is None.
"""

import json
import subprocess
import time

import numpy as np

import tflite_file

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    Interpreter = None


def run(command, **kwargs):
    done = subprocess.run([str(c) for c in command], capture_output=True, **kwargs)
    if done.returncode:
        raise RuntimeError(f"{command[0].name}: {done.stderr.decode(errors='replace')[-800:]}")
    return done.stdout


def median_of_calls(function, calls):
    times = []
    function()
    for _ in range(calls):
        start = time.perf_counter_ns()
        function()
        times.append(time.perf_counter_ns() - start)
    return float(np.median(times)) / 1e3


def random_sample(shape, kind, rng):
    """Noise over the whole range of an integer type; pictures between 0 and 1 in floats."""
    kind = np.dtype(kind)
    if kind.kind == "f":
        return rng.random(shape, dtype=np.float32)
    info = np.iinfo(kind)
    return rng.integers(info.min, info.max, shape, kind, endpoint=True)


class Ours:
    """A model compiled by quant-compile, timed by quant-run inside one process."""

    def __init__(self, tools, work, name, model, options=(), strip="llvm-strip-22"):
        self.tools, self.library = tools, work / f"{name}.so"
        self.inputs = work / f"{name}_input.npz"
        start = time.perf_counter()
        made = run([tools / "quant-compile", model, "-o", self.library, "--json", *options])
        self.seconds_to_compile = time.perf_counter() - start
        self.arena_bytes = json.loads(made)["arena_bytes"]
        self.library_bytes = stripped_size(self.library, strip)

    def set_inputs(self, arrays):
        np.savez(self.inputs, **arrays)

    def round(self, calls):
        out = run([self.tools / "quant-run", self.library, "--inputs", self.inputs,
                   "--repeat", str(calls), "--json"])
        return json.loads(out)["latency_us"]["median"]


def stripped_size(library, strip):
    """The size of a library as it is shipped: without symbols. None without the tool."""
    try:
        copy = library.with_suffix(".stripped.so")
        subprocess.run([strip, str(library), "-o", str(copy)], check=True)
    except OSError:
        return None
    size = copy.stat().st_size
    copy.unlink()
    return size


def single_rounding(tools, work, name, model):
    """A quantized file as a TOSA program that rounds once at each requantization, as Kvant's own
    quantization does, instead of by TFLite's rules (docs/numerics.md)."""
    program = run([tools / "quant-compile", model, "--emit", "qnn", "-o", "-"])
    program = program.replace(b'qnn.rounding = "tflite", ', b"")
    program = program.replace(b', qnn.rounding = "tflite"', b"")
    program = program.replace(b'{qnn.rounding = "tflite"}', b"")
    lowered = run([tools / "quant-opt", "--kvant-qnn-to-tosa"], input=program)
    path = work / f"{name}_single.mlir"
    path.write_bytes(lowered)
    return path


class LiteRT:
    """LiteRT's interpreter with its default kernels, XNNPACK. The call into it from Python that a
    C++ program would not make is measured on a method that does nothing, and taken off."""

    def __init__(self, model):
        self.interpreter = Interpreter(str(model), num_threads=1)
        self.interpreter.allocate_tensors()
        self.details = self.interpreter.get_input_details()

    def set_inputs(self, rng):
        arrays = {d["name"]: random_sample(d["shape"], d["dtype"], rng) for d in self.details}
        for detail in self.details:
            self.interpreter.set_tensor(detail["index"], arrays[detail["name"]])
        return arrays

    def round(self, calls):
        native = getattr(self.interpreter, "_interpreter", None)
        if native is None:
            return median_of_calls(self.interpreter.invoke, calls)
        empty = median_of_calls(native.NumSubgraphs, 200)
        return median_of_calls(native.Invoke, calls) - empty


def make_litert(model):
    return LiteRT(model) if Interpreter and model else None


def describe(model):
    """Multiply-accumulates of a file, and bytes of LiteRT's arena for it; None without LiteRT."""
    if not Interpreter:
        return None, None
    return tflite_file.multiplications(model), tflite_file.litert_arena(model)
