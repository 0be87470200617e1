# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def digits():
    """The folder of the digits model."""
    return ROOT / "examples/digits"


@pytest.fixture(scope="session")
def digits_library(digits, tmp_path_factory):
    import kvant

    path = tmp_path_factory.mktemp("digits") / "digits.so"
    report = kvant.compile(digits / "digits.tflite", path,
                           calibration=digits / "calibration.npz")
    return path, report
