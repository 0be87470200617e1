# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles small TOSA programs, runs them and compares with numpy.

usage: execute.py WORK_DIR [--aarch64 QEMU]
"""
import math
import os
import subprocess
import sys

import numpy as np

MLIR_TYPES = {np.dtype(np.float32): "f32", np.dtype(np.float16): "f16", np.dtype(np.int8): "i8",
              np.dtype(np.int32): "i32", np.dtype(bool): "i1"}


def tensor(array):
    extents = "".join(f"{extent}x" for extent in array.shape)
    return f"tensor<{extents}{MLIR_TYPES[array.dtype]}>"


def run(work, name, body, inputs, outputs, qemu):
    """Runs a program whose body defines %r0, %r1, ... with the types of `outputs`."""
    path = os.path.join(work, name)
    arguments = ", ".join(f"%a{i}: {tensor(a)}" for i, a in enumerate(inputs))
    types = ", ".join(tensor(o) for o in outputs)
    results = ", ".join(f"%r{i}" for i in range(len(outputs)))
    with open(path + ".mlir", "w", encoding="utf-8") as file:
        file.write(f"func.func @main({arguments}) -> ({types}) {{\n{body}\n"
                   f"  return {results} : {types}\n}}\n")
    np.savez(path + ".in.npz", **{f"arg{i}": a for i, a in enumerate(inputs)})
    program = path + (".run" if qemu else ".so")
    build = ["--target", "aarch64-linux-gnu", "--emit", "runner"] if qemu else []
    emulator = ["--emulator", f"{qemu} -cpu max"] if qemu else []
    subprocess.run(["quant-compile", path + ".mlir", *build, "-o", program], check=True)
    subprocess.run(["quant-run", program, "--inputs", path + ".in.npz", "--outputs",
                    path + ".out.npz", *emulator], check=True)
    with np.load(path + ".out.npz") as archive:
        return [archive[key].reshape(o.shape) for key, o in zip(archive.files, outputs)]


def check(name, got, want, relative=0.0, absolute=0.0):
    """Fails unless all elements are equal, or near enough for floats."""
    finite = np.isfinite(want)
    same = (got == want) | (np.isnan(got.astype(float)) & np.isnan(want.astype(float)))
    error = np.abs(got.astype(float) - want.astype(float), where=finite, out=np.zeros(want.shape))
    bound = relative * np.abs(want.astype(float), where=finite, out=np.zeros(want.shape)) + absolute
    bad = ~same & (~finite | (error > bound))
    print(f"{name}: {int(bad.sum())} of {want.size} differ")
    return not bad.any()


def float_maths(work, qemu):
    """Every mathematical function, over its range and at its edges."""
    random = np.random.default_rng(0)
    x = np.concatenate([random.uniform(-10, 10, 500), random.uniform(-90, 90, 500),
                        [0, 1e-30, -1e-30, 88, -88, 89, -110]])
    x = x.astype(np.float32).reshape(1, -1)
    wide = x.astype(np.float64)
    with np.errstate(all="ignore"):
        exp = np.exp(wide)
        functions = {
            "exp": np.where(exp > 3.4028235e38, np.inf, exp), "tanh": np.tanh(wide),
            "sigmoid": 1 / (1 + np.exp(-wide)), "erf": np.vectorize(math.erf)(wide),
            "floor": np.floor(wide), "ceil": np.ceil(wide), "abs": np.abs(wide),
            "reciprocal": 1 / x, "log": np.log(wide), "rsqrt": (1 / np.sqrt(wide)),
        }
        # A denormal counts as zero in the polynomials.
        functions = {key: np.where(np.abs(value) < 1.2e-38, 0, value).astype(np.float32)
                     for key, value in functions.items()}
    body = "\n".join(f"  %r{i} = tosa.{op} %a0 : ({tensor(x)}) -> {tensor(x)}"
                     for i, op in enumerate(functions))
    got = run(work, "maths", body, [x], list(functions.values()), qemu)
    return all([check(op, g, want, 4e-7, 3e-7) for (op, want), g in zip(functions.items(), got)])


def results(work, qemu):
    """A value returned twice, an argument and a constant as results."""
    a = np.array([1, -2, 3, 100], np.int8)
    body = f"""  %r0 = tosa.add %a0, %a0 : ({tensor(a)}, {tensor(a)}) -> {tensor(a)}
  %r1 = tosa.identity %r0 : ({tensor(a)}) -> {tensor(a)}
  %r2 = tosa.identity %a0 : ({tensor(a)}) -> {tensor(a)}
  %r3 = "tosa.const"() {{values = dense<[5, 6, 7, 8]> : {tensor(a)}}} : () -> {tensor(a)}"""
    want = [a + a, a + a, a, np.array([5, 6, 7, 8], np.int8)]
    got = run(work, "results", body, [a], want, qemu)
    return all([check(f"result {i}", g, w) for i, (g, w) in enumerate(zip(got, want))])


def branches(work, qemu):
    """Control flow by a value of an input."""
    a = np.array([1, 2, 3, 4], np.int32)
    body = f"""  %r0 = tosa.cond_if %a1 : tensor<i1> -> {tensor(a)} {{
    %0 = tosa.add %a0, %a0 : ({tensor(a)}, {tensor(a)}) -> {tensor(a)}
    tosa.yield %0 : {tensor(a)}
  }} else {{
    tosa.yield %a0 : {tensor(a)}
  }}"""
    return all([check(f"branch {taken}",
                      run(work, f"branch{taken}", body, [a, np.array(taken)], [a], qemu)[0],
                      a + a if taken else a) for taken in (True, False)])


def scatter(work, qemu):
    """Rows written to the places that indices name."""
    values = np.arange(12, dtype=np.int8).reshape(1, 4, 3)
    rows = np.array([[[90, 91, 92], [93, 94, 95]]], np.int8)
    places = np.array([[3, 0]], np.int32)
    want = values.copy()
    want[0, [3, 0]] = rows[0]
    body = (f"  %r0 = tosa.scatter %a0, %a1, %a2 : ({tensor(values)}, {tensor(places)}, "
            f"{tensor(rows)}) -> {tensor(values)}")
    got = run(work, "scatter", body, [values, places, rows], [want], qemu)
    return check("scatter", got[0], want)


def main():
    work = sys.argv[1]
    qemu = sys.argv[3] if len(sys.argv) > 3 else None
    os.makedirs(work, exist_ok=True)
    tests = [float_maths, results, branches, scatter]
    sys.exit(0 if all([test(work, qemu) for test in tests]) else 1)


if __name__ == "__main__":
    main()
