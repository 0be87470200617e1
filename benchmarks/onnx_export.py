# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A .tflite file as an ONNX model with the same weights and scales, for ONNX Runtime.

Quantized tensors become pairs of QuantizeLinear and DequantizeLinear, the form that ONNX Runtime
fuses into integer kernels. Tensors of rank 4 are NCHW inside, as ONNX wants them.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import tflite_file
from tflite_file import schema

KINDS = {schema.TensorType.INT8: (np.int8, TensorProto.INT8),
         schema.TensorType.UINT8: (np.uint8, TensorProto.UINT8),
         schema.TensorType.INT32: (np.int32, TensorProto.INT32),
         schema.TensorType.INT64: (np.int64, TensorProto.INT64),
         schema.TensorType.FLOAT32: (np.float32, TensorProto.FLOAT)}
CODES = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}
ACTIVATIONS = schema.ActivationFunctionType


class Exporter:
    def __init__(self, path):
        self.model, self.graph = tflite_file.read(path)
        self.nodes, self.constants = [], []
        self.values = {}    # tensor -> its real value
        self.integers = {}  # tensor -> its stored value, where there is one
        self.pads = {}      # tensor of a PAD -> (tensor before, [top, left, bottom, right])

    # What is in the file.

    def tensor(self, index):
        return self.graph.tensors[index]

    def shape(self, index):
        return [int(d) for d in self.tensor(index).shape]

    def stored(self, index):
        tensor = self.tensor(index)
        data = bytes(bytearray(self.model.buffers[tensor.buffer].data))
        return np.frombuffer(data, KINDS[tensor.type][0]).reshape(self.shape(index))

    def quantization(self, index):
        """Scales and zero points, or None for a float tensor."""
        q = self.tensor(index).quantization
        if q is None or q.scale is None or self.tensor(index).type == schema.TensorType.FLOAT32:
            return None
        return np.array(q.scale, np.float32), np.broadcast_to(q.zeroPoint, np.shape(q.scale))

    # What is written.

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def node(self, kind, inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def dequantize(self, stored, scales, zeros, dtype):
        axis = {"axis": 0} if len(scales) > 1 else {}
        if not axis:
            scales, zeros = scales[0], zeros[0]
        return self.node("DequantizeLinear", [stored, self.constant(np.asarray(scales)),
                                              self.constant(np.asarray(zeros, dtype))], **axis)

    def weights(self, index, array, scales=None):
        """A constant whose channels are the first axis, as a real value."""
        if array.dtype == np.float32:
            return self.constant(array)
        if scales is None:
            scales, zeros = self.quantization(index)
        else:
            zeros = np.zeros(len(scales))
        return self.dequantize(self.constant(array), scales, zeros, array.dtype.type)

    def bias(self, operator):
        if len(operator.inputs) < 3 or operator.inputs[2] < 0:
            return []
        x, w = self.quantization(operator.inputs[0]), self.quantization(operator.inputs[1])
        scales = x[0][0] * w[0] if x and w else None
        return [self.weights(operator.inputs[2], self.stored(operator.inputs[2]), scales)]

    def finish_result(self, index, value, function=ACTIVATIONS.NONE):
        """The result's real value after activation and rounding to its type. A clamp is one of
        integers, as TFLite does it; the range of the type may do it already."""
        limits = {ACTIVATIONS.NONE: None, ACTIVATIONS.RELU: (0, None), ACTIVATIONS.RELU6: (0, 6)}
        low_high, quantization = limits[function], self.quantization(index)
        if quantization is None:
            if low_high == (0, None):
                value = self.node("Relu", [value])
            elif low_high:
                value = self.node("Clip", [value, *(self.constant(np.float32(b)) for b in low_high)])
            self.values[index] = value
            return
        scales, zeros = quantization
        dtype = KINDS[self.tensor(index).type][0]
        pair = [self.constant(scales[0]), self.constant(dtype(zeros[0]))]
        stored = self.node("QuantizeLinear", [value, *pair])
        if low_high:
            info = np.iinfo(dtype)
            low = max(int(zeros[0]), info.min)
            high = info.max
            if low_high[1]:
                high = min(int(zeros[0] + np.round(low_high[1] / scales[0])), high)
            if (low, high) != (info.min, info.max):
                stored = self.node("Clip", [stored, self.constant(dtype(low)),
                                            self.constant(dtype(high))])
        self.integers[index] = stored
        self.values[index] = self.node("DequantizeLinear", [stored, *pair])

    # Operators.

    def windows(self, options, index, result, kernel, before=(0, 0, 0, 0)):
        """Attributes of a sliding window."""
        stride = [options.strideH, options.strideW]
        pads = list(before)
        if options.padding == schema.Padding.SAME:
            for axis in range(2):
                size, out = self.shape(index)[1 + axis], self.shape(result)[1 + axis]
                total = max((out - 1) * stride[axis] + kernel[axis] - size, 0)
                pads[axis] += total // 2
                pads[2 + axis] += total - total // 2
        return {"strides": stride, "pads": pads, "kernel_shape": [int(k) for k in kernel]}

    def convolution(self, operator, depthwise):
        x, w, result = operator.inputs[0], operator.inputs[1], operator.outputs[0]
        source, before = self.pads.get(x, (x, (0, 0, 0, 0)))
        weights = self.stored(w).transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
        options = operator.builtinOptions
        attributes = self.windows(options, x, result, weights.shape[2:], before)
        attributes["dilations"] = [options.dilationHFactor, options.dilationWFactor]
        attributes["group"] = self.shape(x)[3] if depthwise else 1
        value = self.node("Conv", [self.values[source], self.weights(w, weights),
                                   *self.bias(operator)], **attributes)
        self.finish_result(result, value, options.fusedActivationFunction)

    def fully_connected(self, operator):
        x, w = operator.inputs[:2]
        value = self.values[x]
        if len(self.shape(x)) != 2:
            value = self.node("Reshape", [value, self.constant(
                np.array([-1, self.shape(w)[1]], np.int64))])
        value = self.node("Gemm", [value, self.weights(w, self.stored(w)), *self.bias(operator)],
                          transB=1)
        self.finish_result(operator.outputs[0], value,
                           operator.builtinOptions.fusedActivationFunction)

    def pool(self, operator, kind):
        x, result, options = operator.inputs[0], operator.outputs[0], operator.builtinOptions
        kernel = [options.filterHeight, options.filterWidth]
        if kind == "AveragePool" and kernel == self.shape(x)[1:3]:
            value = self.node("GlobalAveragePool", [self.values[x]])
        else:
            value = self.node(kind, [self.values[x]], **self.windows(options, x, result, kernel))
        self.finish_result(result, value, options.fusedActivationFunction)

    def reshape(self, operator):
        x, result = operator.inputs[0], operator.outputs[0]
        value, shape = self.values[x], self.shape(result)
        if len(self.shape(x)) == 4 and self.shape(x)[1:3] != [1, 1]:
            value = self.node("Transpose", [value], perm=[0, 2, 3, 1])
        value = self.node("Reshape", [value, self.constant(np.array(shape, np.int64))])
        if len(shape) == 4:
            value = self.node("Transpose", [value], perm=[0, 3, 1, 2])
        self.finish_result(result, value)

    def operator(self, operator):
        code = CODES[tflite_file.operator_code(self.model, operator)]
        inputs, result = operator.inputs, operator.outputs[0]
        if code in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            self.convolution(operator, code == "DEPTHWISE_CONV_2D")
        elif code == "FULLY_CONNECTED":
            self.fully_connected(operator)
        elif code in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
            self.pool(operator, "AveragePool" if code[0] == "A" else "MaxPool")
        elif code == "MEAN":
            if sorted(self.stored(inputs[1]).ravel()) != [1, 2]:
                raise ValueError("MEAN over other than rows and columns")
            self.finish_result(result, self.node("GlobalAveragePool", [self.values[inputs[0]]]))
        elif code == "ADD":
            value = self.node("Add", [self.values[i] for i in inputs])
            self.finish_result(result, value, operator.builtinOptions.fusedActivationFunction)
        elif code == "PAD":
            amounts = self.stored(inputs[1]).astype(int).tolist()
            self.pads[result] = inputs[0], [amounts[1][0], amounts[2][0], amounts[1][1],
                                            amounts[2][1]]
        elif code in ("RESHAPE", "SQUEEZE"):
            self.reshape(operator)
        elif code == "BATCH_MATMUL":
            value = self.node("MatMul", [self.values[i] for i in inputs])
            self.finish_result(result, value)
        elif code == "SOFTMAX":
            self.finish_result(result, self.node("Softmax", [self.values[inputs[0]]], axis=-1))
        elif code in ("QUANTIZE", "DEQUANTIZE"):
            self.finish_result(result, self.values[inputs[0]])
        else:
            raise ValueError(f"operator {code}")

    def external_shape(self, index):
        shape = self.shape(index)
        return [shape[0], shape[3], *shape[1:3]] if len(shape) == 4 else shape

    def export(self):
        signature = []
        for number, index in enumerate(self.graph.inputs):
            name = f"input{number}"
            signature.append(helper.make_tensor_value_info(
                name, KINDS[self.tensor(index).type][1], self.external_shape(index)))
            q = self.quantization(index)
            dtype = KINDS[self.tensor(index).type][0]
            self.values[index] = self.dequantize(name, *q, dtype) if q else name
        for operator in self.graph.operators:
            self.operator(operator)
        results = []
        for index in self.graph.outputs:
            name = self.integers.get(index, self.values[index])
            results.append(helper.make_tensor_value_info(
                name, KINDS[self.tensor(index).type][1], self.external_shape(index)))
        used = {name for node in self.nodes for name in node.input} | {r.name for r in results}
        nodes = [node for node in self.nodes if node.output[0] in used]
        graph = helper.make_graph(nodes, "main", signature, results, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        return model


def export(path):
    """The ONNX model of a .tflite file. ValueError if an operator is none of those that we know."""
    return Exporter(path).export()
