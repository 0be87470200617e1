# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One program on several threads: the same bits for any number, in any order, by any callback."""

import os
import pathlib
import shutil
import subprocess

import numpy as np
import pytest

import kvant

CLANG = shutil.which("clang-22") or "/usr/lib/llvm-22/bin/clang"
READELF = shutil.which("llvm-readelf-22") or "/usr/lib/llvm-22/bin/llvm-readelf"
THREADS = (1, 2, 3, 8)


def constant(name, array):
    shape = "x".join(map(str, array.shape)) + "xf32"
    return (f'  %{name} = "tosa.const"() {{values = dense<"0x{array.tobytes().hex().upper()}"> : '
            f"tensor<{shape}>}} : () -> tensor<{shape}>\n", f"tensor<{shape}>")


def network(path, size=40):
    """Three convolutions of floats in TOSA, large enough to be divided."""
    rng = np.random.default_rng(3)
    text = f"func.func @main(%x: tensor<1x{size}x{size}x8xf32>) -> tensor<1x{size}x{size}x70xf32> {{\n"
    text += '  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>\n'
    value, channels = "%x", 8
    for i, (op, window, out) in enumerate((("conv2d", 3, 50), ("depthwise_conv2d", 3, 50),
                                           ("conv2d", 1, 70))):
        depthwise = op != "conv2d"
        shape = (window, window, channels, 1) if depthwise else (out, window, window, channels)
        weights, w = constant(f"w{i}", rng.standard_normal(shape).astype(np.float32) / 8)
        bias, b = constant(f"b{i}", rng.standard_normal(out).astype(np.float32))
        kind, result = (f"tensor<1x{size}x{size}x{c}xf32>" for c in (channels, out))
        pad = ", ".join([str(window // 2)] * 4)
        text += weights + bias + (
            f"  %v{i} = tosa.{op} {value}, %w{i}, %b{i}, %zero, %zero {{acc_type = f32, pad = "
            f"array<i64: {pad}>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>}} : "
            f"({kind}, {w}, {b}, tensor<1xf32>, tensor<1xf32>) -> {result}\n")
        value, channels = f"%v{i}", out
    path.write_text(text + f"  return {value} : {result}\n}}\n")


@pytest.fixture(scope="module")
def folder(tools, tmp_path_factory):
    """The network in floats and in integers, and its samples."""
    folder = tmp_path_factory.mktemp("threads")
    network(folder / "net.mlir")
    samples = np.random.default_rng(4).standard_normal((4, 40, 40, 8)).astype(np.float32)
    np.savez(folder / "x.npz", arg0=samples)
    for name, scheme in (("floats", "float32"), ("integers", "static_wi8_ai8")):
        tools.check("quant-compile", "net.mlir", "--scheme", scheme, "--calibration", "x.npz", "-o",
                    f"{name}.so", cwd=folder)
    return folder


@pytest.mark.parametrize("name", ["floats", "integers"])
def test_number_of_threads_changes_no_bit(tools, folder, name):
    made = []
    for threads in THREADS:
        tools.check("quant-run", f"./{name}.so", "--inputs", "x.npz", "--outputs", "y.npz",
                    "--threads", threads, "--repeat", 20, cwd=folder)
        made.append((folder / "y.npz").read_bytes())
    assert all(m == made[0] for m in made)


def test_threads_in_python(folder):
    x = np.load(folder / "x.npz")
    made = [kvant.load(folder / "integers.so", threads=t).run(dict(x)) for t in THREADS]
    for outputs in made[1:]:
        for key, value in outputs.items():
            np.testing.assert_array_equal(value, made[0][key])
    with pytest.raises(kvant.KvantError, match="expected a number from 1 to 1024"):
        kvant.load(folder / "integers.so", threads=0)


def test_model_that_is_compiled_in_memory(tools, folder):
    made = []
    for threads in (1, 3):
        tools.check("quant-run", "net.mlir", "--inputs", "x.npz", "--outputs", "y.npz", "--threads",
                    threads, cwd=folder)
        made.append((folder / "y.npz").read_bytes())
    assert made[0] == made[1]


def test_small_model(tools, digits, tmp_path):
    tools.check("quant-compile", digits / "digits.tflite", "--calibration",
                digits / "calibration.npz", "-o", tmp_path / "digits.so")
    made = []
    for threads in THREADS:
        tools.check("quant-run", tmp_path / "digits.so", "--inputs", digits / "test.npz",
                    "--outputs", tmp_path / "y.npz", "--threads", threads)
        made.append((tmp_path / "y.npz").read_bytes())
    assert all(m == made[0] for m in made)


def test_runner_and_numbers_are_refused(tools, folder):
    tools.check("quant-compile", "net.mlir", "--emit", "runner", "-o", "net", cwd=folder)
    done = tools.run("quant-run", "./net", "--inputs", "x.npz", "--threads", 2, cwd=folder)
    assert done.returncode == 2 and "one thread" in done.stderr
    done = tools.run("quant-run", "./floats.so", "--inputs", "x.npz", "--threads", 5000, cwd=folder)
    assert done.returncode == 2 and "1024" in done.stderr


CALLER = r"""
#include "NAME.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t arena[MODEL_ARENA_BYTES] __attribute__((aligned(64)));
static MODEL_input0_t in[MODEL_INPUT0_ELEMENTS];
static MODEL_output0_t expected[MODEL_OUTPUT0_ELEMENTS], out[MODEL_OUTPUT0_ELEMENTS];
static uint32_t jobs, largest;

static void count_job(uint32_t count) {
  ++jobs;
  if (count > largest) largest = count;
}
static void backwards(void *context, uint32_t count, void (*task)(void *, uint32_t), void *argument) {
  if (context != &jobs) abort();
  count_job(count);
  while (count-- > 0) task(argument, count);
}
struct part { void (*task)(void *, uint32_t); void *argument; uint32_t index; };
static void *run_part(void *argument) {
  struct part *part = (struct part *)argument;
  part->task(part->argument, part->index);
  return NULL;
}
/* A thread for each part, all at once. */
static void crowd(void *context, uint32_t count, void (*task)(void *, uint32_t), void *argument) {
  pthread_t threads[256];
  struct part parts[256];
  if (context != &jobs || count > 256) abort();
  count_job(count);
  for (uint32_t i = 0; i < count; ++i) {
    parts[i].task = task; parts[i].argument = argument; parts[i].index = i;
    if (pthread_create(&threads[i], NULL, run_part, &parts[i])) abort();
  }
  for (uint32_t i = 0; i < count; ++i) pthread_join(threads[i], NULL);
}

int main(void) {
  for (size_t i = 0; i < sizeof in; ++i) ((uint8_t *)in)[i] = (uint8_t)(i % 4 == 3 ? 60 : i * 37);
  NAME_io io;
  memset(&io, 0, sizeof io);
  io.inputs[0].data = in; io.inputs[0].size = sizeof in;
  io.outputs[0].data = expected; io.outputs[0].size = sizeof expected;
  io.cpu = NAME_cpu();
  if (NAME_run(&io, arena, sizeof arena)) return 1;
  io.threads = 9;
  if (NAME_run(&io, arena, sizeof arena)) return 2;   /* no callback: one part */
  io.outputs[0].data = out;
  io.parallel_context = &jobs;
  const uint32_t threads[] = {0, 1, 2, 3, 8, 64, 0xffffffffu};
  for (int i = 0; i < 14; ++i) {
    memset(out, 85, sizeof out);
    memset(arena, 170, sizeof arena);
    io.threads = threads[i / 2];
    io.parallel = i % 2 ? crowd : backwards;
    jobs = largest = 0;
    if (NAME_run(&io, arena, sizeof arena)) return 3;
    if (memcmp(out, expected, sizeof out)) return 10 + i;
    if ((jobs != 0) != (io.threads > 1)) return 30 + i;
    if (io.threads > 1 && largest < io.threads && largest < 4) return 50 + i;
  }
  return 0;
}
"""


@pytest.mark.parametrize("name", ["floats", "integers"])
@pytest.mark.parametrize("language", ["c", "c++"])
def test_callbacks(folder, name, language):
    source = folder / f"{name}.{'c' if language == 'c' else 'cpp'}"
    source.write_text(CALLER.replace("NAME", name).replace("MODEL_input", f"{name}_input")
                      .replace("MODEL_output", f"{name}_output").replace("MODEL", name.upper()))
    standard = "c99" if language == "c" else "c++11"
    program = folder / f"{name}-{language}"
    subprocess.run([CLANG, "-x", language, f"-std={standard}", "-Wall", "-Wextra", "-Werror",
                    "-pedantic", str(source), "-x", "none", str(folder / f"{name}.so"),
                    f"-Wl,-rpath,{folder}", "-pthread", "-o", str(program)], check=True)
    assert subprocess.run([str(program)], check=False).returncode == 0


def test_library_stays_freestanding(folder):
    for name in ("floats", "integers"):
        text = subprocess.run([READELF, "-d", "-W", "--dyn-syms", "-S", str(folder / f"{name}.so")],
                              check=True, capture_output=True, text=True).stdout
        assert "NEEDED" not in text and "RELA" not in text
        assert ".data" not in text and ".bss" not in text
        assert "kvant_run_parts" not in text


def vendor_models():
    data = os.environ.get("KVANT_TEST_DATA")
    return sorted(pathlib.Path(data).glob("models/*/*_vendor.tflite")) if data else []


@pytest.mark.parametrize("model", vendor_models(), ids=lambda path: path.stem)
def test_vendor_models(tools, tmp_path, model):
    done = tools.run("quant-compile", model, "-o", tmp_path / "model.so")
    if done.returncode == 2:
        pytest.skip("not supported: " + done.stderr)
    rng, inputs = np.random.default_rng(0), {}
    for tensor in kvant.load(tmp_path / "model.so").inputs:
        shape = (2, *tensor.shape[1:])
        if tensor.dtype.kind == "f":
            inputs[tensor.name] = rng.random(shape, np.float32)
        else:
            info = np.iinfo(tensor.dtype)
            inputs[tensor.name] = rng.integers(info.min, info.max, shape, tensor.dtype, endpoint=True)
    np.savez(tmp_path / "x.npz", **inputs)
    made = []
    for threads in THREADS:
        tools.check("quant-run", "./model.so", "--inputs", "x.npz", "--outputs", "y.npz", "--threads",
                    threads, "--repeat", 4, cwd=tmp_path)
        made.append((tmp_path / "y.npz").read_bytes())
    assert all(m == made[0] for m in made)
