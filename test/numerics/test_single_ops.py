# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every quantized operation against LiteRT's reference kernels, on random parameters."""

import os
import re

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert")

import compare
import native
import single_ops
from litert import Reference

COUNT = int(os.environ.get("KVANT_NUMERICS_COUNT", "12"))
FIRST = int(os.environ.get("KVANT_NUMERICS_SEED", "0"))

CASES = [(name, dtype) for name, (_, dtypes) in single_ops.CASES.items() for dtype in dtypes]


def usable_seeds(name, dtype):
    """Seeds whose model LiteRT accepts: kernels refuse some scales when they prepare."""
    seeds = []
    for seed in range(FIRST, FIRST + 4 * COUNT):
        try:
            Reference(single_ops.build(name, dtype, [seed]))
        except (RuntimeError, ValueError):
            continue
        seeds.append(seed)
        if len(seeds) == COUNT:
            break
    return seeds


# Steps by which our rule may differ from TFLite's kernels, where that is more than one: those
# compute in 16 bits, truncate, or invert in few bits.
LOOSE = {"hard_swish": 2, "sqrt": 2, "resize_bilinear": 2, "log": 2}


def without_rounding(text):
    """The program with our own rule: the attribute that asks for TFLite's is dropped."""
    return re.sub(r', qnn\.rounding = "tflite"|qnn\.rounding = "tflite"(, )?', "", text)


@pytest.mark.parametrize("name, dtype", CASES,
                         ids=[f"{name}-{np.dtype(dtype).name}" for name, dtype in CASES])
def test_equals_reference(name, dtype):
    seeds = usable_seeds(name, dtype)
    assert seeds, "no case that LiteRT takes"
    model = single_ops.build(name, dtype, seeds)
    reference = Reference(model)
    integer_only = name not in ("quantize", "dequantize")
    program = native.Program(native.lower_to_tosa(native.import_tflite(model), integer_only))
    rng = np.random.default_rng(FIRST)
    samples = [reference.random_inputs(rng) for _ in range(4)]
    differing, total, worst = compare.compare_outputs(model, samples, program, reference)
    assert differing == 0, f"{differing} of {total} elements differ, by at most {worst:g}"


@pytest.mark.parametrize("name, dtype", CASES,
                         ids=[f"{name}-{np.dtype(dtype).name}" for name, dtype in CASES])
def test_own_rule_is_near(name, dtype):
    """Our rule rounds once, needs no extension of TOSA, and stays within a step of TFLite's."""
    seeds = usable_seeds(name, dtype)
    model = single_ops.build(name, dtype, seeds)
    text = native.tool(native.BIN / "quant-opt", "--kvant-qnn-to-tosa",
                       stdin=without_rounding(native.import_tflite(model)).encode()).decode()
    assert "DOUBLE_ROUND" not in text
    profiles = "pro_int,pro_fp" if name in ("quantize", "dequantize") else "pro_int"
    program = native.Program(native.validate(text, profiles, ""))
    reference = Reference(model)
    rng = np.random.default_rng(FIRST)
    samples = [reference.random_inputs(rng) for _ in range(2)]
    _, _, worst = compare.compare_outputs(model, samples, program, reference)
    assert worst <= LOOSE.get(name, 1)
