# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Register tiles that no cost function would choose, as the option of kvant-form-kernels."""

# Rows that fit in the registers of every level, by vectors.
ROWS = {1: 4, 2: 2, 3: 1}
LANES = {"v8.0": 4, "dotprod": 4, "i8mm": 4, "avx2": 8, "avxvnni": 8, "avx512vnni": 16}


def shape_of(case):
    """The case as in a key of the option."""
    top, bottom, left, right = case.pad
    size = [(extent + before + after - (window - 1) * dilation - 1) // stride + 1
            for extent, before, after, window, dilation, stride
            in zip(case.shape[1:3], (top, left), (bottom, right), case.window, case.dilation,
                   case.stride)]
    pair = lambda letter, values: letter + "x".join(map(str, values))
    return "/".join(["float32" if case.real else "int8",
                     f"{case.shape[0]}x{size[0]}x{size[1]}x{case.channels}", f"in{case.shape[3]}",
                     pair("k", case.window), pair("s", case.stride), pair("d", case.dilation)])


def odd_tiles(cases, levels, rng):
    """One tile for each shape and level; that of the last level is the widest."""
    tiles = {}
    for case in cases:
        if case.depthwise:
            continue
        vectors = -(-case.channels // max(LANES[level] for level in levels))
        vectors = int(rng.integers(1, min(vectors, max(ROWS)) + 1))
        for level in reversed(levels):
            rows = int(rng.integers(1, ROWS[vectors] + 1))
            tiles.setdefault(f"{level}/{shape_of(case)}", f"{rows}x{vectors}")
            vectors = int(rng.integers(1, vectors + 1))
    return ",".join(f"{key}:{tile}" for key, tile in tiles.items())
