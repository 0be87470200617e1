# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""LiteRT's reference kernels (BUILTIN_REF) as an oracle."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType


class Reference:
    """A .tflite model that runs on the reference kernels, with all tensors kept if asked."""

    def __init__(self, model, tensors=False):
        source = {"model_content": model} if isinstance(model, bytes) else {"model_path": str(model)}
        self.interpreter = Interpreter(
            num_threads=1,
            experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=tensors,
            **source,
        )
        self.interpreter.allocate_tensors()
        self.inputs = self.interpreter.get_input_details()
        self.outputs = self.interpreter.get_output_details()

    def run(self, arrays):
        for detail, array in zip(self.inputs, arrays):
            self.interpreter.set_tensor(detail["index"], array.reshape(detail["shape"]))
        self.interpreter.invoke()
        return [self.interpreter.get_tensor(d["index"]).copy() for d in self.outputs]

    def tensors(self):
        """Name -> value of every tensor that the last run wrote, constants included."""
        values = {}
        for detail in self.interpreter.get_tensor_details():
            try:
                values[detail["name"]] = self.interpreter.get_tensor(detail["index"]).copy()
            except ValueError:
                continue
        return values

    def random_inputs(self, rng):
        arrays = []
        for detail in self.inputs:
            dtype, shape = detail["dtype"], tuple(detail["shape"])
            if np.issubdtype(dtype, np.integer):
                info = np.iinfo(dtype)
                arrays.append(rng.integers(info.min, info.max + 1, shape).astype(dtype))
            else:
                arrays.append(rng.uniform(-1, 1, shape).astype(dtype))
        return arrays
