# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs that join, divide, reshape and return tensors between kernels, for kernel_sweep.py.

A program is a list of steps (operation, name, operands, options); "keep" makes results. Whether a
joined tensor is copied or its parts are computed in place is up to the compiler: the values are
the same.
"""

import dataclasses

import numpy as np

from conv_cases import Case
from conv_program import ELEMENTS, tensor


@dataclasses.dataclass
class Joins:
    steps: list
    real: bool = False


def conv(name, source, channels, window=(1, 1), **more):
    """Padded to the size of its input where the stride is 1."""
    pad = more.pop("pad", None)
    if pad is None:
        pad = ((window[0] - 1) // 2, window[0] // 2, (window[1] - 1) // 2, window[1] // 2)
    return ("conv", name, source, dict(channels=channels, window=window, pad=pad, **more))


def depthwise(name, source, channels, window=(3, 3), **more):
    return conv(name, source, channels, window, depthwise=True, **more)


def inception(shape, widths, real=False):
    """Branches of all kinds that are joined; a part and the whole are read again."""
    a, b, c, d = widths
    return Joins([("input", "x", shape),
                  conv("a", "x", a), conv("b0", "x", b), conv("b", "b0", b, (3, 3)),
                  conv("c0", "x", c), depthwise("c", "c0", c), ("pool", "d0", "x", 3),
                  conv("d", "d0", d), ("concat", "y", "abcd", 3),
                  conv("z", "y", 24), conv("v", "b", 8, (3, 3)), ("pool", "q", "y", 3),
                  depthwise("w", "y", a + b + c + d), ("keep", "z"), ("keep", "v"), ("keep", "q"),
                  ("keep", "w")], real)


def divided(shape, part, window, real=False, **more):
    """Halves of channels are read by windows, and joined with what is computed from them."""
    h, w, c = shape[1:]
    def half(name, at):
        return ("slice", name, "y", (0, 0, 0, at), (shape[0], h, w, part))
    return Joins([("input", "x", shape), conv("y", "x", c), half("l", 0), half("r", c - part),
                  conv("p", "r", part, window, **more),
                  depthwise("q", "l", part), conv("s", "q", part, residual="l"),
                  ("concat", "t", "lps" if not more.get("stride") else "ls", 3),
                  conv("z", "t", 9), ("keep", "z")]
                 + ([("keep", "p")] if more.get("stride") else []), real)


def cases():
    result = [inception((1, 9, 11, 16), (16, 24, 8, 16)), inception((2, 7, 5, 8), (5, 12, 9, 3)),
              inception((1, 8, 20, 32), (64, 32, 64, 96)), inception((1, 6, 7, 5), (7, 8, 6, 19), True)]
    for shape, part in [((1, 8, 11, 32), 16), ((2, 7, 9, 24), 8), ((1, 9, 9, 128), 64),
                        ((1, 6, 10, 12), 6), ((1, 7, 8, 7), 3), ((1, 5, 6, 96), 48), ((1, 9, 7, 80), 20)]:
        result += [divided(shape, part, (1, 1)), divided(shape, part, (3, 3)),
                   divided(shape, part, (2, 3)), divided(shape, part, (3, 3), stride=(2, 2)),
                   divided(shape, part, (3, 3), pad=(2, 2, 2, 2), dilation=(2, 2))]
    result += [divided((1, 7, 9, 20), 10, (3, 3), True), divided((1, 6, 9, 10), 5, (2, 1), True)]
    # A window of weights with a zero point, and one that leaves few products for 16 bits.
    result += [divided((1, 7, 9, 32), 16, (3, 3), weight_zp=7),
               divided((1, 7, 9, 48), 24, (3, 3), largest=63),
               divided((1, 7, 9, 64), 32, (3, 3), full_range=True)]
    # The result itself is joined; its parts are read too, by kernels that read whole groups.
    for channels in (5, 16):
        result.append(Joins([("input", "x", (1, 5, 7, 8)), conv("a", "x", channels),
                             conv("b", "a", channels, (3, 3)), conv("c", "b", 6),
                             ("concat", "y", "abc", 3), ("keep", "y")]))
    # Joined and divided in the other dimensions.
    for axis in (0, 1, 2):
        size = [2, 6, 10, 12]
        size[axis] //= 2
        at = [0, 0, 0, 0]
        at[axis] = size[axis]
        result.append(Joins([("input", "x", (2, 6, 10, 12)), conv("y", "x", 12),
                             ("slice", "a", "y", (0, 0, 0, 0), size), ("slice", "b", "y", at, size),
                             conv("c", "a", 12, (3, 3)), depthwise("d", "b", 12),
                             ("concat", "e", "cdb", axis), conv("z", "e", 16, (3, 3)),
                             conv("f", "e", 20), ("keep", "z"), ("keep", "f")]))
    # A block in the middle of all dimensions.
    result.append(Joins([("input", "x", (3, 8, 9, 40)), conv("y", "x", 40),
                         ("slice", "a", "y", (1, 2, 3, 8), (2, 5, 4, 24)), conv("b", "a", 16, (3, 3)),
                         depthwise("c", "a", 24, (5, 3)), ("rescale", "d", "a"),
                         ("keep", "b"), ("keep", "c"), ("keep", "d")]))
    # Parts with a scale of their own, of one reader and of several, from slices and into them.
    for channels in (3, 16, 40, 130):
        result.append(Joins([("input", "x", (1, 4, 5, 8)), conv("a", "x", channels),
                             ("rescale", "b", "a"), ("slice", "c", "b", (0, 1, 0, 1),
                                                     (1, 3, 5, channels - 1)),
                             ("rescale", "d", "c"), ("slice", "e", "a", (0, 0, 0, 0),
                                                     (1, 3, 5, channels)),
                             ("concat", "f", "dec", 3), ("rescale", "g", "f"), conv("h", "f", 8),
                             ("keep", "g"), ("keep", "h")]))
    # Joined with an argument and with itself.
    result.append(Joins([("input", "x", (1, 5, 6, 16)), conv("a", "x", 16),
                         ("concat", "b", "xaa", 3), conv("c", "b", 8, (3, 3)), ("keep", "c")]))
    # Each layer reads all before it.
    dense = [("input", "x", (1, 6, 9, 4)), conv("y0", "x", 8)]
    for index in range(3):
        dense += [conv(f"a{index}", f"y{index}", 16), conv(f"b{index}", f"a{index}", 12, (3, 3)),
                  ("concat", f"y{index + 1}", [f"y{index}", f"b{index}"], 3)]
    result.append(Joins([*dense, conv("z", "y3", 8), depthwise("w", "y2", 32), ("keep", "z"),
                         ("keep", "w")]))
    # Half of a tensor replaced by what is computed from it, twice, with channels in turns.
    shuffled = [("input", "x", (1, 6, 8, 8)), conv("y0", "x", 24)]
    for index in range(2):
        y = f"y{index}"
        shuffled += [("slice", f"l{index}", y, (0, 0, 0, 0), (1, 6, 8, 12)),
                     ("slice", f"r{index}", y, (0, 0, 0, 12), (1, 6, 8, 12)),
                     conv(f"a{index}", f"r{index}", 12), depthwise(f"b{index}", f"a{index}", 12),
                     conv(f"c{index}", f"b{index}", 12),
                     ("concat", f"d{index}", [f"l{index}", f"c{index}"], 3),
                     ("shuffle", f"y{index + 1}", f"d{index}", 2)]
    result.append(Joins([*shuffled, ("keep", "y2")]))
    # Reshaped, then joined or returned.
    result.append(Joins([("input", "x", (1, 6, 4, 8)), conv("a", "x", 6), conv("b", "x", 12),
                         ("reshape", "c", "a", (1, 48, 3)), ("reshape", "d", "b", (1, 96, 3)),
                         ("concat", "e", "cd", 1), ("reshape", "f", "e", (1, 1, 12, 36)),
                         conv("g", "f", 7), conv("h", "a", 20), ("reshape", "i", "h", (24, 20)),
                         ("keep", "e"), ("keep", "g"), ("keep", "i")]))
    # A pool that pads what is joined; two pads of one tensor.
    result.append(Joins([("input", "x", (1, 7, 7, 8)), conv("a", "x", 16), conv("b", "x", 8),
                         ("concat", "c", "ab", 3), ("pool", "d", "c", 3), ("pool", "e", "c", 5),
                         conv("f", "c", 8, (3, 3)), ("keep", "d"), ("keep", "e"), ("keep", "f")]))
    return result


class Builder:
    """Writes the steps of a case into a program; values are (name, type, array, zero point)."""

    def __init__(self, program, case, apply_scale):
        self.program, self.case, self.apply_scale = program, case, apply_scale
        self.values = {}

    def emit(self, text):
        """`text` computes a value; returns its name."""
        name = f"%j{self.program.count}"
        self.program.count += 1
        self.program.lines.append(f"  {name} = {text}")
        return name

    def shape(self, sizes):
        values = ", ".join(map(str, sizes))
        return self.emit(f"tosa.const_shape {{values = dense<[{values}]> : tensor<{len(sizes)}xindex>"
                         f"}} : () -> !tosa.shape<{len(sizes)}>"), f"!tosa.shape<{len(sizes)}>"

    def kind(self, array):
        return tensor(array.shape, ELEMENTS[array.dtype])

    def moved(self, array, operation, like):
        kind = self.kind(array)
        return self.emit(f"{operation} -> {kind}"), kind, np.ascontiguousarray(array), like[3]

    def input(self, shape):
        rng = self.program.rng
        array = (rng.standard_normal(shape).astype(np.float32) if self.case.real
                 else rng.integers(-128, 128, shape).astype(np.int8))
        zero = np.zeros(1, np.float32) if self.case.real else np.array([5], np.int8)
        return *self.program.add_input(array), array, zero

    def conv(self, source, options):
        other = options.get("residual")
        # TOSA wants strides that divide without a rest.
        pad = list(options["pad"])
        for axis, stride in enumerate(options.get("stride", (1, 1))):
            size = source[2].shape[1 + axis] + pad[2 * axis] + pad[2 * axis + 1]
            pad[2 * axis + 1] -= (size - options["window"][axis]) % stride
        options = dict(options, pad=tuple(pad))
        case = Case(source[2].shape, **dict(options, residual=bool(other),
                                                       real=self.case.real))
        return self.program.add(case, source, self.values[other] if other else None, keep=False)

    def slice(self, source, start, size):
        name, kind, array, _ = source
        places = tuple(slice(a, a + n) for a, n in zip(start, size))
        (a, a_kind), (n, n_kind) = self.shape(start), self.shape(size)
        return self.moved(array[places], f"tosa.slice {name}, {a}, {n} : ({kind}, {a_kind}, {n_kind})",
                          source)

    def concat(self, sources, axis):
        names, kinds = (", ".join(source[i] for source in sources) for i in (0, 1))
        return self.moved(np.concatenate([source[2] for source in sources], axis),
                          f"tosa.concat {names} {{axis = {axis} : i32}} : ({kinds})", sources[0])

    def reshape(self, source, shape):
        to, to_kind = self.shape(shape)
        return self.moved(source[2].reshape(shape),
                          f"tosa.reshape {source[0]}, {to} : ({source[1]}, {to_kind})", source)

    def shuffle(self, source, groups):
        *outer, channels = source[2].shape
        parts = self.reshape(source, (*outer, groups, channels // groups))
        order = [*range(len(outer)), len(outer) + 1, len(outer)]
        turned = self.moved(parts[2].transpose(order), f"tosa.transpose {parts[0]} {{perms = "
                            f"array<i32: {', '.join(map(str, order))}>}} : ({parts[1]})", source)
        return self.reshape(turned, (*outer, channels))

    def pool(self, source, size):
        array, side = source[2], size // 2
        least = -np.inf if self.case.real else -128
        padded = np.pad(array, ((0, 0), (side, side), (side, side), (0, 0)), constant_values=least)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), (1, 2))
        return self.moved(windows.max((-2, -1)).astype(array.dtype),
                          f"tosa.max_pool2d {source[0]} {{kernel = array<i64: {size}, {size}>, pad = "
                          f"array<i64: {side}, {side}, {side}, {side}>, stride = array<i64: 1, 1>}} : "
                          f"({source[1]})", source)

    def rescale(self, source):
        name, kind, array, zp = source
        multiplier, shift = np.array([1500000000], np.int32), np.array([31], np.int8)
        zo = np.array([-3], np.int8)
        p = f"j{self.program.count}"
        self.program.count += 1
        value = self.program.rescale(p, name, kind, kind, multiplier, shift, (zp, zo),
                                     "DOUBLE_ROUND")
        total = self.apply_scale(array.astype(np.int64) - int(zp[0]), multiplier, shift,
                                       "DOUBLE_ROUND")
        return value, kind, np.clip(total + int(zo[0]), -128, 127).astype(np.int8), zo

    def add(self):
        for operation, name, *operands in self.case.steps:
            if operation == "keep":
                value = self.values[name]
                self.program.results.append(value[:2])
                self.program.expected.append(value[2])
                continue
            if operation == "concat":
                operands[0] = [self.values[source] for source in operands[0]]
            elif operation != "input":
                operands[0] = self.values[operands[0]]
            self.values[name] = getattr(self, operation)(*operands)


def add_case(program, case, _constant, apply_scale):
    Builder(program, case, apply_scale).add()
