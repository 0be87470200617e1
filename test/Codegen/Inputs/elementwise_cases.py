# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Element-wise operations on bytes with rescales around them, as cases of kernel_sweep.py.

Scales are those of TFLite's ADD and MUL: operands are brought to a common scale with 20 more
places, and the result from there to its own.
"""

import dataclasses
import math

import numpy as np


@dataclasses.dataclass
class Elementwise:
    """`op`: add, sub, mul, maximum, or none for a rescale alone. Scales are of the operands and
    of the result; `constant` says that the other operand is one number."""
    shape: tuple
    op: str = "add"
    scales: tuple = (0.02, 0.013, 0.027)
    zero_points: tuple = (3, -7, 11)
    rounding: str = "DOUBLE_ROUND"
    clamp: bool = False
    constant: bool = False


def cases():
    result = [Elementwise((n,), scales=(0.02, 0.013, 0.027)) for n in
              (1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 96, 127, 128, 130, 1000)]
    # All pairs of bytes, in many scales.
    rng = np.random.default_rng(7)
    for index in range(10):
        scales = tuple(float(s) for s in np.exp(rng.uniform(-4, 0, 3)))
        zero_points = tuple(int(z) for z in rng.integers(-128, 128, 3))
        result.append(Elementwise((256, 256), ("add", "sub")[index % 2], scales, zero_points,
                                  ("DOUBLE_ROUND", "SINGLE_ROUND")[index // 2 % 2], index % 3 == 0))
        result.append(Elementwise((256, 256), "mul", scales, zero_points,
                                  ("DOUBLE_ROUND", "SINGLE_ROUND")[index % 2], index % 3 == 0))
        result.append(Elementwise((256,), "none", scales, zero_points,
                                  ("DOUBLE_ROUND", "SINGLE_ROUND")[index % 2]))
    result.append(Elementwise((256, 256), "add", (0.5, 0.5, 0.5), (0, 0, 0)))
    result.append(Elementwise((256, 256), "add", (0.0078, 0.0078, 0.019), (-1, -1, -128)))
    result.append(Elementwise((256, 256), "add", (0.9, 0.001, 0.9), (-128, 127, -128)))
    result.append(Elementwise((256, 256), "maximum", (0.1, 0.2, 0.1)))
    result.append(Elementwise((1, 5, 7, 33), "add", constant=True))
    result.append(Elementwise((1, 5, 7, 33), "mul", constant=True))
    return result


def quantize(scale):
    """Multiplier and TOSA's shift of a real scale."""
    fraction, exponent = math.frexp(scale)
    multiplier = round(fraction * (1 << 31))
    if multiplier == 1 << 31:
        multiplier, exponent = multiplier // 2, exponent + 1
    return np.array([multiplier], np.int32), np.array([31 - exponent], np.int8)


def add_case(program, case, constant, apply_scale):
    p = f"c{program.count}_"
    program.count += 1
    size = math.prod(case.shape)
    bytes_ = np.arange(-128, 128)
    pairs = np.stack(np.meshgrid(bytes_, bytes_), axis=-1).reshape(-1, 2)
    if size < len(pairs):
        pairs = pairs[program.rng.permutation(len(pairs))]
    if case.op == "none":
        pairs = np.stack([bytes_, bytes_], axis=-1)
    a = pairs[:size, 0].reshape(case.shape).astype(np.int8)
    b = pairs[:size, 1].reshape(case.shape).astype(np.int8)
    za, zb, zo = (np.array([z], np.int8) for z in case.zero_points)
    zero = np.zeros(1, np.int32)
    sa, sb, so = case.scales
    name, kind = program.add_input(a)
    wide = kind.replace("xi8>", "xi32>")
    wide_operand = wide

    def widen(index, value, value_kind, out, array, zp, scale):
        m, s = quantize(scale)
        text = program.rescale(f"{p}w{index}", value, value_kind, out, m, s, (zp, zero),
                               case.rounding)
        return text, apply_scale(array.astype(np.int64) - int(zp[0]), m, s, case.rounding)

    if case.op == "none":
        value, total, source, zin = name, a.astype(np.int64) - int(za[0]), kind, za
        m, s = quantize(sa / so)
    else:
        if case.constant:
            b = np.full((1,) * len(case.shape), 5, np.int8)
            other, other_kind = constant(program.lines, p + "k", b)
            wide_operand = other_kind.replace("xi8>", "xi32>")
        else:
            other, other_kind = program.add_input(b)
        common = 2 * max(sa, sb)
        left = right = 1.0
        if case.op != "mul":
            left, right = (sa / common * (1 << 20), sb / common * (1 << 20))
        x, xs = widen(0, name, kind, wide, a, za, left)
        y, ys = widen(1, other, other_kind, wide_operand, b, zb, right)
        kinds = f"({wide}, {wide_operand}"
        if case.op == "mul":
            shift, shift_kind = constant(program.lines, p + "s0", np.zeros(1, np.int8))
            kinds, y = kinds + f", {shift_kind}", f"{y}, {shift}"
            m, s = quantize(sa * sb / so)
        else:
            m, s = quantize(common / so / (1 << 20))
        program.lines.append(f"  %{p}o = tosa.{case.op} {x}, {y} : {kinds}) -> {wide}")
        total = {"add": np.add, "sub": np.subtract, "mul": np.multiply,
                 "maximum": np.maximum}[case.op](xs, ys)
        value, source, zin = f"%{p}o", wide, zero
    out = program.rescale(p + "f", value, source, kind, m, s, (zin, zo), case.rounding)
    total = np.clip(apply_scale(total, m, s, case.rounding) + int(zo[0]), -128, 127)
    if case.clamp:
        program.lines.append(f"  %{p}c = tosa.clamp {out} {{min_val = -100 : i8, max_val = 90 : i8}}"
                             f" : ({kind}) -> {kind}")
        out, total = f"%{p}c", np.clip(total, -100, 90)
    program.results.append((out, kind))
    program.expected.append(total.astype(np.int8))
