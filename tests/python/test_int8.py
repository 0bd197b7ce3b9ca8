# SPDX-License-Identifier: Apache-2.0
"""Quantised networks, against ONNX Runtime computing what they stand for in floats."""

from __future__ import annotations

import itertools
import os
import pathlib
import subprocess
import sys
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

import onecnn

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(11)


class Samples(CalibrationDataReader):  # type: ignore[misc]
    """Inputs to find the ranges of activations with."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.samples = iter([{"x": RNG.normal(size=shape).astype(np.float32)} for _ in range(3)])

    def get_next(self) -> dict[str, Array] | None:
        return next(self.samples, None)


class Network:
    """A float model in the making."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.count = itertools.count()

    def add(self, op_type: str, *inputs: str, **attributes: Any) -> str:
        output = f"v{next(self.count)}"
        self.nodes.append(helper.make_node(op_type, inputs, [output], name=f"{op_type}_{output}", **attributes))
        return output

    def constant(self, array: Array) -> str:
        name = f"c{next(self.count)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def weights(self, *shape: int) -> str:
        # Channels of different size tell scales of their own from one for all.
        spread = RNG.uniform(0.2, 2.0, (shape[0],) + (1,) * (len(shape) - 1))
        return self.constant((RNG.normal(size=shape) * spread / np.sqrt(np.prod(shape[1:]))).astype(np.float32))

    def conv(self, x: str, filters: int, channels: int, kernel: tuple[int, ...], **attributes: Any) -> str:
        bias = self.constant(RNG.normal(size=filters).astype(np.float32))
        return self.add("Conv", x, self.weights(filters, channels, *kernel), bias, **attributes)

    def quantized(
        self, y: str, shape: tuple[int, ...], path: pathlib.Path, *, activations: Any = QuantType.QUInt8, **options: Any
    ) -> bytes:
        graph = helper.make_graph(
            self.nodes,
            "network",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(y, TensorProto.FLOAT, None)],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(onnx.shape_inference.infer_shapes(model), path / "float.onnx")
        settings: dict[str, Any] = {
            "quant_format": QuantFormat.QDQ,
            "per_channel": True,
            "weight_type": QuantType.QInt8,
            **options,
        }
        quantize_static(
            path / "float.onnx", path / "int8.onnx", Samples(shape), activation_type=activations, **settings
        )
        return (path / "int8.onnx").read_bytes()


def reference(model: bytes, x: Array) -> Array:
    """Each DequantizeLinear, float operator and QuantizeLinear as it is written."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    result: Array = onnxruntime.InferenceSession(model, options).run(None, {"x": x})[0]
    return result


def last_step(model: bytes) -> float:
    """The scale of the last DequantizeLinear."""
    graph = onnx.load_from_string(model).graph
    last = [node for node in graph.node if node.op_type == "DequantizeLinear"][-1]
    scales = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    return float(scales[last.input[1]])


def check(model: bytes, shape: tuple[int, ...], steps: float = 1.0, spread: float = 1.0) -> None:
    """Within so many steps of the reference, and nearly everywhere the same."""
    x = RNG.normal(0, spread, shape).astype(np.float32)
    y = onecnn.load(model)(x)
    expected = reference(model, x)
    assert y.shape == expected.shape
    difference = np.abs(y - expected) / last_step(model)
    assert difference.max() <= steps + 1e-3
    assert (difference > 1e-3).mean() < 0.1  # ties: averages of few bytes often lie half way


WINDOWS = [
    pytest.param((1, 1), {}, id="1x1"),
    pytest.param((1, 1), {"strides": [2, 2]}, id="1x1 with strides"),
    pytest.param((3, 3), {"pads": [1, 1, 1, 1]}, id="3x3"),
    pytest.param((3, 3), {"pads": [2, 2, 2, 2], "dilations": [2, 2]}, id="3x3 with dilations"),
    pytest.param((3, 3), {"pads": [1, 1, 1, 1], "strides": [2, 2]}, id="3x3 with strides"),
    pytest.param((5, 5), {"pads": [2, 2, 2, 2]}, id="5x5"),
    pytest.param((5, 5), {"pads": [1, 2, 3, 2], "strides": [2, 2]}, id="5x5 with strides"),
    pytest.param((7, 5), {"pads": [3, 2, 3, 2], "strides": [2, 3]}, id="7x5 with strides"),
]


@pytest.mark.parametrize("activations", [QuantType.QUInt8, QuantType.QInt8], ids=["uint8", "int8"])
@pytest.mark.parametrize(("kernel", "window"), WINDOWS)
@pytest.mark.parametrize(
    ("channels", "filters", "group"),
    [
        (3, 16, 1),
        (64, 70, 1),
        (48, 144, 1),
        (24, 36, 3),
        (64, 192, 2),
        (40, 40, 40),
        (7, 7, 7),
        (65, 65, 65),
        (130, 130, 130),
    ],
)
def test_convolutions(
    channels: int, filters: int, group: int, kernel: tuple[int, int], window: Any, activations: Any, tmp_path: Any
) -> None:
    network = Network()
    y = network.conv("x", filters, channels // group, kernel, group=group, **window)
    shape = (2, channels, 13, 12)
    check(network.quantized(y, shape, tmp_path, activations=activations), shape)


def test_a_convolution_of_one_dimension(tmp_path: Any) -> None:
    network = Network()
    y = network.conv("x", 20, 8, (5,), pads=[2, 2], strides=[2])
    check(network.quantized(y, (3, 8, 31), tmp_path), (3, 8, 31))


@pytest.mark.parametrize("activation", ["Relu", "Clip"])
@pytest.mark.parametrize("activations", [QuantType.QUInt8, QuantType.QInt8], ids=["uint8", "int8"])
def test_activations(activation: str, activations: Any, tmp_path: Any) -> None:
    network = Network()
    y = network.conv("x", 32, 16, (3, 3))
    bounds = [network.constant(np.float32(b)) for b in (-0.25, 1.5)] if activation == "Clip" else []
    y = network.add(activation, y, *bounds)
    y = network.conv(y, 8, 32, (1, 1))
    options = {"activations": activations, "extra_options": {"ActivationSymmetric": True}}
    check(network.quantized(y, (1, 16, 9, 9), tmp_path, **options), (1, 16, 9, 9))


@pytest.mark.parametrize("channels", [24, 128])
@pytest.mark.parametrize("activation", [None, "Relu"])
@pytest.mark.parametrize("activations", [QuantType.QUInt8, QuantType.QInt8], ids=["uint8", "int8"])
def test_residual_blocks(channels: int, activation: str | None, activations: Any, tmp_path: Any) -> None:
    network = Network()
    first = network.conv("x", channels, 8, (3, 3), pads=[1, 1, 1, 1])
    depthwise = network.conv(first, channels, 1, (3, 3), pads=[1, 1, 1, 1], group=channels)
    second = network.conv(depthwise, channels, channels, (1, 1))
    y = network.add("Add", second, first)
    y = network.add(activation, y) if activation else y
    y = network.add("Add", network.conv(y, channels, 1, (1, 1), group=channels), y)
    check(network.quantized(y, (2, 8, 10, 11), tmp_path, activations=activations), (2, 8, 10, 11))


@pytest.mark.parametrize("activations", [QuantType.QUInt8, QuantType.QInt8], ids=["uint8", "int8"])
def test_results_beyond_a_byte(activations: Any, tmp_path: Any) -> None:
    """Far wider than what the scales were found with: nearly all results are the least or the most."""
    network = Network()
    y = network.conv("x", 128, 16, (3, 3), pads=[1, 1, 1, 1])
    y = network.conv(y, 128, 1, (3, 3), pads=[1, 1, 1, 1], group=128)
    y = network.add("Add", network.conv(y, 128, 128, (1, 1)), y)
    model = network.quantized(y, (2, 16, 9, 9), tmp_path, activations=activations)
    check(model, (2, 16, 9, 9), spread=50)


@pytest.mark.parametrize("activations", [QuantType.QUInt8, QuantType.QInt8], ids=["uint8", "int8"])
@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("size", [(5, 3), (37, 29)])
def test_images(channels: int, size: tuple[int, int], activations: Any, tmp_path: Any) -> None:
    network = Network()
    y = network.conv("x", 16, channels, (3, 3))
    shape = (2, channels, *size)
    check(network.quantized(y, shape, tmp_path, activations=activations), shape, spread=3)


def test_nothing_is_computed_in_floats(tmp_path: Any) -> None:
    network = Network()
    first = network.add("Relu", network.conv("x", 24, 8, (3, 3), pads=[1, 1, 1, 1]))
    second = network.conv(first, 24, 24, (1, 1))
    y = network.add("Relu", network.add("Add", first, second))
    y = network.add("MaxPool", y, kernel_shape=[2, 2])
    y = network.add("Flatten", network.add("GlobalAveragePool", y))
    y = network.add("Gemm", y, network.weights(24, 10))
    model = onecnn.load(network.quantized(y, (2, 8, 10, 10), tmp_path))
    operators = [step.op_type for step in model.profile(runs=1).steps if step.op_type != "Reorder"]
    assert operators == [
        "QuantizeLinear",
        "QLinearConv",
        "QLinearConv",
        "MaxPool",
        "QuantizedGlobalAveragePool",
        "QuantizedProduct",
        "DequantizeLinear",
    ]


@pytest.mark.parametrize("shape", [(1, 6, 1, 1), (5, 4), (1,)])
def test_sums_of_different_shapes(shape: tuple[int, ...], tmp_path: Any) -> None:
    network = Network()
    y = network.conv("x", 6, 6, (1, 1))
    y = network.add("Add", y, network.constant(RNG.normal(size=shape).astype(np.float32)))
    check(network.quantized(y, (2, 6, 5, 4), tmp_path), (2, 6, 5, 4))


@pytest.mark.parametrize(
    ("op_type", "attributes"),
    [
        ("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
        ("AveragePool", {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 1, 1, 0]}),
        ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1}),
        ("AveragePool", {"kernel_shape": [4, 4], "strides": [3, 3], "ceil_mode": 1}),
        ("GlobalAveragePool", {}),
        ("Transpose", {"perm": [0, 2, 3, 1]}),
        ("Flatten", {}),
    ],
)
@pytest.mark.parametrize("activations", [QuantType.QUInt8, QuantType.QInt8], ids=["uint8", "int8"])
def test_between_convolutions(op_type: str, attributes: Any, activations: Any, tmp_path: Any) -> None:
    network = Network()
    y = network.conv("x", 20, 5, (3, 3))
    y = network.add(op_type, y, **attributes)
    check(network.quantized(y, (2, 5, 12, 13), tmp_path, activations=activations), (2, 5, 12, 13))


def test_concatenations(tmp_path: Any) -> None:
    network = Network()
    branches = [network.conv("x", filters, 8, (1, 1)) for filters in (16, 24)]
    y = network.conv(network.add("Concat", *branches, axis=1), 8, 40, (1, 1))
    check(network.quantized(y, (1, 8, 6, 6), tmp_path), (1, 8, 6, 6), steps=2)


@pytest.mark.parametrize("rows", [1, 5, 70])
@pytest.mark.parametrize("activations", [QuantType.QUInt8, QuantType.QInt8], ids=["uint8", "int8"])
def test_products(rows: int, activations: Any, tmp_path: Any) -> None:
    network = Network()
    bias = network.constant(RNG.normal(size=50).astype(np.float32))
    y = network.add("Gemm", "x", network.weights(50, 33), bias, transB=1)
    y = network.add("Relu", y)
    y = network.add("MatMul", y, network.weights(50, 19))
    check(network.quantized(y, (rows, 33), tmp_path, activations=activations), (rows, 33))


def extreme_model() -> bytes:
    """A convolution whose products saturate 16 bits in pairs, and its requantisation spread over the bytes' range."""
    w = RNG.choice(np.array([-128, -127, 127, 3, 0], np.int8), (40, 64, 3, 3))
    w[:2] = 127
    w[2:4] = -128
    constants = {
        "s": np.float32(1),
        "z": np.uint8(0),
        "w": w,
        "ws": np.ones(40, np.float32),
        "wz": np.zeros(40, np.int8),
        "ys": np.float32(160_000),
        "yz": np.uint8(128),
    }
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["xq"]),
        helper.make_node("DequantizeLinear", ["xq", "s", "z"], ["xf"]),
        helper.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wf"], axis=0),
        helper.make_node("Conv", ["xf", "wf"], ["yf"], pads=[1, 1, 1, 1]),
        helper.make_node("QuantizeLinear", ["yf", "ys", "yz"], ["yq"]),
        helper.make_node("DequantizeLinear", ["yq", "ys", "yz"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "extreme",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    )


def test_products_that_saturate() -> None:
    model = extreme_model()
    x = RNG.choice(np.array([0, 254, 255], np.float32), (1, 64, 8, 8))
    np.testing.assert_array_equal(onecnn.load(model)(x), reference(model, x))


RUN = """
import sys, numpy, onecnn
for path in sys.argv[1:]:
    y = onecnn.load(path + "/int8.onnx")(numpy.load(path + "/x.npy"))
    sys.stdout.buffer.write(y.tobytes())
"""


def test_the_same_bits_on_every_instruction_set(tmp_path: pathlib.Path) -> None:
    network = Network()
    first = network.conv("x", 40, 12, (3, 3), pads=[1, 1, 1, 1])
    second = network.conv(first, 40, 1, (3, 3), pads=[1, 1, 1, 1], group=40)
    y = network.add("Add", network.conv(second, 40, 40, (1, 1)), first)
    y = network.conv(network.add("Relu", y), 23, 40, (1, 1))
    y = network.add("GlobalAveragePool", y)
    paths = [tmp_path / "network", tmp_path / "extreme"]
    for path in paths:
        path.mkdir()
    network.quantized(y, (2, 12, 9, 9), paths[0])
    np.save(paths[0] / "x.npy", RNG.normal(size=(2, 12, 9, 9)).astype(np.float32))
    (paths[1] / "int8.onnx").write_bytes(extreme_model())
    np.save(paths[1] / "x.npy", RNG.uniform(0, 255, (1, 64, 8, 8)).astype(np.float32))
    results = {
        isa: subprocess.run(
            [sys.executable, "-c", RUN, *map(str, paths)],
            env={**os.environ, "ONECNN_ISA": isa},
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        for isa in ("", "avx2", "none")
    }
    assert len(results[""]) > 0
    assert results[""] == results["avx2"] == results["none"]
