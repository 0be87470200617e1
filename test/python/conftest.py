# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import os
import pathlib
import subprocess

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


class Tools:
    """The command-line tools that were built."""

    def __init__(self, build):
        self.bin = build / "bin"

    def path(self, name):
        return str(self.bin / name)

    def run(self, name, *arguments, **options):
        """Runs a tool; the caller looks at the exit code."""
        options = {"capture_output": True, "text": True, "timeout": 300, **options}
        return subprocess.run([self.path(name), *map(str, arguments)], check=False, **options)

    def check(self, name, *arguments, **options):
        """Runs a tool that has to end well; returns what it printed."""
        done = self.run(name, *arguments, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def tools():
    build = os.environ.get("KVANT_BUILD")
    assert build, "KVANT_BUILD names the build folder"
    return Tools(pathlib.Path(build))
