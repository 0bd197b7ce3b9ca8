# SPDX-License-Identifier: Apache-2.0
"""Softmax and LogSoftmax, against NumPy and ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=100, deadline=None, derandomize=True)
TOLERANCE = {"Softmax": 1e-6, "LogSoftmax": 1e-5}  # oneDNN's logarithm is off by up to 4e-6
OPERATORS = list(TOLERANCE)


def make_model(op_type: str, x: Array, opset: int = 21, before: str | None = None, **attributes: Any) -> bytes:
    """Make a model of one node, named "softmax", of x with symbolic dimensions; `before` is a node ahead of it."""
    nodes = [helper.make_node(before, ["x"], ["h"], kernel_shape=[1, 1])] if before else []
    nodes.append(helper.make_node(op_type, ["h" if before else "x"], ["y"], name="softmax", **attributes))
    graph = helper.make_graph(
        nodes,
        "softmax",
        [
            helper.make_tensor_value_info(
                "x", helper.np_dtype_to_tensor_dtype(x.dtype), [f"d{i}" for i in range(x.ndim)]
            )
        ],
        [helper.make_empty_tensor_value_info("y")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return bytes(model.SerializeToString())


def by_numpy(op_type: str, x: Array, axis: int | tuple[int, ...]) -> Array:
    """Compute in float64."""
    wide = x.astype(np.float64)
    shifted = wide - wide.max(axis, keepdims=True)
    logarithms = shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))
    return logarithms if op_type == "LogSoftmax" else np.exp(logarithms)


def noise(*shape: int, dtype: str = "float32") -> Array:
    return (5 * np.random.default_rng(0).standard_normal(shape)).astype(dtype)


@pytest.mark.parametrize("op_type", OPERATORS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((10,), 0),
        ((1, 10), -1),
        ((256, 10), 1),
        ((7, 33), 0),
        ((2, 3, 4), 1),
        ((2, 5, 6, 7), 1),
        ((2, 5, 6, 7), 3),
        ((3, 1000), 1),
        ((1, 1), 0),
    ],
)
def test_any_axis(op_type: str, dtype: str, shape: tuple[int, ...], axis: int) -> None:
    x = noise(*shape, dtype=dtype)
    y = onecnn.load(make_model(op_type, x, axis=axis))(x)
    assert y.dtype == dtype
    last_bit = 1e-3 if dtype == "float16" else 0
    np.testing.assert_allclose(y, by_numpy(op_type, x, axis), rtol=1e-5 + last_bit, atol=TOLERANCE[op_type])


@pytest.mark.parametrize("op_type", OPERATORS)
@pytest.mark.parametrize("axis", [1, 2, -1])
def test_after_a_pooling(op_type: str, axis: int) -> None:
    x = noise(2, 16, 9, 8)
    y = onecnn.load(make_model(op_type, x, before="MaxPool", axis=axis))(x)
    np.testing.assert_allclose(y, by_numpy(op_type, x, axis), rtol=1e-5, atol=TOLERANCE[op_type])


@pytest.mark.parametrize("op_type", OPERATORS)
@pytest.mark.parametrize("opset", [7, 11, 12])
@pytest.mark.parametrize("axis", [0, 1, 2, None])
def test_before_opset_13_all_dimensions_from_the_axis_on(op_type: str, opset: int, axis: int | None) -> None:
    x = noise(2, 3, 4)
    attributes = {} if axis is None else {"axis": axis}
    model = make_model(op_type, x, opset, **attributes)
    expected = onnxruntime.InferenceSession(model).run(None, {"x": x})[0]
    np.testing.assert_allclose(onecnn.load(model)(x), expected, rtol=1e-5, atol=TOLERANCE[op_type])
    np.testing.assert_allclose(expected, by_numpy(op_type, x, tuple(range(attributes.get("axis", 1), 3))), rtol=1e-4)


@few_examples
@given(st.sampled_from(OPERATORS), st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(0, 4))
def test_any_shape(op_type: str, shape: list[int], axis: int) -> None:
    x = noise(*shape)
    axis %= x.ndim
    np.testing.assert_allclose(
        onecnn.load(make_model(op_type, x, axis=axis))(x),
        by_numpy(op_type, x, axis),
        rtol=1e-5,
        atol=TOLERANCE[op_type],
    )


@pytest.mark.parametrize("op_type", OPERATORS)
def test_large_values_do_not_overflow(op_type: str) -> None:
    x = np.array([[1e4, 1e4, -1e4], [-3e38, -3e38, -3e38]], np.float32)
    y = onecnn.load(make_model(op_type, x))(x)
    np.testing.assert_allclose(y, by_numpy(op_type, x, -1), rtol=1e-5)


def test_no_rows() -> None:
    x = noise(0, 10)
    assert onecnn.load(make_model("Softmax", x))(x).shape == (0, 10)


def test_refusals_name_the_node() -> None:
    with pytest.raises(onecnn.Error, match=r"node 'softmax' \(Softmax, opset 21\): axis is 2, outside \[-2, 2\)"):
        onecnn.load(make_model("Softmax", noise(2, 3), axis=2))(noise(2, 3))
    with pytest.raises(onecnn.InvalidArgument, match=r"node 'softmax'.*input 0 is int32, expected a float"):
        x = noise(2, 3, dtype="int32")
        onecnn.load(make_model("Softmax", x))(x)
