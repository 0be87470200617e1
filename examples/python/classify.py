# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles the digits model from Python and runs it on numpy arrays."""

import pathlib
import tempfile

import numpy as np

import kvant

DIGITS = pathlib.Path(__file__).resolve().parent.parent / "digits"

with tempfile.TemporaryDirectory() as folder:
    library = pathlib.Path(folder) / "digits.so"
    report = kvant.compile(DIGITS / "digits.tflite", library,
                           calibration=DIGITS / "calibration.npz")
    print(f"{report['scheme']}: {report['library_bytes']} bytes")

    test = np.load(DIGITS / "test.npz")
    model = kvant.load(library)
    scores = model.run({"image": test["image"]})["scores"]
    guesses = scores.reshape(len(test["labels"]), -1).argmax(axis=1)
    print(f"accuracy {np.mean(guesses == test['labels']):.1%}, {model.latency.median:.1f} us per call")
