# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import os
from dataclasses import dataclass
from typing import Any, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Path = str | os.PathLike[str]

class KvantError(RuntimeError): ...

@dataclass(frozen=True)
class TensorInfo:
    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    scale: float | None
    zero_point: int | None

@dataclass(frozen=True)
class Latency:
    min: float
    median: float

def compile(
    model: Path,
    output: Path,
    *,
    calibration: Path | None = None,
    calibrator: str | None = None,
    recipe: Path | None = None,
    scheme: str | None = None,
    budget: str | None = None,
    target: str | None = None,
    cpu: str | None = None,
    emit: str | None = None,
    io: str | None = None,
    name: str | None = None,
    tune: Path | None = None,
    batch: int | None = None,
    input_scale: float | None = None,
    input_shift: float | None = None,
) -> dict[str, Any]: ...
def print_pipeline(model: Path, output: Path = ..., **options: Any) -> str: ...
def load(path: Path, emulator: str = ...) -> Model: ...

class Model:
    @property
    def inputs(self) -> list[TensorInfo]: ...
    @property
    def outputs(self) -> list[TensorInfo]: ...
    @property
    def quantization(self) -> dict[str, Any] | None: ...
    @property
    def latency(self) -> Latency | None: ...
    def run(
        self, inputs: Mapping[str, ArrayLike] | ArrayLike, calls: int = ...
    ) -> dict[str, NDArray[Any]]: ...
