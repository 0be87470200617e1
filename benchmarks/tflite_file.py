# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a benchmark must know of a .tflite file: its work, its tensors, its memory in LiteRT."""

import numpy as np

try:
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
except ImportError:
    schema = Interpreter = None


def read(path):
    """The file's model and its first graph, as objects of the schema."""
    data = path.read_bytes()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    for buffer in model.buffers:
        if buffer.offset > 1:  # behind the flatbuffer, as in files of LiteRT Quantizer
            buffer.data = np.frombuffer(data, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    return model, model.subgraphs[0]


def serialize(model):
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def as_quantizer_wants(path, key):
    """A float file's bytes with what LiteRT Quantizer expects and old files lack: a signature
    `key` that names inputs and outputs as their tensors, and the wide field of operator codes,
    without which it takes every operator for an addition."""
    model, graph = read(path)
    for code in model.operatorCodes:
        code.builtinCode = max(code.builtinCode, code.deprecatedBuiltinCode)

    def name(index):
        entry = schema.TensorMapT()
        entry.name, entry.tensorIndex = graph.tensors[index].name, index
        return entry

    signature = schema.SignatureDefT()
    signature.signatureKey = key
    signature.inputs = [name(i) for i in graph.inputs]
    signature.outputs = [name(i) for i in graph.outputs]
    model.signatureDefs = [signature]
    return serialize(model)


def with_static_shapes(path):
    """The file's bytes without the dimensions that it leaves open: the sizes are those that it
    has for them, a batch of 1."""
    model, graph = read(path)
    for tensor in graph.tensors:
        tensor.shapeSignature = None
    model.signatureDefs = None
    return serialize(model)


def operator_code(model, operator):
    code = model.operatorCodes[operator.opcodeIndex]
    return max(code.builtinCode, code.deprecatedBuiltinCode)


def is_constant(model, tensor):
    data = model.buffers[tensor.buffer].data
    return data is not None and len(data) > 0


def input_types(path):
    """[(shape, dtype)] of the inputs."""
    model, graph = read(path)
    kinds = {schema.TensorType.INT8: np.int8, schema.TensorType.UINT8: np.uint8,
             schema.TensorType.FLOAT32: np.float32, schema.TensorType.INT32: np.int32}
    return [([int(d) for d in graph.tensors[i].shape], kinds[graph.tensors[i].type])
            for i in graph.inputs]


def multiplications(path):
    """Multiply-accumulate operations of one inference."""
    model, graph = read(path)
    names, total = schema.BuiltinOperator, 0
    for operator in graph.operators:
        code = operator_code(model, operator)
        outputs = int(np.prod(graph.tensors[operator.outputs[0]].shape))
        if code in (names.CONV_2D, names.FULLY_CONNECTED):
            total += outputs * int(np.prod(graph.tensors[operator.inputs[1]].shape[1:]))
        elif code == names.DEPTHWISE_CONV_2D:
            total += outputs * int(np.prod(graph.tensors[operator.inputs[1]].shape[1:3]))
        elif code == names.BATCH_MATMUL:
            left = graph.tensors[operator.inputs[0]].shape
            transposed = operator.builtinOptions.adjX
            total += outputs * int(left[-2 if transposed else -1])
    return total


def is_float(path):
    model, graph = read(path)
    kinds = (schema.TensorType.INT8, schema.TensorType.UINT8)
    return not any(t.type in kinds for t in graph.tensors)


def litert_arena(path):
    """Bytes from the first to the last of the tensors that LiteRT places itself: those of the
    file that are no constants, without delegates, which would hide them."""
    model, graph = read(path)
    resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(str(path), num_threads=1, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    begin, end = [], []
    for index, tensor in enumerate(graph.tensors):
        if is_constant(model, tensor):
            continue
        try:
            view = interpreter.tensor(index)()
        except ValueError:  # a tensor that nothing uses has no memory
            continue
        address = view.__array_interface__["data"][0]
        begin.append(address)
        end.append(address + view.nbytes)
    return max(end) - min(begin)
