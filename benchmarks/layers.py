# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models of a single layer, int8 or float, for each type of layer in layers.json.

usage: python layers.py FOLDER [--float]

writes FOLDER/<name>.tflite. Weights are random; see random_models.py.
"""

import argparse
import json
import sys
from pathlib import Path

from random_models import Network

LAYERS = json.loads((Path(__file__).resolve().parent / "layers.json").read_text())


def file_stem(layer, quantized=True):
    words = "".join(c if c.isalnum() else " " for c in layer["name"]).split()
    return "_".join(["layer", *words, *([] if quantized else ["float"])])


def build(layer, quantized=True):
    """The bytes of a .tflite file."""
    net = Network(tuple(layer["input"]), quantized)
    op = layer["op"]
    if op == "conv":
        net.conv(layer["channels"], layer["kernel"], layer["stride"])
    elif op == "depthwise":
        net.depthwise(layer["kernel"], layer["stride"])
    elif op == "fully_connected":
        net.fully_connected(layer["channels"])
    elif op == "matmul":
        net.matmul(net.x, net.input("right", tuple(layer["right"])))
    elif op == "add":
        net.add(net.x, net.input("right", tuple(layer["input"])), projected=True)
    elif op == "softmax":
        net.softmax()
    elif op in ("average_pool", "max_pool"):
        kind = "AVERAGE_POOL_2D" if op == "average_pool" else "MAX_POOL_2D"
        net.pool(kind, layer["kernel"], layer["stride"], "VALID")
    else:
        raise ValueError(f"layers.json: no operation {op}")
    return net.finish()


def write(layer, folder, quantized=True):
    path = folder / f"{file_stem(layer, quantized)}.tflite"
    path.write_bytes(build(layer, quantized))
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--float", action="store_true", help="float instead of int8")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for layer in LAYERS:
        print(write(layer, args.folder, quantized=not args.float))


if __name__ == "__main__":
    sys.exit(main())
