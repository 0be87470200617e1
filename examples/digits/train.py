# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains the digits model and writes digits.tflite, calibration.npz and test.npz.

usage: python train.py [FOLDER]      (needs scikit-learn for its handwritten digits)

The results are committed, so running this is only needed to change the model. The network,
all in float: conv 3x3 (16) - relu - max pool - depthwise 3x3 - relu - conv 1x1 (32) - relu -
max pool - fully connected (10) - softmax. Everything is plain numpy with a fixed seed.
"""

import pathlib
import sys

import numpy as np
from sklearn.datasets import load_digits

from tflite_writer import Writer

TEST_SAMPLES = 500
CALIBRATION_SAMPLES = 100


def patches(x):
    """[N, H, W, C] -> [N, H, W, 9, C]: the 3x3 surroundings of each pixel, zero outside."""
    n, h, w, c = x.shape
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    views = [padded[:, i : i + h, j : j + w] for i in range(3) for j in range(3)]
    return np.stack(views, axis=3)


def scatter(grad):
    """The transpose of `patches`."""
    n, h, w, _, c = grad.shape
    padded = np.zeros((n, h + 2, w + 2, c))
    for k in range(9):
        i, j = divmod(k, 3)
        padded[:, i : i + h, j : j + w] += grad[:, :, :, k]
    return padded[:, 1:-1, 1:-1]


def max_pool(x):
    n, h, w, c = x.shape
    blocks = x.reshape(n, h // 2, 2, w // 2, 2, c).transpose(0, 1, 3, 5, 2, 4)
    blocks = blocks.reshape(n, h // 2, w // 2, c, 4)
    return blocks.max(-1), blocks.argmax(-1)


def max_pool_grad(grad, where):
    n, h, w, c = grad.shape
    blocks = grad[..., None] * (where[..., None] == np.arange(4))
    blocks = blocks.reshape(n, h, w, c, 2, 2).transpose(0, 1, 4, 2, 5, 3)
    return blocks.reshape(n, 2 * h, 2 * w, c)


def initial_parameters(rng):
    def normal(*shape, fan_in):
        return rng.normal(0, np.sqrt(2 / fan_in), shape)

    return {
        "conv_w": normal(9, 1, 16, fan_in=9), "conv_b": np.zeros(16),
        "dw_w": normal(9, 16, fan_in=9), "dw_b": np.zeros(16),
        "pw_w": normal(16, 32, fan_in=16), "pw_b": np.zeros(32),
        "fc_w": normal(128, 10, fan_in=128), "fc_b": np.zeros(10),
    }


def forward(p, x):
    t = {"x": patches(x)}
    t["conv"] = np.maximum(np.einsum("nhwkc,kco->nhwo", t["x"], p["conv_w"], optimize=True)
                           + p["conv_b"], 0)
    pooled, t["pool1"] = max_pool(t["conv"])
    t["dw_in"] = patches(pooled)
    t["dw"] = np.maximum(np.einsum("nhwkc,kc->nhwc", t["dw_in"], p["dw_w"]) + p["dw_b"], 0)
    t["pw"] = np.maximum(t["dw"] @ p["pw_w"] + p["pw_b"], 0)
    pooled, t["pool2"] = max_pool(t["pw"])
    t["flat"] = pooled.reshape(len(x), -1)
    logits = t["flat"] @ p["fc_w"] + p["fc_b"]
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True), t


def backward(p, t, grad):
    """Gradients of the parameters from the gradient of the logits."""
    g = {"fc_w": t["flat"].T @ grad, "fc_b": grad.sum(0)}
    n = len(grad)
    d = (grad @ p["fc_w"].T).reshape(n, 2, 2, 32)
    d = max_pool_grad(d, t["pool2"]) * (t["pw"] > 0)
    g["pw_w"] = np.einsum("nhwc,nhwo->co", t["dw"], d, optimize=True)
    g["pw_b"] = d.sum((0, 1, 2))
    d = (d @ p["pw_w"].T) * (t["dw"] > 0)
    g["dw_w"] = np.einsum("nhwkc,nhwc->kc", t["dw_in"], d, optimize=True)
    g["dw_b"] = d.sum((0, 1, 2))
    d = scatter(d[:, :, :, None] * p["dw_w"])
    d = max_pool_grad(d, t["pool1"]) * (t["conv"] > 0)
    g["conv_w"] = np.einsum("nhwkc,nhwo->kco", t["x"], d, optimize=True)
    g["conv_b"] = d.sum((0, 1, 2))
    return g


def train(x, labels, rng, epochs=60, batch=32):
    p = initial_parameters(rng)
    m = {k: np.zeros_like(v) for k, v in p.items()}
    s = {k: np.zeros_like(v) for k, v in p.items()}
    step, steps = 0, epochs * (len(x) // batch)
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for i in range(0, len(x) - batch + 1, batch):
            pick = order[i : i + batch]
            scores, t = forward(p, x[pick])
            scores[np.arange(batch), labels[pick]] -= 1
            g = backward(p, t, scores / batch)
            step += 1
            rate = 3e-3 * 0.5 * (1 + np.cos(np.pi * step / steps))
            for k in p:  # Adam with decoupled weight decay
                m[k] = 0.9 * m[k] + 0.1 * g[k]
                s[k] = 0.999 * s[k] + 0.001 * g[k] ** 2
                update = (m[k] / (1 - 0.9**step)) / (np.sqrt(s[k] / (1 - 0.999**step)) + 1e-8)
                p[k] -= rate * (update + 1e-2 * p[k])
    return p


def write_model(p):
    p = {k: v.astype(np.float32) for k, v in p.items()}
    w = Writer()
    image = w.tensor("image", (1, 8, 8, 1))
    x = w.conv2d(image, w.constant("conv/weights", p["conv_w"].reshape(3, 3, 1, 16).transpose(3, 0, 1, 2)),
                 w.constant("conv/bias", p["conv_b"]), "conv", (1, 8, 8, 16))
    x = w.max_pool(x, "pool1", (1, 4, 4, 16))
    x = w.depthwise(x, w.constant("depthwise/weights", p["dw_w"].reshape(1, 3, 3, 16)),
                    w.constant("depthwise/bias", p["dw_b"]), "depthwise", (1, 4, 4, 16))
    x = w.conv2d(x, w.constant("pointwise/weights", p["pw_w"].T.reshape(32, 1, 1, 16)),
                 w.constant("pointwise/bias", p["pw_b"]), "pointwise", (1, 4, 4, 32))
    x = w.max_pool(x, "pool2", (1, 2, 2, 32))
    x = w.reshape(x, "flat", (1, 128))
    x = w.fully_connected(x, w.constant("dense/weights", p["fc_w"].T),
                          w.constant("dense/bias", p["fc_b"]), "dense", (1, 10))
    x = w.softmax(x, "scores", (1, 10))
    return w.finish([image], [x], "handwritten digits, 8x8")


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    rng = np.random.default_rng(7)
    digits = load_digits()
    order = rng.permutation(len(digits.target))
    images = (digits.images[order, :, :, None] / 16).astype(np.float32)
    labels = digits.target[order].astype(np.int32)
    cut = len(labels) - TEST_SAMPLES
    p = train(images[:cut].astype(np.float64), labels[:cut], rng)
    scores, _ = forward(p, images[cut:])
    print(f"held-back accuracy: {np.mean(scores.argmax(1) == labels[cut:]):.4f}")
    (folder / "digits.tflite").write_bytes(write_model(p))
    np.savez_compressed(folder / "calibration.npz", image=images[:CALIBRATION_SAMPLES])
    np.savez_compressed(folder / "test.npz", image=images[cut:], labels=labels[cut:])


if __name__ == "__main__":
    main()
