# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kvant: from a trained network to a native integer library.

    report = kvant.compile("model.tflite", "model.so", calibration="samples.npz")
    model = kvant.load("model.so")
    scores = model.run({"image": pixels})["scores"]

Whatever goes wrong in the compiler is a KvantError, with the text that the command line
tools print.
"""

import json
import os
from dataclasses import dataclass

import numpy as np

from . import _kvant
from ._kvant import KvantError

__all__ = ["KvantError", "Latency", "Model", "TensorInfo", "compile", "load", "print_pipeline"]


@dataclass(frozen=True)
class TensorInfo:
    """An input or output; scale and zero_point are None where it is not quantized."""

    name: str
    dtype: np.dtype
    shape: tuple
    scale: float | None
    zero_point: int | None


@dataclass(frozen=True)
class Latency:
    """Of single calls, in microseconds."""

    min: float
    median: float


def _settings(options):
    return {key: os.fspath(value) if isinstance(value, os.PathLike) else str(value)
            for key, value in options.items() if value is not None}


def compile(model, output, **options):
    """Compiles `model` to the file `output` and returns the report as a dict.

    The options are those of quant-compile, with underscores: calibration, calibrator, recipe,
    scheme, budget, target, cpu, emit, io, name, tune, batch, input_scale, input_shift.
    """
    return json.loads(_kvant.compile(os.fspath(model), os.fspath(output), _settings(options)))


def print_pipeline(model, output="program.so", **options):
    """The pass pipeline that compile() runs, as text that quant-opt takes."""
    return _kvant.get_pipeline(os.fspath(model), os.fspath(output), _settings(options))


def load(path, emulator="", threads=1):
    """Opens a compiled library, a runner, or a model, which is compiled in memory.

    `threads` compute one sample together. The results are the same for any number.
    """
    if not 1 <= threads <= 1024:
        raise KvantError(f"threads: expected a number from 1 to 1024, got {threads}")
    return Model(_kvant.open(os.fspath(path), emulator, threads))


class Model:
    """A program that is ready to run."""

    def __init__(self, program):
        self._program = program
        self._latency = None

    @staticmethod
    def _describe(specs):
        return [TensorInfo(name, np.dtype(kind), shape, scale, zero)
                for name, kind, shape, scale, zero in specs]

    @property
    def inputs(self):
        return self._describe(self._program.inputs)

    @property
    def outputs(self):
        return self._describe(self._program.outputs)

    @property
    def quantization(self):
        """What was decided per operation, as a dict; None for a model without a record."""
        text = self._program.quantization
        return json.loads(text) if text else None

    @property
    def latency(self):
        """Of the calls of the last run()."""
        return self._latency

    def run(self, inputs, calls=0):
        """Runs the program on arrays by input name (or on one array, if it has one input).

        Samples are on the first axis; an array of exactly the input's shape is one sample.
        With `calls`, the samples are run in a circle until so many calls were made. Returns
        the outputs by name, with samples on the first axis.
        """
        if not isinstance(inputs, dict):
            names = [tensor.name for tensor in self.inputs]
            if len(names) != 1:
                raise KvantError(f"expected a dict of arrays for the inputs {names}")
            inputs = {names[0]: inputs}
        arrays = {name: np.ascontiguousarray(array) for name, array in inputs.items()}
        outputs, fastest, median = self._program.run(arrays, calls)
        self._latency = Latency(fastest, median)
        return outputs
