# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes .tflite models of one operation, for comparing kernels.

    writer = Writer()
    x = writer.input("x", (1, 8, 8, 4), np.int8, scale=0.1, zero_point=3)
    y = writer.tensor("y", (1, 8, 8, 4), np.int8, scale=0.2, zero_point=-5)
    writer.op("RELU", [x], [y])
    data = writer.finish([y])
"""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TYPES = {np.dtype(np.float32): schema.TensorType.FLOAT32, np.dtype(np.int32): schema.TensorType.INT32,
         np.dtype(np.uint8): schema.TensorType.UINT8, np.dtype(np.int64): schema.TensorType.INT64,
         np.dtype(np.bool_): schema.TensorType.BOOL, np.dtype(np.int16): schema.TensorType.INT16,
         np.dtype(np.int8): schema.TensorType.INT8, np.dtype(np.float16): schema.TensorType.FLOAT16}


class Writer:
    def __init__(self):
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = b"one operation"
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []
        self.graph.name = b"main"
        self.model.subgraphs = [self.graph]
        self.prefix = ""  # of the names of tensors

    def tensor(self, name, shape, dtype, scale=None, zero_point=0, axis=0, data=None):
        tensor = schema.TensorT()
        tensor.name, tensor.shape = (self.prefix + name).encode(), list(map(int, shape))
        tensor.type = TYPES[np.dtype(dtype)]
        tensor.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data, dtype).tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        if scale is not None:
            scales = np.atleast_1d(np.asarray(scale, np.float32))
            quantization = schema.QuantizationParametersT()
            quantization.scale = scales
            quantization.zeroPoint = np.broadcast_to(
                np.asarray(zero_point, np.int64), scales.shape).copy()
            quantization.quantizedDimension = axis
            tensor.quantization = quantization
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def input(self, *args, **kwargs):
        index = self.tensor(*args, **kwargs)
        self.graph.inputs.append(index)
        return index

    def const(self, name, data, dtype, **kwargs):
        data = np.asarray(data, dtype)
        return self.tensor(name, data.shape, dtype, data=data, **kwargs)

    def op(self, name, inputs, outputs, options=None, version=1, **fields):
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = version
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes)
        self.model.operatorCodes.append(code)
        operator.inputs, operator.outputs = list(inputs), list(outputs)
        if options:
            made = getattr(schema, options + "T")()
            for field, value in fields.items():
                if not hasattr(made, field):
                    raise AttributeError(f"{options} has no {field}")
                setattr(made, field, value)
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            operator.builtinOptions = made
        self.graph.operators.append(operator)

    def finish(self, outputs):
        self.graph.outputs = list(outputs)
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())
