# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random quantized operations, a few to a model: every kernel that has a TFLite twin."""

import numpy as np

from tflite_writer import Writer

INT8, UINT8 = np.int8, np.uint8
ACTIVATIONS = {"none": 0, "relu": 1, "relu_n1_to_1": 2, "relu6": 3}


class Draw:
    """Random parameters of a case, and the model that it goes into."""

    def __init__(self, seed, dtype=INT8, writer=None):
        self.writer = writer
        self.rng = np.random.default_rng(seed)
        self.dtype = dtype

    def int(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def scale(self, low=-3.0, high=1.0):
        return float(np.float32(np.exp(self.rng.uniform(low, high))))

    def zero_point(self):
        info = np.iinfo(self.dtype)
        return self.int(info.min, info.max)

    def quant(self, low=-3.0, high=1.0):
        return {"scale": self.scale(low, high), "zero_point": self.zero_point()}

    def values(self, shape, dtype=None):
        info = np.iinfo(dtype or self.dtype)
        return self.rng.integers(info.min, info.max + 1, shape).astype(dtype or self.dtype)

    def activation(self):
        return ACTIVATIONS[self.rng.choice(list(ACTIVATIONS))]


def binary(op, options=None, same_scale=False):
    def build(d):
        w = d.writer
        shape = (1, d.int(1, 5), d.int(1, 5), d.int(1, 9))
        other = shape if d.int(0, 1) else (1, 1, 1, shape[3])
        out = d.quant()
        q1, q2 = (out, out) if same_scale else (d.quant(), d.quant())
        if op in ("MUL", "SQUARED_DIFFERENCE"):
            out["scale"] = float(np.float32(out["scale"] * 20))
        x = w.input("x", shape, d.dtype, **q1)
        if d.int(0, 1):
            y = w.input("y", other, d.dtype, **q2)
        else:
            y = w.const("y", d.values(other), d.dtype, **q2)
        z = w.tensor("z", shape, d.dtype, **out)
        fields = {"fusedActivationFunction": d.activation()} if options and "fused" in options else {}
        w.op(op, [x, y], [z], options.split(":")[0] if options else None, **fields)
        return [z]
    return build


def unary(op, options=None, out=None, same_scale=False, fields=None, positive=False):
    def build(d):
        w = d.writer
        shape = (1, d.int(1, 5), d.int(1, 40), d.int(1, 9))
        q = d.quant(-5.0, 0.0)
        if positive:
            q["zero_point"] = int(np.iinfo(d.dtype).min)
        fixed = out(d) if out else (q if same_scale else d.quant(-5.0, 0.0))
        x = w.input("x", shape, d.dtype, **q)
        y = w.tensor("y", shape, d.dtype, **fixed)
        w.op(op, [x], [y], options, **(fields(d) if fields else {}))
        return [y]
    return build


def offset(d, signed):
    return signed if d.dtype == INT8 else signed + 128


def contraction(kind):
    def build(d):
        w = d.writer
        n, h, wd = 1, d.int(3, 9), d.int(3, 9)
        cin, cout = d.int(1, 9), d.int(1, 9)
        kh, kw, sh, sw = d.int(1, 3), d.int(1, 3), d.int(1, 2), d.int(1, 2)
        qx = d.quant(-4, 0)
        same = d.int(0, 1)
        per_channel = d.dtype == INT8 and d.int(0, 3) > 0
        padding = 0 if same else 1
        oh = -(-h // sh) if same else -(-(h - kh + 1) // sh)
        ow = -(-wd // sw) if same else -(-(wd - kw + 1) // sw)
        if kind == "depthwise":
            multiplier = d.int(1, 3)
            cout = cin * multiplier
            filter_shape, axis = (1, kh, kw, cout), 3
        else:
            filter_shape, axis = (cout, kh, kw, cin), 0
        if kind == "fully_connected":
            filter_shape = (cout, cin * h)
        scales = [d.scale(-6, -3) for _ in range(cout if per_channel else 1)]
        filter_zero = 0 if d.dtype == INT8 else d.zero_point()
        values = d.values(filter_shape)
        if d.dtype == INT8:
            values = np.maximum(values, -127)
        f = w.const("filter", values, d.dtype, scale=scales,
                    zero_point=filter_zero, axis=axis if kind != "fully_connected" else 0)
        bias_scales = [np.float32(np.float32(qx["scale"]) * np.float32(s)) for s in scales]
        bias = w.const("bias", d.rng.integers(-3000, 3000, cout), np.int32, scale=bias_scales)
        out = {"scale": float(np.float32(qx["scale"] * scales[0] * d.scale(4, 7))),
               "zero_point": d.zero_point()}
        act = d.activation()
        if kind == "fully_connected":
            x = w.input("x", (d.int(1, 4), cin * h), d.dtype, **qx)
            rows = w.graph.tensors[x].shape[0]
            y = w.tensor("y", (rows, cout), d.dtype, **out)
            w.op("FULLY_CONNECTED", [x, f, bias], [y], "FullyConnectedOptions",
                 fusedActivationFunction=act)
        elif kind == "transpose":
            x = w.input("x", (n, h, wd, cin), d.dtype, **qx)
            oh, ow = (h * sh, wd * sw) if same else ((h - 1) * sh + kh, (wd - 1) * sw + kw)
            if same:
                oh, ow = max(oh, 1), max(ow, 1)
            shape = w.const("shape", [n, oh, ow, cout], np.int32)
            y = w.tensor("y", (n, oh, ow, cout), d.dtype, **out)
            w.op("TRANSPOSE_CONV", [shape, f, x, bias], [y], "TransposeConvOptions",
                 padding=padding, strideH=sh, strideW=sw)
        else:
            x = w.input("x", (n, h, wd, cin), d.dtype, **qx)
            y = w.tensor("y", (n, oh, ow, cout), d.dtype, **out)
            fields = dict(padding=padding, strideH=sh, strideW=sw, fusedActivationFunction=act,
                          dilationHFactor=1, dilationWFactor=1)
            if kind == "depthwise":
                w.op("DEPTHWISE_CONV_2D", [x, f, bias], [y], "DepthwiseConv2DOptions",
                     depthMultiplier=multiplier, **fields)
            else:
                w.op("CONV_2D", [x, f, bias], [y], "Conv2DOptions", **fields)
        return [y]
    return build


def batch_matmul(d):
    w = d.writer
    b, m, k, n = d.int(1, 3), d.int(1, 5), d.int(1, 9), d.int(1, 5)
    adj_x, adj_y = bool(d.int(0, 1)), bool(d.int(0, 1))
    q1, q2 = d.quant(-4, 0), d.quant(-4, 0)
    x = w.input("x", (b, k, m) if adj_x else (b, m, k), INT8, **q1)
    y = w.input("y", (b, n, k) if adj_y else (b, k, n), INT8, **q2)
    out = {"scale": float(np.float32(q1["scale"] * q2["scale"] * 100)), "zero_point": d.zero_point()}
    z = w.tensor("z", (b, m, n), INT8, **out)
    w.op("BATCH_MATMUL", [x, y], [z], "BatchMatMulOptions", adjX=adj_x, adjY=adj_y)
    return [z]


def pool(op):
    def build(d):
        w = d.writer
        h, wd, c = d.int(2, 9), d.int(2, 9), d.int(1, 9)
        kh, kw = d.int(1, min(4, h)), d.int(1, min(4, wd))
        sh, sw = d.int(1, 2), d.int(1, 2)
        same = d.int(0, 1)
        oh = -(-h // sh) if same else -(-(h - kh + 1) // sh)
        ow = -(-wd // sw) if same else -(-(wd - kw + 1) // sw)
        q = d.quant()
        x = w.input("x", (1, h, wd, c), d.dtype, **q)
        y = w.tensor("y", (1, oh, ow, c), d.dtype, **q)
        w.op(op, [x], [y], "Pool2DOptions", padding=0 if same else 1, strideH=sh, strideW=sw,
             filterHeight=kh, filterWidth=kw, fusedActivationFunction=d.activation())
        return [y]
    return build


def softmax(d):
    w = d.writer
    shape = (d.int(1, 6), d.int(1, 60))
    x = w.input("x", shape, d.dtype, scale=d.scale(-5, 0), zero_point=d.zero_point())
    y = w.tensor("y", shape, d.dtype, scale=1 / 256, zero_point=offset(d, -128))
    w.op("SOFTMAX", [x], [y], "SoftmaxOptions", beta=float(d.rng.choice([1.0, 1.0, 0.7, 2.5])))
    return [y]


def rowwise(op, scale, zero_point, options=None):
    def build(d):
        w = d.writer
        shape = (d.int(1, 6), d.int(1, 60))
        x = w.input("x", shape, d.dtype, scale=d.scale(-5, 0), zero_point=d.zero_point())
        y = w.tensor("y", shape, d.dtype, scale=scale, zero_point=offset(d, zero_point))
        w.op(op, [x], [y], options)
        return [y]
    return build


def reduce(op, same_scale=False):
    def build(d):
        w = d.writer
        shape = (1, d.int(1, 6), d.int(1, 6), d.int(1, 9))
        count = d.int(1, 3)
        axes = sorted(d.rng.choice(4, count, replace=False).tolist())
        keep = bool(d.int(0, 1))
        out = [1 if i in axes else s for i, s in enumerate(shape)]
        if not keep:
            out = [s for i, s in enumerate(shape) if i not in axes]
        q = d.quant()
        x = w.input("x", shape, d.dtype, **q)
        a = w.const("axes", axes, np.int32)
        y = w.tensor("y", out, d.dtype, **(q if same_scale else d.quant()))
        w.op(op, [x, a], [y], "ReducerOptions", keepDims=keep)
        return [y]
    return build


def concat(d):
    w = d.writer
    axis, count = d.int(1, 3), d.int(2, 4)
    base = [1, d.int(1, 4), d.int(1, 4), d.int(1, 4)]
    out = d.quant()
    inputs, total = [], 0
    for i in range(count):
        shape = list(base)
        shape[axis] = d.int(1, 4)
        total += shape[axis]
        q = out if d.dtype == INT8 or d.int(0, 1) else d.quant()
        inputs.append(w.input(f"x{i}", shape, d.dtype, **q))
    base[axis] = total
    y = w.tensor("y", base, d.dtype, **out)
    w.op("CONCATENATION", inputs, [y], "ConcatenationOptions", axis=axis, fusedActivationFunction=0)
    return [y]


def pad(op):
    def build(d):
        w = d.writer
        shape = (1, d.int(3, 6), d.int(3, 6), d.int(3, 5))
        pads = [[0, 0]] + [[d.int(0, 2), d.int(0, 2)] for _ in range(3)]
        q = d.quant()
        x = w.input("x", shape, d.dtype, **q)
        p = w.const("p", pads, np.int32)
        out = [s + sum(a) for s, a in zip(shape, pads)]
        y = w.tensor("y", out, d.dtype, **q)
        if op == "PADV2":
            v = w.const("v", d.values((1,)), d.dtype, **q)
            w.op(op, [x, p, v], [y], "PadV2Options")
        elif op == "MIRROR_PAD":
            w.op(op, [x, p], [y], "MirrorPadOptions", mode=d.int(0, 1))
        else:
            w.op(op, [x, p], [y], "PadOptions")
        return [y]
    return build


def resize(op):
    def build(d):
        w = d.writer
        shape = (1, d.int(2, 8), d.int(2, 8), d.int(1, 4))
        size = [d.int(2, 16), d.int(2, 16)]
        mode = d.int(0, 2)
        q = d.quant()
        x = w.input("x", shape, d.dtype, **q)
        s = w.const("size", size, np.int32)
        y = w.tensor("y", (1, *size, shape[3]), d.dtype, **q)
        options = "ResizeBilinearOptions" if "BILINEAR" in op else "ResizeNearestNeighborOptions"
        w.op(op, [x, s], [y], options, alignCorners=mode == 1, halfPixelCenters=mode == 2)
        return [y]
    return build


def requantize(d):
    w = d.writer
    shape = (3, 40)
    x = w.input("x", shape, d.dtype, **d.quant())
    to = d.rng.choice([0, 1])
    other = Draw(d.int(0, 1 << 30), [INT8, UINT8][to])
    y = w.tensor("y", shape, other.dtype, **other.quant())
    w.op("QUANTIZE", [x], [y], "QuantizeOptions")
    return [y]


def quantize(d):
    w = d.writer
    x = w.input("x", (3, 400), np.float32)
    y = w.tensor("y", (3, 400), d.dtype, scale=d.scale(-6, -3), zero_point=d.zero_point())
    w.op("QUANTIZE", [x], [y], "QuantizeOptions")
    return [y]


def dequantize(d):
    w = d.writer
    x = w.input("x", (3, 40), d.dtype, **d.quant())
    y = w.tensor("y", (3, 40), np.float32)
    w.op("DEQUANTIZE", [x], [y], "DequantizeOptions")
    return [y]


def prelu(d):
    w = d.writer
    shape = (1, d.int(1, 5), d.int(1, 5), d.int(1, 9))
    x = w.input("x", shape, d.dtype, **d.quant(-4, 0))
    alpha = w.const("alpha", d.values((1, 1, shape[3])), d.dtype, **d.quant(-6, -3))
    y = w.tensor("y", shape, d.dtype, **d.quant(-4, 0))
    w.op("PRELU", [x, alpha], [y])
    return [y]


def arg(op, options):
    def build(d):
        w = d.writer
        shape = (2, d.int(1, 5), d.int(2, 30))
        x = w.input("x", shape, d.dtype, **d.quant())
        axis = w.const("axis", [d.int(1, 2)], np.int32)
        at = int(np.frombuffer(bytes(w.model.buffers[-1].data), np.int32)[0])
        y = w.tensor("y", [s for i, s in enumerate(shape) if i != at], np.int32)
        w.op(op, [x, axis], [y], options, outputType=2)
        return [y]
    return build


def strided_slice(d):
    w = d.writer
    shape = [1, d.int(2, 8), d.int(2, 8), d.int(1, 5)]
    begin = [0] + [d.int(0, s - 1) for s in shape[1:]]
    stride = [1] + [d.int(1, 3) for _ in range(3)]
    end = list(shape)
    out = [len(range(b, e, s)) for b, e, s in zip(begin, end, stride)]
    q = d.quant()
    x = w.input("x", shape, d.dtype, **q)
    operands = [w.const(n, v, np.int32) for n, v in (("b", begin), ("e", end), ("s", stride))]
    y = w.tensor("y", out, d.dtype, **q)
    w.op("STRIDED_SLICE", [x, *operands], [y], "StridedSliceOptions")
    return [y]


def fixed(scale, zero_point):
    return lambda d: {"scale": scale, "zero_point": offset(d, zero_point)}


def hard_swish(d):
    # The kernel wants an output scale that is not below that of the input / 128.
    w = d.writer
    shape = (1, 5, 40, 3)
    q = d.quant(-4, -1)
    x = w.input("x", shape, d.dtype, **q)
    y = w.tensor("y", shape, d.dtype, scale=d.scale(-4, -1), zero_point=d.zero_point())
    w.op("HARD_SWISH", [x], [y], "HardSwishOptions")
    return [y]


BOTH = (INT8, UINT8)
# name -> (builder, storage types that TFLite has)
CASES = {
    "add": (binary("ADD", "AddOptions:fused"), BOTH),
    "sub": (binary("SUB", "SubOptions:fused"), BOTH),
    "mul": (binary("MUL", "MulOptions:fused"), BOTH),
    "minimum": (binary("MINIMUM", "MaximumMinimumOptions", same_scale=True), BOTH),
    "maximum": (binary("MAXIMUM", "MaximumMinimumOptions", same_scale=True), BOTH),
    "squared_difference": (binary("SQUARED_DIFFERENCE"), (INT8,)),
    "conv": (contraction("conv"), BOTH),
    "depthwise": (contraction("depthwise"), BOTH),
    "fully_connected": (contraction("fully_connected"), BOTH),
    "transpose_conv": (contraction("transpose"), (INT8,)),
    "batch_matmul": (batch_matmul, (INT8,)),
    "average_pool": (pool("AVERAGE_POOL_2D"), BOTH),
    "max_pool": (pool("MAX_POOL_2D"), BOTH),
    "softmax": (softmax, BOTH),
    "log_softmax": (rowwise("LOG_SOFTMAX", 16 / 256, 127, "LogSoftmaxOptions"), (INT8,)),
    "l2_normalize": (rowwise("L2_NORMALIZATION", 1 / 128, 0, "L2NormOptions"), BOTH),
    "logistic": (unary("LOGISTIC", out=fixed(1 / 256, -128)), BOTH),
    "tanh": (unary("TANH", out=fixed(1 / 128, 0)), BOTH),
    "relu": (unary("RELU"), BOTH),
    "relu6": (unary("RELU6"), BOTH),
    "relu_n1_to_1": (unary("RELU_N1_TO_1"), BOTH),
    "leaky_relu": (unary("LEAKY_RELU", "LeakyReluOptions",
                         fields=lambda d: {"alpha": float(np.float32(d.rng.uniform(0.01, 0.9)))}),
                   BOTH),
    "gelu": (unary("GELU", "GeluOptions", fields=lambda d: {"approximate": bool(d.int(0, 1))}),
             BOTH),
    "exp": (unary("EXP", "ExpOptions"), (INT8,)),
    "log": (unary("LOG"), (INT8,)),
    "abs": (unary("ABS", "AbsOptions"), (INT8,)),
    "rsqrt": (unary("RSQRT", positive=True), (INT8,)),
    "sqrt": (unary("SQRT", positive=True), (INT8,)),
    "hard_swish": (hard_swish, BOTH),
    "prelu": (prelu, BOTH),
    "concat": (concat, BOTH),
    "pad": (pad("PAD"), BOTH),
    "padv2": (pad("PADV2"), BOTH),
    "mirror_pad": (pad("MIRROR_PAD"), BOTH),
    "resize_bilinear": (resize("RESIZE_BILINEAR"), (INT8,)),
    "resize_nearest": (resize("RESIZE_NEAREST_NEIGHBOR"), BOTH),
    "mean": (reduce("MEAN"), BOTH),
    # LiteRT 2.3 reads int8 operands of SUM as uint8.
    "sum": (reduce("SUM"), (UINT8,)),
    "reduce_max": (reduce("REDUCE_MAX", same_scale=True), BOTH),
    "requantize": (requantize, BOTH),
    "quantize": (quantize, BOTH),
    "dequantize": (dequantize, BOTH),
    "arg_max": (arg("ARG_MAX", "ArgMaxOptions"), BOTH),
    "arg_min": (arg("ARG_MIN", "ArgMinOptions"), BOTH),
    "strided_slice": (strided_slice, BOTH),
}


def build(name, dtype, seeds):
    """A model with one random instance of the operation for each seed."""
    writer, outputs = Writer(), []
    for seed in seeds:
        writer.prefix = f"{name}{seed}_"
        outputs += CASES[name][0](Draw(seed, dtype, writer))
    return writer.finish(outputs)
