# SPDX-License-Identifier: Apache-2.0
"""A product whose rows are images that lie channels last: its weights are put in that order, and nothing is moved."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

import onecnn

Array = NDArray[Any]

CHANNELS = 24
PIXELS = (5, 7)
K = CHANNELS * PIXELS[0] * PIXELS[1]
N = 37


def model(reshape: str, product: str, *outputs: str) -> bytes:
    random = np.random.default_rng(2)
    transposed = product == "Gemm, B transposed"
    constants: dict[str, Array] = {
        "w": random.normal(0, 0.1, (CHANNELS, 3, 3, 3)).astype(np.float32),
        "weights": random.normal(0, K**-0.5, (N, K) if transposed else (K, N)).astype(np.float32),
        "bias": random.normal(size=N).astype(np.float32),
        "rows": np.array([-1, K], np.int64),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"]),
        helper.make_node("Flatten", ["c"], ["f"])
        if reshape == "Flatten"
        else helper.make_node("Reshape", ["c", "rows"], ["f"]),
        helper.make_node("MatMul", ["f", "weights"], ["y"])
        if product == "MatMul"
        else helper.make_node("Gemm", ["f", "weights", "bias"], ["y"], transB=int(transposed)),
    ]
    graph = helper.make_graph(
        nodes,
        "flattened",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 3, PIXELS[0] + 2, PIXELS[1] + 2])],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return bytes(made.SerializeToString())


def images(count: int) -> Array:
    return np.random.default_rng(3).normal(size=(count, 3, PIXELS[0] + 2, PIXELS[1] + 2)).astype(np.float32)


def check(data: bytes, x: Array) -> None:
    expected = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {"x": x})
    got = onecnn.load(data).run({"x": x})
    for want, have in zip(expected, got.values(), strict=True):
        assert np.abs(have - want).max() <= 1e-5 * np.abs(want).max()


@pytest.mark.parametrize("reshape", ["Flatten", "Reshape"])
@pytest.mark.parametrize("product", ["Gemm", "Gemm, B transposed", "MatMul"])
@pytest.mark.parametrize("count", [1, 4])
def test_agrees_and_moves_nothing(reshape: str, product: str, count: int) -> None:
    data = model(reshape, product, "y")
    check(data, images(count))
    operators = [step.op_type for step in onecnn.load(data).profile(images(count), runs=1).steps]
    assert operators == ["Conv", product.split(",")[0]]


@pytest.mark.parametrize("outputs", [("y", "f"), ("f", "y"), ("y", "c")])
def test_others_get_it_as_it_is_declared(outputs: tuple[str, str]) -> None:
    check(model("Flatten", "Gemm", *outputs), images(2))
