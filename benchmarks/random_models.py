# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Big int8 models with random weights: MobileNetV1 1.0 and ResNet50 v1, both 224 by 224.

Speed does not depend on what a network was trained for, so these stand for models whose files
are too large to pass around. Weights are drawn so that activations keep their variance from layer
to layer (He et al. 2015, "Delving deep into rectifiers"), and the scales follow from that:
activations neither die nor saturate. Weights have one scale per channel.
"""

import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "test/numerics"))

LOWEST = -128


class Network:
    """Layers after one another; `self.x` is the current tensor. A tensor is known by its index,
    shape, scale and zero point, and by the mean square of its real values."""

    def __init__(self, size, seed=0):
        from tflite_writer import Writer, schema
        self.writer, self.schema = Writer(), schema
        self.random = np.random.default_rng(seed)
        self.count = 0
        shape = (1, size, size, 3)
        # Pictures between -1 and 1.
        index = self.writer.input("input", shape, np.int8, scale=2 / 255, zero_point=-1)
        self.x = dict(index=index, shape=shape, scale=2 / 255, zero_point=-1, square=1 / 3)

    def result(self, shape, square, rectified):
        """A new tensor whose values have the mean square `square`: the range takes in six
        standard deviations on each side that it has."""
        self.count += 1
        deviation = math.sqrt(2 * square if rectified else square)
        scale, zero = (6 * deviation / 255, LOWEST) if rectified else (12 * deviation / 255, 0)
        index = self.writer.tensor(f"t{self.count}", shape, np.int8, scale=scale, zero_point=zero)
        return dict(index=index, shape=shape, scale=scale, zero_point=zero, square=square)

    def weights(self, shape, axis, fan_in, gain):
        """Random weights of variance gain / fan_in with their scales, and the index of both."""
        real = self.random.standard_normal(shape, np.float32) * math.sqrt(gain / fan_in)
        others = tuple(i for i in range(len(shape)) if i != axis)
        scales = np.abs(real).max(axis=others) / 127
        broadcast = scales.reshape([-1 if i == axis else 1 for i in range(len(shape))])
        self.count += 1
        index = self.writer.const(f"w{self.count}", np.rint(real / broadcast), np.int8,
                                  scale=scales, axis=axis)
        return index, scales

    def bias(self, x, scales):
        real = 0.1 * self.random.standard_normal(len(scales)) * math.sqrt(x["square"])
        scale = x["scale"] * scales
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
        y = dict(x, shape=(1, size, size, x["shape"][3]), square=square)
        self.count += 1
        y["index"] = self.writer.tensor(f"t{self.count}", y["shape"], np.int8, scale=x["scale"],
                                        zero_point=x["zero_point"])
        self.writer.op(kind, [x["index"]], [y["index"]], "Pool2DOptions", version=2,
                       padding=getattr(self.schema.Padding, padding), strideH=stride,
                       strideW=stride, filterHeight=kernel, filterWidth=kernel,
                       fusedActivationFunction=self.activation(False))
        self.x = y
        return y

    def classify(self, classes):
        x = self.x
        flat = dict(x, shape=(1, x["shape"][3]))
        flat["index"] = self.writer.tensor("flat", flat["shape"], np.int8, scale=x["scale"],
                                           zero_point=x["zero_point"])
        shape = self.writer.const("flat_shape", flat["shape"], np.int32)
        self.writer.op("RESHAPE", [x["index"], shape], [flat["index"]], "ReshapeOptions",
                       newShape=list(flat["shape"]))
        w, scales = self.weights((classes, flat["shape"][1]), 0, flat["shape"][1], 2)
        y = self.result((1, classes), 2 * x["square"], False)
        self.writer.op("FULLY_CONNECTED", [flat["index"], w, self.bias(flat, scales)],
                       [y["index"]], "FullyConnectedOptions", version=4,
                       fusedActivationFunction=self.activation(False))
        z = self.writer.tensor("probabilities", (1, classes), np.int8, scale=1 / 256,
                               zero_point=LOWEST)
        self.writer.op("SOFTMAX", [y["index"]], [z], "SoftmaxOptions", version=2, beta=1.0)
        return self.writer.finish([z])


def mobilenet_v1(size=224):
    """Howard et al. 2017, table 1, with width 1.0."""
    net = Network(size)
    net.conv(32, 3, stride=2)
    widths = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
    strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]
    for width, stride in zip(widths, strides):
        net.depthwise(3, stride)
        net.conv(width, 1)
    net.pool("AVERAGE_POOL_2D", net.x["shape"][1], 1, "VALID")
    return net.classify(1001)


def resnet50_v1(size=224):
    """He et al. 2016, table 1; the stride is in the first convolution of a block."""
    net = Network(size)
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
    net.pool("AVERAGE_POOL_2D", net.x["shape"][1], 1, "VALID")
    return net.classify(1001)


MODELS = {"mobilenet_v1": mobilenet_v1, "resnet50_v1": resnet50_v1}


def write(kind, path):
    """Writes the model once; the random numbers are always the same."""
    if not path.exists():
        path.write_bytes(MODELS[kind]())
    return path
