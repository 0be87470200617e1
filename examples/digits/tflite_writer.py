# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a small float .tflite file: just what the digits model needs.

Tables are written field by field; the numbers are the field ids of TFLite's schema.
"""

import flatbuffers
import numpy as np

OP_CODES = {
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 4,
    "FULLY_CONNECTED": 9,
    "MAX_POOL_2D": 17,
    "RESHAPE": 22,
    "SOFTMAX": 25,
}
RELU = 1


def offset_vector(builder, offsets):
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def int_vector(builder, values):
    return builder.CreateNumpyVector(np.asarray(values, np.int32))


def table(builder, num_fields, **slots):
    """slots: f<id>=(kind, value); kinds are int8, uint8, int32, uint32, float32, offset."""
    prepend = {
        "int8": builder.PrependInt8Slot,
        "uint8": builder.PrependUint8Slot,
        "int32": builder.PrependInt32Slot,
        "uint32": builder.PrependUint32Slot,
        "float32": builder.PrependFloat32Slot,
        "offset": builder.PrependUOffsetTRelativeSlot,
    }
    builder.StartObject(num_fields)
    for name, (kind, value) in slots.items():
        prepend[kind](int(name[1:]), value, 0)
    return builder.EndObject()


class Writer:
    """Collects tensors and operators of one subgraph; tensors are known by their index."""

    def __init__(self):
        self.tensors = []  # (name, shape, TFLite type, array or None)
        self.operators = []  # (op name, inputs, outputs, options)

    def tensor(self, name, shape):
        self.tensors.append((name, shape, 0, None))
        return len(self.tensors) - 1

    def constant(self, name, array):
        kind = {np.dtype(np.float32): 0, np.dtype(np.int32): 2}[array.dtype]
        self.tensors.append((name, array.shape, kind, array))
        return len(self.tensors) - 1

    def _add(self, op, inputs, name, shape, options):
        result = self.tensor(name, shape)
        self.operators.append((op, inputs, [result], options))
        return result

    def conv2d(self, x, weights, bias, name, shape, stride=1):
        options = (1, 6, dict(f1=("int32", stride), f2=("int32", stride), f3=("int8", RELU),
                              f4=("int32", 1), f5=("int32", 1)))
        return self._add("CONV_2D", [x, weights, bias], name, shape, options)

    def depthwise(self, x, weights, bias, name, shape, stride=1):
        options = (2, 7, dict(f1=("int32", stride), f2=("int32", stride), f3=("int32", 1),
                              f4=("int8", RELU), f5=("int32", 1), f6=("int32", 1)))
        return self._add("DEPTHWISE_CONV_2D", [x, weights, bias], name, shape, options)

    def max_pool(self, x, name, shape, size=2):
        options = (5, 6, dict(f0=("int8", 1), f1=("int32", size), f2=("int32", size),
                              f3=("int32", size), f4=("int32", size)))
        return self._add("MAX_POOL_2D", [x], name, shape, options)

    def reshape(self, x, name, shape):
        new_shape = self.constant(name + "/shape", np.array(shape, np.int32))
        return self._add("RESHAPE", [x, new_shape], name, shape, (17, 1, {}))

    def fully_connected(self, x, weights, bias, name, shape):
        return self._add("FULLY_CONNECTED", [x, weights, bias], name, shape, (8, 4, {}))

    def softmax(self, x, name, shape):
        return self._add("SOFTMAX", [x], name, shape, (9, 1, dict(f0=("float32", 1.0))))

    def finish(self, inputs, outputs, description):
        b = flatbuffers.Builder(1 << 16)
        # Buffer 0 is the empty one that tensors without data refer to.
        buffers = [table(b, 1)]
        tensors = []
        for name, shape, kind, array in self.tensors:
            buffer = 0
            if array is not None:
                raw = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
                b.StartVector(1, len(raw), 16)
                b.head = b.head - len(raw)
                b.Bytes[b.head : b.head + len(raw)] = raw.tobytes()
                data = b.EndVector()
                buffer = len(buffers)
                buffers.append(table(b, 1, f0=("offset", data)))
            label, dims = b.CreateString(name), int_vector(b, shape)
            tensors.append(table(b, 8, f0=("offset", dims), f1=("int8", kind),
                                 f2=("uint32", buffer), f3=("offset", label)))
        used = sorted({op for op, *_ in self.operators}, key=OP_CODES.get)
        codes = [table(b, 4, f0=("int8", OP_CODES[op]), f2=("int32", 1),
                       f3=("int32", OP_CODES[op])) for op in used]
        operators = []
        for op, ins, outs, (union, num_fields, fields) in self.operators:
            options = table(b, num_fields, **fields)
            ins, outs = int_vector(b, ins), int_vector(b, outs)
            operators.append(table(b, 9, f0=("uint32", used.index(op)), f1=("offset", ins),
                                   f2=("offset", outs), f3=("uint8", union),
                                   f4=("offset", options)))
        graph_name = b.CreateString("main")
        graph = table(b, 5, f0=("offset", offset_vector(b, tensors)),
                      f1=("offset", int_vector(b, inputs)), f2=("offset", int_vector(b, outputs)),
                      f3=("offset", offset_vector(b, operators)), f4=("offset", graph_name))
        text = b.CreateString(description)
        code_vector, graph_vector = offset_vector(b, codes), offset_vector(b, [graph])
        buffer_vector = offset_vector(b, buffers)
        model = table(b, 8, f0=("uint32", 3), f1=("offset", code_vector),
                      f2=("offset", graph_vector), f3=("offset", text),
                      f4=("offset", buffer_vector))
        b.Finish(model, file_identifier=b"TFL3")
        return bytes(b.Output())
