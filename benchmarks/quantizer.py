# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The int8 file that LiteRT Quantizer (ai-edge-quantizer) makes of a float model.

It is what LiteRT runs where we quantize the float model ourselves, with the same calibration
samples, 8-bit weights per channel and 8-bit activations on both sides.
"""

import contextlib
import io
import logging

import numpy as np

import tflite_file

SAMPLES = 32


def read_pictures(folder, size):
    """The first pictures of a folder as uint8, [N, size, size, 3]."""
    from PIL import Image
    files = sorted(folder.glob("*.jpg"))[:SAMPLES]
    pictures = [Image.open(f).convert("RGB").resize((size, size), Image.BILINEAR) for f in files]
    return np.stack([np.asarray(p) for p in pictures])


def write_calibration(folder, size, name, path):
    """Pictures as the float model `name`'d input wants them: between -1 and 1."""
    if not path.exists():
        pixels = read_pictures(folder, size).astype(np.float32)
        np.savez(path, **{name: pixels / np.float32(127.5) - 1})
    return path


def quantize(model, calibration, path):
    """Writes the quantized file once. None without the package."""
    if path.exists():
        return path
    try:
        from ai_edge_quantizer import quantizer, recipe
    except ImportError:
        return None
    logging.getLogger().setLevel(logging.ERROR)
    arrays = np.load(calibration)
    count = len(arrays[arrays.files[0]])
    samples = [{k: arrays[k][i:i + 1] for k in arrays.files} for i in range(count)]
    content = tflite_file.as_quantizer_wants(model, "main")
    maker = quantizer.Quantizer(content, recipe.static_wi8_ai8())
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        statistics = maker.calibrate({"main": samples}, num_threads=1)
        maker.quantize(statistics).export_model(str(path))
    return path
