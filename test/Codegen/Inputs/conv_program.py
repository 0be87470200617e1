# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A TOSA program of many convolutions, and what it should compute by 64-bit arithmetic."""

import dataclasses

import numpy as np


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
