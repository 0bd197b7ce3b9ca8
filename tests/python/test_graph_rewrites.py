# SPDX-License-Identifier: Apache-2.0
"""Small graphs that the core rewrites, or whose values lie in one another, against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
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
    as_it_is = onnxruntime.SessionOptions()
    as_it_is.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model, as_it_is, providers=["CPUExecutionProvider"])
    expected = session.run(list(outputs), inputs)
    for deterministic in (False, True):
        loaded = onecnn.load(model, threads=threads, deterministic=deterministic)
        for _ in range(2):  # what one run leaves in memory must not show in the next
            for name, want in zip(outputs, expected, strict=True):
                got = loaded.run(inputs)[name]
                assert got.shape == want.shape
                finite = np.abs(want[np.isfinite(want)])
                np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5 * max(1.0, finite.max(initial=0)))


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
    left, empty, right = net.op("Split", stem, net.constant([8, 0, 12]), axis=1, outputs=3)
    part = net.op("Slice", right, net.constant([2]), net.constant([9]), net.constant([1]))
    strided = net.op("Slice", stem, net.constant([1]), net.constant([20]), net.constant([1]), net.constant([3]))
    joined = net.concat(net.op("MaxPool", left, kernel_shape=[1, 1]), part, strided)
    total = net.op("ReduceSum", empty, keepdims=0)
    outputs = [
        net.conv(left, 8, 4, 3),
        net.relu(part),
        joined,
        empty,
        total,
        net.op("Transpose", right, perm=[0, 2, 3, 1]),
    ]
    check(net, outputs, x=(batch, 3, 8, 5))


def test_views_and_concats_of_maps_of_one_pixel() -> None:
    net = Net()
    stem = net.op("GlobalAveragePool", net.conv("x", 3, 12, 3))
    left, right = net.op("Split", stem, num_outputs=2, axis=1, outputs=2)
    joined = net.concat(net.conv(right, 6, 4), left, net.relu(right))
    check(net, [net.op("Flatten", joined), left], x=(2, 3, 6, 6))


def per_channel(channels: int, rank: int = 3) -> tuple[int, ...]:
    return (channels, *[1] * (rank - 1))


def test_scales_and_shifts_behind_a_convolution() -> None:
    net = Net()
    x = net.batch_norm(net.conv("x", 3, 10, 3), 10)
    x = net.op("Mul", x, net.weights(*per_channel(10)))
    x = net.op("Add", net.weights(1, 10, 1, 1), x)
    x = net.op("Div", x, net.constant(np.float32(3)))
    x = net.op("Sub", net.weights(*per_channel(10)), x)
    unbiased = net.op("Sub", net.conv("x", 3, 10, bias=False), net.constant(np.float32([0.5])))
    check(net, [net.relu(x), unbiased], x=(2, 3, 6, 5))


def test_weights_that_others_read_keep_their_values(tmp_path: Path) -> None:
    net = Net()
    shared = net.weights(8, 3, 3, 3)
    first = net.batch_norm(net.op("Conv", "x", shared), 8)
    second = net.batch_norm(net.op("Conv", "x", shared), 8)
    seen = net.weights(8, 3, 1, 1)
    third = net.batch_norm(net.op("Conv", "x", seen), 8)
    outputs = [first, second, third, net.op("Reshape", seen, net.constant(np.int64([-1])))]
    check(net, outputs, x=(2, 3, 6, 5))

    alone = net.batch_norm(net.conv("x", 3, 8, 3), 8)
    model = net.model({"x": (2, 3, 6, 5)}, [*outputs, alone])
    path = tmp_path / "model.onnx"
    path.write_bytes(model)
    x = net.random.normal(size=(2, 3, 6, 5)).astype(np.float32)
    from_memory = [onecnn.load(model)(x) for _ in range(2)]
    for got in (from_memory[1], onecnn.load(path)(x)):
        for a, b in zip(from_memory[0], got, strict=True):
            np.testing.assert_array_equal(a, b)
    assert path.read_bytes() == model


@pytest.mark.parametrize("activation", ["Relu", "Clip", "Sigmoid", None])
@pytest.mark.parametrize("shape", [(2, 3, 9, 7), (2, 3, 1, 1)])
def test_scales_and_shifts_ahead_of_a_convolution(activation: str | None, shape: tuple[int, ...]) -> None:
    net = Net()
    stem = net.conv("x", 3, 21, 3)
    x = net.op("Mul", net.batch_norm(stem, 21), net.weights(*per_channel(21)))
    x = net.op("Add", x, net.weights(*per_channel(21)))
    if activation == "Clip":
        x = net.op("Clip", x, net.constant(np.float32(-0.5)), net.constant(np.float32(0.75)))
    elif activation is not None:
        x = net.op(activation, x)
    check(net, [net.conv(x, 21, 8), net.op("Sigmoid", stem)], x=shape)


def test_operands_that_are_no_channels_stay_where_they_are() -> None:
    net = Net()
    stem = net.conv("x", 3, 6, 3)
    by_row = net.op("Mul", stem, net.weights(6, 1))  # six rows
    by_image = net.op("Add", by_row, net.weights(2, 1, 1, 1))
    broader = net.op("Add", net.op("GlobalAveragePool", net.conv("x", 3, 6)), net.weights(6, 6, 6))
    reciprocal = net.op("Div", net.constant(np.float32(2)), net.op("Exp", net.conv("x", 3, 6)))
    by_zero = net.op("Div", net.conv("x", 3, 6), net.constant(np.float32(0)))
    check(net, [by_image, broader, reciprocal, by_zero], x=(2, 3, 6, 6))


@pytest.mark.parametrize("op_type", ["Add", "Sum"])
@pytest.mark.parametrize("activation", ["Relu", "Sigmoid", None])
@pytest.mark.parametrize("threads", [1, 2])
def test_residual_additions(op_type: str, activation: str | None, threads: int) -> None:
    net = Net()

    def block(x: str, branch: str, *, swapped: bool) -> str:
        total = net.op(op_type, branch, x) if swapped else net.op(op_type, x, branch)
        return str(total if activation is None else net.op(activation, total))

    x = net.relu(net.conv("x", 3, 40, 3))
    x = block(x, net.conv(net.relu(net.conv(x, 40, 8)), 8, 40), swapped=False)
    x = block(x, net.conv(x, 40, 40, 3), swapped=True)
    x = block(net.conv(x, 40, 24, strides=[2, 2]), net.conv(x, 40, 24, 3, strides=[2, 2]), swapped=False)
    x = block(x, net.conv(x, 24, 24, 3, group=24), swapped=True)
    x = block(x, net.conv(x, 24, 24, 1, group=3), swapped=True)
    check(net, [x], threads=threads, x=(2, 3, 15, 13))


def test_sums_that_cannot_go_into_a_convolution() -> None:
    net = Net()
    a = net.conv("x", 3, 12, 3)
    twice = net.op("Add", a, a)
    broadcast = net.op("Add", net.conv("x", 3, 12), net.op("GlobalAveragePool", a))
    widened = net.op("Add", net.conv(net.op("GlobalAveragePool", a), 12, 12), a)
    kept = net.conv(a, 12, 12)
    pooled = net.relu(net.op("Add", net.op("MaxPool", a, kernel_shape=[1, 1]), net.op("Sigmoid", a)))
    three = net.relu(net.op("Sum", net.conv(a, 12, 12), a, kept))
    row_major = net.relu(net.op("Add", "x", net.op("Exp", "x")))
    outputs = [twice, broadcast, widened, net.op("Add", kept, a), kept, pooled, three, row_major]
    check(net, outputs, x=(1, 3, 7, 9))


@pytest.mark.parametrize("groups", [1, 2, 3, 4])
@pytest.mark.parametrize("batch", [1, 2])
def test_channel_shuffles(groups: int, batch: int) -> None:
    net = Net()
    channels = 12 * groups
    x = net.relu(net.conv("x", 3, channels))
    matrix = net.op("Reshape", x, net.constant(np.int64([0, groups, -1, 6, 5])))
    moved = net.op("Transpose", matrix, perm=[0, 2, 1, 3, 4])
    shuffled = net.op("Reshape", moved, net.constant(np.int64([batch, channels, 6, 5])))
    check(net, [net.conv(shuffled, channels, channels, group=channels), shuffled], x=(batch, 3, 6, 5))


def test_rows_added_to_products() -> None:
    net = Net()
    flat = net.op("Flatten", "x")
    x = net.relu(net.op("Add", net.op("MatMul", flat, net.weights(48, 20)), net.weights(20)))
    x = net.op("Add", net.weights(11), net.op("Gemm", x, net.weights(11, 20), transB=1, alpha=0.5, beta=0.25))
    scaled = net.op("Add", net.op("MatMul", x, net.weights(11, 7)), net.weights(2, 7))
    check(net, [x, scaled], x=(2, 3, 4, 4))


@pytest.mark.parametrize("size", [1, 3, 5, 41])
@pytest.mark.parametrize("channels", [3, 16, 37])
def test_response_normalization_channels_last(size: int, channels: int) -> None:
    net = Net()
    x = net.relu(net.conv("x", 3, channels))
    check(net, [net.op("LRN", x, size=size, alpha=0.02, bias=1.5)], x=(2, 3, 5, 4))


WINDOWS: list[dict[str, Any]] = [
    {"kernel_shape": [3, 3], "strides": [2, 2]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},
    {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1},
    {"kernel_shape": [3, 2], "strides": [1, 2], "pads": [2, 0, 1, 1], "ceil_mode": 1},
    {"kernel_shape": [2, 3], "dilations": [3, 2], "pads": [1, 1, 1, 1]},
    {"kernel_shape": [5, 5], "auto_pad": "SAME_UPPER"},
    {"kernel_shape": [9, 11]},
]


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("channels", [5, 32, 71])
def test_pooling_channels_last(window: dict[str, Any], channels: int) -> None:
    net = Net()
    x = net.conv("x", 3, channels)
    outputs = [
        net.op("MaxPool", x, **window),
        net.op("AveragePool", x, **window),
        net.op("AveragePool", x, count_include_pad=1, **window),
        net.op("GlobalAveragePool", x),
        net.op("GlobalMaxPool", x),
    ]
    check(net, outputs, threads=2, x=(2, 3, 9, 11))


def swish(net: Net, x: str) -> str:
    return str(net.op("Mul", x, net.op("Sigmoid", x)))


def swish_of_a_product(net: Net, x: str) -> str:
    return str(net.op("Mul", net.op("Sigmoid", net.op("Mul", net.constant(np.float32(1.702)), x)), x))


def hard_swish(net: Net, x: str) -> str:
    return str(net.op("Mul", x, net.op("HardSigmoid", x, alpha=1 / 6, beta=0.5)))


def hard_swish_by_clip(net: Net, x: str) -> str:
    bounds = [net.constant(np.float32(0)), net.constant(np.float32(6))]
    gate = net.op("Clip", net.op("Add", x, net.constant(np.float32(3))), *bounds)
    return str(net.op("Div", net.op("Mul", x, gate), net.constant(np.float32(6))))


def gelu(net: Net, x: str) -> str:
    curve = net.op("Erf", net.op("Div", x, net.constant(np.float32(np.sqrt(2)))))
    gate = net.op("Add", curve, net.constant(np.float32(1)))
    return str(net.op("Mul", net.op("Mul", x, gate), net.constant(np.float32(0.5))))


def gelu_of_a_half(net: Net, x: str) -> str:
    curve = net.op("Erf", net.op("Mul", x, net.constant(np.float32(np.sqrt(0.5)))))
    half = net.op("Mul", net.constant(np.float32(0.5)), x)
    return str(net.op("Mul", half, net.op("Add", net.constant(np.float32(1)), curve)))


def gelu_by_tanh(net: Net, x: str) -> str:
    cube = net.op("Mul", net.op("Pow", x, net.constant(np.float32(3))), net.constant(np.float32(0.044715)))
    inside = net.op("Mul", net.op("Add", x, cube), net.constant(np.float32(np.sqrt(2 / np.pi))))
    gate = net.op("Add", net.op("Tanh", inside), net.constant(np.float32(1)))
    return str(net.op("Mul", net.op("Mul", net.constant(np.float32(0.5)), x), gate))


def other_gate(net: Net, x: str) -> str:
    """Add 2 where HardSwish adds 3."""
    bounds = [net.constant(np.float32(0)), net.constant(np.float32(6))]
    gate = net.op("Clip", net.op("Add", x, net.constant(np.float32(2))), *bounds)
    return str(net.op("Div", net.op("Mul", x, gate), net.constant(np.float32(6))))


ACTIVATIONS = [
    swish,
    swish_of_a_product,
    hard_swish,
    hard_swish_by_clip,
    gelu,
    gelu_of_a_half,
    gelu_by_tanh,
    other_gate,
]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_made_of_simpler_operators(activation: Any) -> None:
    net = Net()
    x = activation(net, net.conv("x", 3, 9, 3))
    x = activation(net, net.op("Add", x, net.conv(x, 9, 9)))
    flat = net.op("Flatten", net.op("GlobalAveragePool", x))
    check(net, [activation(net, "x"), activation(net, net.op("Gemm", flat, net.weights(9, 5)))], x=(2, 3, 7, 6))


def pad(net: Net, x: str, pads: Sequence[int], axes: Sequence[int] | None = None, value: float | None = None) -> str:
    inputs = [x, net.constant(np.int64(pads))]
    if value is not None or axes is not None:
        inputs.append("" if value is None else net.constant(np.float32(value)))
    if axes is not None:
        inputs.append(net.constant(np.int64(axes)))
    return str(net.op("Pad", *inputs))


def test_padding_ahead_of_windows() -> None:
    net = Net()
    pools: dict[str, Any] = {"kernel_shape": [3, 3], "strides": [2, 2]}
    outputs = [
        net.conv(pad(net, "x", [0, 0, 1, 2, 0, 0, 3, 4]), 3, 5, 3),
        net.conv(pad(net, "x", [1, 2, 3, 4], axes=[-2, 3], value=0), 3, 5, 3, strides=[2, 1]),
        net.conv(pad(net, "x", [1, 1], axes=[2], value=0.5), 3, 5, 3),
        net.conv(pad(net, "x", [0, 1, 0, 0, 0, 0, 0, 0]), 4, 5, 3),
        net.conv(pad(net, "x", [0, 0, -1, 0, 0, 0, 0, 0]), 3, 5, 3),
        net.op("AveragePool", pad(net, "x", [0, 0, 1, 1, 0, 0, 1, 1]), **pools),
        net.op("AveragePool", pad(net, "x", [0, 0, 1, 1, 0, 0, 1, 1]), pads=[1, 1, 0, 0], **pools),
        net.op("AveragePool", pad(net, "x", [0, 0, 1, 0, 0, 0, 1, 0]), pads=[1, 1, 1, 1], count_include_pad=1, **pools),
        net.op("AveragePool", pad(net, "x", [0, 0, 4, 4, 0, 0, 4, 4]), **pools),
        net.op("MaxPool", pad(net, "x", [0, 0, 1, 1, 0, 0, 1, 1]), **pools),
    ]
    check(net, outputs, x=(2, 3, 9, 8))


@pytest.mark.parametrize("shape", [(2, 3, 8, 6), (1, 3, 8, 6)])
def test_gates_of_channels(shape: tuple[int, ...]) -> None:
    net = Net()
    stem = net.relu(net.conv("x", 3, 21, 3))
    squeezed = net.relu(net.conv(net.op("GlobalAveragePool", stem), 21, 6))
    gate = net.op("Sigmoid", net.conv(squeezed, 6, 21))
    gated = net.op("Mul", gate, stem)
    by_constant = net.op("Mul", net.op("Exp", stem), net.weights(1, 21, 1, 1))
    by_image = net.op("Mul", stem, net.op("ReduceMean", stem, net.constant([1, 2, 3])))
    check(net, [net.conv(gated, 21, 4), net.concat(gated, stem), by_constant, by_image], x=shape)


def test_every_layer_joined_with_all_before_it() -> None:
    net = Net()
    layers = [net.conv("x", 3, 16, 3)]
    for i in range(4):
        x = net.concat(*layers)
        layers.append(net.conv(net.relu(net.batch_norm(x, 16 + 12 * i)), 16 + 12 * i, 12, 3))
    rows = net.concat(net.concat(layers[0], layers[1][:], axis=1), layers[0], axis=1)
    check(net, [net.op("AveragePool", net.concat(*layers), kernel_shape=[2, 2]), rows], x=(2, 3, 10, 9))


def test_transposes_of_transposes() -> None:
    net = Net()
    first = net.op("Transpose", "x", perm=[0, 3, 1, 2])
    image = net.conv(first, 3, 6, 3)
    back = net.op("Transpose", image, perm=[0, 2, 3, 1])
    again = net.op("Transpose", net.op("Transpose", back, perm=[0, 3, 1, 2]), perm=[0, 1, 3, 2])
    check(net, [again, net.op("Transpose", again, perm=[1, 0, 3, 2]), back], x=(2, 7, 5, 3))


@pytest.mark.parametrize("kernel", [(2, 2), (3, 1), (1, 4)])
@pytest.mark.parametrize("channels", [(5, 24), (33, 1), (16, 40)])
@pytest.mark.parametrize("bias", [False, True])
def test_transposed_convolutions_without_overlap(
    kernel: tuple[int, int], channels: tuple[int, int], bias: bool
) -> None:
    net = Net()
    x = net.conv("x", 3, channels[0], 3)
    weights = [net.weights(*channels, *kernel)] + [net.weights(channels[1])] * bias
    y = net.op("ConvTranspose", x, *weights, strides=kernel)
    y = net.op("Add", y, net.weights(1, channels[1], 1, 1))
    y = net.relu(net.batch_norm(y, channels[1]))
    check(
        net,
        [net.op("Sigmoid", net.op("ConvTranspose", y, net.weights(channels[1], 3, 2, 2), strides=[2, 2]))],
        threads=2,
        x=(2, 3, 6, 5),
    )


@pytest.mark.parametrize("group", [1, 2])
def test_scales_shifts_and_activations_behind_a_transposed_convolution(group: int) -> None:
    net = Net()
    outputs = []
    for strides, pads in (([2, 2], [1, 1, 1, 1]), ([1, 1], [0, 1, 0, 1])):
        weights = [net.weights(8, 12 // group, 3, 3), net.weights(12)]
        y = net.op("ConvTranspose", net.conv("x", 3, 8, 3), *weights, strides=strides, pads=pads, group=group)
        outputs.append(net.op("LeakyRelu", net.batch_norm(net.op("Mul", y, net.weights(12, 1, 1)), 12), alpha=0.2))
    check(net, outputs, x=(2, 3, 7, 6))
