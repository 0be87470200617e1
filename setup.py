# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds the kvant Python package: CMake makes the native module, setuptools packs it.

The build tree is build/python, or the configured one that KVANT_BUILD names.
"""

import os
import pathlib
import shutil
import subprocess
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = pathlib.Path(__file__).resolve().parent


class CMakeBuild(build_ext):
    def build_extension(self, ext):
        build = os.environ.get("KVANT_BUILD")
        if not build:
            build = ROOT / "build/python"
            subprocess.run(["cmake", "--preset", "release", "-B", build, "-DKVANT_BUILD_PYTHON=ON",
                            "-DKVANT_BUILD_TESTS=OFF", f"-DPython_EXECUTABLE={sys.executable}"],
                           cwd=ROOT, check=True)
        subprocess.run(["cmake", "--build", build, "--target", "_kvant"], check=True)
        made = next((pathlib.Path(build) / "python/kvant").glob("_kvant*.so"))
        target = pathlib.Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(made, target)


setup(
    packages=["kvant"],
    package_dir={"": "python"},
    package_data={"kvant": ["py.typed", "*.pyi"]},
    ext_modules=[Extension("kvant._kvant", sources=[])],
    cmdclass={"build_ext": CMakeBuild},
)
