# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of two matrices that are both inputs, as cases of kernel_sweep.py."""

import dataclasses

import numpy as np


@dataclasses.dataclass
class Matmul:
    """Of `images` times [rows, depth] by [depth, columns]."""
    images: int
    rows: int
    depth: int
    columns: int
    zero_points: tuple = (3, -7)
    rounding: str = "DOUBLE_ROUND"
    residual: bool = False
    wide: bool = False  # the result stays in 32 bits


def cases():
    result = [Matmul(1, 1, 1, 1), Matmul(1, 5, 3, 7), Matmul(2, 4, 8, 16), Matmul(3, 7, 9, 33),
              Matmul(1, 64, 64, 64, (-1, -1)), Matmul(1, 1, 130, 37), Matmul(2, 9, 31, 70, (0, 5)),
              Matmul(1, 12, 16, 24, (5, 0)), Matmul(1, 6, 20, 130, (-128, 127)),
              Matmul(4, 6, 32, 12, (127, -128), "SINGLE_ROUND"), Matmul(2, 8, 40, 48, residual=True),
              Matmul(2, 3, 25, 10, wide=True), Matmul(1, 3, 64, 16, (0, 0), wide=True)]
    return result


def add_case(program, case, constant, apply_scale):
    p = f"c{program.count}_"
    program.count += 1
    integers = program.rng.integers
    a = integers(-128, 128, (case.images, case.rows, case.depth)).astype(np.int8)
    b = integers(-128, 128, (case.images, case.depth, case.columns)).astype(np.int8)
    a.reshape(-1)[:1] = b.reshape(-1)[:1] = -128
    a_name, a_kind = program.add_input(a)
    b_name, b_kind = program.add_input(b)
    za, zb = (np.array([z], np.int8) for z in case.zero_points)
    za_name, z_kind = constant(program.lines, p + "za", za)
    zb_name, _ = constant(program.lines, p + "zb", zb)
    total = (a.astype(np.int64) - int(za[0])) @ (b.astype(np.int64) - int(zb[0]))
    wide = "tensor<" + "x".join(map(str, total.shape)) + "xi32>"
    program.lines.append(f"  %{p}product = tosa.matmul {a_name}, {b_name}, {za_name}, {zb_name} : "
                         f"({a_kind}, {b_kind}, {z_kind}, {z_kind}) -> {wide}")
    if case.wide:
        program.results.append((f"%{p}product", wide))
        program.expected.append(total.astype(np.int32))
        return
    multiplier, shift = np.array([1500000000], np.int32), np.array([41], np.int8)
    zero, out_zp = np.zeros(1, np.int32), np.array([9], np.int8)
    narrow = wide.replace("xi32>", "xi8>")
    if not case.residual:
        out = program.rescale(p, f"%{p}product", wide, narrow, multiplier, shift, (zero, out_zp),
                              case.rounding)
        total = apply_scale(total, multiplier, shift, case.rounding) + 9
    else:
        other = integers(-128, 128, total.shape).astype(np.int8)
        name, kind = program.add_input(other)
        first = program.rescale(p, f"%{p}product", wide, wide, multiplier, shift, (zero, zero),
                                case.rounding)
        m, s = np.array([1 << 30], np.int32), np.array([30], np.int8)
        second = program.rescale(p + "o", name, kind, wide, m, s, (np.zeros(1, np.int8), zero),
                                 case.rounding)
        program.lines.append(f"  %{p}a = tosa.add {first}, {second} : ({wide}, {wide}) -> {wide}")
        m2, s2 = np.array([1400000000], np.int32), np.array([32], np.int8)
        out = program.rescale(p + "f", f"%{p}a", wide, narrow, m2, s2, (zero, out_zp),
                              case.rounding)
        total = apply_scale(total, multiplier, shift, case.rounding) + other
        total = apply_scale(total, m2, s2, case.rounding) + 9
    program.results.append((out, narrow))
    program.expected.append(np.clip(total, -128, 127).astype(np.int8))
