# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX Runtime and IREE, on the network of a .tflite file.

Both start from a translation that keeps weights and scales: an ONNX model for ONNX Runtime, TOSA by
Arm's converter for IREE. A function here returns None if the peer is not installed, and tells
on the standard error why it cannot run a model.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from contenders import median_of_calls, random_sample, run

IREE_FLAGS = ["--iree-input-type=tosa", "--iree-hal-target-device=local",
              "--iree-hal-local-target-device-backends=llvm-cpu", "--iree-llvmcpu-target-cpu=host",
              "--iree-opt-level=O3", "--iree-opt-data-tiling"]


def refuse(peer, model, error):
    print(f"{peer} cannot run {model.name}: {str(error).strip()[-300:]}", file=sys.stderr)


class OnnxRuntime:
    TYPES = {"tensor(float)": np.float32, "tensor(int8)": np.int8, "tensor(uint8)": np.uint8}

    def __init__(self, content):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self.session = onnxruntime.InferenceSession(content, options,
                                                    providers=["CPUExecutionProvider"])
        # Inputs and outputs stay where they are, so a call copies nothing.
        self.binding = self.session.io_binding()
        rng = np.random.default_rng(0)
        value = onnxruntime.OrtValue
        for i in self.session.get_inputs():
            array = random_sample(i.shape, self.TYPES[i.type], rng)
            self.binding.bind_ortvalue_input(i.name, value.ortvalue_from_numpy(array))
        for o in self.session.get_outputs():
            self.binding.bind_ortvalue_output(
                o.name, value.ortvalue_from_shape_and_type(o.shape, self.TYPES[o.type]))

    def round(self, calls):
        return median_of_calls(lambda: self.session.run_with_iobinding(self.binding), calls)


class Iree:
    """Timed by IREE's own benchmark program, because a call from Python costs 20 microseconds:
    one call per repetition, of which it reports the median."""

    def __init__(self, module, inputs):
        from iree import _runtime_libs
        tool = Path(_runtime_libs.__path__[0]) / "iree-benchmark-module"
        self.command = [tool, f"--module={module}", "--function=main", "--device=local-sync",
                        "--benchmark_min_time=1x", "--benchmark_format=json",
                        "--benchmark_report_aggregates_only=true"]
        rng = np.random.default_rng(0)
        for number, (shape, dtype) in enumerate(inputs):
            path = module.with_suffix(f".input{number}.npy")
            np.save(path, random_sample(shape, dtype, rng))
            self.command.append(f"--input=@{path}")

    def round(self, calls):
        out = run([*self.command, f"--benchmark_repetitions={calls}"])
        figures = json.loads(out[out.index(b"{"):])["benchmarks"]
        median = next(f for f in figures if f["aggregate_name"] == "median")
        return median["real_time"] * {"ns": 1e-3, "us": 1, "ms": 1e3}[median["time_unit"]]


def make_onnxruntime(model):
    try:
        import onnxruntime  # noqa: F401
        from onnx_export import export
    except ImportError:
        return None
    try:
        return OnnxRuntime(export(model).SerializeToString())
    except Exception as error:  # whatever a runtime refuses a model with
        refuse("ONNX Runtime", model, error)
        return None


def convert_to_tosa(model, work):
    """The file as TOSA bytecode, by Arm's converter."""
    import tflite_file
    static = work / f"{model.stem}_static.tflite"
    static.write_bytes(tflite_file.with_static_shapes(model))
    program = work / f"{model.stem}.tosa.mlirbc"
    subprocess.run([sys.executable, "-m", "tosa_converter_for_tflite.cli", str(static),
                    "-o", str(program)], check=True, capture_output=True)
    return program


def make_iree(model, work):
    """Compiling takes minutes for a big model, so what was compiled stays in the folder."""
    try:
        import iree.compiler.tools
        import iree.runtime  # noqa: F401
        import tflite_file
    except ImportError:
        return None
    module = work / f"{model.stem}.vmfb"
    try:
        if not module.exists() or module.stat().st_mtime < model.stat().st_mtime:
            iree.compiler.tools.compile_file(str(convert_to_tosa(model, work)),
                                             output_file=str(module), target_backends=[],
                                             extra_args=IREE_FLAGS)
        made = Iree(module, tflite_file.input_types(model))
        made.round(2)
        return made
    except Exception as error:
        refuse("IREE", model, getattr(error, "stderr", None) or error)
        return None
