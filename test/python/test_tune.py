# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--tune: tiles are measured once, kept in a file, and change no result."""

import json
import os

import numpy as np
import pytest
from test_command_line import check_schema, expect_error, folder  # noqa: F401

MODEL, DATA = "digits.tflite", "calibration.npz"
COMPILE = [MODEL, "--calibration", DATA]
TUNE = [*COMPILE, "--tune", "tiles.json", "-o", "out.so"]
ARM = ["--target", "aarch64-linux-gnu", "--cpu", "cortex-a76"]
TILE = {"cpu": "cortex-a76", "level": "dotprod", "type": "int8", "output": [1, 8, 8, 16],
        "input_channels": 8, "window": [3, 3], "stride": [1, 1], "dilation": [1, 1], "rows": 3,
        "vectors": 2}


def write(path, *tiles, **fields):
    path.write_text(json.dumps({"version": 1, "tiles": list(tiles), **fields}))


def scores(tools, folder, library):
    tools.check("quant-run", f"./{library}", "--inputs", "test.npz", "--outputs", "y.npz",
                cwd=folder)
    return np.load(folder / "y.npz")["scores"]


def test_tiles_are_measured_once(tools, folder, digits):
    report = json.loads(tools.check("quant-compile", *TUNE, "--json", cwd=folder))
    assert report["seconds"]["tune"] > 0
    text = (folder / "tiles.json").read_text()
    schemas = digits.parents[1] / "docs/schemas"
    schema = json.loads((schemas / "tiles.schema.json").read_text())
    schema["properties"]["version"] = {"type": "integer"}
    check_schema(json.loads(text), schema, schema)
    assert {tile["cpu"] for tile in json.loads(text)["tiles"]} == {report["cpu"]}
    library = (folder / "out.so").read_bytes()
    # The second time all is there: the file stays as it is, though it cannot be written.
    os.chmod(folder / "tiles.json", 0o444)
    before = (folder / "tiles.json").stat()
    tools.check("quant-compile", *TUNE, cwd=folder)
    after = (folder / "tiles.json").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert (folder / "out.so").read_bytes() == library
    # The file is a value like any other option, and the pipeline holds what it says.
    pipeline = tools.check("quant-compile", *TUNE, "--print-pipeline", cwd=folder)
    assert pipeline.count(":") >= len(json.loads(text)["tiles"]) and "tiles=" in pipeline


def test_what_is_there_is_kept(tools, folder):
    write(folder / "tiles.json", TILE)
    tools.check("quant-compile", *TUNE, cwd=folder)
    tiles = json.loads((folder / "tiles.json").read_text())["tiles"]
    assert TILE in tiles and len(tiles) > 1


def change(tiles, rows, vectors):
    """Other tiles for the same shapes, as far as they are legal."""
    for tile in tiles:
        tile["vectors"] = min(vectors, -(-tile["output"][3] // 16))
        tile["rows"] = rows
        tile.pop("speedup", None)
    return tiles


@pytest.mark.parametrize("rows, vectors", [(1, 1), (3, 1), (2, 2)])
@pytest.mark.parametrize("more", [[], ["--scheme", "float32"]])
def test_results_do_not_depend_on_tiles(tools, folder, rows, vectors, more):
    tools.check("quant-compile", *COMPILE, *more, "-o", "plain.so", cwd=folder)
    expected = scores(tools, folder, "plain.so")
    tools.check("quant-compile", *TUNE, *more, cwd=folder)
    np.testing.assert_array_equal(scores(tools, folder, "out.so"), expected)
    tiles = json.loads((folder / "tiles.json").read_text())["tiles"]
    write(folder / "tiles.json", *change(tiles, rows, vectors))
    tools.check("quant-compile", *TUNE, *more, cwd=folder)
    np.testing.assert_array_equal(scores(tools, folder, "out.so"), expected)
    assert (folder / "out.so").read_bytes() != (folder / "plain.so").read_bytes()


def test_tiles_of_another_machine(tools, folder):
    """They are used as they are; what is missing is said, and left to the cost function."""
    write(folder / "tiles.json", TILE)
    done = tools.run("quant-compile", *TUNE, *ARM, cwd=folder)
    assert done.returncode == 0
    assert done.stderr.startswith("warning: tiles.json: no tile for ")
    assert "dotprod/int8/" in done.stderr and "cortex-a76" in done.stderr
    assert json.loads((folder / "tiles.json").read_text())["tiles"] == [TILE]


def test_nothing_is_written_when_compiling_fails(tools, folder):
    before = sorted(path.name for path in folder.iterdir())
    done = tools.run("quant-compile", *COMPILE, "--tune", "tiles.json", "-o", "nowhere/out.so",
                     cwd=folder)
    assert done.returncode != 0
    assert sorted(path.name for path in folder.iterdir()) == before


def without(key):
    return {name: value for name, value in TILE.items() if name != key}


BAD_FILES = {
    "not JSON": ("rows: 3", ["not valid JSON"]),
    "empty": ("", ["not valid JSON"]),
    "a list": ("[]", ["expected one JSON object"]),
    "no version": ({"tiles": []}, ["version", "missing"]),
    "another version": ({"version": 2, "tiles": []}, ["version", "expected 1, got 2"]),
    "no tiles": ({"version": 1}, ["tiles", "missing"]),
    "unknown field": ({"version": 1, "tiles": [], "more": 1}, ["more", "unknown field"]),
    "no object": ({"version": 1, "tiles": [3]}, ["tiles[0]", "expected an object"]),
    "unknown field of a tile": ([{**TILE, "columns": 1}], ["tiles[0].columns", "unknown field"]),
    "field is missing": ([TILE, without("window")], ["tiles[1].window", "missing"]),
    "type": ([{**TILE, "type": "int16"}], ["tiles[0].type", "int16", "float32"]),
    "fraction": ([{**TILE, "rows": 1.5}], ["tiles[0].rows", "integer"]),
    "no rows": ([{**TILE, "rows": 0}], ["tiles[0]", "rows", "got 0"]),
    "too many rows": ([{**TILE, "rows": 30}], ["tiles[0]", "expected 1 to", "rows", "got 30"]),
    "no vectors": ([{**TILE, "vectors": -1}], ["tiles[0]", "vectors", "got -1"]),
    "too many vectors": ([{**TILE, "vectors": 5}],
                         ["tiles[0]", "1 to 4 vectors for 16 channels", "got 5"]),
    "huge": ([{**TILE, "rows": 1e30}], ["tiles[0].rows"]),
    "short shape": ([{**TILE, "output": [8, 8, 16]}], ["tiles[0].output", "4", "3"]),
    "no size": ([{**TILE, "stride": [1, 0]}], ["tiles[0]", "stride", "got 0"]),
    "negative size": ([{**TILE, "stride": [1, -1]}], ["tiles[0].stride[1]", "-1"]),
    "huge size": ([{**TILE, "input_channels": 1 << 40}], ["tiles[0]", "channels", "1048576"]),
    "huge unsigned size": ([{**TILE, "output": [1, 1, 1, (1 << 64) - 1]}], ["tiles[0].output"]),
    "unknown cpu": ([{**TILE, "cpu": "z80"}], ["tiles[0]", "z80", "dotprod"]),
    "native": ([{**TILE, "cpu": "native"}], ["tiles[0]", "native"]),
    "level of another cpu": ([{**TILE, "level": "i8mm"}], ["tiles[0]", "cortex-a76", "i8mm"]),
    "twice": ([TILE, {**TILE, "rows": 1}], ["tiles[1]", "before"]),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_refused(tools, folder, name):
    content, words = BAD_FILES[name]
    if isinstance(content, list):
        content = {"version": 1, "tiles": content}
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "tiles.json").write_text(text)
    before = sorted(path.name for path in folder.iterdir())
    for more in ([], ARM):
        expect_error(tools.run("quant-compile", *TUNE, *more, cwd=folder), 2,
                     ["tiles.json", *words], before, folder)
    assert (folder / "tiles.json").read_text() == text


BAD_OPTIONS = [
    (["--tune", "."], ["not a regular file", "--tune"]),
    (["--tune="], ["--tune", "value"]),
    (["--tune", "nowhere/tiles.json"], ["nowhere", "no folder"]),
    (["--tune", "tiles.json", *ARM], ["tiles.json", "no such file", "cortex-a76"]),
    (["--tune", "tiles.json", "--emit", "tosa"], ["--tune", "tosa"]),
    (["--tune", "tiles.json", "--emit", "qnn"], ["--tune", "qnn"]),
    (["--tune", "out.so"], ["out.so", "library"]),
    (["--tune", "out.h"], ["out.h", "header"]),
]


@pytest.mark.parametrize("arguments, words", BAD_OPTIONS)
def test_bad_options_are_refused(tools, folder, arguments, words):
    before = sorted(path.name for path in folder.iterdir())
    done = tools.run("quant-compile", *COMPILE, *arguments, "-o", "out.so", cwd=folder)
    expect_error(done, 2, words, before, folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file_is_refused(tools, folder):
    write(folder / "tiles.json", TILE)
    os.chmod(folder / "tiles.json", 0)
    before = sorted(path.name for path in folder.iterdir())
    expect_error(tools.run("quant-compile", *TUNE, cwd=folder), 2, ["tiles.json", "read"], before,
                 folder)
