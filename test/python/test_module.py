# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The kvant module: compile, load, run, errors."""

import numpy as np
import pytest

import kvant


def test_compile_writes_library_header_and_report(digits_library):
    path, report = digits_library
    assert path.exists() and path.with_suffix(".h").exists()
    assert report["scheme"] == "static_wi8_ai8"
    assert report["library_bytes"] == path.stat().st_size
    assert any(op["kind"] for op in report["ops"])


def test_run_scores_digits(digits_library, digits):
    model = kvant.load(digits_library[0])
    assert [t.name for t in model.inputs] == ["image"]
    assert model.inputs[0].shape == (1, 8, 8, 1)
    assert model.inputs[0].dtype == np.float32
    data = np.load(digits / "test.npz")
    scores = model.run({"image": data["image"]})["scores"]
    accuracy = np.mean(scores.reshape(len(data["labels"]), 10).argmax(1) == data["labels"])
    assert accuracy > 0.95
    assert 0 < model.latency.min <= model.latency.median


def test_one_array_serves_one_input(digits_library, digits):
    model = kvant.load(digits_library[0])
    image = np.load(digits / "test.npz")["image"]
    by_name = model.run({"image": image[:3]})["scores"]
    np.testing.assert_array_equal(model.run(image[:3])["scores"], by_name)
    # One sample of exactly the input's shape, and not contiguous in memory.
    single = np.asfortranarray(image[:1])
    np.testing.assert_array_equal(model.run(single)["scores"].ravel(), by_name[0].ravel())


def test_load_compiles_a_model_in_memory(digits):
    model = kvant.load(digits / "digits.tflite")
    image = np.load(digits / "test.npz")["image"][:2]
    scores = model.run(image)["scores"].reshape(2, 10)
    np.testing.assert_allclose(scores.sum(1), 1, atol=1e-3)


def test_pipeline_is_text_for_quant_opt(digits):
    text = kvant.print_pipeline(digits / "digits.tflite",
                                calibration=digits / "calibration.npz")
    assert text.startswith("builtin.module(") and "kvant-" in text


@pytest.mark.parametrize(
    "options, words",
    [
        (dict(scheme="static_wi3_ai8"), ["static_wi3_ai8", "static_wi8_ai8"]),
        (dict(target="m68k"), ["m68k", "aarch64-linux-gnu"]),
        (dict(calibration="missing.npz"), ["missing.npz"]),
        (dict(colour="red"), ["colour"]),
    ],
)
def test_bad_options_are_errors(digits, tmp_path, options, words):
    out = tmp_path / "out.so"
    with pytest.raises(kvant.KvantError) as error:
        kvant.compile(digits / "digits.tflite", out,
                      **{"calibration": digits / "calibration.npz", **options})
    for word in words:
        assert word in str(error.value)
    assert not out.exists()


def test_bad_model_is_an_error(tmp_path):
    bad = tmp_path / "bad.tflite"
    bad.write_bytes(b"\x08\0\0\0TFL3" + b"\xff" * 100)
    with pytest.raises(kvant.KvantError, match="bad.tflite"):
        kvant.compile(bad, tmp_path / "out.so")


@pytest.mark.parametrize(
    "array",
    [np.zeros((1, 7, 8, 1), np.float32), np.zeros((0, 8, 8, 1), np.float32),
     np.full((1, 8, 8, 1), np.nan, np.float32), np.zeros((1, 8, 8, 1), np.int32),
     np.zeros((1, 8, 8, 1), np.complex64)],
    ids=["shape", "empty", "nan", "integers", "complex"],
)
def test_bad_arrays_are_errors(digits_library, array):
    model = kvant.load(digits_library[0])
    with pytest.raises(kvant.KvantError):
        model.run({"image": array})


def test_wrong_name_is_an_error(digits_library):
    model = kvant.load(digits_library[0])
    pair = {"a": np.zeros((1, 8, 8, 1), np.float32), "b": np.zeros((1, 8, 8, 1), np.float32)}
    with pytest.raises(kvant.KvantError, match="image"):
        model.run(pair)
