# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Int8 models that branch, with random weights: tensors are joined and divided between layers.

The scales of what is joined are equal, as TFLite wants it: each part takes that of the result.
"""

import numpy as np

import random_models
from random_models import Network


class BranchNetwork(Network):
    """A network whose layers may be joined by CONCATENATION and divided by SPLIT."""

    scaled_like = None

    def conv(self, channels, kernel, *args, like=None, **more):
        """With `like`, the result has the scale of that tensor."""
        self.scaled_like = like
        y = super().conv(channels, kernel, *args, **more)
        self.scaled_like = None
        return y

    def result(self, shape, square, rectified):
        if self.scaled_like:
            return self.like(self.scaled_like, shape, square)
        return super().result(shape, square, rectified)

    def join(self, parts, axis=3):
        """Parts of one scale, one behind the other."""
        shape = list(parts[0]["shape"])
        shape[axis] = sum(part["shape"][axis] for part in parts)
        y = self.like(parts[0], tuple(shape), max(part["square"] for part in parts))
        assert len({part["scale"] for part in parts}) == 1
        self.writer.op("CONCATENATION", [part["index"] for part in parts], [y["index"]],
                       "ConcatenationOptions", version=2, axis=axis,
                       fusedActivationFunction=self.activation(False))
        self.x = y
        return y

    def divide(self, x, count, axis=3):
        """Equal parts of x."""
        shape = list(x["shape"])
        shape[axis] //= count
        parts = [self.like(x, tuple(shape), x["square"]) for _ in range(count)]
        place = self.writer.const("axis", [axis], np.int32)
        self.writer.op("SPLIT", [place, x["index"]], [part["index"] for part in parts],
                       "SplitOptions", version=2, numSplits=count)
        return parts

    def shuffle(self, groups):
        """The channels of all groups in turns."""
        x = self.x
        n, h, w, c = x["shape"]
        y = self.reshape(x, (n, h, w, groups, c // groups))
        z = self.like(y, (n, h, w, c // groups, groups), x["square"])
        order = self.writer.const("order", [0, 1, 2, 4, 3], np.int32)
        self.writer.op("TRANSPOSE", [y["index"], order], [z["index"]], "TransposeOptions",
                       version=2)
        self.x = self.reshape(z, x["shape"])
        return self.x

    def reshape(self, x, shape):
        y = self.like(x, shape, x["square"])
        to = self.writer.const("to", shape, np.int32)
        self.writer.op("RESHAPE", [x["index"], to], [y["index"]], "ReshapeOptions",
                       newShape=list(shape))
        return y


def squeezenet(size=224):
    """SqueezeNet 1.1 (Iandola et al. 2016): each fire module joins two convolutions."""
    net = BranchNetwork((1, size, size, 3))
    net.conv(64, 3, stride=2)
    net.pool("MAX_POOL_2D", 3, 2, "SAME")
    for at, (squeeze, expand) in enumerate([(16, 64), (16, 64), (32, 128), (32, 128), (48, 192),
                                            (48, 192), (64, 256), (64, 256)]):
        if at in (2, 4):
            net.pool("MAX_POOL_2D", 3, 2, "SAME")
        x = net.conv(squeeze, 1)
        # Both parts have the same mean square, so the same scale.
        net.join([net.conv(expand, 1, x=x), net.conv(expand, 3, x=x)])
    net.conv(1000, 1)
    return net.classify(1000)


def inception(size=56):
    """Three blocks as in GoogLeNet (Szegedy et al. 2014, table 1), with four branches each."""
    net = BranchNetwork((1, size, size, 3))
    net.conv(64, 3, stride=2)
    for a, b, c, d, e, f in [(64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64),
                             (192, 96, 208, 16, 48, 64)]:
        x = net.x
        parts = [net.conv(a, 1, x=x)]
        net.conv(b, 1, x=x)
        parts.append(net.conv(c, 3, like=parts[0]))
        net.conv(d, 1, x=x)
        parts.append(net.conv(e, 5, like=parts[0]))
        net.x = x
        net.pool("MAX_POOL_2D", 3, 1, "SAME")
        parts.append(net.conv(f, 1, like=parts[0]))
        net.join(parts)
    return net.classify(100)


def csp(size=64):
    """Cross-stage partial blocks as in detectors (Wang et al. 2019): half of the channels go
    through bottlenecks, and all results are joined."""
    net = BranchNetwork((1, size, size, 3))
    net.conv(32, 3, stride=2)
    for width in (64, 96):
        net.conv(width, 3, stride=2)
        net.conv(width, 1)
        left, right = net.divide(net.x, 2)
        parts = [left, right]
        for _ in range(2):
            net.conv(width // 2, 1, x=net.x if len(parts) > 2 else right)
            # The scale of what was divided, which all parts share.
            parts.append(net.conv(width // 2, 3, like=left))
        net.join(parts)
        net.conv(width, 1)
    return net.classify(100)


def densenet(size=48):
    """A dense block (Huang et al. 2016): each layer reads what all before it have joined."""
    net = BranchNetwork((1, size, size, 3))
    net.conv(24, 3, stride=2)
    for _ in range(6):
        x = net.x
        net.conv(48, 1, x=x)
        net.join([x, net.conv(12, 3, like=x)])
    net.conv(48, 1)
    return net.classify(100)


def shufflenet(size=64):
    """Blocks of stride 1 of ShuffleNet V2 (Ma et al. 2018)."""
    net = BranchNetwork((1, size, size, 3))
    net.conv(24, 3, stride=2)
    net.conv(116, 1)
    for _ in range(3):
        left, right = net.divide(net.x, 2)
        net.conv(58, 1, x=right)
        net.depthwise(3, rectified=False)
        net.join([left, net.conv(58, 1, like=left)])
        net.shuffle(2)
    return net.classify(100)


MODELS = {**random_models.MODELS, "squeezenet": squeezenet, "inception": inception, "csp": csp,
          "densenet": densenet, "shufflenet": shufflenet}


def write(kind, path):
    return random_models.write(kind, path, MODELS)
