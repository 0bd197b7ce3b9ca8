# SPDX-License-Identifier: Apache-2.0
"""Small graphs that the core rewrites, or whose values lie in one another, against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

import onecnn

Array = NDArray[Any]


@dataclass
class Net:
    """A graph in the making: each method adds a node, and gives the name of its result."""

    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def constant(self, values: Array | Sequence[float] | float | int) -> str:
        array = np.asarray(values)
        name = f"k{len(self.constants)}"
        self.constants[name] = array.astype(np.float32) if array.dtype == np.float64 else array
        return name

    def weights(self, *shape: int) -> str:
        return self.constant(self.random.normal(scale=0.4, size=shape).astype(np.float32))

    def op(self, op_type: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op_type, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def conv(self, x: str, channels: int, filters: int, size: int = 1, *, bias: bool = True, **attributes: Any) -> str:
        group = attributes.get("group", 1)
        inputs = [x, self.weights(filters, channels // group, size, size)]
        if bias:
            inputs.append(self.weights(filters))
        attributes.setdefault("pads", [size // 2] * 4)
        return str(self.op("Conv", *inputs, **attributes))

    def batch_norm(self, x: str, channels: int) -> str:
        variance = self.constant(np.abs(self.random.normal(size=channels)).astype(np.float32) + 0.5)
        parameters = [self.weights(channels), self.weights(channels), self.weights(channels)]
        return str(self.op("BatchNormalization", x, *parameters, variance))

    def relu(self, x: str) -> str:
        return str(self.op("Relu", x))

    def concat(self, *inputs: str, axis: int = 1) -> str:
        return str(self.op("Concat", *inputs, axis=axis))

    def model(self, shapes: dict[str, tuple[int, ...]], outputs: Sequence[str]) -> bytes:
        graph = helper.make_graph(
            self.nodes,
            "rewritten",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            [numpy_helper.from_array(array, name) for name, array in self.constants.items()],
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9).SerializeToString()


def check(net: Net, outputs: Sequence[str], *, threads: int = 1, **shapes: tuple[int, ...]) -> None:
    """The outputs of ``net`` for inputs of these shapes are ONNX Runtime's."""
    model = net.model(shapes, outputs)
    inputs = {name: net.random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    expected = session.run(list(outputs), inputs)
    for deterministic in (False, True):
        loaded = onecnn.load(model, threads=threads, deterministic=deterministic)
        for _ in range(2):  # what one run leaves in memory must not show in the next
            for name, want in zip(outputs, expected, strict=True):
                got = loaded.run(inputs)[name]
                assert got.shape == want.shape
                np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("threads", [1, 2])
def test_concat_of_pools_and_convolutions(batch: int, threads: int) -> None:
    net = Net()
    stem = net.relu(net.conv("x", 3, 24, 3))
    parts = [
        net.conv(stem, 24, 16),
        net.op("MaxPool", stem, kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        net.op("AveragePool", stem, kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        net.relu(net.conv(stem, 24, 5, 3)),
    ]
    joined = net.concat(*parts)
    check(net, [net.conv(joined, 69, 10), joined], threads=threads, x=(batch, 3, 13, 11))


def test_a_growing_chain_of_concats_shares_one_buffer() -> None:
    net = Net()
    x = net.conv("x", 3, 16, 3)
    channels = 16
    for _ in range(4):
        grown = net.conv(net.relu(net.batch_norm(x, channels)), channels, 12, 3)
        x = net.concat(x, grown)
        channels += 12
    check(net, [net.op("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2]), x], x=(2, 3, 10, 9))


def test_a_value_in_two_concats_and_twice_in_one() -> None:
    net = Net()
    a = net.op("MaxPool", net.conv("x", 3, 8, 3), kernel_shape=[2, 2])
    b = net.op("AveragePool", net.conv("x", 3, 8, 3), kernel_shape=[2, 2])
    first = net.concat(a, b, a)
    second = net.concat(b, a)
    check(net, [net.relu(first), net.conv(second, 16, 4), a], x=(1, 3, 7, 7))


def test_concats_within_a_concat_with_constants_and_inputs() -> None:
    net = Net()
    a = net.op("MaxPool", net.conv("x", 3, 8, 3), kernel_shape=[1, 1])
    inner = net.concat(a, net.weights(1, 5, 6, 6))
    outer = net.concat("x", inner, a, net.op("Sigmoid", a))
    check(net, [net.conv(outer, 3 + 13 + 8 + 8, 6)], x=(1, 3, 6, 6))


@pytest.mark.parametrize("batch", [1, 2])
def test_split_and_slices_of_channels(batch: int) -> None:
    net = Net()
    stem = net.relu(net.conv("x", 3, 20, 3))
    left, right = net.op("Split", stem, net.constant([8, 12]), axis=1, outputs=2)
    part = net.op("Slice", right, net.constant([2]), net.constant([9]), net.constant([1]))
    strided = net.op("Slice", stem, net.constant([1]), net.constant([20]), net.constant([1]), net.constant([3]))
    joined = net.concat(net.op("MaxPool", left, kernel_shape=[1, 1]), part, strided)
    outputs = [net.conv(left, 8, 4, 3), net.relu(part), joined, net.op("Transpose", right, perm=[0, 2, 3, 1])]
    check(net, outputs, x=(batch, 3, 8, 5))


def test_views_and_concats_of_maps_of_one_pixel() -> None:
    net = Net()
    stem = net.op("GlobalAveragePool", net.conv("x", 3, 12, 3))
    left, right = net.op("Split", stem, num_outputs=2, axis=1, outputs=2)
    joined = net.concat(net.conv(right, 6, 4), left, net.relu(right))
    check(net, [net.op("Flatten", joined), left], x=(2, 3, 6, 6))
