# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Big int8 models with random weights: MobileNetV1 1.0 and ResNet50 v1, both 224 by 224.

Speed does not depend on what a network was trained for, so these stand for models whose files
are too large to pass around. Weights are drawn so that activations keep their variance from layer
to layer (He et al. 2015, "Delving deep into rectifiers"), and the scales follow from that:
activations neither die nor saturate. Weights have one scale per channel.
"""

import importlib.util
import math
from pathlib import Path

import numpy as np

WRITER = Path(__file__).resolve().parents[1] / "test/numerics/tflite_writer.py"
LOWEST = -128


def import_writer():
    """The tests' writer, by its path: with its folder among the others, the iree.py in it would
    hide the package iree."""
    spec = importlib.util.spec_from_file_location(WRITER.stem, WRITER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Network:
    """Layers after one another; `self.x` is the current tensor. A tensor is known by its index,
    shape, scale and zero point, and by the mean square of its real values. With `quantized` false
    it is the same network in float32."""

    def __init__(self, shape, quantized=True, seed=0):
        writer = import_writer()
        self.writer, self.schema = writer.Writer(), writer.schema
        self.quantized = quantized
        self.random = np.random.default_rng(seed)
        self.count = 0
        self.x = self.input("input", shape)

    def input(self, name, shape):
        """Values between -1 and 1, as pictures have."""
        index = self.new(self.writer.input, name, shape, 2 / 255, -1)
        return dict(index=index, shape=shape, scale=2 / 255, zero_point=-1, square=1 / 3)

    def new(self, make, name, shape, scale, zero_point):
        if not self.quantized:
            return make(name, shape, np.float32)
        return make(name, shape, np.int8, scale=scale, zero_point=zero_point)

    def result(self, shape, square, rectified):
        """A new tensor whose values have the mean square `square`: the range takes in six
        standard deviations on each side that it has."""
        deviation = math.sqrt(2 * square if rectified else square)
        scale, zero = (6 * deviation / 255, LOWEST) if rectified else (12 * deviation / 255, 0)
        return self.like(dict(scale=scale, zero_point=zero), shape, square)

    def like(self, x, shape, square):
        """A new tensor with the scale of x."""
        self.count += 1
        index = self.new(self.writer.tensor, f"t{self.count}", shape, x["scale"], x["zero_point"])
        return dict(x, index=index, shape=shape, square=square)

    def weights(self, shape, axis, fan_in, gain):
        """Random weights of variance gain / fan_in with their scales, and the index of both."""
        real = self.random.standard_normal(shape, np.float32) * math.sqrt(gain / fan_in)
        others = tuple(i for i in range(len(shape)) if i != axis)
        scales = np.abs(real).max(axis=others) / 127
        broadcast = scales.reshape([-1 if i == axis else 1 for i in range(len(shape))])
        self.count += 1
        name = f"w{self.count}"
        if not self.quantized:
            return self.writer.const(name, real, np.float32), scales
        return self.writer.const(name, np.rint(real / broadcast), np.int8, scale=scales,
                                 axis=axis), scales

    def bias(self, x, scales):
        real = 0.1 * self.random.standard_normal(len(scales)) * math.sqrt(x["square"])
        scale = x["scale"] * scales
        if not self.quantized:
            return self.writer.const(f"b{self.count}", real, np.float32)
        return self.writer.const(f"b{self.count}", np.rint(real / scale), np.int32, scale=scale)

    def activation(self, rectified):
        kinds = self.schema.ActivationFunctionType
        return kinds.RELU if rectified else kinds.NONE

    def conv(self, channels, kernel, stride=1, rectified=True, gain=None, x=None):
        """A convolution of "same" padding. Rectifying halves the mean square, which the gain of
        the weights makes up for."""
        x = x or self.x
        size = -(-x["shape"][1] // stride)
        fan_in = kernel * kernel * x["shape"][3]
        gain = gain or (2 if rectified else 1)
        w, scales = self.weights((channels, kernel, kernel, x["shape"][3]), 0, fan_in, gain)
        square = x["square"] * gain / (2 if rectified else 1)
        y = self.result((1, size, size, channels), square, rectified)
        self.writer.op("CONV_2D", [x["index"], w, self.bias(x, scales)], [y["index"]],
                       "Conv2DOptions", version=3, padding=self.schema.Padding.SAME,
                       strideH=stride, strideW=stride, dilationHFactor=1, dilationWFactor=1,
                       fusedActivationFunction=self.activation(rectified))
        self.x = y
        return y

    def depthwise(self, kernel, stride=1, rectified=True):
        x = self.x
        size, channels = -(-x["shape"][1] // stride), x["shape"][3]
        w, scales = self.weights((1, kernel, kernel, channels), 3, kernel * kernel, 2)
        y = self.result((1, size, size, channels), x["square"], rectified)
        self.writer.op("DEPTHWISE_CONV_2D", [x["index"], w, self.bias(x, scales)], [y["index"]],
                       "DepthwiseConv2DOptions", version=3, padding=self.schema.Padding.SAME,
                       strideH=stride, strideW=stride, depthMultiplier=1, dilationHFactor=1,
                       dilationWFactor=1, fusedActivationFunction=self.activation(rectified))
        self.x = y
        return y

    def add(self, a, b, projected):
        """Two convolutions give a sum around 0, of which rectifying takes half; a shortcut of
        rectified values keeps the sum mostly positive."""
        square = a["square"] + b["square"]
        y = self.result(a["shape"], square / 2 if projected else square, True)
        self.writer.op("ADD", [a["index"], b["index"]], [y["index"]], "AddOptions", version=2,
                       fusedActivationFunction=self.activation(True))
        self.x = y
        return y

    def pool(self, kind, kernel, stride, padding):
        x = self.x
        valid = padding == "VALID"
        size = -(-(x["shape"][1] - (kernel - 1 if valid else 0)) // stride)
        # The maximum of neighbours is larger than they are: twice to three times the mean square.
        square = x["square"] * (2.5 if kind == "MAX_POOL_2D" else 1)
        y = self.like(x, (1, size, size, x["shape"][3]), square)
        self.writer.op(kind, [x["index"]], [y["index"]], "Pool2DOptions", version=2,
                       padding=getattr(self.schema.Padding, padding), strideH=stride,
                       strideW=stride, filterHeight=kernel, filterWidth=kernel,
                       fusedActivationFunction=self.activation(False))
        self.x = y
        return y

    def flatten(self):
        x = self.x
        y = self.like(x, (1, math.prod(x["shape"])), x["square"])
        shape = self.writer.const("flat_shape", y["shape"], np.int32)
        self.writer.op("RESHAPE", [x["index"], shape], [y["index"]], "ReshapeOptions",
                       newShape=list(y["shape"]))
        self.x = y
        return y

    def fully_connected(self, channels):
        x = self.x
        w, scales = self.weights((channels, x["shape"][1]), 0, x["shape"][1], 2)
        y = self.result((x["shape"][0], channels), 2 * x["square"], False)
        self.writer.op("FULLY_CONNECTED", [x["index"], w, self.bias(x, scales)], [y["index"]],
                       "FullyConnectedOptions", version=4,
                       fusedActivationFunction=self.activation(False))
        self.x = y
        return y

    def matmul(self, a, b):
        """A product of two activations, which both change from call to call."""
        square = a["square"] * b["square"] * a["shape"][-1]
        y = self.result((*a["shape"][:-1], b["shape"][-1]), square, False)
        self.writer.op("BATCH_MATMUL", [a["index"], b["index"]], [y["index"]],
                       "BatchMatMulOptions", version=2, adjX=False, adjY=False)
        self.x = y
        return y

    def softmax(self):
        y = self.like(dict(scale=1 / 256, zero_point=LOWEST), self.x["shape"], 1)
        self.writer.op("SOFTMAX", [self.x["index"]], [y["index"]], "SoftmaxOptions", version=2,
                       beta=1.0)
        self.x = y
        return y

    def finish(self):
        return self.writer.finish([self.x["index"]])

    def classify(self, classes):
        self.pool("AVERAGE_POOL_2D", self.x["shape"][1], 1, "VALID")
        self.flatten()
        self.fully_connected(classes)
        self.softmax()
        return self.finish()


def mobilenet_v1(size=224):
    """Howard et al. 2017, table 1, with width 1.0."""
    net = Network((1, size, size, 3))
    net.conv(32, 3, stride=2)
    widths = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
    strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]
    for width, stride in zip(widths, strides):
        net.depthwise(3, stride)
        net.conv(width, 1)
    return net.classify(1001)


def resnet50_v1(size=224):
    """He et al. 2016, table 1; the stride is in the first convolution of a block."""
    net = Network((1, size, size, 3))
    net.conv(64, 7, stride=2)
    net.pool("MAX_POOL_2D", 3, 2, "SAME")
    for stage, (width, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            x = net.x
            net.conv(width, 1, stride, x=x)
            net.conv(width, 3)
            branch = net.conv(4 * width, 1, rectified=False, gain=0.5)
            if block == 0:
                x = net.conv(4 * width, 1, stride, rectified=False, x=x)
            net.add(branch, x, projected=block == 0)
    return net.classify(1001)


MODELS = {"mobilenet_v1": mobilenet_v1, "resnet50_v1": resnet50_v1}


def write(kind, path, models=None):
    """Writes the model once; the random numbers are always the same."""
    if not path.exists():
        path.write_bytes((models or MODELS)[kind]())
    return path
