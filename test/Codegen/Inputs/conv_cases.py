# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions of many shapes, as cases of kernel_sweep.py."""

import dataclasses


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
    if family == "dot":
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
        # Few channels: what lines have left behind their last group shares groups.
        for s in (1, 2, 4):
            for w, oc in ((61, 8), (53, 16), (33, 37)):
                result.append(Case((1, 9, w, 3), oc, (3, 3), (s, s), pad=(1, 1, 1, 1),
                                   residual=s == 1))
        result.append(Case((2, 6, 19, 3), 12, (3, 3), weight_zp=9, produced=True))
        result.append(Case((1, 12, 34, 3), 40, (7, 7), (2, 2), pad=(3, 2, 3, 2), full_range=True))
        result.append(Case((1, 6, 18, 3), 6, (4, 2), (1, 2), weight_zp=-3))
        result.append(Case((1, 7, 11, 2), 8, (3, 3), (2, 2), pad=(1, 1, 1, 1), clamp=True))
        result.append(Case((2, 7, 38, 2), 20, (5, 3), weight_zp=4, produced=True))
        result.append(Case((1, 9, 22, 1), 8, (5, 5), (1, 3), pad=(2, 2, 2, 2)))
        result.append(Case((1, 9, 12, 1), 7, (6, 1), weight_zp=2))
        result.append(Case((1, 8, 9, 2), 33, (2, 1), (3, 2)))
        # Taps whose channels come in several chunks.
        result.append(Case((1, 7, 11, 32), 24, (3, 3), pad=(1, 1, 1, 1), residual=True))
        # Lines too short to fill a tile, which takes several.
        for h, w, c, oc, s in [(8, 8, 32, 24, 1), (6, 4, 16, 33, 1), (12, 3, 32, 8, 1), (8, 7, 48, 20, 1),
                               (16, 16, 16, 12, 2), (9, 5, 24, 10, 2), (8, 5, 3, 16, 1)]:
            result.append(Case((2, h, w, c), oc, (3, 3), (s, s), pad=(1, 1, 1, 1) if s == 1 else
                               (0, 1, 0, 1) if h % 2 == 0 else (0, 0, 0, 0), residual=True))
        result.append(Case((1, 8, 8, 32), 24, (3, 3), pad=(1, 1, 1, 1), weight_zp=5, produced=True))
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
    if family == "depthwise":
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
    if family == "float":
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
    if family == "dot":
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
    if family == "depthwise":
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
    if family == "float":
        result.append([Step(case(19, shape=(1, 6, 17, 5), real=True)),
                       Step(case(19, (3, 3), pad=(1, 1, 1, 1), depthwise=True, real=True), 0),
                       Step(case(19, residual=True, real=True), 1, 0),
                       Step(case(7, (3, 3), (1, 1), (2, 2, 2, 2), real=True), 2),
                       Step(case(19, (3, 3), pad=(1, 1, 1, 1), depthwise=True, real=True), 2)])
    return result
