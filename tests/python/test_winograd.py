# SPDX-License-Identifier: Apache-2.0
"""Conv of 3 by 3 filters, of the sizes for which Winograd's algorithm is chosen, against ONNX Runtime."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

import onecnn

Array = NDArray[Any]

# channels, filters, height, width: forms, ways of slicing, and sizes that no vector divides
LAYERS = [
    (64, 64, 56, 56),
    (128, 32, 28, 28),
    (256, 256, 14, 14),
    (67, 45, 61, 83),
    (96, 208, 15, 9),
    (40, 130, 130, 7),
]


def serialized(nodes: list[onnx.NodeProto], constants: dict[str, Array], channels: int) -> bytes:
    graph = helper.make_graph(
        nodes,
        "winograd",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, channels, None, None])],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return bytes(made.SerializeToString())


def model(channels: int, filters: int, activation: str = "Relu", **attributes: Any) -> bytes:
    """A pooling, so that its result lies channels last, two layers with a sum around the second, and their Concat."""
    random = np.random.default_rng(2)
    constants = {
        "w": random.normal(0, 1 / np.sqrt(9 * channels), (filters, channels, 3, 3)),
        "b": random.normal(size=filters),
        "w2": random.normal(0, 1 / np.sqrt(9 * filters), (filters, filters, 3, 3)),
    }
    nodes = [
        helper.make_node("MaxPool", ["x"], ["p"], kernel_shape=[2, 2]),
        helper.make_node("Conv", ["p", "w", "b"], ["c"], **attributes),
        helper.make_node(activation, ["c"], ["r"]),
        helper.make_node("Conv", ["r", "w2"], ["c2"], pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["c2", "r"], ["s"]),
        helper.make_node("Relu", ["s"], ["t"]),
        helper.make_node("Concat", ["r", "t"], ["y"], axis=1),
    ]
    return serialized(nodes, constants, channels)


def check(data: bytes, x: Array, **options: Any) -> None:
    expected = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    got = onecnn.load(data, **options)(x)
    assert np.abs(got - expected).max() <= 1e-5 * np.abs(expected).max()


def images(count: int, channels: int, height: int, width: int) -> Array:
    return np.random.default_rng(3).normal(0, 1, (count, channels, height + 1, width + 1)).astype(np.float32)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("channels", "filters", "height", "width"), LAYERS)
def test_layers(channels: int, filters: int, height: int, width: int, threads: int) -> None:
    data = model(channels, filters, pads=[1, 1, 1, 1])
    check(data, images(1, channels, height, width), threads=threads)


@pytest.mark.parametrize("pads", [[0, 0, 0, 0], [0, 1, 2, 0], [5, 0, 1, 4]])
def test_any_padding_and_batch(pads: list[int]) -> None:
    check(model(48, 64, pads=pads), images(3, 48, 19, 26), threads=2)


@pytest.mark.parametrize("activation", ["Sigmoid", "Tanh", "LeakyRelu", "HardSwish"])
def test_activations(activation: str) -> None:
    check(model(48, 64, activation, pads=[1, 1, 1, 1]), images(1, 48, 30, 27))


def pooled_model(channels: int, filters: int, activation: str) -> bytes:
    """A layer with a pooling behind it that its tiles can take over."""
    random = np.random.default_rng(4)
    constants = {
        "w": random.normal(0, 1 / np.sqrt(9 * channels), (filters, channels, 3, 3)),
        "b": random.normal(size=filters),
        "ones": np.ones((channels, 1, 2, 2)),
    }
    nodes = [
        helper.make_node("Conv", ["x", "ones"], ["p"], group=channels),
        helper.make_node("Conv", ["p", "w", "b"], ["c"]),
        helper.make_node(activation, ["c"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["y"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    return serialized(nodes, constants, channels)


def implementations(data: bytes, x: Array) -> list[str]:
    return [f"{step.op_type} {step.implementation}" for step in onecnn.load(data).profile(x, runs=1).steps]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("channels", "filters", "height", "width"), LAYERS)
def test_pooling_behind_a_layer(channels: int, filters: int, height: int, width: int, threads: int) -> None:
    data = pooled_model(channels, filters, "Relu")
    x = images(2, channels, height, width)
    steps = implementations(data, x)
    assert any("winograd" in step for step in steps)
    assert not any("MaxPool" in step for step in steps)
    check(data, x, threads=threads)
    x[0, 1, 3, 4] = np.nan
    assert np.isnan(onecnn.load(data, threads=threads)(x)[0, :, 1, 1]).all()


def test_pooling_waits_for_an_activation_that_may_fall() -> None:
    data = pooled_model(64, 64, "HardSwish")
    x = images(1, 64, 40, 40)
    assert any("MaxPool" in step for step in implementations(data, x))
    check(data, x)


def test_same_bits_for_any_batch_and_thread_count() -> None:
    data = model(128, 96, pads=[1, 1, 1, 1])
    x = images(5, 128, 30, 30)
    singly = onecnn.load(data, deterministic=True, threads=1)
    expected = np.concatenate([singly(x[i : i + 1]) for i in range(5)])
    for threads in (1, 2):
        np.testing.assert_array_equal(onecnn.load(data, deterministic=True, threads=threads)(x), expected)


def test_narrower_instruction_set_agrees() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(Path(__file__)),
        "-k",
        "not narrower",
    ]
    environment = {**os.environ, "ONECNN_ISA": "avx2"}
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout
