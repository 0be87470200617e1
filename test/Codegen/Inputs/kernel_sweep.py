# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions of many shapes, compiled and run, against 64-bit arithmetic.

Every case is a chain of TOSA operations with inputs of its own; a program holds many. Counts
differing elements (float: relative errors above 1e-5) and fails if there is one.
"""

import argparse
import dataclasses
import os
import re
import subprocess
import sys

import numpy as np

import elementwise_cases
import join_cases
import matmul_cases
from odd_tiles import odd_tiles


@dataclasses.dataclass
class Case:
    """One convolution; `multiplier` 0 means a dense one."""
    shape: tuple            # N, H, W, C
    channels: int
    window: tuple = (1, 1)
    stride: tuple = (1, 1)
    dilation: tuple = (1, 1)
    pad: tuple = (0, 0, 0, 0)
    depthwise: bool = False
    weight_zp: int = 0
    rounding: str = "SINGLE_ROUND"
    shift: tuple = (36, 42)
    residual: bool = False
    clamp: bool = False
    full_range: bool = False
    extreme: bool = False   # nothing but the largest products
    largest: int = 127      # of the weights
    real: bool = False
    uniform: bool = False   # the same weights for all channels
    produced: bool = False  # the input is computed, not given


def cases(family):
    result = []
    if family in ("dot", "all"):
        for c, oc, w in [(1, 1, 1), (2, 3, 5), (3, 4, 7), (4, 5, 8), (5, 7, 9), (7, 8, 15), (8, 9, 16),
                         (15, 15, 3), (16, 16, 17), (17, 17, 4), (24, 31, 6), (31, 32, 33),
                         (32, 33, 14), (33, 48, 13), (64, 64, 12), (20, 100, 11), (128, 10, 1)]:
            result.append(Case((1, 3, w, c), oc))
        result.append(Case((5, 1, 1, 640), 128))
        result.append(Case((1, 1, 1, 130), 37, clamp=True))
        result.append(Case((2, 5, 7, 12), 20, residual=True))
        for c, oc in [(1, 8), (3, 16), (4, 18), (8, 32), (16, 16), (19, 65)]:
            for s, pad in [(1, (1, 1, 1, 1)), (2, (0, 1, 0, 1)), (1, (0, 0, 0, 0))]:
                h, w = (8, 8) if pad != (0, 0, 0, 0) else (7, 11)
                result.append(Case((1, h, w, c), oc, (3, 3), (s, s), pad=pad, residual=s == 1,
                                   clamp=s == 2))
        result.append(Case((1, 9, 13, 6), 10, (3, 3), dilation=(2, 2), pad=(2, 2, 2, 2)))
        result.append(Case((1, 9, 13, 5), 10, (2, 3), dilation=(1, 3), pad=(1, 0, 3, 3)))
        result.append(Case((1, 25, 11, 1), 24, (10, 4), (2, 2), pad=(4, 5, 1, 0)))
        result.append(Case((1, 6, 9, 7), 6, (3, 3)))
        result.append(Case((1, 6, 9, 7), 6, (3, 3), produced=True))
        result.append(Case((1, 6, 8, 16), 24, (3, 2), weight_zp=7, produced=True))
        # Four products fit in 16 bits.
        result.append(Case((1, 3, 14, 72), 20, largest=63))
        result.append(Case((1, 1, 1, 130), 37, largest=63, weight_zp=3))
        result.append(Case((1, 7, 9, 13), 10, (3, 3), largest=63))
        # Runs of up to four elements: those of two lines share a group.
        result.append(Case((1, 9, 11, 1), 20, (3, 3), pad=(1, 1, 1, 1)))
        result.append(Case((2, 11, 10, 1), 9, (10, 4), (2, 2), pad=(4, 5, 1, 1)))
        result.append(Case((1, 7, 8, 2), 33, (5, 2), dilation=(1, 1), weight_zp=5))
        result.append(Case((1, 15, 6, 1), 8, (14, 3), weight_zp=-7, full_range=True))
        result.append(Case((1, 9, 9, 4), 12, (3, 1), dilation=(2, 1), largest=63))
        # Taps whose channels come in several chunks.
        result.append(Case((1, 7, 11, 32), 24, (3, 3), pad=(1, 1, 1, 1), residual=True))
        result.append(Case((1, 9, 11, 48), 12, (3, 3), (2, 2), pad=(0, 0, 0, 0), full_range=True))
        result.append(Case((2, 5, 10, 32), 9, (2, 2), (1, 2), weight_zp=5, produced=True))
        result.append(Case((1, 6, 8, 5), 24, (3, 2), pad=(1, 1, 1, 1), weight_zp=-100))
        result.append(Case((1, 4, 8, 13), 24, weight_zp=11, full_range=True))
        result.append(Case((1, 4, 8, 64), 24, full_range=True))
        result.append(Case((1, 4, 8, 16), 24, rounding="DOUBLE_ROUND"))
        result.append(Case((1, 4, 8, 16), 24, rounding="DOUBLE_ROUND", shift=(32, 40)))
        result.append(Case((1, 4, 8, 16), 24, shift=(32, 40)))
        result.append(Case((1, 4, 8, 16), 24, shift=(33, 62)))
        result.append(Case((1, 4, 8, 16), 24, shift=(20, 35)))
        result.append(Case((1, 4, 8, 16), 24, rounding="DOUBLE_ROUND", shift=(25, 35)))
    if family in ("depthwise", "all"):
        for c, w in [(1, 5), (3, 3), (7, 8), (8, 9), (9, 4), (15, 7), (16, 24), (17, 6), (24, 12),
                     (31, 5), (32, 25), (33, 3), (64, 5)]:
            for s, pad in [(1, (1, 1, 1, 1)), (2, (1, 1, 1, 1))]:
                result.append(Case((1, 7, w if s == 1 or w % 2 else w + 1, c), c, (3, 3), (s, s),
                                   pad=pad, depthwise=True, clamp=s == 2))
        result.append(Case((2, 9, 9, 16), 16, (5, 5), pad=(2, 2, 2, 2), depthwise=True))
        result.append(Case((1, 9, 9, 20), 20, (3, 3), dilation=(2, 2), depthwise=True, produced=True))
        result.append(Case((1, 9, 12, 12), 12, (1, 4), depthwise=True))
        for c in (16, 24, 128):
            result.append(Case((1, 8, 6, c), c, (8, 5), depthwise=True, uniform=True))
        result.append(Case((1, 9, 12, 12), 12, (4, 1), depthwise=True, full_range=True))
        result.append(Case((1, 9, 12, 24), 24, (6, 2), (1, 2), depthwise=True, weight_zp=9))
        result.append(Case((1, 7, 7, 24), 24, (3, 3), pad=(1, 1, 1, 1), depthwise=True,
                           weight_zp=-128, full_range=True))
        result.append(Case((1, 7, 7, 24), 24, (3, 3), pad=(1, 1, 1, 1), depthwise=True,
                           rounding="DOUBLE_ROUND", residual=True))
        # Windows that slide along one line or two: odd and few lines, lines that are no whole rounds,
        # strides of their own for lines and columns, also beyond the window.
        for h, w, c, window, stride in [
                (3, 5, 8, (3, 3), (1, 1)), (4, 8, 20, (3, 3), (1, 1)), (8, 3, 16, (3, 3), (1, 1)),
                (9, 16, 8, (3, 3), (2, 1)), (9, 9, 33, (3, 3), (1, 2)), (5, 11, 9, (3, 3), (2, 2)),
                (8, 8, 24, (2, 2), (2, 2)), (8, 8, 16, (2, 2), (3, 3)), (7, 13, 16, (2, 5), (1, 1)),
                (8, 9, 11, (4, 3), (2, 1)), (6, 7, 16, (1, 3), (1, 1)), (9, 6, 8, (3, 1), (1, 1))]:
            result.append(Case((2, h, w, c), c, window, stride, depthwise=True,
                               residual=stride == (1, 1), full_range=window == (2, 2)))
        result.append(Case((1, 8, 9, 12), 12, (3, 3), depthwise=True, weight_zp=13))
        result.append(Case((1, 7, 11, 16), 16, (3, 3), depthwise=True, extreme=True))
        result.append(Case((1, 7, 11, 16), 16, (3, 3), depthwise=True, extreme=True, full_range=True))
        # Windows of a whole image.
        for c, zp in [(8, 0), (20, 5), (72, 0)]:
            result.append(Case((2, 9, 7, c), c, (9, 7), depthwise=True, weight_zp=zp, uniform=c == 8))
        # Interleaved lanes: blocks of 64 channels and what is left, lines and pixels together.
        for c, h, w in [(1, 5, 70), (2, 6, 9), (4, 5, 21), (8, 7, 19), (16, 5, 11), (32, 6, 3),
                        (64, 7, 4), (72, 5, 3), (90, 4, 5), (96, 5, 7), (112, 5, 3), (144, 6, 5)]:
            for s in (1, 2):
                shape = (1, h, w, c) if s == 1 else (1, h | 1, w | 1, c)
                result.append(Case(shape, c, (3, 3), (s, s), pad=(1, 1, 1, 1), depthwise=True,
                                   residual=s == 2, clamp=s == 1, full_range=True))
        # Columns of the window as shifts of one vector and the next.
        for c, w, k, s in [(4, 40, 3, 1), (8, 24, 5, 1), (16, 14, 5, 1), (32, 10, 2, 1),
                           (16, 17, 3, 2), (32, 13, 3, 2), (32, 12, 4, 2), (16, 21, 5, 2), (32, 13, 5, 2)]:
            result.append(Case((1, 7, w, c), c, (3, k), (s, s), depthwise=True, produced=True))
            result.append(Case((2, 7, w | 1, c), c, (3, k), (s, s), pad=(1, 1, 1, k % 2),
                               depthwise=True, weight_zp=5 if s == 1 else 0))
        result.append(Case((2, 8, 9, 64), 64, (5, 5), pad=(2, 2, 2, 2), depthwise=True))
        result.append(Case((1, 9, 8, 32), 32, (7, 7), (2, 1), pad=(3, 3, 3, 3), depthwise=True))
        result.append(Case((1, 9, 9, 16), 16, (1, 5), depthwise=True, produced=True))
        result.append(Case((1, 9, 9, 80), 80, (5, 1), depthwise=True, weight_zp=-3))
        result.append(Case((1, 9, 9, 32), 32, (2, 3), dilation=(1, 2), depthwise=True, produced=True))
        result.append(Case((1, 9, 9, 64), 64, (2, 3), dilation=(2, 1), depthwise=True, residual=True))
        result.append(Case((1, 8, 7, 8), 8, (3, 3), pad=(1, 1, 1, 1), depthwise=True, weight_zp=77,
                           shift=(20, 35)))
    if family in ("float", "all"):
        for c, oc, w in [(1, 1, 1), (3, 5, 7), (5, 4, 9), (16, 17, 8), (33, 40, 14)]:
            result.append(Case((1, 3, w, c), oc, real=True, residual=True))
        result.append(Case((3, 1, 1, 130), 37, real=True, clamp=True))
        for c, oc, s in [(3, 16, 2), (8, 20, 1), (16, 32, 1)]:
            result.append(Case((1, 9, 9, c), oc, (3, 3), (s, s), pad=(1, 1, 1, 1), real=True,
                               clamp=True))
        result.append(Case((1, 9, 13, 5), 10, (2, 3), dilation=(1, 3), pad=(1, 0, 3, 3), real=True))
        for c in (1, 5, 8, 16, 19, 24):
            result.append(Case((1, 7, 9, c), c, (3, 3), (1, 1), pad=(1, 1, 1, 1), depthwise=True,
                               real=True, uniform=c == 16))
        result.append(Case((1, 7, 9, 24), 24, (3, 3), (2, 2), pad=(1, 1, 1, 1), depthwise=True,
                           real=True, clamp=True))
    if family in ("elementwise", "all"):
        result += elementwise_cases.cases()
    if family in ("matmul", "all"):
        result += matmul_cases.cases()
    if family in ("joins", "all"):
        result += join_cases.cases()
    return result


@dataclasses.dataclass
class Step:
    """One convolution of a chain, which reads the result of an earlier one (`source`), and as
    residual that of another (`other`). Shapes follow from the first step's."""
    case: Case
    source: int = None
    other: int = None


def chains(family):
    """Convolutions that hand tensors to each other: padding becomes part of the producer's
    buffer, consumers with less of it read from the middle, and buffers overlap."""
    def case(channels, window=(1, 1), stride=(1, 1), pad=(0, 0, 0, 0), shape=None, **more):
        return Case(shape, channels, window, stride, pad=pad, **more)
    result = []
    if family in ("dot", "all"):
        result.append([Step(case(16, shape=(2, 9, 11, 8))),
                       Step(case(16, (3, 3), pad=(1, 1, 1, 1)), 0),
                       Step(case(16, (3, 3), pad=(1, 1, 1, 1), residual=True), 1, 0),
                       Step(case(5, (5, 5), (2, 2), (2, 2, 2, 2)), 1),
                       Step(case(8, (3, 3), (2, 2), (1, 1, 1, 1)), 2),
                       Step(case(40), 2)])
        result.append([Step(case(12, (3, 2), shape=(1, 7, 9, 3))),
                       Step(case(20, (3, 3), pad=(0, 2, 1, 1), residual=False), 0),
                       Step(case(20, residual=True), 1, 1),
                       Step(case(9, (2, 2), pad=(0, 1, 1, 0)), 2)])
    if family in ("depthwise", "all"):
        result.append([Step(case(24, shape=(1, 4, 20, 24))),
                       Step(case(24, (3, 3), pad=(1, 1, 1, 1), depthwise=True), 0),
                       Step(case(31), 0),
                       Step(case(24, residual=True), 1, 0),
                       Step(case(24, (3, 3), (2, 2), (0, 1, 0, 1), depthwise=True), 3)])
        for channels in (64, 20):
            steps = [Step(case(channels, (5, 4), shape=(1, 17, 8, 1)))]
            for _ in range(3):
                steps.append(Step(case(channels, (3, 3), pad=(1, 1, 1, 1), depthwise=True,
                                       clamp=True), len(steps) - 1))
                steps.append(Step(case(channels), len(steps) - 1))
            result.append(steps)
        result.append([Step(case(32, shape=(1, 12, 12, 8))),
                       Step(case(96), 0),
                       Step(case(96, (3, 3), (2, 2), (0, 1, 0, 1), depthwise=True), 1),
                       Step(case(16), 2),
                       Step(case(96), 3),
                       Step(case(96, (5, 5), pad=(2, 2, 2, 2), depthwise=True), 4),
                       Step(case(16, residual=True), 5, 3)])
    if family in ("float", "all"):
        result.append([Step(case(19, shape=(1, 6, 17, 5), real=True)),
                       Step(case(19, (3, 3), pad=(1, 1, 1, 1), depthwise=True, real=True), 0),
                       Step(case(19, residual=True, real=True), 1, 0),
                       Step(case(7, (3, 3), (1, 1), (2, 2, 2, 2), real=True), 2),
                       Step(case(19, (3, 3), pad=(1, 1, 1, 1), depthwise=True, real=True), 2)])
    return result


def hexadecimal(array):
    return '"0x' + np.ascontiguousarray(array).tobytes().hex().upper() + '"'


def tensor(shape, element):
    return "tensor<" + "x".join(map(str, shape)) + f"x{element}>"


ELEMENTS = {np.dtype("int8"): "i8", np.dtype("int32"): "i32", np.dtype("float32"): "f32"}


def constant(lines, name, array):
    array = np.asarray(array)
    kind = tensor(array.shape, ELEMENTS[array.dtype])
    value = hexadecimal(array) if array.size > 1 else repr(array.reshape(-1)[0].item())
    lines.append(f'  %{name} = "tosa.const"() {{values = dense<{value}> : {kind}}} : () -> {kind}')
    return f"%{name}", kind


def apply_scale(value, multiplier, shift, rounding):
    """TOSA 1.0, on exact integers."""
    value, multiplier = value.astype(object), multiplier.astype(object)
    result = np.empty(value.shape, dtype=object)
    for index in np.ndindex(value.shape):
        m, s = int(multiplier[index[-1] % len(multiplier)]), int(shift[index[-1] % len(shift)])
        v = int(value[index])
        nudge = 1 << (s - 1)
        if rounding == "DOUBLE_ROUND" and s > 31:
            nudge += (1 << 30) if v >= 0 else -(1 << 30)
        result[index] = (v * m + nudge) >> s
    return result.astype(np.int64)


def convolve(case, x, weights):
    """x and weights without zero points; int64 or float64."""
    top, bottom, left, right = case.pad
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    n, h, w, c = x.shape
    kh, kw = case.window
    oh = (h - (kh - 1) * case.dilation[0] - 1) // case.stride[0] + 1
    ow = (w - (kw - 1) * case.dilation[1] - 1) // case.stride[1] + 1
    result = np.zeros((n, oh, ow, case.channels), dtype=x.dtype)
    for ky in range(kh):
        for kx in range(kw):
            part = x[:, ky * case.dilation[0]:, kx * case.dilation[1]:, :]
            part = part[:, :(oh - 1) * case.stride[0] + 1:case.stride[0],
                        :(ow - 1) * case.stride[1] + 1:case.stride[1], :]
            if case.depthwise:
                result += part * weights[ky, kx, :, 0]
            else:
                result += part @ weights[:, ky, kx, :].T
    return result


class Program:
    """The text of a module, its inputs and the outputs that are expected."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.lines, self.arguments, self.results = [], [], []
        self.inputs, self.expected = [], []
        self.count = 0

    def add_input(self, array):
        name = f"%in{len(self.inputs)}"
        kind = tensor(array.shape, ELEMENTS[array.dtype])
        self.arguments.append(f"{name}: {kind}")
        self.inputs.append(array)
        return name, kind

    def add_chain(self, steps):
        used = {step.source for step in steps} | {step.other for step in steps}
        made = []
        for index, step in enumerate(steps):
            source = None if step.source is None else made[step.source]
            case = step.case if source is None else dataclasses.replace(
                step.case, shape=source[2].shape)
            other = None if step.other is None else made[step.other]
            made.append(self.add(case, source, other, keep=index not in used))

    def add(self, case, source=None, other=None, keep=True):
        """`source` and `other`: name, type, values and zero point of earlier results."""
        p = f"c{self.count}_"
        self.count += 1
        integers = self.rng.integers
        wshape = ((*case.window, case.shape[3], 1) if case.depthwise
                  else (case.channels, *case.window, case.shape[3]))
        if case.real:
            x = self.rng.standard_normal(case.shape).astype(np.float32)
            weights = self.rng.standard_normal(wshape).astype(np.float32)
            bias = self.rng.standard_normal(case.channels).astype(np.float32)
            zp, low = np.zeros(1, np.float32), 0
            acc = "f32"
        else:
            x = integers(-128, 128, case.shape).astype(np.int8)
            x.reshape(-1)[:4] = [-128, 127, -128, 127][:x.size]
            weights = integers(-128 if case.full_range else -case.largest, case.largest + 1,
                               wshape).astype(np.int8)
            if case.extreme:
                x[x != 127] = -128
                weights = np.where(weights > 0, case.largest, weights.min()).astype(np.int8)
            bias = integers(-30000, 30000, case.channels).astype(np.int32)
            zp, low = np.array([integers(-128, 128)], np.int8), case.weight_zp
            acc = "i32"
        if case.uniform:
            weights = weights[:, :, :1] + 0 * weights
        if source:
            name, kind, x, zp = source
        else:
            name, kind = self.add_input(x)
        if case.produced:
            twice = np.maximum(x.astype(np.int64), -100).astype(x.dtype)
            self.lines.append(f"  %{p}x = tosa.clamp {name} {{min_val = -100 : i8, "
                              f"max_val = 127 : i8}} : ({kind}) -> {kind}")
            name, x = f"%{p}x", twice
        w_name, w_kind = constant(self.lines, p + "w", weights)
        b_name, b_kind = constant(self.lines, p + "b", bias)
        z_name, z_kind = constant(self.lines, p + "z", zp)
        v_name, _ = constant(self.lines, p + "v", np.array([low], zp.dtype))
        wide = np.float64 if case.real else np.int64
        total = convolve(case, x.astype(wide) - zp.astype(wide), weights.astype(wide) - low)
        total = total + bias.astype(wide)
        shape = total.shape
        op = "depthwise_conv2d" if case.depthwise else "conv2d"
        out = tensor(shape, acc)
        numbers = ", ".join
        self.lines.append(
            f"  %{p}c = tosa.{op} {name}, {w_name}, {b_name}, {z_name}, {v_name} {{acc_type = {acc}, "
            f"pad = array<i64: {numbers(map(str, case.pad))}>, "
            f"stride = array<i64: {numbers(map(str, case.stride))}>, "
            f"dilation = array<i64: {numbers(map(str, case.dilation))}>}} : "
            f"({kind}, {w_kind}, {b_kind}, {z_kind}, {z_kind}) -> {out}")
        finish = self.finish_float if case.real else self.finish_integer
        result = finish(case, p, total, out, other)
        if keep:
            self.results.append(result[:2])
            self.expected.append(result[2])
        return result

    def finish_float(self, case, p, total, kind, other):
        value = f"%{p}c"
        if case.residual:
            if other:
                name, _, other, _ = other
            else:
                other = self.rng.standard_normal(total.shape).astype(np.float32)
                name, _ = self.add_input(other)
            self.lines.append(f"  %{p}a = tosa.add {value}, {name} : ({kind}, {kind}) -> {kind}")
            value, total = f"%{p}a", total + other
        if case.clamp:
            self.lines.append(f"  %{p}k = tosa.clamp {value} {{min_val = 0.0 : f32, "
                              f"max_val = 6.0 : f32}} : ({kind}) -> {kind}")
            value, total = f"%{p}k", np.clip(total, 0, 6)
        return value, kind, total.astype(np.float32), np.zeros(1, np.float32)

    def rescale(self, p, value, kind, out, multiplier, shift, zps, rounding):
        m, m_kind = constant(self.lines, p + "m", multiplier)
        s, s_kind = constant(self.lines, p + "s", shift)
        zi, zi_kind = constant(self.lines, p + "zi", zps[0])
        zo, zo_kind = constant(self.lines, p + "zo", zps[1])
        self.lines.append(
            f"  %{p}r = tosa.rescale {value}, {m}, {s}, {zi}, {zo} {{scale32 = true, "
            f"rounding_mode = {rounding}, per_channel = {'true' if len(multiplier) > 1 else 'false'}, "
            f"input_unsigned = false, output_unsigned = false}} : "
            f"({kind}, {m_kind}, {s_kind}, {zi_kind}, {zo_kind}) -> {out}")
        return f"%{p}r"

    def finish_integer(self, case, p, total, kind, other):
        integers = self.rng.integers
        channels = case.channels
        multiplier = integers(1 << 30, 1 << 31, channels, dtype=np.int64).astype(np.int32)
        shift = integers(case.shift[0], case.shift[1] + 1, channels).astype(np.int8)
        if case.shift[0] < 33:
            # The result of a small shift must fit in 32 bits.
            multiplier = (multiplier >> (38 - np.minimum(shift, 38))).astype(np.int32)
            shift.reshape(-1)[:1] = case.shift[0]
            multiplier.reshape(-1)[:1] = 12345 if case.shift[0] >= 32 else 3
        zo = integers(-20, 20)
        total = apply_scale(total, multiplier, shift, case.rounding)
        if case.residual:
            wide = self.rescale(p, f"%{p}c", kind, kind, multiplier, shift,
                                (np.zeros(1, np.int32), np.zeros(1, np.int32)), case.rounding)
            if other:
                name, o_kind, other, _ = other
            else:
                other = integers(-128, 128, total.shape).astype(np.int8)
                name, o_kind = self.add_input(other)
            m2, s2 = np.array([1 << 30], np.int32), np.array([30], np.int8)
            widened = self.rescale(p + "o", name, o_kind, kind, m2, s2,
                                   (np.array([3], np.int8), np.zeros(1, np.int32)), case.rounding)
            total = total + apply_scale(other.astype(np.int64) - 3, m2, s2, case.rounding)
            self.lines.append(f"  %{p}a = tosa.add {wide}, {widened} : ({kind}, {kind}) -> {kind}")
            m3, s3 = np.array([1500000000], np.int32), np.array([32], np.int8)
            out = kind.replace("xi32>", "xi8>")
            value = self.rescale(p + "f", f"%{p}a", kind, out, m3, s3,
                                 (np.zeros(1, np.int32), np.array([zo], np.int8)), case.rounding)
            total = apply_scale(total, m3, s3, case.rounding)
        else:
            out = kind.replace("xi32>", "xi8>")
            value = self.rescale(p, f"%{p}c", kind, out, multiplier, shift,
                                 (np.zeros(1, np.int32), np.array([zo], np.int8)), case.rounding)
        total = np.clip(total + zo, -128, 127)
        if case.clamp:
            self.lines.append(f"  %{p}k = tosa.clamp {value} {{min_val = {zo} : i8, "
                              f"max_val = 90 : i8}} : ({out}) -> {out}")
            value, total = f"%{p}k", np.clip(total, zo, 90)
        return value, out, total.astype(np.int8), np.array([zo], np.int8)

    def text(self):
        names = ", ".join(name for name, _ in self.results)
        kinds = ", ".join(kind for _, kind in self.results)
        return "\n".join([f"func.func @main({', '.join(self.arguments)}) -> ({kinds}) {{",
                          *self.lines, f"  return {names} : {kinds}", "}", ""])


def run(command, **options):
    done = subprocess.run(command, capture_output=True, check=False, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nfailed with {done.returncode}\n"
                 f"{done.stderr.decode(errors='replace')[-3000:]}")
    return done.stdout


def build(program, args):
    """An executable of `program`; returns its path and the text in the LLVM dialect."""
    os.makedirs(args.work, exist_ok=True)
    source = os.path.join(args.work, "program.mlir")
    with open(source, "w", encoding="ascii") as file:
        file.write(program.text())
    options = f"name=program target={args.target} cpu={args.cpu} part-work={args.part_work}"
    if args.tiles:
        levels = [level for level, _ in args.levels]
        options += " tiles=" + odd_tiles(
            [case for case in program.cases if isinstance(case, Case)], levels, program.rng)
    pipeline = f"builtin.module(kvant-codegen{{{options}}})"
    lowered = os.path.join(args.work, "lowered.mlir")
    run(["quant-opt", source, f"--pass-pipeline={pipeline}", "-o", lowered])
    with open(lowered, encoding="ascii") as file:
        text = file.read()
    arena = int(re.search(r"kvant\.arena_bytes = (\d+)", text).group(1))
    run(["mlir-translate", "--mlir-to-llvmir", lowered, "-o", lowered + ".ll"])
    triple = "x86_64-linux-gnu" if args.target == "host" else args.target
    run(["llc", "-O3", "-filetype=obj", "-relocation-model=pic", lowered + ".ll", "-o",
         lowered + ".o"])
    listing = run(["llvm-objdump", "-d", "--no-show-raw-insn", lowered + ".o"]).decode()
    sizes = lambda arrays: "{" + ", ".join(str(a.nbytes) for a in arrays) + "}"
    for name, cpu in args.levels:
        with open(os.path.join(args.work, "sizes.h"), "w", encoding="ascii") as file:
            file.write(f"#define RUN program_run\n#define NUM_INPUTS {len(program.inputs)}\n"
                       f"#define NUM_OUTPUTS {len(program.expected)}\n"
                       f"#define INPUT_SIZES {sizes(program.inputs)}\n"
                       f"#define OUTPUT_SIZES {sizes(program.expected)}\n"
                       f"#define ARENA {arena}\n#define CPU {cpu}\n#define THREADS {args.threads}\n")
        run(["clang", f"--target={triple}", "-O1", "-ffreestanding", "-nostdlib", "-static",
             "-fuse-ld=lld", "-fno-stack-protector", "-I", args.work,
             os.path.join(os.path.dirname(__file__), "run_program.c"), lowered + ".o", "-o",
             os.path.join(args.work, name)])
    return listing


def compare(program, output, label):
    bad, offset = 0, 0
    for index, expected in enumerate(program.expected):
        actual = np.frombuffer(output, expected.dtype, expected.size, offset)
        offset += expected.nbytes
        actual = actual.reshape(expected.shape)
        if expected.dtype == np.float32:
            wrong = np.abs(actual - expected) > 1e-5 * max(1, np.abs(expected).max())
        else:
            wrong = actual != expected
        if wrong.any():
            print(f"{label}: case {index}: {wrong.sum()} of {wrong.size} elements differ: "
                  f"{(program.cases + ['chained'] * (index + 1))[index]}")
        bad += int(wrong.sum())
    return bad


def check_instructions(listing, levels):
    """Which of the dot instructions each level uses."""
    used = {}
    for name, _ in levels:
        symbol = re.sub("[^a-z0-9]", "_", name)
        body = "".join(re.findall(rf"<main_{symbol}(?:_task\d+)?>:\n(.*?)(?:\n\n|\Z)", listing, re.S))
        used[name] = sorted({word for word in ("sdot", "smmla", "udot", "usdot", "vpdpbusd",
                                               "vpmaddwd", "sadalp")
                             if re.search(rf"\b{word}\b", body)})
    return used


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", default="all", choices=("dot", "depthwise", "float", "elementwise", "matmul",
                                                          "joins", "all"))
    parser.add_argument("--target", default="host")
    parser.add_argument("--cpu", default="native")
    parser.add_argument("--work", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="run one case of the family")
    parser.add_argument("--tiles", action="store_true", help="with odd register tiles")
    parser.add_argument("--emulator", help="path of qemu-aarch64")
    parser.add_argument("--part-work", type=int, default=12000,
                        help="what makes a part of a layer: small values divide small layers")
    parser.add_argument("--threads", type=int, default=0,
                        help="io.threads; the parts of a layer then run from the last to the first")
    parser.add_argument("--levels", default="avx512vnni", help="levels to run, by comma")
    args = parser.parse_args()
    bits = {"v8.0": 0, "dotprod": 1, "i8mm": 3, "avx2": 1, "avx512vnni": 7}
    machines = {"v8.0": "cortex-a53", "dotprod": "neoverse-n1",
                "i8mm": "max,sve=off,sme=off,pauth=off"}
    args.levels = [(level, bits[level]) for level in args.levels.split(",")]
    program = Program(args.seed)
    program.cases = cases(args.family)
    if args.only is not None:
        program.cases = [program.cases[args.only]]
    for case in program.cases:
        if isinstance(case, Case):
            program.add(case)
        elif isinstance(case, join_cases.Joins):
            join_cases.add_case(program, case, sys.modules[__name__])
        else:
            sys.modules[type(case).__module__].add_case(program, case, constant, apply_scale)
    if args.only is None:
        for steps in chains(args.family):
            program.add_chain(steps)
    listing = build(program, args)
    if args.threads:
        print(f"{len(re.findall(r'_task[0-9]+>:', listing))} layers in parts")
    for name, words in check_instructions(listing, args.levels).items():
        print(f"{name}: uses {' '.join(words)}")
    data = b"".join(np.ascontiguousarray(a).tobytes() for a in program.inputs)
    bad = 0
    for name, _ in args.levels:
        command = [os.path.join(args.work, name)]
        if args.emulator:
            command = [args.emulator, "-cpu", machines[name], *command]
        output = run(command, input=data)
        wrong = compare(program, output, name)
        total = sum(a.size for a in program.expected)
        print(f"{name}: {len(program.cases)} cases, {wrong} of {total} elements differ")
        bad += wrong
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
