# SPDX-License-Identifier: Apache-2.0
"""The nine topologies that the onnx package carries without weights, given random ones.

Their weights are ConstantOfShape nodes. Each gets numbers that keep activations in range, by the role it has in the
operator that reads it, and becomes an initializer, as an exported model has it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnx.backend.test
import onnxruntime
from numpy.typing import NDArray
from onnx import numpy_helper

LOGIT_DEVIATION = 2.0
_Use = tuple[str, int]  # an operator, and which of its inputs


def write(name: str, path: Path, *, open_batch: bool = False) -> None:
    """Write a topology; `open_batch` leaves its first dimension open."""
    folder = Path(onnx.backend.test.__file__).parent / "data/light"
    model = onnx.load(folder / f"light_{name}.onnx")
    _give_weights(model.graph)
    model.ir_version = 8  # before 4 every initializer is an input too
    _temper(model)
    if open_batch:
        _open_batch(model.graph)
    onnx.save(model, path)


def _give_weights(graph: onnx.GraphProto) -> None:
    random = np.random.default_rng(0)
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    nodes = [node for node in graph.node if node.op_type != "ConstantOfShape"]
    uses: dict[str, _Use] = {}
    for node in nodes:
        for index, name in enumerate(node.input):
            uses.setdefault(name, (node.op_type, index))
    shapes = {
        node.output[0]: numpy_helper.to_array(tensors[node.input[0]]).tolist()
        for node in graph.node
        if node.op_type == "ConstantOfShape"
    }
    kept = []
    for name, tensor in tensors.items():
        if name in uses:
            if tensor.data_type == onnx.TensorProto.FLOAT:
                shapes[name] = list(tensor.dims)
            else:
                kept.append(tensor)
    made = [numpy_helper.from_array(_weights(uses[name], shape, random), name) for name, shape in shapes.items()]
    inputs = [value for value in graph.input if value.name in uses and value.name not in tensors]
    for field, values in ((graph.node, nodes), (graph.initializer, kept + made), (graph.input, inputs)):
        del field[:]
        field.extend(values)


def _weights(use: _Use, shape: list[int], random: np.random.Generator) -> NDArray[np.float32]:
    match use:
        case ("BatchNormalization", 1 | 4) | ("Mul", _):
            values = random.uniform(0.5, 1.5, shape)
        case ("Conv", 1):
            values = random.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape)
        case ("Gemm", 1):
            values = random.normal(0, shape[1] ** -0.5, shape)
        case _:
            values = random.normal(0, 0.1, shape)
    return values.astype(np.float32)


def _temper(model: onnx.ModelProto) -> None:
    """Scale the last layer so that Softmax tells its inputs apart: random layers in a row else give one class all."""
    softmax = model.graph.node[-1]
    cut = onnx.ModelProto()
    cut.CopyFrom(model)
    cut.graph.node.pop()
    cut.graph.output[0].name = softmax.input[0]
    cut.graph.output[0].type.tensor_type.ClearField("shape")
    session = onnxruntime.InferenceSession(cut.SerializeToString(), providers=["CPUExecutionProvider"])
    (value,) = session.get_inputs()
    image = np.random.default_rng(1).random(value.shape, np.float32)
    logits: NDArray[np.float32] = session.run(None, {value.name: image})[0]
    last = next(node for node in reversed(model.graph.node) if node.op_type in ("Conv", "Gemm"))
    for tensor in model.graph.initializer:
        if tensor.name in last.input[1:]:
            scaled = numpy_helper.to_array(tensor) * (LOGIT_DEVIATION / logits.std())
            tensor.CopyFrom(numpy_helper.from_array(scaled.astype(np.float32), tensor.name))


def _open_batch(graph: onnx.GraphProto) -> None:
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    reshaped = {node.input[1] for node in graph.node if node.op_type == "Reshape"}
    for tensor in graph.initializer:
        if tensor.name in reshaped:
            shape = numpy_helper.to_array(tensor).copy()
            shape[0] = 0  # as the input has it
            tensor.CopyFrom(numpy_helper.from_array(shape, tensor.name))
    del graph.value_info[:]
