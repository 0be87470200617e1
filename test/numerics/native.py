# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs TOSA programs in this process, compiled by upstream's pipeline alone.

Our own code generator is not involved, so a difference found here lies in the import or in the
lowering to TOSA. Needs mlir-opt, mlir-translate and clang of LLVM 22 (KVANT_LLVM).
"""

import ctypes
import os
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np

LLVM = Path(os.environ.get("KVANT_LLVM", "/usr/lib/llvm-22"))
BIN = Path(os.environ.get("KVANT_BIN", Path(__file__).resolve().parents[2] / "build/dev/bin"))

LOWER = (
    "builtin.module(func.func(tosa-optional-decompositions,tosa-infer-shapes,"
    "tosa-make-broadcastable,tosa-to-linalg-named,canonicalize,tosa-to-linalg,tosa-to-tensor,"
    "tosa-to-arith{include-apply-rescale=true},canonicalize),"
    "one-shot-bufferize{bufferize-function-boundaries=true "
    "function-boundary-type-conversion=identity-layout-map},"
    "func.func(convert-linalg-to-loops,expand-strided-metadata,lower-affine),"
    "func.func(arith-expand,memref-expand,convert-scf-to-cf),convert-math-to-llvm,"
    "convert-math-to-libm,lower-affine,convert-arith-to-llvm,convert-index-to-llvm,"
    "finalize-memref-to-llvm,func.func(llvm-request-c-wrappers),convert-func-to-llvm,"
    "convert-cf-to-llvm,reconcile-unrealized-casts)"
)
DTYPES = {"i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64, "f32": np.float32,
          "i1": np.bool_}


def tool(path, *arguments, stdin=None):
    done = subprocess.run([str(path), *map(str, arguments)], input=stdin, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{Path(path).name}: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


def import_tflite(model, passes=()):
    """The qnn program of a .tflite file (or its bytes), after the named module passes."""
    with tempfile.TemporaryDirectory() as folder:
        path = model
        if isinstance(model, bytes):
            path = Path(folder) / "model.tflite"
            path.write_bytes(model)
        text = tool(BIN / "quant-translate", "--import-tflite", path)
    for name in passes:
        text = tool(BIN / "quant-opt", f"--{name}", stdin=text)
    return text.decode()


def validate(text, profiles, extensions):
    """The TOSA program, checked strictly against the specification."""
    integer_only = profiles == "pro_int"
    target = f"profiles={profiles} level=8k" + (f" extensions={extensions}" if extensions else "")
    pipeline = (f"builtin.module(kvant-verify-tosa{{integer-only={integer_only}}},"
                f"tosa-attach-target{{{target}}},tosa-validate{{strict-op-spec-alignment}})")
    tool(BIN / "quant-opt", f"--pass-pipeline={pipeline}", stdin=text.encode())
    return text  # without the target, whose empty lists do not parse


def lower_to_tosa(text, integer_only=False):
    """The TOSA program of a qnn program, validated."""
    text = tool(BIN / "quant-opt", "--kvant-qnn-to-tosa", stdin=text.encode()).decode()
    return validate(text, "pro_int" if integer_only else "pro_int,pro_fp", "doubleround")


def parse_arguments(text):
    """[(dtype, shape)] of the arguments of @main, from its text."""
    header = re.search(r"func\.func @main\((.*?)\)\s*->", text, re.S).group(1)
    found = [tensor.split("x") for tensor in re.findall(r": tensor<([^>!]*)>", header)]
    return [(DTYPES[element], tuple(map(int, shape))) for *shape, element in found]


def parse_signature(text):
    """[(name, dtype, shape)] of the results of @main, from its text."""
    header = re.search(r"func\.func @main\((.*?)\)\s*->\s*(.*?)\s*\{\n", text, re.S).group(2)
    found = re.findall(r"tensor<([^>]*)>(?:\s*\{(.*?)\}(?=[,)]|$))?", header, re.S)
    results = []
    for tensor, attributes in found:
        *shape, element = tensor.split("x")
        if element not in DTYPES:
            continue
        name = re.search(r'qnn\.name = "((?:[^"\\]|\\.)*)"', attributes or "")
        results.append((name.group(1) if name else "", DTYPES[element], tuple(map(int, shape))))
    return results


def strip_attributes(text):
    """The program without attributes of our dialects, which upstream's tools do not know."""
    text = re.sub(r"^module attributes \{.*\} \{$", "module {", text, flags=re.M)
    return re.sub(r" \{qnn\.(?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*\}", "", text)


class Program:
    """A TOSA program as a shared library in this process."""

    def __init__(self, text, optimize="-O1"):
        self.results = parse_signature(text)
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        lowered = tool(LLVM / "bin/mlir-opt", f"--pass-pipeline={LOWER}",
                       stdin=strip_attributes(text).encode())
        ir = folder / "program.ll"
        ir.write_bytes(tool(LLVM / "bin/mlir-translate", "--mlir-to-llvmir", stdin=lowered))
        library = folder / "program.so"
        tool(LLVM / "bin/clang", optimize, "-shared", "-fPIC", "-w", ir, "-o", library,
             f"-L{LLVM / 'lib'}", "-lmlir_c_runner_utils", f"-Wl,-rpath,{LLVM / 'lib'}", "-lm")
        self.main = ctypes.CDLL(str(library))._mlir_ciface_main

    @staticmethod
    def _descriptor(array):
        strides = [stride // array.itemsize for stride in array.strides]
        return np.array([array.ctypes.data, array.ctypes.data, 0, *array.shape, *strides], np.int64)

    def run(self, arrays):
        arrays = [np.ascontiguousarray(a).copy() for a in arrays]
        words = sum(3 + 2 * len(shape) for _, _, shape in self.results)
        made = np.zeros(words, np.int64)
        descriptors = [self._descriptor(a) for a in arrays]
        self.main(ctypes.c_void_p(made.ctypes.data),
                  *[ctypes.c_void_p(d.ctypes.data) for d in descriptors])
        outputs, at = [], 0
        for _, dtype, shape in self.results:
            pointer, offset = int(made[at + 1]), int(made[at + 2])
            strides = made[at + 3 + len(shape):at + 3 + 2 * len(shape)]
            at += 3 + 2 * len(shape)
            itemsize = np.dtype(dtype).itemsize
            span = 1 + offset + int(sum((s - 1) * int(t) for s, t in zip(shape, strides)))
            data = np.frombuffer(ctypes.string_at(pointer, span * itemsize), dtype)[offset:]
            outputs.append(np.lib.stride_tricks.as_strided(
                data, shape, [int(t) * itemsize for t in strides]).copy())
        return outputs


class Library:
    """A TOSA program as the library that quant-compile makes, run by quant-run.

    All samples run at once, when the library is made: quant-run takes an archive of them.
    """

    def __init__(self, text, samples):
        self.results = parse_signature(text)
        header = re.search(r"func\.func @main\((.*?)\)\s*->", text, re.S).group(1)
        names = re.findall(r'qnn\.name = "((?:[^"\\]|\\.)*)"', header)
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "model.mlir").write_text(text)
            tool(BIN / "quant-compile", folder / "model.mlir", "-o", folder / "model.so")
            unsigned = [bool(u) for u in re.findall(r"quant\.uniform<(u?)[^>]*>", header)]
            archive = {}
            for i, name in enumerate(names):
                arrays = [np.asarray(sample[i]) for sample in samples]
                archive[name] = np.concatenate(arrays)
                if i < len(unsigned) and unsigned[i]:
                    archive[name] = archive[name].view(np.uint8)
            np.savez(folder / "in.npz", **archive)
            tool(BIN / "quant-run", folder / "model.so", "--inputs", folder / "in.npz",
                 "--outputs", folder / "out.npz")
            made = np.load(folder / "out.npz")
            outputs = [made[key] for key in made.files]
        self.pending = [[o[i].view(np.int8) if o.dtype == np.uint8 else o[i] for o in outputs]
                        for i in range(len(samples))]

    def run(self, arrays):
        """The outputs of the next sample."""
        return [o.reshape(shape) for o, (_, _, shape) in zip(self.pending.pop(0), self.results)]
