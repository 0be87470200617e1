# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad command lines and bad data: one clear error, the exit code of the design, nothing left."""

import json
import zipfile

import numpy as np
import pytest

MODEL, DATA = "digits.tflite", "calibration.npz"
IMAGE = np.zeros((4, 8, 8, 1), np.float32)


@pytest.fixture
def folder(tmp_path, digits):
    for name in (MODEL, DATA, "test.npz"):
        (tmp_path / name).write_bytes((digits / name).read_bytes())
    return tmp_path


@pytest.fixture(scope="module")
def library(tools, digits, tmp_path_factory):
    path = tmp_path_factory.mktemp("digits") / "digits.so"
    tools.check("quant-compile", digits / MODEL, "--calibration", digits / DATA, "-o", path)
    return path


def expect_error(done, code, words, before, folder):
    assert done.returncode == code, (done.returncode, done.stderr)
    assert done.stderr.startswith("error: "), done.stderr
    assert done.stderr.count("error:") == 1, done.stderr
    for word in words:
        assert word in done.stderr, (word, done.stderr)
    assert done.stdout == ""
    assert sorted(path.name for path in folder.iterdir()) == before


COMPILE = [MODEL, "--calibration", DATA, "-o", "out.so"]
BAD_COMPILE = [
    ([], ["MODEL"]),
    (["-o", "out.so"], ["MODEL"]),
    ([MODEL, "--calibration", DATA], ["-o OUT"]),
    ([MODEL, "second.tflite", "-o", "out.so"], ["two operands"]),
    (["missing.tflite", "-o", "out.so"], ["missing.tflite", "no such file"]),
    ([".", "-o", "out.so"], ["not a regular file"]),
    (COMPILE + ["--report", "report.html"], ["--report", "--calibration", "--target"]),
    (COMPILE + ["--threads", "2"], ["--threads"]),
    (COMPILE + ["--vectorize-loops"], ["--vectorize-loops"]),
    (COMPILE + ["--emit", "aar"], ["aar", "library", "static", "runner"]),
    (COMPILE + ["--emit="], ["--emit", "value"]),
    (COMPILE + ["--emit"], ["--emit", "value"]),
    (COMPILE + ["--emit", "tosa", "--emit", "qnn"], ["--emit", "twice"]),
    (COMPILE + ["--scheme", "static_wi4_ai8"], ["static_wi4_ai8", "static_wi8_ai8", "float32"]),
    (COMPILE + ["--target", "riscv64"], ["riscv64", "aarch64-linux-android"]),
    (COMPILE + ["--cpu", "cortex-z1"], ["cortex-z1", "znver4"]),
    (COMPILE + ["--target", "aarch64-linux-gnu", "--cpu", "native"], ["native"]),
    (COMPILE + ["--target", "aarch64-linux-gnu", "--cpu", "bogus"], ["bogus", "cortex-a76"]),
    (COMPILE + ["--io", "int16"], ["int16", "uint8"]),
    (COMPILE + ["--calibrator", "magic"], ["magic", "entropy"]),
    (COMPILE + ["--batch", "0"], ["--batch", "'0'"]),
    (COMPILE + ["--batch", "many"], ["--batch", "many"]),
    (COMPILE + ["--name", "8bit"], ["8bit", "m8bit"]),
    (COMPILE + ["--name", "a b"], ["a b", "a_b"]),
    (COMPILE + ["--name", "int"], ["'int'"]),
    (COMPILE + ["--json=1"], ["--json", "no value"]),
    (COMPILE + ["--input-scale", "nan"], ["--input-scale", "nan"]),
    (COMPILE + ["--input-scale", "0"], ["--input-scale"]),
    (COMPILE + ["--input-shift", "1"], ["--input-shift", "--input-scale"]),
    (COMPILE + ["--budget", "latency=0.5"], ["--budget", "mixed"]),
    (COMPILE + ["--scheme", "mixed"], ["--budget"]),
    (COMPILE + ["--scheme", "mixed", "--budget", "beauty=1"], ["beauty"]),
    (COMPILE + ["--recipe", "missing.json"], ["missing.json", "no such file"]),
    ([MODEL, "-o", "out.so"], ["--calibration", "float32"]),
    ([MODEL, "--scheme", "float32", "--io", "int8", "-o", "out.so"], ["--io"]),
    ([MODEL, "--calibration", "missing.npz", "-o", "out.so"], ["missing.npz"]),
    ([MODEL, "--calibration", MODEL, "-o", "out.so"], [MODEL, ".npz"]),
    ([MODEL, "--calibration", DATA, "--json", "-o", "-"], ["--json", "-o -"]),
    ([MODEL, "--calibration", DATA, "--emit", "static", "-o", "out.h"], ["header"]),
]


@pytest.mark.parametrize("arguments, words", BAD_COMPILE)
def test_compile_refuses(tools, folder, arguments, words):
    before = sorted(path.name for path in folder.iterdir())
    done = tools.run("quant-compile", *arguments, cwd=folder)
    expect_error(done, 2, words, before, folder)


def save(path, **arrays):
    np.savez(path, **arrays)


def with_bad(value):
    image = IMAGE.copy()
    image[2, 3, 4, 0] = value
    return image


def truncated(path):
    save(path, image=IMAGE)
    path.write_bytes(path.read_bytes()[:-40])


def archive_of(path, content, name="image.npy"):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content)


def header(text, data=b""):
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + data


BAD_DATA = {
    "empty file": (lambda p: p.write_bytes(b""), ["empty"]),
    "not an archive": (lambda p: p.write_bytes(b"hello world"), [".npz"]),
    "truncated": (truncated, [".npz"]),
    "no arrays": (lambda p: archive_of(p, b"text", "notes.txt"), ["no array"]),
    "wrong name": (lambda p: save(p, picture=IMAGE, other=IMAGE), ["'image'", "'picture'"]),
    "only labels": (lambda p: save(p, labels=np.zeros(4, np.int64)), ["'image'"]),
    "wrong shape": (lambda p: save(p, image=np.zeros((4, 9, 8, 1), np.float32)),
                    ["72 elements", "expected 64"]),
    "no sample axis": (lambda p: save(p, image=np.float32(1)), ["first axis"]),
    "no samples": (lambda p: save(p, image=IMAGE[:0]), ["no samples"]),
    "integers": (lambda p: save(p, image=IMAGE.astype(np.uint8)), ["uint8", "--input-scale"]),
    "strings": (lambda p: save(p, image=np.array(["a", "b"])), ["no array"]),
    "nan": (lambda p: save(p, image=with_bad(np.nan)), ["'image'", "sample 2", "element 28"]),
    "infinity": (lambda p: save(p, image=with_bad(np.inf)), ["'image'", "sample 2"]),
    "too large": (lambda p: save(p, image=with_bad(1).astype(np.float64) * 1e300),
                  ["'image'", "too large"]),
    "header of nothing": (lambda p: archive_of(p, header("{}")), ["'image'", "header"]),
    "header that lies": (
        lambda p: archive_of(p, header("{'descr': '<f4', 'fortran_order': False, "
                                       "'shape': (4, 8, 8, 1)}", b"abc")),
        ["'image'", "3 bytes"]),
    "huge header": (
        lambda p: archive_of(p, header("{'descr': '<f4', 'fortran_order': False, "
                                       "'shape': (99999999999, 8, 8, 1)}")),
        ["'image'", "at most"]),
    "overflowing shape": (
        lambda p: archive_of(p, header("{'descr': '<f4', 'fortran_order': False, "
                                       "'shape': (4294967296, 4294967296)}")),
        ["'image'", "2^63"]),
    "negative dimension": (
        lambda p: archive_of(p, header("{'descr': '<f4', 'fortran_order': False, "
                                       "'shape': (-4, 8, 8, 1)}")),
        ["'image'", "dimension"]),
}


@pytest.mark.parametrize("name", BAD_DATA)
def test_bad_data_is_refused(tools, folder, library, name):
    make, words = BAD_DATA[name]
    make(folder / "bad.npz")
    before = sorted(path.name for path in folder.iterdir())
    done = tools.run("quant-compile", MODEL, "--calibration", "bad.npz", "-o", "out.so", cwd=folder)
    expect_error(done, 2, ["bad.npz", *words], before, folder)
    done = tools.run("quant-run", library, "--inputs", "bad.npz", "--outputs", "y.npz",
                     cwd=folder)
    expect_error(done, 2, ["bad.npz", *words], before, folder)


def test_bad_recipe_is_refused(tools, folder):
    (folder / "recipe.json").write_text("{\"scheme\": 7}")
    before = sorted(path.name for path in folder.iterdir())
    done = tools.run("quant-compile", *COMPILE, "--recipe", "recipe.json", cwd=folder)
    expect_error(done, 2, ["recipe.json"], before, folder)


BAD_RUN = [
    ([], ["PROGRAM"]),
    (["LIBRARY"], ["--inputs", "image"]),
    (["missing.so", "--inputs", "test.npz"], ["missing.so"]),
    (["test.npz", "--inputs", "test.npz"], ["test.npz"]),
    (["/bin/true", "--inputs", "test.npz"], ["/bin/true"]),
    (["LIBRARY", "--inputs", "missing.npz"], ["missing.npz"]),
    (["LIBRARY", "--inputs", "test.npz", "--workers", "4"], ["--workers", "--repeat"]),
    (["LIBRARY", "--inputs", "test.npz", "--threads", "0"], ["--threads", "'0'"]),
    (["LIBRARY", "--inputs", "test.npz", "--repeat", "0"], ["--repeat"]),
    (["LIBRARY", "--inputs", "test.npz", "--labels", "missing.npy"], ["missing.npy"]),
    (["LIBRARY", "--inputs", "test.npz", "--labels", "short.npy"], ["3 labels", "samples"]),
    (["LIBRARY", "--inputs", "test.npz", "--labels", "wrong.npy"], ["label 77"]),
    (["LIBRARY", "--inputs", "test.npz", "--labels", "float.npy"], ["float32", "integers"]),
    (["LIBRARY", "--inputs", "test.npz", "--compare", "missing.so"], ["missing.so"]),
    (["LIBRARY", "--inputs", "test.npz", "--input-shift", "1"], ["--input-scale"]),
]


@pytest.mark.parametrize("arguments, words", BAD_RUN)
def test_run_refuses(tools, folder, library, arguments, words):
    count = len(np.load(folder / "test.npz")["labels"])
    np.save(folder / "short.npy", np.zeros(3, np.int64))
    np.save(folder / "wrong.npy", np.full(count, 77))
    np.save(folder / "float.npy", np.zeros(count, np.float32))
    before = sorted(path.name for path in folder.iterdir())
    arguments = [library if a == "LIBRARY" else a for a in arguments]
    expect_error(tools.run("quant-run", *arguments, cwd=folder), 2, words, before, folder)


@pytest.mark.parametrize("tool", ["quant-compile", "quant-run"])
def test_help_and_version(tools, tool):
    text = tools.check(tool, "--help")
    assert text.startswith(f"usage: {tool} ") and "--json" in text
    assert max(map(len, text.splitlines())) <= 100
    assert tools.check(tool, "--version").startswith(f"{tool} ")


def test_list_ops(tools):
    text = tools.check("quant-compile", "--list-ops")
    assert "CONV_2D" in text and "conv_2d" in text and "static_wi8_ai8" in text


def test_silent_in_a_pipe(tools, folder):
    done = tools.run("quant-compile", *COMPILE, cwd=folder)
    assert done.returncode == 0 and done.stderr == "" and "out.so" in done.stdout


def test_json_of_compile(tools, folder):
    report = json.loads(tools.check("quant-compile", *COMPILE, "--json", cwd=folder))
    assert report["scheme"] == "static_wi8_ai8"
    assert report["library_bytes"] == (folder / "out.so").stat().st_size
    assert report["weight_bytes"] > 0 and report["arena_bytes"] > 0
    assert report["seconds"]["total"] >= report["seconds"]["calibrate"] > 0
    for op in report["ops"]:
        assert {"name", "kind", "scheme", "reason", "sqnr_db"} <= op.keys()


def test_json_of_run(tools, folder, library):
    figures = json.loads(tools.check("quant-run", library, "--inputs", "test.npz",
                                     "--repeat", 50, "--compare", MODEL, "--json", cwd=folder))
    assert figures["samples"] == len(np.load(folder / "test.npz")["labels"])
    assert 0.9 < figures["top1"] <= figures["top5"] <= 1
    assert 0.9 < figures["agreement"] <= 1 and figures["sqnr_db"] > 15
    assert figures["mse"] > 0 and figures["max_abs_diff"] > 0
    assert figures["mismatched_elements"] > 0
    assert 0 < figures["latency_us"]["min"] <= figures["latency_us"]["median"]


def test_outputs_are_raw_and_in_order(tools, folder):
    tools.check("quant-compile", *COMPILE, "--io", "int8", cwd=folder)
    tools.check("quant-run", "./out.so", "--inputs", "test.npz", "--outputs", "y.npz", cwd=folder)
    outputs = np.load(folder / "y.npz")
    labels = np.load(folder / "test.npz")["labels"]
    assert outputs.files == ["scores"] and outputs["scores"].dtype == np.int8
    assert np.mean(outputs["scores"].argmax(1) == labels) > 0.95
    # Outputs compared with their own file agree.
    figures = json.loads(tools.check("quant-run", "./out.so", "--inputs", "test.npz", "--compare",
                                     "y.npz", "--json", cwd=folder))
    assert figures["mismatched_elements"] == 0 and figures["sqnr_db"] is None


def check_schema(value, schema, root):
    """Enough of JSON Schema for our own: types, required and unknown fields, items."""
    schema = root["$defs"][schema["$ref"].split("/")[-1]] if "$ref" in schema else schema
    if "enum" in schema:
        assert value in schema["enum"], value
        return
    names = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int,
             "boolean": bool, "null": type(None)}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert any(isinstance(value, names[kind]) for kind in kinds), (value, kinds)
    if isinstance(value, dict):
        fields, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        assert set(schema.get("required", [])) <= value.keys()
        for key, item in value.items():
            assert key in fields or others, key
            check_schema(item, fields.get(key, others), root)
    if isinstance(value, list):
        for item in value:
            check_schema(item, schema["items"], root)


@pytest.mark.parametrize("more", [[], ["--scheme", "mixed", "--budget", "sqnr=30"],
                                  ["--emit", "qnn"], ["--scheme", "float32"]])
def test_reports_follow_their_schemas(tools, folder, digits, more):
    schemas = digits.parents[1] / "docs/schemas"
    schema = json.loads((schemas / "compile-report.schema.json").read_text())
    report = tools.check("quant-compile", *COMPILE, *more, "--json", cwd=folder)
    check_schema(json.loads(report), schema, schema)
    if "qnn" in more:
        return
    schema = json.loads((schemas / "run-report.schema.json").read_text())
    report = tools.check("quant-run", "./out.so", "--inputs", "test.npz", "--repeat", 2,
                         "--compare", MODEL, "--json", cwd=folder)
    check_schema(json.loads(report), schema, schema)


def test_types_of_a_quantized_model_can_be_chosen(tools, folder):
    """An int8 program of qnn, compiled again with other outer types, computes the same."""
    tools.check("quant-compile", MODEL, "--calibration", DATA, "--io", "int8", "--emit", "qnn",
                "-o", "int8.mlir", cwd=folder)
    outputs = {}
    for kind in ("int8", "uint8", "float32"):
        tools.check("quant-compile", "int8.mlir", "--io", kind, "-o", "out.so", cwd=folder)
        tools.check("quant-run", "./out.so", "--inputs", "test.npz", "--outputs", "y.npz",
                    cwd=folder)
        outputs[kind] = np.load(folder / "y.npz")["scores"]
        assert outputs[kind].dtype == np.dtype(kind)
    np.testing.assert_array_equal(outputs["uint8"], outputs["int8"].astype(int) + 128)
    steps = (outputs["float32"] - outputs["float32"].min()) * 256
    np.testing.assert_allclose(steps, outputs["int8"].astype(int) - outputs["int8"].min(),
                               atol=1e-3)
