# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What quant-compile makes: the shape of ELF files, determinism, threads, interruption."""

import ctypes
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import threading
import time

import numpy as np
import pytest

TARGETS = ["host", "aarch64-linux-gnu", "aarch64-linux-android"]
READELF = shutil.which("llvm-readelf-22") or "/usr/lib/llvm-22/bin/llvm-readelf"
OBJDUMP = shutil.which("llvm-objdump-22") or "/usr/lib/llvm-22/bin/llvm-objdump"
QEMU = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
CLANG = shutil.which("clang-22") or "/usr/lib/llvm-22/bin/clang"


def read(path, *options):
    return subprocess.run([READELF, *options, str(path)], check=True, capture_output=True,
                          text=True).stdout


@pytest.fixture(scope="module")
def build(tools, digits, tmp_path_factory):
    """Compiles the digits model once for each combination of options."""
    made = {}

    def make(target="host", emit="library", *more):
        key = (target, emit, more)
        if key not in made:
            suffix = {"library": ".so", "static": ".a", "object": ".o"}.get(emit, "")
            path = tmp_path_factory.mktemp("digits") / f"digits{suffix}"
            tools.check("quant-compile", digits / "digits.tflite", "--calibration",
                        digits / "calibration.npz", "--target", target, "--emit", emit, *more, "-o",
                        path)
            made[key] = path
        return made[key]

    return make


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("scheme", ["static_wi8_ai8", "float32"])
def test_elf_gate(build, target, scheme):
    path = build(target, "library", "--scheme", scheme)
    dynamic = read(path, "-d", "-W")
    assert "NEEDED" not in dynamic and "TEXTREL" not in dynamic
    assert "RPATH" not in dynamic and "RUNPATH" not in dynamic
    assert "INIT" not in dynamic and "FINI" not in dynamic
    assert "RELA" not in dynamic and "(REL)" not in dynamic
    assert "BIND_NOW" in dynamic and "Library soname: [digits.so]" in dynamic

    segments = read(path, "-l", "-W")
    loads = re.findall(r"^ +LOAD +(?:0x\w+ +){5}([RWE ]+?) +(0x\w+)$", segments, re.M)
    assert loads and all(align == "0x4000" for _, align in loads)
    assert not any("W" in flags and "E" in flags for flags, _ in loads)
    assert re.search(r"GNU_STACK.* RW +0x", segments) and "GNU_RELRO" in segments

    # Writable is only what the loader fills and then protects.
    sections = read(path, "-S", "-W")
    writable = {m[0] for m in re.findall(r"\] (\S+) +\S+ +\w+ \w+ \w+ \w+ +(WA\S*) ", sections)}
    assert writable <= {".dynamic", ".got", ".got.plt", ".relro_padding"}, writable
    assert ".note.gnu.build-id" in sections and ".symtab" not in sections

    header = path.with_name("digits.h").read_text()
    symbols = re.findall(r"FUNC +GLOBAL +DEFAULT +\d+ (\S+)|OBJECT +GLOBAL +DEFAULT +\d+ (\S+)",
                         read(path, "--dyn-syms", "-W"))
    exported = {a or b for a, b in symbols}
    declared = set(re.findall(r"^(?:int|const kvant_info \*)\s*(\w+)\(", header, re.M))
    assert exported == declared == {"digits_run", "digits_info"}
    assert "UND" not in re.sub(r"^ +0: .*$", "", read(path, "--dyn-syms", "-W"), flags=re.M)

    if target != "host":
        assert re.search(r"BTI.*PAC|PAC.*BTI", read(path, "-n"))
        code = subprocess.run([OBJDUMP, "-d", str(path)], check=True, capture_output=True,
                              text=True).stdout
        assert re.search(r"\bbti\s+c\b", code) or "paciasp" in code


@pytest.mark.parametrize("emit", ["library", "static", "object", "runner", "llvm", "tosa", "qnn",
                                  "asm"])
def test_same_bytes_twice(tools, digits, tmp_path, emit):
    made = []
    for folder, zone in ((tmp_path / "a", "UTC"), (tmp_path / "deeper/b", "Asia/Tokyo")):
        folder.mkdir(parents=True)
        for name in ("digits.tflite", "calibration.npz"):
            shutil.copy(digits / name, folder)
        tools.check("quant-compile", "digits.tflite", "--calibration", "calibration.npz", "--emit",
                    emit, "-o", "digits.out", cwd=folder, env={**os.environ, "TZ": zone})
        made.append((folder / "digits.out").read_bytes())
    assert made[0] == made[1]


def test_no_paths_in_the_library(build):
    content = build().read_bytes()
    for word in (b"/tmp", b"/usr", b"/home", b".tflite", str(build().parent).encode()):
        assert word not in content


def make_io(inputs, outputs, cpu):
    class Span(ctypes.Structure):
        _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]

    class Io(ctypes.Structure):
        _fields_ = [("inputs", Span * len(inputs)), ("outputs", Span * len(outputs)),
                    ("cpu", ctypes.c_uint32)]

    spans = [[Span(a.ctypes.data, a.nbytes) for a in side] for side in (inputs, outputs)]
    return Io((Span * len(inputs))(*spans[0]), (Span * len(outputs))(*spans[1]), cpu)


class Digits:
    """The library by its C interface."""

    CPU = 7  # the tests run on the machine that the library was compiled for

    def __init__(self, path):
        self.run = ctypes.CDLL(str(path)).digits_run
        self.run.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
        header = path.with_name("digits.h").read_text()
        self.arena_bytes = int(re.search(r"DIGITS_ARENA_BYTES (\d+)", header)[1])

    def make_arena(self, extra=0):
        memory = np.zeros(self.arena_bytes + 64 + extra, np.uint8)
        return memory, -memory.ctypes.data % 64

    def call(self, image, scores, memory, offset, arena_bytes=None, cpu=CPU):
        io = make_io([image], [scores], cpu)
        return self.run(ctypes.byref(io), memory.ctypes.data + offset,
                        self.arena_bytes if arena_bytes is None else arena_bytes)


def test_status_codes(build):
    program = Digits(build())
    memory, offset = program.make_arena()
    image, scores = np.zeros(64, np.float32), np.full(10, 5, np.float32)
    untouched = scores.copy()
    assert program.run(None, memory.ctypes.data + offset, program.arena_bytes) == 1
    io = make_io([image], [scores], program.CPU)
    assert program.run(ctypes.byref(io), None, program.arena_bytes) == 1
    io.inputs[0].data = None
    assert program.run(ctypes.byref(io), memory.ctypes.data + offset, program.arena_bytes) == 1
    assert program.call(image[:63], scores, memory, offset) == 2
    assert program.call(image, scores[:9], memory, offset) == 3
    assert program.call(image, scores, memory, offset, program.arena_bytes - 1) == 4
    assert program.call(image, scores, memory, offset, 0) == 4
    assert program.call(image, scores, memory, offset + 1) == 5
    assert program.call(image, scores, memory, offset, cpu=0) == 6
    np.testing.assert_array_equal(scores, untouched)
    assert program.call(image, scores, memory, offset) == 0
    assert not np.array_equal(scores, untouched)


def test_sixteen_threads_give_the_same_bits(build, digits):
    program = Digits(build())
    images = np.ascontiguousarray(np.load(digits / "test.npz")["image"].reshape(-1, 64), np.float32)
    count = 200

    def run(results):
        memory, offset = program.make_arena()
        for i in range(count):
            assert program.call(images[i], results[i], memory, offset) == 0

    expected = np.zeros((count, 10), np.float32)
    run(expected)
    made = [np.zeros((count, 10), np.float32) for _ in range(16)]
    threads = [threading.Thread(target=run, args=[results]) for results in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for results in made:
        np.testing.assert_array_equal(results, expected)


def test_inputs_and_outputs_may_be_misaligned(build, digits):
    program = Digits(build())
    image = np.load(digits / "test.npz")["image"][0].ravel().astype(np.float32)
    memory, offset = program.make_arena()
    expected = np.zeros(10, np.float32)
    assert program.call(image, expected, memory, offset) == 0
    for shift in (4, 20, 60):
        shifted = np.zeros(64 + 32, np.float32)[shift // 4:][:64]
        shifted[:] = image
        scores = np.zeros(10 + 32, np.float32)[shift // 4:][:10]
        assert program.call(shifted, scores, memory, offset) == 0
        np.testing.assert_array_equal(scores, expected)


def test_two_models_link_into_one_program(build, tools, digits, tmp_path):
    source = tmp_path / "main.c"
    for name in ("one", "two"):
        tools.check("quant-compile", digits / "digits.tflite", "--calibration",
                    digits / "calibration.npz", "--emit", "static", "-o", tmp_path / f"{name}.a")
    source.write_text("""
#include "one.h"
#include "two.h"
static uint8_t arena[ONE_ARENA_BYTES > TWO_ARENA_BYTES ? ONE_ARENA_BYTES : TWO_ARENA_BYTES]
    __attribute__((aligned(64)));
int main(void) {
  float in[ONE_INPUT0_ELEMENTS] = {0}, a[ONE_OUTPUT0_ELEMENTS], b[TWO_OUTPUT0_ELEMENTS];
  one_io x = {.inputs = {{in, sizeof in}}, .outputs = {{a, sizeof a}}, .cpu = one_cpu()};
  two_io y = {.inputs = {{in, sizeof in}}, .outputs = {{b, sizeof b}}, .cpu = two_cpu()};
  if (one_run(&x, arena, sizeof arena) || two_run(&y, arena, sizeof arena)) return 1;
  if (one_info()->magic != KVANT_INFO_MAGIC || two_info()->arena_bytes != TWO_ARENA_BYTES) return 2;
  for (int i = 0; i < 10; ++i) if (a[i] != b[i]) return 3;
  return 0;
}
""")
    subprocess.run([CLANG, "-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", str(source),
                    str(tmp_path / "one.a"), str(tmp_path / "two.a"), "-o",
                    str(tmp_path / "main")], check=True)
    assert subprocess.run([str(tmp_path / "main")], check=False).returncode == 0


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("language", ["c", "c++"])
def test_header_compiles_alone(build, tmp_path, target, language):
    if target == "aarch64-linux-android":
        pytest.skip("needs the headers of the NDK")
    header = build(target).with_name("digits.h")
    triple = [] if target == "host" else ["--target=aarch64-linux-gnu"]
    standard = "c99" if language == "c" else "c++11"
    include = pathlib.Path("/usr/aarch64-linux-gnu/include")
    if triple and not include.exists():
        pytest.skip("needs the headers of the AArch64 C library")
    subprocess.run([CLANG, *triple, "-x", language, f"-std={standard}", "-Wall", "-Wextra",
                    "-Werror", "-fsyntax-only", "-include", str(header), "/dev/null"], check=True)


def test_runner_gives_the_same_bits(build, tools, digits, tmp_path):
    tools.check("quant-run", build(), "--inputs", digits / "test.npz", "--outputs",
                tmp_path / "library.npz")
    expected = np.load(tmp_path / "library.npz")["scores"]
    tools.check("quant-run", build("host", "runner"), "--inputs", digits / "test.npz", "--outputs",
                tmp_path / "runner.npz")
    np.testing.assert_array_equal(np.load(tmp_path / "runner.npz")["scores"], expected)


@pytest.mark.skipif(not QEMU, reason="needs qemu-aarch64")
@pytest.mark.parametrize("cpu", ["cortex-a53", "neoverse-n1", "max"])
def test_aarch64_gives_the_same_bits(build, tools, digits, tmp_path, cpu):
    outputs = []
    for target, emit, more in (("host", "library", []),
                               ("aarch64-linux-gnu", "runner", ["--emulator", f"{QEMU} -cpu {cpu}"])):
        path = tmp_path / f"{emit}.npz"
        tools.check("quant-run", build(target, emit, "--io", "int8"), "--inputs",
                    digits / "test.npz", "--outputs", path, *more)
        outputs.append(np.load(path)["scores"])
    np.testing.assert_array_equal(*outputs)


def test_runner_without_emulator_says_so(build, tools, digits):
    if os.uname().machine == "aarch64" or pathlib.Path(
            "/proc/sys/fs/binfmt_misc/qemu-aarch64").exists():
        pytest.skip("this machine runs AArch64 programs")
    done = tools.run("quant-run", build("aarch64-linux-gnu", "runner"), "--inputs",
                     digits / "test.npz")
    assert done.returncode == 2 and "--emulator" in done.stderr


def test_library_of_another_machine_is_refused(build, tools, digits):
    other = "aarch64-linux-gnu" if os.uname().machine == "x86_64" else "host"
    if other == "host":
        pytest.skip("no other machine to compile for")
    done = tools.run("quant-run", build(other), "--inputs", digits / "test.npz")
    assert done.returncode == 2 and "--emit runner" in done.stderr


def listing(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def start_compile(tools, digits, folder, **options):
    return subprocess.Popen([tools.path("quant-compile"), str(digits / "digits.tflite"),
                             "--calibration", str(digits / "calibration.npz"), "-o",
                             str(folder / "out.so")], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True, **options)


def test_no_room_for_the_file(tools, digits, tmp_path):
    """The limit on the size of files stands for a full disk: both fail in write()."""
    temporary = tmp_path / "tmp"
    output = tmp_path / "out"
    temporary.mkdir()
    output.mkdir()
    (output / "out.so").write_bytes(b"old")
    for limit in (0, 100, 2000, 5000, 9000):
        process = start_compile(tools, digits, output, env={**os.environ, "TMPDIR": str(temporary)},
                                preexec_fn=lambda limit=limit: resource.setrlimit(
                                    resource.RLIMIT_FSIZE, (limit, limit)))
        error = process.communicate(timeout=120)[1]
        assert process.returncode == 1 and error.startswith("error: "), (limit, error)
        assert listing(output) == {"out.so": b"old"} and not list(temporary.iterdir()), limit


def test_full_device(tools, digits):
    done = tools.run("quant-compile", digits / "digits.tflite", "--scheme", "float32", "--emit",
                     "tosa", "-o", "/dev/full")
    assert done.returncode == 1 and "/dev/full" in done.stderr


def test_unwritable_output(tools, digits, tmp_path):
    done = tools.run("quant-compile", digits / "digits.tflite", "--scheme", "float32", "-o",
                     tmp_path / "missing/out.so")
    assert done.returncode == 1 and "missing" in done.stderr
    done = tools.run("quant-compile", digits / "digits.tflite", "--scheme", "float32", "-o",
                     tmp_path)
    assert done.returncode == 1 and not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_interruption_leaves_whole_files(tools, digits, tmp_path, kind):
    """At every moment the old file is there, or the new one, and nothing half made."""
    temporary, output = tmp_path / "tmp", tmp_path / "out"
    temporary.mkdir()
    output.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    start = time.monotonic()
    process = start_compile(tools, digits, output, env=environment)
    process.communicate(timeout=120)
    duration = time.monotonic() - start
    new = listing(output)
    assert set(new) == {"out.so", "out.h"}
    for step in range(12):
        for path in output.iterdir():
            path.unlink()
        (output / "out.so").write_bytes(b"old")
        process = start_compile(tools, digits, output, env=environment)
        time.sleep(duration * (step + 1) / 12)
        process.send_signal(kind)
        process.communicate(timeout=120)
        left = listing(output)
        assert left["out.so"] in (b"old", new["out.so"])
        assert left.get("out.h") in (None, new["out.h"])
        if kind != signal.SIGKILL:
            assert set(left) <= {"out.so", "out.h"}, set(left)
            assert not list(temporary.iterdir())
